int PyList_New(int);
int napi_create_object(int);
int uv_default_loop(void);

int plugin(void) { return PyList_New(0) + napi_create_object(0) + uv_default_loop(); }
