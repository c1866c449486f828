"""Which symbols mean the same in glibc and musl, and what goes into modules that bind to either."""
