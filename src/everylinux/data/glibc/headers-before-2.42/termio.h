/* The header of System V's terminals, which glibc 2.42 took out (its NEWS): the headers that come with zig are those of
   2.42, whichever glibc is aimed at. It led to these two (Debian's libc6-dev 2.36). 2026-11-22. */
#include <termios.h>
#include <sys/ioctl.h>
