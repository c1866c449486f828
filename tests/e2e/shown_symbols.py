"""The groups of symbols as neutral modules, and what each says in root file systems of both libcs."""

from __future__ import annotations

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from everylinux import data, elf
from everylinux.images import open_images
from everylinux.loader.history import musl_history, musl_since
from everylinux.neutral.constants import headers
from everylinux.neutral.detach import detach
from everylinux.neutral.judge import asked_of_others
from everylinux.progress import Progress
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.sandbox.interface import Mount
from everylinux.spelling import parse_targets
from everylinux.target import version_key
from everylinux.toolchains.native_program import native_program
from everylinux.toolchains.wiring import wire
from everylinux.toolchains.zig import find_zig
from roots import make_root

if TYPE_CHECKING:
    from everylinux.elf import ElfFile
    from everylinux.evidence import Run

SOURCES = Path(__file__).parent / "neutral_symbols"
# Groups whose symbols came after the oldest glibc that is built for.
NEWER = {"newer": ".2.36", "newest": ".2.36"}
# The module's own object has a strerror_r; here the libc's is asked.
BARE = ("differs",)
FLAGS = ("-O0", "-fno-builtin", "-w", "-fPIC", "-shared", "-fvisibility=hidden")
LIBRARIES = ("-lm", "-lpthread", "-ldl", "-lutil", "-lrt")
GLIBC, MUSL = ("bookworm", "trixie"), ("1.2.3", "1.2.5")
ROOTS = {
    "bookworm": "debian-bookworm",
    "trixie": "debian-trixie",
    "1.2.3": "alpine-like-bookworm",
    "1.2.5": "alpine-like-trixie",
}
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64", "s390x": "s390x"}
ACCOUNTS = {
    "passwd": "administrator:x:0:0:one:/root:/bin/sh\nroot:x:0:0:root:/root:/bin/sh\n",
    "group": "root:x:0:\nmany:x:7:root\n",
    "shadow": "root:*:19000:0:99999:7:::\n",
    "services": "shown 4242/tcp\n",
    "protocols": "tcp 6 TCP\nudp 17 UDP\n",
    "networks": "shown 10.0.0.0\n",
    "shells": "/bin/sh\n",
    "hosts": "127.0.0.1 localhost shown\n",
    "nsswitch.conf": "hosts: files\nnetworks: files\n",
}
SECONDS = 300
_LINE = re.compile(r"(but )?(\w+): ?(.*)")


@dataclass(frozen=True)
class Shown:
    """What a group of symbols gave in one root: for each symbol its lines, and those in which the libcs may differ."""

    lines: dict[str, list[str]]
    corners: dict[str, list[str]]


@dataclass(frozen=True)
class Group:
    """A module as it was linked, and what it showed, by root; ``own`` is what it has of the compiler's library."""

    linked: ElfFile
    path: Path
    own: frozenset[str]
    shown: dict[str, Shown]

    def symbols(self) -> set[str]:
        return {symbol for shown in self.shown.values() for symbol in (*shown.lines, *shown.corners)}


def group_names() -> list[str]:
    return sorted(path.stem for path in SOURCES.glob("*.c") if path.stem != "host")


def groups(cpu: str, folder: Path) -> dict[str, Group]:
    """Build all groups for a CPU and run each in every root that its symbols are in."""
    modules = _Compiler(cpu, folder)
    with ThreadPoolExecutor(max_workers=2) as pool:
        linked = dict(zip(group_names(), pool.map(modules.group, group_names()), strict=True))
        modules.hosts()
        return dict(zip(linked, pool.map(lambda name: _shown(cpu, folder, name, linked[name]), linked), strict=True))


class _Compiler:
    """Compiles for one CPU as the build of a neutral module does, without optimisation: each call stays one."""

    def __init__(self, cpu: str, folder: Path) -> None:
        self._cpu, self._folder = cpu, folder
        zig = find_zig()
        self._program = native_program(zig, Progress(quiet=True))
        self._zig = zig
        self._inside = folder / "inside"
        self._inside.mkdir(parents=True)
        for name in ("first.h", "module.c"):
            (self._inside / name).write_bytes(data.read(f"neutral/{name}"))
        for name, text in headers(cpu).items():
            (self._inside / name).write_text(text)
        compiler = self._command("plain", "-gnu", first=False)
        subprocess.run([compiler, "-O2", "-fPIC", "-c", "module.c", "-o", "module.o"], check=True, cwd=self._inside)
        self._neutral = {
            floor: self._command(f"neutral{floor}", f"-gnu{floor}", first=True) for floor in {"", *NEWER.values()}
        }

    def group(self, name: str) -> ElfFile:
        """Compile a group; the file is detached, what is returned is how it was linked."""
        path = self._folder / f"{name}.so"
        own = () if name in BARE else (self._inside / "module.o",)
        command: list[str | Path] = [
            self._neutral[NEWER.get(name, "")],
            *FLAGS,
            SOURCES / f"{name}.c",
            *own,
            *LIBRARIES,
            "-o",
            path,
        ]
        subprocess.run(command, check=True)
        linked = elf.read(path)
        detach(path, asked_of_others(linked))
        return linked

    def hosts(self) -> None:
        for libc in ("gnu", "musl"):
            path = self._folder / libc / "host"
            path.parent.mkdir()
            floor = ".1.2.3" if libc == "musl" else ""
            command: list[str | Path] = [
                self._command(f"host-{libc}", f"-{libc}{floor}", first=False),
                SOURCES / "host.c",
                "-ldl",
                "-o",
                path,
            ]
            subprocess.run(command, check=True)

    def _command(self, name: str, suffix: str, *, first: bool) -> Path:
        (target,) = parse_targets(f"{self._cpu}-linux{suffix}")
        header = self._inside / "first.h" if first else None
        return wire(self._folder / name, target, self._zig, self._program, None, first_header=header).command("cc")


def _shown(cpu: str, folder: Path, name: str, linked: ElfFile) -> Group:
    accounts = folder / f"accounts-{name}"
    accounts.mkdir()
    for file, text in ACCOUNTS.items():
        (accounts / file).write_text(text)
    since = [musl_since(symbol.name, cpu) for symbol in linked.undefined]
    needed = max(
        (release for release in since if release), key=version_key, default=next(iter(musl_history().releases))
    )
    shown = {}
    for root, flavour in ROOTS.items():
        if root in GLIBC or version_key(root) >= version_key(needed):
            run = run_in(f"{flavour}-{DEBIAN[cpu]}", folder / f"{name}.so", "gnu" if root in GLIBC else "musl")
            assert run.exit == 0, f"{name} on {root}: {run.signal} {run.stdout[-200:]} {run.stderr}"
            shown[root] = read(run.stdout)
    return Group(linked, folder / f"{name}.so", _own(folder / f"{name}.so", shown), shown)


def run_in(root: str, module: Path, libc: str) -> Run:
    """Have a program of a libc open a module in a root, and show what its symbols do."""
    (image,) = open_images([f"dir:{make_root(root)}"])
    folder = module.parent
    mounts = (Mount(folder, "/shown"), Mount(folder / f"accounts-{module.stem}", "/etc"))
    request = ProveRequest(
        path=folder / libc / "host", image=image, arguments=(f"/shown/{module.name}",), mounts=mounts, timeout=SECONDS
    )
    return prove_file(request)


def _own(path: Path, shown: dict[str, Shown]) -> frozenset[str]:
    """Return which symbols that are shown the module has itself."""
    symbols = {symbol for each in shown.values() for symbol in each.lines}
    with path.open("rb") as stream:
        tables = [table for table in ELFFile(stream).iter_sections() if isinstance(table, SymbolTableSection)]
        found = {
            symbol.name for table in tables for symbol in table.iter_symbols() if symbol["st_shndx"] != "SHN_UNDEF"
        }
    # The module's own object stands between C++'s library and the libc, and asks it by another name.
    return frozenset(symbols & found) - {"newlocale"}


def read(said: str) -> Shown:
    """Sort lines by symbol; one without a symbol goes on with the line before."""
    *lines, end = said.splitlines()
    assert end == "all shown"
    shown = Shown({}, {})
    last: list[str] = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match:
            last = (shown.corners if match[1] else shown.lines).setdefault(match[2], [])
        last.append(line)
    return shown
