/* An extension whose libc may be inside of it: what it asks for keeps nothing and needs nothing of the process. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static __thread long counter;

static PyObject *add(PyObject *self, PyObject *arguments) {
    long one, other;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "ll", &one, &other)) return NULL;
    return PyLong_FromLong(one + other);
}

/* Text: where a part of it is, how long the rest is, and the rest in another order. */
static PyObject *after(PyObject *self, PyObject *arguments) {
    const char *text, *part, *found;
    char rest[256];
    (void)self;
    if (!PyArg_ParseTuple(arguments, "ss", &text, &part)) return NULL;
    found = strstr(text, part);
    if (found == NULL || strlen(found) >= sizeof rest) Py_RETURN_NONE;
    strcpy(rest, found + strlen(part));
    for (size_t i = 0, n = strlen(rest); i < n / 2; i++) {
        char c = rest[i];
        rest[i] = rest[n - 1 - i];
        rest[n - 1 - i] = c;
    }
    return Py_BuildValue("nsi", (Py_ssize_t)strlen(found), rest, memcmp(text, part, strlen(part)) == 0);
}

static PyObject *wave(PyObject *self, PyObject *number) {
    double x = PyFloat_AsDouble(number);
    (void)self;
    if (PyErr_Occurred()) return NULL;
    return PyFloat_FromDouble(sin(x) * sin(x) + cos(x) * cos(x) + cbrt(x * x * x) + fmod(pow(x, 2.0), 3.0));
}

static int smaller(const void *one, const void *other) { return *(const int *)one - *(const int *)other; }

/* Sorted by a function that calls back; the memory is Python's. */
static PyObject *sorted(PyObject *self, PyObject *count) {
    long size = PyLong_AsLong(count), found = 1;
    int *numbers;
    (void)self;
    if (size <= 0 || (numbers = PyMem_Malloc(sizeof(int) * (size_t)size)) == NULL) return PyErr_NoMemory();
    for (long i = 0; i < size; i++) numbers[i] = (int)((unsigned)i * 2654435761u % 1000);
    qsort(numbers, (size_t)size, sizeof *numbers, smaller);
    for (long i = 1; i < size; i++) found = found && numbers[i - 1] <= numbers[i];
    PyMem_Free(numbers);
    return PyBool_FromLong(found);
}

/* How often this thread has called: a variable of its own, whose place the process's loader knows. */
static PyObject *count(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    return PyLong_FromLong(++counter);
}

static PyMethodDef methods[] = {
    {"add", add, METH_VARARGS, ""}, {"after", after, METH_VARARGS, ""}, {"wave", wave, METH_O, ""},
    {"sorted", sorted, METH_O, ""}, {"count", count, METH_NOARGS, ""},  {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "alone_sample", "", -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_alone_sample(void) { return PyModule_Create(&module); }
