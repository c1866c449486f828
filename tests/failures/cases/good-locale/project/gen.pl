print "#define ERROR 1\n";
