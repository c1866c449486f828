/* An extension whose libc had better not be inside of it: each function needs something that the process set up. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* What close() says of a file that is not there: its number must be errno's, and Python must see it. */
static PyObject *error_number(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    errno = 0;
    if (close(-1) == 0) return PyErr_Format(PyExc_ValueError, "closed");
    return PyErr_SetFromErrno(PyExc_OSError);
}

static PyObject *heap(PyObject *self, PyObject *none) {
    static char *volatile kept[100];
    (void)self, (void)none;
    for (int i = 0; i < 100; i++)
        if ((kept[i] = malloc((size_t)i * 997 + 1)) == NULL) return PyErr_NoMemory();
    for (int i = 0; i < 100; i++) free(kept[i]);
    Py_RETURN_TRUE;
}

static PyObject *printed(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    return PyLong_FromLong(printf("%s %d", "printed", 42));
}

static PyObject *home(PyObject *self, PyObject *none) {
    const char *found = getenv("HOME");
    (void)self, (void)none;
    return PyUnicode_FromString(found ? found : "");
}

static void *run(void *argument) { return argument; }

/* What pthread_create answers: a number of errno's, zero for a thread. */
static PyObject *thread(PyObject *self, PyObject *none) {
    pthread_t started;
    int problem = pthread_create(&started, NULL, run, NULL);
    (void)self, (void)none;
    if (problem == 0) pthread_join(started, NULL);
    return PyLong_FromLong(problem);
}

static PyObject *day(PyObject *self, PyObject *none) {
    struct tm time = {.tm_mday = 1};
    char text[64] = "";
    (void)self, (void)none;
    strftime(text, sizeof text, "%A", &time);
    return PyUnicode_FromString(text);
}

static PyMethodDef methods[] = {
    {"error_number", error_number, METH_NOARGS, ""},
    {"heap", heap, METH_NOARGS, ""},
    {"printed", printed, METH_NOARGS, ""},
    {"home", home, METH_NOARGS, ""},
    {"thread", thread, METH_NOARGS, ""},
    {"day", day, METH_NOARGS, ""},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "leaning_sample", "", -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_leaning_sample(void) { return PyModule_Create(&module); }
