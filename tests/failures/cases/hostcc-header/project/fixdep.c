#include <linux/types.h>

int main(void) {
    __u32 value = 0;
    return (int)value;
}
