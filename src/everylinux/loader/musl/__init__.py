"""musl's loader: how it finds libraries and binds symbols (ldso/dynlink.c in its source)."""
