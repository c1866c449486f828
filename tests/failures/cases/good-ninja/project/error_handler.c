int error_handler;
