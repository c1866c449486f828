int inner = 7;
