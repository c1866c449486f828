#include <Python.h>

int main(void) {
    return PY_MAJOR_VERSION != 3;
}
