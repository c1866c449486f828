fn main(){println!("error");}
