fn main() { let count = 1; }
