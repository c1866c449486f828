"""CPython's stable ABI."""
