"""Facts: dated, with where each is from; never Python literals."""
