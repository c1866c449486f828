"""What stands in place of a part of the compiler's own unwinder: in Python modules, and in C++ for glibc."""
