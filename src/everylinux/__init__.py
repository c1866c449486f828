"""everylinux: know on which Linux a native program will run, and prove it."""

__version__ = "0.1.0"
