"""CPUs and their spellings."""
