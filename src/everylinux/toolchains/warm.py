"""zig's libc for a target: built before the project's own build begins, so that the wait has a name.

zig compiles its libc from source when a target is first linked. The wrapper links every program with one set of flags,
so that this happens once a target.
"""

from __future__ import annotations

import functools
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from everylinux.cache import locked, write_atomically

if TYPE_CHECKING:
    from everylinux.builders.commands import Commands
    from everylinux.progress import Progress
    from everylinux.toolchains.wiring import Wiring

SOURCES = {
    "cc": ("warm.c", "int main(void) { return 0; }\n"),
    "c++": ("warm.cc", "#include <iostream>\nint main() { std::cout << 1; }\n"),
}


class ColdCosts(msgspec.Struct, frozen=True):
    """Seconds that zig's first link for a target takes on two cores: libc, then what C++ adds."""

    date: str
    zig: str
    sources: dict[str, str]
    libc: dict[str, int]
    libcxx: dict[str, int]


@functools.cache
def _cold_costs() -> ColdCosts:
    data = resources.files("everylinux.data.toolchains").joinpath("cold-costs.json").read_bytes()
    return msgspec.json.decode(data, type=ColdCosts)


def warm(wiring: Wiring, commands: Commands, progress: Progress, *, cxx: bool) -> None:
    """Build what zig has not built yet for this target; says what is waited for and about how long."""
    costs, libc = _cold_costs(), wiring.target.libc
    _warm(wiring, commands, progress, _Part("cc", "zig's musl" if libc == "musl" else "zig's glibc", costs.libc[libc]))
    if cxx:
        _warm(wiring, commands, progress, _Part("c++", "zig's C++ library", costs.libcxx[libc]))


class _Part(NamedTuple):
    """What is built by linking one program: with which compiler, what it is, and about how many seconds it takes."""

    compiler: str
    what: str
    seconds: int


def _warm(wiring: Wiring, commands: Commands, progress: Progress, part: _Part) -> None:
    target = wiring.target
    mark = wiring.zig.cache / "everylinux" / f"{wiring.zig.version}-{wiring.wrapper}-{target.name}-{part.compiler}"
    if mark.exists():
        return
    with locked(mark):
        if mark.exists():
            return
        progress.say(f"{target.name}: building {part.what} for {target.cpu.name}, once, about {part.seconds} s")
        with tempfile.TemporaryDirectory(dir=wiring.folder) as name:
            file, text = SOURCES[part.compiler]
            source = Path(name, file)
            source.write_text(text)
            commands.run(
                [wiring.command(part.compiler), "-O2", source, "-o", source.with_suffix("")],
                cwd=wiring.folder,
                environment=wiring.environment(),
                step=f"building {part.what}",
            )
        write_atomically(mark, b"")
