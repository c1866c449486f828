"""Loading a shared object: the program that opens it with ``dlopen`` and ``RTLD_NOW``.

It is built for the CPU and the libc of the image's loader, and offers what the shared object expects of a host program
(Python, Node.js, Lua: the same symbols that `check` takes as offered) as functions that do nothing. It needs libc and
libdl and nothing else, so it stands in no library's way. A program comes before the libraries that it opens: of a host
whose names have no common beginning (PostgreSQL) it offers only what no library of the shared object has.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux import elf
from everylinux.cache import cache_directory, locked, write_atomically
from everylinux.elf import CorruptElfError, NotElfError
from everylinux.errors import ToolMissingError
from everylinux.loader.host import expected_from_host, offered_by_host, offered_to
from everylinux.loader.platforms import libc_of
from everylinux.sandbox.surroundings import reached_libraries
from everylinux.target import Target, cpu_of_elf
from everylinux.toolchains.zig import find_zig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from everylinux.elf import ElfFile
    from everylinux.images.interface import Image, Tree

PATH_IN_SANDBOX = "/everylinux-tester"
# What a name may hold that goes into a source file: it comes from a file that may be hostile.
_SAFE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.$]*")
MOST_STUBS = 20_000
_FLAGS = ("-O1", "-dynamic", "-rdynamic", "-fno-builtin", "-w")


@dataclass(frozen=True)
class Tester:
    """A built tester, and how many symbols of a host it offers."""

    path: Path
    stubs: int

    @property
    def note(self) -> str:
        """What the record says about how the shared object was loaded."""
        offered = f" that offers {self.stubs} symbols of its host as stubs" if self.stubs else ""
        return f"loaded with RTLD_NOW by a test program{offered}"


def choose_target(file: ElfFile, tree: Tree) -> Target | None:
    """Return the target of the loader that the image has for a shared object: its own libc's where both are there."""
    own = libc_of(file)
    for target in sorted(_targets(file), key=lambda target: target.libc != own):
        entry = tree.find(target.interpreter or "")
        if entry is None or entry.directory:
            continue
        try:
            if entry.elf().identity.architecture == file.identity.architecture:
                return target
        except (NotElfError, CorruptElfError):
            continue
    return None


def missing_loader(file: ElfFile) -> str:
    """Return the path of the loader that an image without any would need for a shared object: that of its own libc."""
    own = libc_of(file)
    return next((target.interpreter or "" for target in sorted(_targets(file), key=lambda one: one.libc != own)), "")


def build_tester(file: ElfFile, path: Path, target: Target, libraries: Callable[[], Iterable[ElfFile]]) -> Tester:
    """Return the tester for a shared object that lies at ``path``, from the cache if the same one was built before.

    ``libraries`` are those that the loader finds for it in the image; they are asked for only where names of a host
    have no common beginning.
    """
    names = sorted(name for name in _offered(file, path, libraries) if _SAFE_NAME.fullmatch(name))[:MOST_STUBS]
    source = resources.files("everylinux.sandbox.host").joinpath("tester.c").read_bytes()
    stubs = "".join(
        f'long stub_{number}(void) __asm__("{name}");\nlong stub_{number}(void) {{ return 0; }}\n'
        for number, name in enumerate(names)
    ).encode()
    zig = find_zig()
    key = hashlib.sha256(b"\0".join([target.zig.encode(), zig.version.encode(), source, stubs])).hexdigest()[:24]
    built = cache_directory("tester") / f"{target.triple}-{key}"
    if not built.exists():
        with locked(built):
            if not built.exists():
                write_atomically(built, _compile(target, source, stubs), mode=0o755)
    return Tester(built, len(names))


def found_libraries(path: Path, image: Image, platform: str, tree: Tree, target: Target) -> list[ElfFile]:
    """Return the libraries that the loader finds for a shared object, and the C library of the tester."""
    from everylinux.loader import check_file

    (verdict,) = check_file(path, [image], platforms=[platform]).verdicts
    loader = tree.find(target.interpreter or "")
    own = [] if loader is None else [loader.resolved, f"{loader.resolved.rpartition('/')[0]}/libc.so.6"]
    found = []
    for place in [*(library.path for library in verdict.libraries), *own]:
        entry = tree.find(place)
        with contextlib.suppress(NotElfError, CorruptElfError, OSError):
            found.append(entry.elf() if entry is not None else elf.read(Path(place)))
    return found


def _read(path: Path) -> ElfFile | None:
    with contextlib.suppress(NotElfError, CorruptElfError, OSError):
        return elf.read(path)
    return None


def _offered(file: ElfFile, path: Path, libraries: Callable[[], Iterable[ElfFile]]) -> set[str]:
    """Return the names that a host brings, to the shared object and to the libraries that come along with it."""
    beside = [library for library in map(_read, reached_libraries(path)) if library is not None]
    asking = {symbol.name for one in beside for symbol in one.undefined if offered_by_host(symbol.name)}
    wanted = asking - {name for one in beside for name in one.exports} if asking else set()
    wanted.update(symbol.name for symbol in file.undefined if offered_by_host(symbol.name))
    wanted.update(name for symbols in expected_from_host(file, path).values() for name in symbols)
    offered = offered_to(file, str(path))
    asked = {one.name for one in file.undefined if not one.weak and one.version is None and one.moment != "never"}
    told = {name for name in asked - wanted if offered(name)}
    if told:
        told -= {name for library in libraries() for name in library.exports}
    return wanted | told


def _targets(file: ElfFile) -> list[Target]:
    identity = file.identity
    cpu = cpu_of_elf(identity.machine, identity.bits, identity.endian)
    if cpu is None:
        return []
    oldest = cpu.libcs["gnu"].oldest
    found = [Target(cpu, "gnu", oldest), Target(cpu, "musl")]
    if cpu.name == "arm":
        found += [Target(cpu, "gnu", oldest, soft_float=True), Target(cpu, "musl", soft_float=True)]
    return found


def _compile(target: Target, source: bytes, stubs: bytes) -> bytes:
    zig = find_zig()
    with tempfile.TemporaryDirectory(prefix="everylinux-tester-") as name:
        folder = Path(name)
        (folder / "tester.c").write_bytes(source)
        (folder / "stubs.c").write_bytes(stubs)
        done = subprocess.run(
            [zig.path, "cc", "-target", target.zig, *_FLAGS, "-o", "tester", "tester.c", "stubs.c", "-ldl"],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env=zig.environment(),
        )
        if done.returncode:
            raise ToolMissingError(
                f"the program that loads shared objects could not be built for {target.name}",
                meaning=done.stderr.decode(errors="replace").strip()[-2000:],
                hint="a full disk, or a zig that is not the one of the ziglang wheel; `everylinux doctor` shows it",
            )
        return (folder / "tester").read_bytes()
