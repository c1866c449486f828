"""What stands in place of parts of zig's own runtime: an archive, compiled once for a target.

zig brings LLVM's unwinder and C++ library as source. What replaces files of its archives stands before them on the
command line; who neither throws nor cleans up has none of it. With it exceptions spend less time; a Python module has
nothing done where a thread ends within it, any other program or library for glibc what GCC's would do (docs/build.md).
Beside it is what GCC's library has and zig's has not: the features of an x86 processor.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux import data
from everylinux.cache import locked, write_atomically

if TYPE_CHECKING:
    from everylinux.builders.commands import Commands
    from everylinux.target import Target
    from everylinux.toolchains.wiring import Wiring
    from everylinux.toolchains.zig import Zig

# As zig compiles its own: the flags of all files, and of each.
FLAGS = (
    *("-O2", "-g0", "-DNDEBUG", "-fPIC", "-funwind-tables", "-w"),
    *("-fvisibility=hidden", "-fvisibility-inlines-hidden"),
)
OF_UNWINDER = ("-D_LIBUNWIND_HIDE_SYMBOLS", "-D_LIBUNWIND_IS_NATIVE_ONLY")
OF_LIBRARY = ("-fexceptions", "-D_LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS")
# Folders of zig's with the sources and their headers.
HEADERS = ("libunwind/include", "libunwind/src", "libcxxabi/include", "libcxxabi/src", "libcxx/src")


@dataclass(frozen=True)
class Parts:
    """What one kind of output has inside: sources with their flags, and headers beside them."""

    kind: str
    sources: dict[str, tuple[str, ...]]
    headers: tuple[str, ...] = ()

    def texts(self) -> list[bytes]:
        """Return all that is compiled."""
        return [data.read(f"runtime/{name}") for name in (*self.sources, *self.headers)]


# What the unwinder's inner loops call goes into them: that takes a tenth off a throw, and adds a fiftieth to a module
# with nanobind.
QUICK = {"unwinder.cpp": ("-fno-exceptions", "-fno-rtti", *OF_UNWINDER, "-mllvm", "-inline-threshold=1000")}
PROCESSOR: dict[str, tuple[str, ...]] = {"processor.c": ()}
MODULES = Parts("module", {**QUICK, **PROCESSOR, "module_personality.cpp": OF_LIBRARY})
OTHERS = Parts(
    "runtime",
    {
        **QUICK,
        **PROCESSOR,
        "cxx_personality.cpp": OF_LIBRARY,
        "c_personality.c": ("-fexceptions",),
        "level1.c": ("-fexceptions", *OF_UNWINDER),
    },
    headers=("other.h",),
)
# Musl unwinds no thread that ends.
OTHERS_FOR_MUSL = Parts("processor", PROCESSOR)
OF_X86 = ("x86_64", "x86")


def module_runtime(wiring: Wiring, target: Target, commands: Commands) -> tuple[Path, ...]:
    """Return the archive to link modules for ``target`` with; none with a zig whose runtime is another one."""
    made = _place(MODULES, wiring.zig, target)
    _make(MODULES, made, wiring, target, commands)
    return (made,) if made.exists() else ()


def place_of_runtime(zig: Zig, target: Target) -> Path | None:
    """Return the place for what programs and libraries of a target are linked with; none where zig's own will do."""
    parts = _parts_of_others(target)
    return _place(parts, zig, target) if parts else None


def make_runtime(wiring: Wiring, commands: Commands) -> None:
    """Compile what programs and libraries of a wiring are linked with, unless it is there; zig's own may stay."""
    parts = _parts_of_others(wiring.target)
    if wiring.runtime and parts:
        _make(parts, wiring.runtime, wiring, wiring.target, commands)


def _parts_of_others(target: Target) -> Parts | None:
    if target.libc == "gnu":
        return OTHERS
    return OTHERS_FOR_MUSL if target.cpu.name in OF_X86 else None


def _place(parts: Parts, zig: Zig, target: Target) -> Path:
    """Return the place for what is made of these sources by this zig for this target."""
    folder = zig.cache / "everylinux"
    folder.mkdir(exist_ok=True)
    settings = repr((FLAGS, parts, HEADERS)).encode()
    recipe = (os.fsencode(zig.path), zig.version.encode(), *parts.texts(), settings)
    digest = hashlib.sha256(b"\0".join(recipe)).hexdigest()[:12]
    return folder / f"{target.zig}-{parts.kind}-{digest}.a"


def _make(parts: Parts, made: Path, wiring: Wiring, target: Target, commands: Commands) -> None:
    if made.exists():
        return
    with locked(made), tempfile.TemporaryDirectory(dir=wiring.folder) as name:
        if made.exists():
            return
        archive = Path(name) / made.name
        for command in _steps(parts, wiring.zig, target, archive):
            if not commands.succeeds(command, cwd=archive.parent, environment=wiring.environment()):
                commands.note("zig's own runtime stays")
                return
        write_atomically(made, archive.read_bytes())


def _steps(parts: Parts, zig: Zig, target: Target, archive: Path) -> list[list[str | Path]]:
    """Write the sources beside the archive, and return what makes it of them."""
    headers = [word for name in HEADERS for word in ("-I", zig.path.parent / "lib" / name)]
    for name in (*parts.sources, *parts.headers):
        archive.with_name(name).write_bytes(data.read(f"runtime/{name}"))
    steps: list[list[str | Path]] = []
    objects = []
    for name, flags in parts.sources.items():
        source = archive.with_name(name)
        objects.append(source.with_suffix(".o"))
        language = "c++" if source.suffix == ".cpp" else "cc"
        compiler = [zig.path, language, "-target", target.zig, *FLAGS, *flags, *headers]
        steps.append([*compiler, "-c", source, "-o", objects[-1]])
    return [*steps, [zig.path, "ar", "rcs", archive, *objects]]
