"""Making the histories of the C and C++ libraries: in which release which symbol and version came."""
