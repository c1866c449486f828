"""What lets a file start and may fail later: which functions and strings show it, and what an image must have."""
