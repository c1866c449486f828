"""zig's libc for a target: built before the project's own build begins, so that the wait has a name.

zig compiles its libc from source when a target is first linked, and its C++ library with the first C++ program. The
wrapper links every program with one set of flags, so that each happens once a target.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.cache import locked, write_atomically
from everylinux.decoding import read_facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.builders.commands import Commands
    from everylinux.progress import Progress
    from everylinux.toolchains.wiring import Wiring


class ColdCosts(msgspec.Struct, frozen=True):
    """Seconds that zig's first link for a target takes on two cores: libc, then what C++ adds."""

    date: str
    zig: str
    sources: dict[str, str]
    libc: dict[str, int]
    libcxx: dict[str, int]


@functools.cache
def _cold_costs() -> ColdCosts:
    return read_facts("toolchains/cold-costs.json", ColdCosts)


def warm(wiring: Wiring, commands: Commands, progress: Progress) -> None:
    """Link one C program, so that zig builds its libc for this target; says what is waited for and about how long."""
    target = wiring.target
    mark = _mark(wiring, "c")
    if mark.exists():
        return
    with locked(mark):
        if mark.exists():
            return
        what = "zig's musl" if target.libc == "musl" else "zig's glibc"
        progress.say(f"{target.name}: building {what}, once, about {_cold_costs().libc[target.libc]} s")
        with tempfile.TemporaryDirectory(dir=wiring.folder) as name:
            source = Path(name, "warm.c")
            source.write_text("int main(void) { return 0; }\n")
            commands.run(
                [wiring.command("cc"), "-O2", source, "-o", source.with_suffix("")],
                cwd=wiring.folder,
                environment=wiring.environment(),
                step=f"building {what}",
            )
        write_atomically(mark, b"")


def notice_cxx(wiring: Wiring, progress: Progress) -> None:
    """Say what is waited for when the wrapper has begun to link the first C++ program of this target."""
    if wiring.saw("linked-cxx") and not wiring.said_cxx.is_set() and not _mark(wiring, "c++").exists():
        wiring.said_cxx.set()
        seconds = _cold_costs().libcxx[wiring.target.libc]
        progress.say(f"{wiring.target.name}: building zig's C++ library, once, about {seconds} s")


def remember_cxx(wiring: Wiring) -> None:
    """Keep that zig has a C++ library for this target, after a build that linked a C++ program."""
    if wiring.saw("linked-cxx"):
        write_atomically(_mark(wiring, "c++"), b"")


@contextlib.contextmanager
def built_once(wiring: Wiring, what: str, progress: Progress) -> Iterator[None]:
    """Say before the first time what zig builds for this target and how long that takes; then keep that it did."""
    mark = _mark(wiring, what)
    if not mark.exists():
        seconds = _cold_costs().libc[wiring.target.libc]
        progress.say(f"{wiring.target.triple}: building zig's musl for modules, once, about {seconds} s")
    yield
    write_atomically(mark, b"")


def _mark(wiring: Wiring, language: str) -> Path:
    """Return the file that says that it is there; zig builds some of it anew when zig itself lies elsewhere."""
    folder = wiring.zig.cache / "everylinux"
    folder.mkdir(exist_ok=True)
    place = hashlib.sha256(os.fsencode(wiring.zig.path)).hexdigest()[:8]
    return folder / f"{wiring.zig.version}-{place}-{wiring.target.zig}-{language}"
