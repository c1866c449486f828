"""What stands in every module in place of a part of the compiler's own unwinder."""
