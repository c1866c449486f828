int made_elsewhere(void);

int (*keep)(void) = made_elsewhere;

void *napi_register_module_v1(void *environment, void *exports)
{
	(void)environment;
	return exports;
}
