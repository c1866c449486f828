int fatal_error;
