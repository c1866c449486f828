"""What loaders and emulators say when a program does not start."""
