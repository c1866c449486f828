// Asks for the time of a place that is never on universal time.
#include <stdlib.h>
#include <time.h>

int main(void) {
    time_t start = 0;
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    return localtime(&start)->tm_hour != 9;
}
