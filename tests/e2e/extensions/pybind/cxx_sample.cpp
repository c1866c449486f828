#include <pybind11/pybind11.h>

#include "../sample.hpp"

PYBIND11_MODULE(cxx_sample, m) { define(m); }
