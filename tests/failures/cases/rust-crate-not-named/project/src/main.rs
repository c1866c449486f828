use parser::parse;
fn main() {
    parse()
}
