"""What stands in place of parts of the compiler's own runtime: of its unwinder, and what it lacks on x86."""
