struct addon {
    int version;
    unsigned flags;
    void *handle;
    const char *file;
    void (*start)(void *exports, void *module, void *data);
    void (*start_in_context)(void *exports, void *module, void *context, void *data);
    const char *name;
    void *data;
    struct addon *next;
};

void node_module_register(struct addon *addon);

static void start(void *exports, void *module, void *data) {
    (void)exports;
    (void)module;
    (void)data;
}

static struct addon addon = {NODE_MODULE_VERSION, 0, 0, __FILE__, start, 0, "addon", 0, 0};

__attribute__((constructor)) static void told(void) { node_module_register(&addon); }
