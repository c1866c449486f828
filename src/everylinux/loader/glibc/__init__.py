"""glibc's loader: how it finds libraries, checks versions and binds symbols (elf/ in its source)."""
