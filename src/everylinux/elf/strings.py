"""What the strings of a dynamic loader tell about it: whose it is, its release, where it looks."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from everylinux.elf.file import LoaderFacts

if TYPE_CHECKING:
    from everylinux.elf.layout import Layout

# A loader has about 200 KiB, musl's with the whole C library in it below a MiB.
MOST_LOADER_BYTES = 8 << 20
GLIBC_RELEASE = re.compile(rb"(?:stable|development) release version (\d+\.\d+)")
GLIBC_HWCAPS = re.compile(rb"x86-64-v[2-4]|power(?:9|10)|z1[3-9]")
MUSL_BANNER = b"musl libc ("
MUSL_RELEASE = re.compile(rb"(?<![\d.])([01]\.\d+\.\d+)(?:-git[-\w]*|_git\w*)?\0")
MUSL_PATH = re.compile(rb"\0(/[^\0:]*(?::/[^\0:]*)+)\0")
# glibc keeps its directories one after the other, each with a slash at the end (elf/dl-load.c, system_dirs).
# Each is found by its end and read backwards: the other way a file full of slashes would cost its size squared.
DIRECTORY_END = re.compile(rb"[\w.+-]/\0")
PATH_BACKWARDS = re.compile(rb"[\w.+/-]*/")
LONGEST_DIRECTORY = 256
MOST_DIRECTORIES = 64
MOST_ENDS = 50_000


def read_loader_facts(layout: Layout) -> LoaderFacts | None:
    """Return the facts of a loader; ``None`` for a file that is neither glibc's nor musl's."""
    if len(layout.data) > MOST_LOADER_BYTES:
        return None
    content = bytes(layout.data)
    if MUSL_BANNER in content:
        release = MUSL_RELEASE.search(content)
        path = next((found for found in MUSL_PATH.findall(content) if b"/lib" in found), b"")
        directories = tuple(part.decode() for part in path.split(b":") if part)
        return LoaderFacts("musl", release[1].decode() if release else None, directories)
    if b"LD_LIBRARY_PATH" not in content and b"ld.so.cache" not in content:
        return None
    found = GLIBC_RELEASE.search(content)
    hwcaps = tuple(sorted({word.decode() for word in GLIBC_HWCAPS.findall(content)}))
    return LoaderFacts("gnu", found[1].decode() if found else None, _glibc_directories(content), hwcaps)


def _glibc_directories(content: bytes) -> tuple[str, ...]:
    """Return the longest run of directories that one below ``/usr/lib`` is among."""
    best: list[bytes] = []
    run: list[bytes] = []
    end = 0
    for hit in itertools.islice(DIRECTORY_END.finditer(content), MOST_ENDS):
        last = hit.end() - 1
        backwards = PATH_BACKWARDS.match(content[max(end, last - LONGEST_DIRECTORY) : last][::-1])
        path = backwards[0][::-1] if backwards else b""
        run = [*run, path] if len(path) == last - end and len(run) < MOST_DIRECTORIES else [path]
        end = hit.end()
        if any(b"/usr/lib" in part for part in run) and sum(map(len, run)) > sum(map(len, best)):
            best = run
    return tuple(part.decode().rstrip("/") for part in best)
