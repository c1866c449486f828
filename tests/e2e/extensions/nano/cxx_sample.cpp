#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "../sample.hpp"

NB_MODULE(cxx_sample, m) { define(m); }
