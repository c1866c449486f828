#include <stdatomic.h>

static atomic_int count;

int main(void)
{
	atomic_fetch_add(&count, 1);
	return 0;
}
