//! A program in a wheel.

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    println!("{} words: {}", words.len(), words.join(" "));
}
