#pragma once
#include "rust/cxx.h"

rust::String longest(rust::Str text);
