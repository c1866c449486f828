extern "C" {
    #[link_name = "step"]
    fn of_c() -> i32;
}

pub fn step() -> i32 {
    unsafe { of_c() }
}
