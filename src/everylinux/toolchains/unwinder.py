"""The unwinder in modules: zig's own, compiled once for a target, with what exceptions spend their time in shortened.

zig brings LLVM's as source. Of its archives two files are replaced, which stand before them on the command line;
whoever throws nothing has none of it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux import data
from everylinux.cache import locked, write_atomically

if TYPE_CHECKING:
    from everylinux.builders.commands import Commands
    from everylinux.target import Target
    from everylinux.toolchains.wiring import Wiring
    from everylinux.toolchains.zig import Zig

# As zig compiles its own: the flags of both files, and of each.
FLAGS = (
    *("-O2", "-g0", "-DNDEBUG", "-fPIC", "-funwind-tables", "-w"),
    *("-fvisibility=hidden", "-fvisibility-inlines-hidden"),
)
# What the unwinder's inner loops call goes into them: that takes a tenth off a throw, and adds a fiftieth to a module
# with nanobind.
SOURCES = {
    "unwinder/unwinder.cpp": (
        *("-fno-exceptions", "-fno-rtti", "-D_LIBUNWIND_HIDE_SYMBOLS", "-D_LIBUNWIND_IS_NATIVE_ONLY"),
        *("-mllvm", "-inline-threshold=1000"),
    ),
    "unwinder/personality.cpp": ("-fexceptions", "-D_LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS"),
}
# Folders of zig's with the sources and their headers.
HEADERS = ("libunwind/include", "libunwind/src", "libcxxabi/include", "libcxxabi/src", "libcxx/src")


def unwinder(wiring: Wiring, target: Target, commands: Commands) -> tuple[Path, ...]:
    """Return the archive to link modules for ``target`` with; none with a zig whose unwinder is another one."""
    zig = wiring.zig
    made = _archive(zig, target)
    with locked(made), tempfile.TemporaryDirectory(dir=wiring.folder) as name:
        if made.exists():
            return (made,)
        archive = Path(name) / made.name
        for command in _steps(zig, target, archive):
            if not commands.succeeds(command, cwd=archive.parent, environment=wiring.environment()):
                commands.note("zig's own unwinder stays")
                return ()
        write_atomically(made, archive.read_bytes())
    return (made,)


def _steps(zig: Zig, target: Target, archive: Path) -> list[list[str | Path]]:
    """Write the sources beside the archive, and return what makes it of them."""
    headers = [word for name in HEADERS for word in ("-I", zig.path.parent / "lib" / name)]
    steps: list[list[str | Path]] = []
    objects = []
    for name, flags in SOURCES.items():
        source = archive.with_name(Path(name).name)
        source.write_bytes(data.read(name))
        objects.append(source.with_suffix(".o"))
        compiler = [zig.path, "c++", "-target", target.zig, *FLAGS, *flags, *headers]
        steps.append([*compiler, "-c", source, "-o", objects[-1]])
    return [*steps, [zig.path, "ar", "rcs", archive, *objects]]


def _archive(zig: Zig, target: Target) -> Path:
    """Return the place for what is made of these sources by this zig for this target."""
    folder = zig.cache / "everylinux"
    folder.mkdir(exist_ok=True)
    texts = [data.read(name) for name in SOURCES]
    recipe = (os.fsencode(zig.path), zig.version.encode(), *texts, repr((FLAGS, SOURCES, HEADERS)).encode())
    digest = hashlib.sha256(b"\0".join(recipe)).hexdigest()[:12]
    return folder / f"{target.zig}-unwinder-{digest}.a"
