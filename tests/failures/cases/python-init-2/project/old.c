#ifdef OLD
void *Py_InitModule3(const char *name, void *methods, const char *text);

void *PyInit_old(void)
{
	return Py_InitModule3("old", 0, 0);
}
#else
#include <Python.h>

static struct PyModuleDef definition = { PyModuleDef_HEAD_INIT, "old", 0, -1, 0 };

PyMODINIT_FUNC PyInit_old(void)
{
	return PyModule_Create(&definition);
}
#endif
