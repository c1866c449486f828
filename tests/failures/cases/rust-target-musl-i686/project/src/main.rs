fn main() {
    println!("gauge");
}
