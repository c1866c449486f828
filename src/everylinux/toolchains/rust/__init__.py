"""Rust's toolchain: found, its settings read, its standard library brought, aimed at a target."""
