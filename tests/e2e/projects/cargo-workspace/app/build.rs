fn main() {
    // What is built for this machine must not meet the target's compiler.
    for name in ["CC", "CXX", "AR", "CMAKE_TOOLCHAIN_FILE"] {
        assert!(std::env::var_os(name).is_none(), "{name} is set");
    }
    println!("cargo:rustc-check-cfg=cfg(marked)");
    println!("cargo:rerun-if-changed=src/part.c");
    cc::Build::new().file("src/part.c").compile("part");
}
