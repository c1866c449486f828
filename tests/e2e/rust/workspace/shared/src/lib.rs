extern "C" {
    #[link_name = "answer"]
    fn c_answer() -> i32;
}

/// The answer, which C knows.
pub fn answer() -> i32 {
    unsafe { c_answer() }
}
