int seen;
__attribute__((constructor)) static void begun(void) { __asm__ volatile("" : "=m"(seen)); }
