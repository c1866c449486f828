extern void *PyModule_Create2(void *definition, int version);

unsigned int arc4random(void);

void *PyInit_ext(void)
{
	if (arc4random() == 1)
		return 0;
	return PyModule_Create2(0, 1013);
}
