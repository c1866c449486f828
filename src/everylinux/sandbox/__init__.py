"""Running a file in an image."""
