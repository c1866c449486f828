"""Facts about libc inside of a module: which parts of it depend on who set up the process."""
