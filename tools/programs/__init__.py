"""Real programs for tests and measurements: fetching their sources, building them, running them on real work."""
