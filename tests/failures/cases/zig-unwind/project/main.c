extern int _Ux86_64_getcontext(void *);

int main(void) {
    char context[1024];
    return _Ux86_64_getcontext(context);
}
