fn main() { a::go(); b::go(); }
