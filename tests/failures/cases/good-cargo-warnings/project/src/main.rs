fn main() {
    let failed = 1;
    let error: Option<i32> = None;
}
