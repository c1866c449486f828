#[no_mangle]
pub extern "C" fn checksum() -> i32 { 2 }
pub fn go() { checksum(); }
