/* Included first in every source of a neutral module: steers it to names that glibc and musl both have.
   Checked variants (__memcpy_chk) are glibc's alone: features.h asks for them by this macro. */
#undef _FORTIFY_SOURCE
