"""Where the inputs are laid out: small root file systems with real loaders, and programs that need them."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.errors import EverylinuxError
from everylinux.images import open_images
from everylinux.images.directory import DirectoryImage
from roots import make_root

if TYPE_CHECKING:
    from everylinux.images.interface import Image

# The newest of each kind of loader, the oldest, one that only documents tell about, and none.
IMAGES = ("debian:12", "alpine:3.22", "ubi:7", "scratch")
GLIBC_FOLDER = "usr/lib/x86_64-linux-gnu"
GLIBC_LIBRARIES = ("ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libresolv.so.2")
# Where each root is from, and the path of its C library.
ROOTS = {"glibc": "distroless-base-bookworm-amd64", "musl": "alpine-like-bookworm-amd64"}
C_LIBRARIES = {"glibc": f"{GLIBC_FOLDER}/libc.so.6", "musl": "lib/ld-musl-x86_64.so.1"}
INTERPRETERS = {"glibc": "/lib64/ld-linux-x86-64.so.2", "musl": "/lib/ld-musl-x86_64.so.1"}
PROGRAM = """
extern int printf(const char *, ...), atoi(const char *), read_counter(void);
extern void *stdout;
void **out = &stdout;
int _start(void) { return printf("%d", atoi("7") + read_counter()) + (*out != 0); }
"""
COMPILE = ("-target", "x86_64-linux-gnu", "-c", "-O1", "-g0", "-fPIC", "-nostdlib", "-ffreestanding")


@dataclass
class Room:
    """One process's place for files, at the same relative paths for every input.

    ``folder`` holds ``seeds``, and for each libc whose loader could be had ``roots/LIBC`` with a program in
    ``/bin/program`` that needs the C library and ``/opt/libseed.so.1``, which only the library cache, or musl's path
    file, finds.
    """

    folder: Path
    images: list[Image] = field(default_factory=list)

    def place(self, path: str, content: bytes, mode: int = 0o755) -> Path:
        """Write a file anew, so that nothing that was remembered about the last one counts."""
        where = self.folder / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.unlink(missing_ok=True)
        where.write_bytes(content)
        where.chmod(mode)
        return where

    def judged_on(self) -> list[Image]:
        """Return the images that files are judged on, opened once."""
        if not self.images:
            self.images += open_images(IMAGES)
            self.images += [self.image(libc) for libc in ROOTS if self.has(libc)]
        return self.images

    def image(self, libc: str) -> DirectoryImage:
        """Return a root as an image that nothing is remembered about."""
        return DirectoryImage(f"dir:{libc}", self.root(libc))

    def root(self, libc: str) -> Path:
        """Return the folder of a root."""
        return self.folder / "roots" / libc

    def has(self, libc: str) -> bool:
        """Return whether a root could be made."""
        return self.root(libc).is_dir()

    def seeds(self) -> dict[str, bytes]:
        """Return the content of each seed by its name, sorted."""
        return self.contents("seeds")

    def contents(self, folder: str) -> dict[str, bytes]:
        """Return the content of each file in a folder by its name, sorted: no process reads this machine's own anew."""
        return {path.name: path.read_bytes() for path in sorted((self.folder / folder).iterdir())}


def prepare(folder: Path, seeds: dict[str, bytes]) -> list[str]:
    """Fill a folder with seeds and roots; returns which roots cannot be had on this machine, and why."""
    (folder / "seeds").mkdir(parents=True)
    for name, content in seeds.items():
        (folder / "seeds" / name.replace("/", "+")).write_bytes(content)
    (folder / "caches").mkdir()
    for name, content in library_caches().items():
        (folder / "caches" / name).write_bytes(content)
    missing = []
    for libc in ROOTS:
        try:
            _lay_root(libc, folder / "roots" / libc, seeds["x86_64-library"])
        except EverylinuxError as error:
            missing.append(f"no root with {libc}: {error.message}")
    return missing


def _lay_root(libc: str, root: Path, library: bytes) -> None:
    real = make_root(ROOTS[libc])
    for folder in ("bin", "etc", "lib64", "opt"):
        (root / folder).mkdir(parents=True)
    (root / "opt/libseed.so.1").write_bytes(library)
    if libc == "glibc":
        (root / GLIBC_FOLDER).mkdir(parents=True)
        for name in GLIBC_LIBRARIES:
            shutil.copyfile(real / GLIBC_FOLDER / name, root / GLIBC_FOLDER / name)
        (root / "lib64/ld-linux-x86-64.so.2").symlink_to(f"/{GLIBC_FOLDER}/ld-linux-x86-64.so.2")
        (root / "etc/ld.so.cache").write_bytes(library_caches()["cache"])
    else:
        (root / "lib").mkdir()
        shutil.copyfile(real / "usr/lib/x86_64-linux-musl/libc.so", root / C_LIBRARIES[libc])
        (root / "etc/ld-musl-x86_64.path").write_text("/lib\n/opt\n")
    for path in (root / GLIBC_FOLDER / "ld-linux-x86-64.so.2", root / C_LIBRARIES[libc]):
        if path.exists():
            path.chmod(0o755)
    source, linked = root / "program.c", root / "program.o"
    source.write_text(PROGRAM)
    _zig("cc", *COMPILE, str(source), "-o", str(linked))
    # A library without a name of its own (musl) is needed by the name that it is linked by.
    name = {"glibc": "libc.so.6", "musl": "libc.so"}[libc]
    shutil.copyfile(root / C_LIBRARIES[libc], root / name)
    libraries = [str(root / "opt/libseed.so.1"), f"-L{root}", f"-l:{name}"]
    flags = [f"--dynamic-linker={INTERPRETERS[libc]}", "-m", "elf_x86_64", "--allow-shlib-undefined"]
    _zig("ld.lld", *flags, str(linked), *libraries, "-o", str(root / "bin/program"))
    for path in (source, linked, root / name):
        path.unlink()


def library_caches() -> dict[str, bytes]:
    """Return seeds for ``/etc/ld.so.cache`` (sysdeps/generic/dl-cache.h): one made by hand, and this machine's own."""
    libraries = [
        ("libc.so.6", f"/{GLIBC_FOLDER}/libc.so.6"),
        ("libseed.so.1", "/opt/libseed.so.1"),
        ("libz.so.1", "/x"),
    ]
    start = 48 + 24 * len(libraries)
    table, strings = b"", b""
    for name, path in libraries:
        key, value = start + len(strings), start + len(strings) + len(name) + 1
        table += struct.pack("<iIIIQ", 0x303, key, value, 0, 0)
        strings += name.encode() + b"\0" + path.encode() + b"\0"
    header = b"glibc-ld.so.cache1.1" + struct.pack("<IIB3xI12x", len(libraries), len(strings), 2, 0)
    found = {"cache": header + table + strings, "old-cache": b"ld.so-1.7.0\0" + b"\0" * 8 + header + table + strings}
    own = Path("/etc/ld.so.cache")
    return {**found, **({"machine-cache": own.read_bytes()} if own.is_file() else {})}


def _zig(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "ziglang", *arguments], check=True, capture_output=True)
