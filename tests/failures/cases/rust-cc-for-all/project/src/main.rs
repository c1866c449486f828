fn main() {
    println!("{}", env!("STEP"));
}
