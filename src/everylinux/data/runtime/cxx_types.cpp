/* What C++'s library asks of types: whether a handler takes an exception, whether a cast is allowed.
   zig's libc++ is inside of each program and library, hidden, so that each has a std::runtime_error, and an int, of its own.
   They are one type by its name, as GCC's library has it (libstdc++'s <typeinfo>, __GXX_MERGED_TYPEINFO_NAMES 0); libc++'s
   <typeinfo> calls that _LIBCPP_TYPEINFO_COMPARISON_IMPLEMENTATION 2. */
#include "private_typeinfo.cpp"
