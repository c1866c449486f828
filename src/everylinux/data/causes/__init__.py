"""Why builds and starts fail: one file a cause, and the index of all."""
