extern "C" { pub fn foo_open() -> i32; }
