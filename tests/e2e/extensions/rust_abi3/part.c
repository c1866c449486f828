/* A module in C beside the one in Rust: both are for the target. */
#define Py_LIMITED_API 0x03090000
#include <Python.h>

static PyObject *bits(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    return PyLong_FromSize_t(sizeof(void *) * 8);
}

static PyMethodDef methods[] = {{"bits", bits, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "part_in_c", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_part_in_c(void) { return PyModule_Create(&definition); }
