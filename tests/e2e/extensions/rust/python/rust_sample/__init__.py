from rust_sample._native import *  # noqa: F403
