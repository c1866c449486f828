"""Real Rust projects for tests and measurements: fetching them, building them, running what came out."""
