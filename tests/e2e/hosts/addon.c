/* An addon of Node.js without its headers; what it does is chosen by macros. Layouts: node.h, js_native_api.h. */
extern int napi_throw_error(void *environment, const char *code, const char *message);
#ifdef CALL
extern int CALL();
int called(void) { return CALL(); }
#endif

#ifdef MODULE_VERSION
struct module {
    int version;
    unsigned flags;
    void *handle;
    const char *file;
    void (*init)(void), (*context_init)(void);
    const char *name;
    void *private, *link;
};
extern void node_module_register(void *);
static void init(void) {}
static struct module module = {.version = MODULE_VERSION, .init = init, .file = "addon.c", .name = "addon"};
__attribute__((constructor)) static void registered(void) { node_module_register(&module); }
#elif defined(OLD_ENTRY)
void node_register_module_v72(void) {}
#elif !defined(NO_ENTRY)
void *napi_register_module_v1(void *environment, void *exports) {
#ifdef THROW
    napi_throw_error(environment, 0, THROW);
#endif
    return exports;
}
#endif
