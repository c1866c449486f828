fn main(){ bindgen::Builder::default().header("a.h").generate().unwrap(); }
