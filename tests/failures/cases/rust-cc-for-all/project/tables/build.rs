fn main() {
    cc::Build::new().file("step.c").compile("step");
}
