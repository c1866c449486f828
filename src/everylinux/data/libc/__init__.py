"""In which release of a libc or of GCC's runtime each symbol or version came."""
