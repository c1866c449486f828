#ifdef OLD
extern char _Py_ZeroStruct[];

void *PyInit_old(void)
{
	return _Py_ZeroStruct;
}
#else
#include <Python.h>

static struct PyModuleDef definition = { PyModuleDef_HEAD_INIT, "old", 0, -1, 0 };

PyMODINIT_FUNC PyInit_old(void)
{
	return PyModule_Create(&definition);
}
#endif
