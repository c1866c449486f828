#[no_mangle]
pub extern "C" fn one() -> i32 { 1 }
