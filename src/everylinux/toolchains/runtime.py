"""What stands in place of parts of zig's own runtime: an archive, compiled once for a target.

zig brings LLVM's unwinder and C++ library as source. What replaces files of its archives stands before them on the
command line; who neither throws nor cleans up has none of it. With it exceptions spend less time; a Python module has
nothing done where a thread ends within it, any other program or library for glibc what GCC's would do (docs/build.md).
Beside it is what GCC's library has and zig's has not, or has otherwise: the features of an x86 processor, complex
numbers, types that a program and its libraries have in common, and zig's builtins without the names of the libc.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from everylinux import data
from everylinux.cache import locked, write_atomically
from everylinux.toolchains.builtins import ASIDE, LEFT_OUT, builtins_without_libc

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
# Types are compared by their names: in the library here, elsewhere by the wrapper (compiler-arguments.json, first_cxx).
BY_NAME = "-D_LIBCPP_TYPEINFO_COMPARISON_IMPLEMENTATION=2"
# Folders of zig's with the sources and their headers.
HEADERS = ("libunwind/include", "libunwind/src", "libcxxabi/include", "libcxxabi/src", "libcxx/src")


@dataclass(frozen=True)
class Parts:
    """What one kind of output has inside: sources with their flags, headers beside them, and zig's builtins or not."""

    kind: str
    sources: dict[str, tuple[str, ...]]
    headers: tuple[str, ...] = ()
    builtins: bool = True

    def texts(self) -> list[bytes]:
        """Return all that is compiled."""
        return [data.read(f"runtime/{name}") for name in (*self.sources, *self.headers)]


# What the unwinder's inner loops call goes into them: that takes a tenth off a throw, and adds a fiftieth to a module
# with nanobind.
INLINED = ("-fomit-frame-pointer", "-mllvm", "-inline-threshold=1000")
QUICK = {"unwinder.cpp": ("-fno-exceptions", "-fno-rtti", *OF_UNWINDER, *INLINED)}
OF_C: dict[str, tuple[str, ...]] = dict.fromkeys(("processor.c", "complex.c", "long_double.c", "atomics.c"), ())
TYPES = {"cxx_types.cpp": (*OF_LIBRARY, BY_NAME)}
MODULES = Parts("module", {**QUICK, **OF_C, **TYPES, "module_personality.cpp": (*OF_LIBRARY, *INLINED)}, builtins=False)
OTHERS = Parts(
    "runtime",
    {
        **QUICK,
        **OF_C,
        **TYPES,
        "cxx_globals.cpp": OF_LIBRARY,
        "cxx_personality.cpp": (*OF_LIBRARY, *INLINED),
        "c_personality.c": ("-fexceptions",),
        "level1.c": ("-fexceptions", *OF_UNWINDER),
    },
    headers=("other.h",),
)
# Musl unwinds no thread that ends.
OTHERS_FOR_MUSL = Parts("runtime", {**OF_C, **TYPES})
# Rust unwinds its panics by zig's unwinder.
NUMBERS = Parts("numbers", OF_C)
# What of zig's own is replaced in what a kind of project links.
Replaced = Literal["whole", "numbers", "nothing"]


def module_runtime(wiring: Wiring, target: Target, commands: Commands) -> tuple[Path, ...]:
    """Return the archive to link modules for ``target`` with; none with a zig whose runtime is another one."""
    made = _place(MODULES, wiring.zig, target)
    _make(MODULES, made, wiring, target, commands)
    return (made,) if made.exists() else ()


def place_of_runtime(zig: Zig, target: Target, replaced: Replaced = "whole") -> Path | None:
    """Return the place for what programs and libraries of a target are linked with."""
    return None if replaced == "nothing" else _place(_parts(target, replaced), zig, target)


def make_runtime(wiring: Wiring, commands: Commands, replaced: Replaced = "whole") -> None:
    """Compile what programs and libraries of a wiring are linked with, unless it is there; zig's own may stay."""
    if wiring.runtime:
        _make(_parts(wiring.target, replaced), wiring.runtime, wiring, wiring.target, commands)


def _parts(target: Target, replaced: Replaced) -> Parts:
    if replaced == "numbers":
        return NUMBERS
    return OTHERS if target.libc == "gnu" else OTHERS_FOR_MUSL


def _place(parts: Parts, zig: Zig, target: Target) -> Path:
    """Return the place for what is made of these sources by this zig for this target."""
    folder = zig.cache / "everylinux"
    folder.mkdir(exist_ok=True)
    settings = repr((FLAGS, parts, HEADERS, LEFT_OUT.pattern, ASIDE)).encode()
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
        builtins = builtins_without_libc(wiring, commands, archive.parent) if parts.builtins else None
        for command in _steps(parts, wiring.zig, target, archive, builtins):
            if not commands.succeeds(command, cwd=archive.parent, environment=wiring.environment()):
                commands.note("zig's own runtime stays")
                return
        write_atomically(made, archive.read_bytes())


def _steps(parts: Parts, zig: Zig, target: Target, archive: Path, builtins: Path | None) -> list[list[str | Path]]:
    """Write the sources beside the archive, and return what makes it of them."""
    headers = [word for name in HEADERS for word in ("-I", zig.path.parent / "lib" / name)]
    for name in (*parts.sources, *parts.headers):
        archive.with_name(name).write_bytes(data.read(f"runtime/{name}"))
    steps: list[list[str | Path]] = []
    objects = [builtins] if builtins else []
    for name, flags in parts.sources.items():
        source = archive.with_name(name)
        objects.append(source.with_suffix(".o"))
        language = "c++" if source.suffix == ".cpp" else "cc"
        compiler = [zig.path, language, "-target", target.zig, *FLAGS, *flags, *headers]
        steps.append([*compiler, "-c", source, "-o", objects[-1]])
    return [*steps, [zig.path, "ar", "rcs", archive, *objects]]
