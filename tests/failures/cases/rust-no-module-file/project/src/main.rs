mod parser;
fn main() {}
