void *napi_register_module_v1(void *environment, void *exports)
{
	(void)environment;
	return exports;
}
