fn main() {
    println!("cargo:rustc-env=STEP={}", tables::step());
}
