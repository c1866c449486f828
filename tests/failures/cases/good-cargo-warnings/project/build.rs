fn main() {
    println!("cargo:warning=error: foozle.h not found, the bundled copy is taken");
    println!("cargo:warning=fatal error: this is only a warning");
}
