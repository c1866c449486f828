"""What is put before the lines of a log."""
