"""What a loader reads in a file."""
