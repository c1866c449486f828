"""The unwinder in modules: zig's own, compiled once for a target, with what exceptions spend their time in shortened.

zig brings LLVM's as source. Of its archive one file is replaced, which stands before it on the command line; whoever
throws nothing has none of it.
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

SOURCE = "unwinder/unwinder.cpp"
# As zig compiles its own; but what inner loops call goes into them: that takes a tenth off a throw, and adds a fiftieth
# to a module with nanobind.
FLAGS = (
    *("-O2", "-g0", "-DNDEBUG", "-fPIC", "-fno-exceptions", "-fno-rtti", "-funwind-tables", "-w"),
    *("-fvisibility=hidden", "-fvisibility-inlines-hidden"),
    *("-D_LIBUNWIND_HIDE_SYMBOLS", "-D_LIBUNWIND_IS_NATIVE_ONLY"),
    *("-mllvm", "-inline-threshold=1000"),
)


def unwinder(wiring: Wiring, target: Target, commands: Commands) -> tuple[Path, ...]:
    """Return the archive to link modules for ``target`` with; none with a zig whose unwinder is another one."""
    zig = wiring.zig
    made = _archive(zig, target)
    with locked(made), tempfile.TemporaryDirectory(dir=wiring.folder) as name:
        if made.exists():
            return (made,)
        folder = Path(name)
        source, compiled, archive = folder / "unwinder.cpp", folder / "unwinder.o", folder / made.name
        source.write_bytes(data.read(SOURCE))
        own = zig.path.parent / "lib" / "libunwind"
        headers = ["-I", own / "include", "-I", own / "src"]
        for command in (
            [zig.path, "c++", "-target", target.zig, *FLAGS, *headers, "-c", source, "-o", compiled],
            [zig.path, "ar", "rcs", archive, compiled],
        ):
            if not commands.succeeds(command, cwd=folder, environment=wiring.environment()):
                commands.note("zig's own unwinder stays")
                return ()
        write_atomically(made, archive.read_bytes())
    return (made,)


def _archive(zig: Zig, target: Target) -> Path:
    """Return the place for what is made of these sources by this zig for this target."""
    folder = zig.cache / "everylinux"
    folder.mkdir(exist_ok=True)
    recipe = (os.fsencode(zig.path), zig.version.encode(), data.read(SOURCE), repr(FLAGS).encode())
    digest = hashlib.sha256(b"\0".join(recipe)).hexdigest()[:12]
    return folder / f"{target.zig}-unwinder-{digest}.a"
