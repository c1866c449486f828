fn main() {
    println!("second: {}", shared::answer());
}
