"""What is said where a wheel needs a library that no platform tag promises."""

from __future__ import annotations

from pathlib import Path

from everylinux.builders.python.wheels import repaired_by


def test_the_command_that_repairs_a_wheel_is_shown_with_what_it_needs_itself() -> None:
    said = repaired_by(Path("a wheel.whl"), "manylinux_2_36_x86_64", "/sysroot/lib")
    assert "needs patchelf on PATH" in said
    assert said.endswith("LD_LIBRARY_PATH=/sysroot/lib auditwheel repair --plat manylinux_2_36_x86_64 'a wheel.whl'")
