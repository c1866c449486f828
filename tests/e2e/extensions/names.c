/* What glibc's headers offer and musl's do not, in a module that both have to load: exercise_names.py asks it. */
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <gnu/libc-version.h>
#include <malloc.h>
#include <pthread.h>
#include <regex.h>
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

/* What an expression finds in a text: how many groups it has, and from where to where each of so many is; else the error. */
static PyObject *matches(PyObject *self, PyObject *arguments) {
    const char *pattern, *text;
    char said[80];
    int flags, count, problem;
    regex_t expression;
    regmatch_t found[40];
    PyObject *told;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "ssii", &pattern, &text, &flags, &count)) return NULL;
    memset(found, 0x7f, sizeof found);
    problem = regcomp(&expression, pattern, flags);
    if (problem != 0) return Py_BuildValue("ii", problem, regerror(problem, &expression, said, sizeof said) == strlen(said) + 1);
    problem = regexec(&expression, text, count, found, 0);
    /* Without places there need be none for them (regexec(3)). */
    if (problem == 0 && (flags & REG_NOSUB) != 0) problem = regexec(&expression, text, count, NULL, 0);
    if (problem != 0) told = Py_BuildValue("i", problem);
    else {
        told = Py_BuildValue("[i]", (int)expression.re_nsub);
        for (int i = 0; i < count && told != NULL; i++) {
            PyObject *place = Py_BuildValue("ii", found[i].rm_so, found[i].rm_eo);
            if (place == NULL || PyList_Append(told, place) != 0) Py_CLEAR(told);
            Py_XDECREF(place);
        }
    }
    regfree(&expression);
    return told;
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
    {"matches", matches, METH_VARARGS, NULL},
    {"place", place, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "names_sample", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_names_sample(void) { return PyModule_Create(&definition); }
