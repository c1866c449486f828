int f(void){ int a; __asm__("cpuid" : "=a"(a)); return a; }
