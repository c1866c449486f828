print("int f(void) { return", "(" * 60000, "1", ")" * 60000, "; }")
