"""The compiler commands of a target, linked with what replaces parts of zig's own runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.builders.commands import Commands, Running
from everylinux.progress import Progress
from everylinux.spelling import parse_targets
from everylinux.toolchains.native_program import native_program
from everylinux.toolchains.runtime import make_runtime, module_runtime, place_of_runtime
from everylinux.toolchains.wiring import Wiring, wire
from everylinux.toolchains.zig import find_zig

if TYPE_CHECKING:
    from pathlib import Path


def with_runtime(folder: Path, name: str) -> Wiring:
    """Return them for programs and libraries."""
    zig = find_zig()
    (target,) = parse_targets(name)
    program = native_program(zig, Progress(quiet=True))
    made = wire(folder / "wiring", target, zig, program, None, runtime=place_of_runtime(zig, target))
    make_runtime(made, _commands(folder))
    assert made.runtime is not None
    assert made.runtime.exists(), "zig's own runtime stays"
    return made


def with_module_runtime(folder: Path, name: str) -> Wiring:
    """Return them for Python modules."""
    plain = with_runtime(folder, name)
    program = native_program(plain.zig, Progress(quiet=True))
    objects = archives_of_modules(plain, folder)
    return wire(folder / "module", plain.target, plain.zig, program, None, module_objects=objects)


def archives_of_modules(plain: Wiring, folder: Path) -> tuple[Path, ...]:
    """Return what Python modules are linked with."""
    return module_runtime(plain, plain.target, _commands(folder))


def _commands(folder: Path) -> Commands:
    return Commands(Running(), folder / "log", (), lambda: None)
