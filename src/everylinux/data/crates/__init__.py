"""What the builds of crates with C inside want: one file a crate."""
