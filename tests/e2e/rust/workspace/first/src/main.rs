fn main() {
    println!("first: {}", shared::answer());
}
