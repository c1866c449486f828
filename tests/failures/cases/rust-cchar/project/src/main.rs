use std::ffi::c_char;
fn f(p: *const c_char) -> *const u8 { p }
fn main(){ f(std::ptr::null()); }
