__thread int inner = 7;
