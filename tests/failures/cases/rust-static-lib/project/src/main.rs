fn main() { unsafe { foo_sys::foo_open(); } }
