"""What glibc and musl declare alike: from their headers, for each CPU (`tools/update_neutral.py`)."""
