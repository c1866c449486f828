"""The real files that mutations start from.

Small ones are made by zig for every CPU without a C library: a library with symbol versions, TLS and an indirect
function, a program that needs it, a static program, an object and an archive. Others are this machine's own, with the
glibc that it runs on; a long run takes programs for all targets as well, linked with glibc and with musl.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory, directory_made_whole
from everylinux.spelling import all_targets
from everylinux.target import facts
from lld import EMULATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 256 << 10
FORMAT = 1
COMPILE = ("-c", "-O1", "-g0", "-fPIC", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fno-sanitize=all")
LIBRARY = """
__thread int slot = 7;
int counter = 1;
int read_counter(void) { return counter + slot; }
int old_name(int a) { return a + counter; }
extern int absent(int) __attribute__((weak));
extern int printf(const char *, ...);
int say(void) { return absent ? absent(1) : printf("%d", counter); }
int (*table[])(void) = { read_counter, say };
"""
VERSIONS = (
    "SEED_1 { global: read_counter; counter; local: *; };\nSEED_2 { global: old_name; say; table; slot; } SEED_1;\n"
)
PROGRAM = """
extern int counter, read_counter(void), old_name(int), say(void);
extern __thread int slot;
int (*pointer)(void) = say;
void _start(void) { counter = read_counter() + old_name(2) + slot + pointer(); for (;;) ; }
"""
STATIC = "static int value = 1; int *address = &value; void _start(void) { for (;;) *address += 1; }\n"
HELLO = (
    '#include <stdio.h>\n#include <stdlib.h>\nint main(int n, char **v) { printf("%s %d\\n", v[0], atoi(v[n - 1])); }\n'
)
SCRIPTS = {
    "sh": b"#!/bin/sh\necho hello\n",
    "env": b"#!/usr/bin/env -S python3 -u\nprint()\n",
    "crlf": b"#!/bin/bash\r\necho hello\r\n",
    "nothing": b"",
    "text": b"hello\n",
    "macho": b"\xcf\xfa\xed\xfe\x07\0\0\1" + b"\0" * 120,
    "pe": b"MZ" + b"\0" * 58 + b"\x80\0\0\0" + b"\0" * 64 + b"PE\0\0\x64\x86" + b"\0" * 64,
}
LONGEST_CORE = 8192
MACHINE_S = ("libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "libz.so.1", "liblzma.so.5", "libmvec.so.1")
MOST_EXTENSIONS = 8


def short_seeds() -> dict[str, bytes]:
    """Return the seeds of a short run by name: all CPUs, without a C library; this machine's; scripts."""
    return {**_made(), **_machine_s(), **SCRIPTS}


def long_seeds(folders: tuple[Path, ...] = ()) -> dict[str, bytes]:
    """Return the seeds of a long run: also programs for all targets, and the small ELF files below folders."""
    found = {**short_seeds(), **_linked()}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST:
                content = path.read_bytes()
                if content.startswith(b"\x7fELF"):
                    found[str(path.relative_to(folder.parent))] = content
    return found


@functools.cache
def _made() -> dict[str, bytes]:
    folder = cache_directory("fuzz") / f"made-{FORMAT}"
    if not folder.exists():
        with directory_made_whole(folder) as partial:
            for cpu in EMULATIONS:
                _make(cpu, partial)
    return dict(_contents(folder))


def _make(cpu: str, folder: Path) -> None:
    """Build the files of one CPU: named ``CPU-gnu-program`` and so on."""
    work = folder / ".work"
    work.mkdir(exist_ok=True)
    (work / "versions").write_text(VERSIONS)
    for name, source in (("library", LIBRARY), ("program", PROGRAM), ("static", STATIC)):
        (work / f"{name}.c").write_text(source)
        _zig(
            "cc",
            "-target",
            f"{cpu}-linux-{_abi(cpu)}",
            *COMPILE,
            str(work / f"{name}.c"),
            "-o",
            str(work / f"{name}.o"),
        )
    link = ("ld.lld", "-m", EMULATIONS[cpu], "--allow-shlib-undefined", "--unresolved-symbols=ignore-all")
    library = str(folder / f"{cpu}-library")
    hash_style = "sysv" if cpu in {"mips64el", "s390x"} else "both"
    shared = ("-shared", "-soname", "libseed.so.1", "--version-script", str(work / "versions"))
    _zig(*link, *shared, f"--hash-style={hash_style}", str(work / "library.o"), "-o", library)
    for libc in ("gnu", "musl"):
        flags = (
            ("-pie", "-z", "now", "-rpath", "$ORIGIN/../lib") if libc == "musl" else ("-z", "lazy", "-rpath", "/opt")
        )
        interpreter = f"--dynamic-linker={_interpreter(cpu, libc)}"
        out = str(folder / f"{cpu}-{libc}-program")
        _zig(*link, *flags, interpreter, str(work / "program.o"), library, "-o", out)
    _zig(*link, "-static", str(work / "static.o"), "-o", str(folder / f"{cpu}-static"))
    if cpu in {"x86_64", "arm"}:
        (folder / f"{cpu}-object").write_bytes((work / "library.o").read_bytes())
        _zig("ar", "rc", str(folder / f"{cpu}-archive"), str(work / "library.o"), str(work / "static.o"))
        (folder / f"{cpu}-core").write_bytes(_core((folder / f"{cpu}-static").read_bytes()))
    for path in work.iterdir():
        path.unlink()
    work.rmdir()


def _interpreter(cpu: str, libc: str) -> str:
    known = next((one for one in facts().cpus if one.name == cpu), None)
    return known.libcs[libc].interpreter if known else "/lib64/ld.so.1"


def _core(program: bytes) -> bytes:
    """Return what begins like a core dump: its type is 4 and its first segment holds notes."""
    content = bytearray(program[:LONGEST_CORE])
    content[16] = 4
    return bytes(content)


def _abi(cpu: str) -> str:
    return {"arm": "gnueabihf", "mips64el": "gnuabi64"}.get(cpu, "gnu")


def _machine_s() -> dict[str, bytes]:
    """Return small files of this machine: programs, and libraries beside the libc that this Python runs on."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    libc = next(
        (Path("/" + line.partition("/")[2]) for line in lines if "/libc" in line and " r-xp " in line), Path("/lib")
    )
    paths = [Path("/bin/true"), Path("/bin/sh"), *libc.parent.glob("ld-*.so*")]
    paths += [libc.with_name(name) for name in MACHINE_S]
    paths += sorted(Path(sysconfig.get_config_var("DESTSHARED")).glob("_[b-s]*.so"))[:MOST_EXTENSIONS]
    small = [path.resolve() for path in paths if path.is_file() and path.stat().st_size <= LARGEST]
    return {f"machine-{path.name}": path.read_bytes() for path in small if path.read_bytes()[:4] == b"\x7fELF"}


def _linked() -> dict[str, bytes]:
    """Return a program for each target, linked with its C library; musl's static and dynamic."""
    folder = cache_directory("fuzz") / f"linked-{FORMAT}"
    if not folder.exists():
        with directory_made_whole(folder) as partial:
            source = partial / ".hello.c"
            source.write_text(HELLO)
            for target in all_targets():
                ways = {"": ()} if "musl" not in target.name else {"-static": ("-static",), "-dynamic": ("-dynamic",)}
                for suffix, flags in ways.items():
                    out = str(partial / f"{target.name}{suffix}")
                    _zig("cc", "-target", target.zig, "-s", "-Os", *flags, str(source), "-o", out)
            source.unlink()
    return dict(_contents(folder))


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.stat().st_size <= LARGEST:
            yield path.name, path.read_bytes()


def _zig(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "ziglang", *arguments], check=True, capture_output=True)
