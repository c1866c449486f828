/* What glibc's headers offer and musl's do not, in a module that both have to load: exercise_names.py asks it. */
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <gnu/libc-version.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <utmpx.h>

static PyObject *release(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    return PyUnicode_FromString(gnu_get_libc_version());
}

/* A set of processors of its own size, with the first and the last of them in it. */
static PyObject *processors(PyObject *self, PyObject *count) {
    long most = PyLong_AsLong(count);
    cpu_set_t *set = CPU_ALLOC(most);
    int found;
    (void)self;
    CPU_ZERO_S(CPU_ALLOC_SIZE(most), set);
    CPU_SET_S(0, CPU_ALLOC_SIZE(most), set);
    CPU_SET_S(most - 1, CPU_ALLOC_SIZE(most), set);
    found = CPU_COUNT_S(CPU_ALLOC_SIZE(most), set);
    CPU_FREE(set);
    return PyLong_FromLong(found);
}

/* What the heap says of itself: bytes in use, whether some were given back, whether it can be set. */
static PyObject *heap(PyObject *self, PyObject *none) {
    void *kept = malloc(1000);
    struct mallinfo known = mallinfo();
    PyObject *told = Py_BuildValue("iii", known.uordblks, malloc_trim(0), mallopt(M_MMAP_THRESHOLD, 1 << 20));
    (void)self, (void)none;
    free(kept);
    return told;
}

/* Whether a thread can be told its processors before it runs. */
static PyObject *pinned(PyObject *self, PyObject *none) {
    pthread_attr_t attributes;
    cpu_set_t set;
    int told;
    (void)self, (void)none;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    pthread_attr_init(&attributes);
    told = pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    pthread_attr_destroy(&attributes);
    return PyLong_FromLong(told);
}

static PyObject *logged_in(PyObject *self, PyObject *none) {
    PyObject *names = PyList_New(0);
    (void)self, (void)none;
    setutxent();
    for (struct utmpx *one; names != NULL && (one = getutxent()) != NULL;) {
        PyObject *name = PyUnicode_DecodeLocaleAndSize(one->ut_user, (Py_ssize_t)strnlen(one->ut_user, sizeof one->ut_user), NULL);
        if (name == NULL || PyList_Append(names, name) != 0) Py_CLEAR(names);
        Py_XDECREF(name);
    }
    endutxent();
    return names;
}

static PyObject *place(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    return PyUnicode_FromString(__FILE__);
}

static PyMethodDef methods[] = {
    {"release", release, METH_NOARGS, NULL},
    {"processors", processors, METH_O, NULL},
    {"pinned", pinned, METH_NOARGS, NULL},
    {"heap", heap, METH_NOARGS, NULL},
    {"logged_in", logged_in, METH_NOARGS, NULL},
    {"place", place, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "names_sample", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_names_sample(void) { return PyModule_Create(&definition); }
