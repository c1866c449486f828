/* What an extension asks of libc, each of it once: the answers are looked at by exercise.py. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if SIZEOF_LONG != __SIZEOF_LONG__ || SIZEOF_VOID_P != __SIZEOF_POINTER__
#error the configuration of another CPU
#endif

static __thread long counter;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long waiting;

static PyObject *add(PyObject *self, PyObject *arguments) {
    long one, other;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "ll", &one, &other)) return NULL;
    return PyLong_FromLong(one + other);
}

/* A file through stdio: its size, and the first word by fscanf. */
static PyObject *first_word(PyObject *self, PyObject *path) {
    const char *name = PyUnicode_AsUTF8(path);
    char word[64] = "";
    struct stat status;
    FILE *file;
    (void)self;
    if (name == NULL) return NULL;
    file = fopen(name, "r");
    if (file == NULL || fstat(fileno(file), &status) != 0) return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
    if (fscanf(file, "%63s", word) != 1) word[0] = '\0';
    fclose(file);
    return Py_BuildValue("sL", word, (long long)status.st_size);
}

static void *count(void *times) {
    for (long i = 0; i < (long)times; i++) counter++;
    pthread_mutex_lock(&mutex);
    waiting += counter;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* Threads count in variables of their own, and one waits for all. */
static PyObject *threads(PyObject *self, PyObject *none) {
    pthread_t made[4];
    struct timespec until;
    (void)self, (void)none;
    counter = 0, waiting = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    for (int i = 0; i < 4; i++)
        if (pthread_create(&made[i], NULL, count, (void *)(long)(1000 * (i + 1))) != 0) return PyErr_NoMemory();
    pthread_mutex_lock(&mutex);
    while (waiting < 10000)
        if (pthread_cond_timedwait(&changed, &mutex, &until) != 0) break;
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 4; i++) pthread_join(made[i], NULL);
    return Py_BuildValue("ll", waiting, counter);
}

static PyObject *error_number(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    errno = 0;
    close(-1);
    return PyLong_FromLong(errno == EBADF);
}

static PyObject *decimal_point(PyObject *self, PyObject *none) {
    char text[32];
    (void)self, (void)none;
    snprintf(text, sizeof text, "%.2f %s", sqrt(2.25), localeconv()->decimal_point);
    return PyUnicode_FromString(text);
}

static PyObject *found_by_name(PyObject *self, PyObject *none) {
    size_t (*length)(const char *);
    void *program = dlopen(NULL, RTLD_NOW);
    (void)self, (void)none;
    if (program == NULL) return PyErr_Format(PyExc_OSError, "%s", dlerror());
    length = (size_t (*)(const char *))dlsym(program, "strlen");
    return PyLong_FromSize_t(length != NULL ? length("four") : 0);
}

static PyObject *child(PyObject *self, PyObject *none) {
    int status = 0;
    pid_t process = fork();
    (void)self, (void)none;
    if (process == 0) _exit(7);
    if (process < 0 || waitpid(process, &status, 0) != process) return PyErr_SetFromErrno(PyExc_OSError);
    return PyLong_FromLong(WEXITSTATUS(status));
}

/* Memory of many sizes, sorted: qsort calls back into the module. */
static int smaller(const void *one, const void *other) { return *(const int *)one - *(const int *)other; }

static PyObject *stress(PyObject *self, PyObject *none) {
    (void)self, (void)none;
    for (int size = 1; size < 2000; size++) {
        int *numbers = malloc(sizeof(int) * (size_t)size);
        if (numbers == NULL) return PyErr_NoMemory();
        for (int i = 0; i < size; i++) numbers[i] = (int)((unsigned)i * 2654435761u % 1000);
        qsort(numbers, (size_t)size, sizeof *numbers, smaller);
        for (int i = 1; i < size; i++)
            if (numbers[i - 1] > numbers[i]) return PyErr_Format(PyExc_ValueError, "not sorted: %d", size);
        numbers = realloc(numbers, sizeof(int) * (size_t)size * 2);
        free(numbers);
    }
    Py_RETURN_TRUE;
}

static PyMethodDef methods[] = {
    {"add", add, METH_VARARGS, ""},
    {"first_word", first_word, METH_O, ""},
    {"threads", threads, METH_NOARGS, ""},
    {"error_number", error_number, METH_NOARGS, ""},
    {"decimal_point", decimal_point, METH_NOARGS, ""},
    {"found_by_name", found_by_name, METH_NOARGS, ""},
    {"child", child, METH_NOARGS, ""},
    {"stress", stress, METH_NOARGS, ""},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "capi_sample", "", -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_capi_sample(void) { return PyModule_Create(&module); }
