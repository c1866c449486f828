// Tells the time.
#include <time.h>

int main(void) { return time(NULL) == (time_t)-1; }
