fn main() { println!("{}", env!("SERVICE_URL")); }
