//! C++ with its library behind a bridge: a map, a stream, and an exception that arrives as an error.

#[cxx::bridge]
mod ffi {
    unsafe extern "C++" {
        include!("bridge/src/words.h");
        fn longest(text: &str) -> Result<String>;
    }
}

fn main() {
    println!("{}, {}", ffi::longest("to be or otherwise").unwrap(), ffi::longest(" ").unwrap_err());
}
