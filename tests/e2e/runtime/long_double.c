/* The four operations in long double, whatever that is. */
#include <stdio.h>

int main(void) {
    volatile long double one = 1, three = 3, nothing = 0;
    const long double third = one / three, ninth = third * third;
    printf("%.24Lf %.24Lf %.24Lf\n", third, ninth, third + ninth);
    printf("%.24Lf %.24Lf\n", third - ninth, (one + ninth) / (third - one));
    printf("%d %d %d\n", third * three - one < 1e-17L, (int)(one / nothing > 1e308L), one - one == nothing);
    return 0;
}
