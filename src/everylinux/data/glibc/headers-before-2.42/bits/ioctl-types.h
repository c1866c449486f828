/* `struct termio`, which glibc took out with 2.42 (its NEWS); the layout is the kernel's (asm-generic/termios.h, powerpc's
   asm/termios.h), as Debian's libc6-dev 2.36 has it for seven CPUs. 2026-11-22. */
#include_next <bits/ioctl-types.h>
#ifndef NCC
#ifdef __powerpc__
#define NCC 10
#else
#define NCC 8
#endif
struct termio {
  unsigned short int c_iflag;
  unsigned short int c_oflag;
  unsigned short int c_cflag;
  unsigned short int c_lflag;
  unsigned char c_line;
  unsigned char c_cc[NCC];
};
#endif
