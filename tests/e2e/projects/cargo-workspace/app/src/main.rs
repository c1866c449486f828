use std::ffi::{c_char, CStr};

extern "C" {
    fn libc_name() -> *const c_char;
}

fn main() {
    let name = unsafe { CStr::from_ptr(libc_name()) }.to_str().unwrap();
    let caught = std::panic::catch_unwind(|| panic!("unwound")).is_err();
    let sum: u32 = (0..4).map(|n| std::thread::spawn(move || n)).map(|thread| thread.join().unwrap()).sum();
    let marked = if cfg!(marked) { " marked" } else { "" };
    let end = if cfg!(feature = "loud") { "!" } else { "" };
    println!("{name} {caught} {sum}{marked}{end}");
}
