"""Names that the loader of musl treats apart."""
