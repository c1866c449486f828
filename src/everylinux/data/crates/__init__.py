"""CPUs as ELF files and loaders see them."""
