"""The symbols that programs offer to the shared objects they load."""
