int napi_register_module_v1(void) { return 0; }
