"""Published Python packages with extensions: their pinned sdists, and how their wheels do for each libc and CPU."""
