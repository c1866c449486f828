"""What a base image offers."""
