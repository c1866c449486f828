"""What zig's compiler driver takes, and what its libcs cost to build."""
