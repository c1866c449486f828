extern void *PyModule_Create2(void *definition, int version);



void *PyInit_ext(void)
{
	
	return PyModule_Create2(0, 1013);
}
