#include <unwind.h>

static _Unwind_Reason_Code each(struct _Unwind_Context *context, void *depth) {
    (void)context;
    ++*(int *)depth;
    return _URC_NO_REASON;
}

int main(void) {
    int depth = 0;
    _Unwind_Backtrace(each, &depth);
    return depth == 0;
}
