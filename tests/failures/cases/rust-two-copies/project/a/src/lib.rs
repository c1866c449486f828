#[no_mangle]
pub extern "C" fn checksum() -> i32 { 1 }
pub fn go() { checksum(); }
