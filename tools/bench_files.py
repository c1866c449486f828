"""The real files that `check` is measured on: this machine's own, and those of published wheels."""

from __future__ import annotations

import itertools
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory, directory_made_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDERS = (Path("/usr/bin"), Path("/usr/lib"))
# Debugging symbols that were split off: the tables of the program headers are not in those files.
PASSED_OVER = Path("/usr/lib/debug")
WHEELS = Path(__file__).parent / "bench_wheels.txt"
# What the wheels are asked for: the first is what auditwheel is measured on, all together hold more than 1,000 files.
PLATFORMS = (("3.12", "x86_64"), ("3.12", "aarch64"), ("3.13", "x86_64"), ("3.13", "aarch64"))
POLICIES = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
SMALL = 64 << 10
HEADER = 64
PT_DYNAMIC = 2


def real_files(count: int) -> list[Path]:
    """Return dynamically linked ELF files: this machine's, the same in every run, then those of the wheels."""
    return list(itertools.islice(itertools.chain(files_below(*FOLDERS), files_of_wheels()), count))


def files_below(*folders: Path) -> Iterator[Path]:
    """Return the dynamically linked ELF files below folders, in order."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if not path.is_relative_to(PASSED_OVER) and path.is_file() and not path.is_symlink() and is_dynamic(path):
                yield path


def files_of_wheels() -> Iterator[Path]:
    """Return the files in the wheels for all platforms, unpacked; downloads them once."""
    for version, cpu in PLATFORMS:
        folder = cache_directory("bench") / f"unpacked-{version}-{cpu}"
        if not folder.exists():
            with directory_made_whole(folder) as unpacked:
                for wheel in published_wheels(version, cpu):
                    with zipfile.ZipFile(wheel) as archive:
                        archive.extractall(unpacked / wheel.name)
        yield from files_below(folder)


def published_wheels(version: str = PLATFORMS[0][0], cpu: str = PLATFORMS[0][1]) -> list[Path]:
    """Return the wheels of `bench_wheels.txt` for a Python version and a CPU; downloads them once, with pip."""
    folder = cache_directory("bench") / f"wheels-{version}-{cpu}"
    if not folder.exists():
        platforms = [f"--platform={policy}_{cpu}" for policy in POLICIES]
        with directory_made_whole(folder) as downloaded:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            pip += [f"--python-version={version}", *platforms, f"--dest={downloaded}", f"--requirement={WHEELS}"]
            subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)
    return sorted(folder.glob("*.whl"))


def small_copies(folder: Path, files: Iterable[Path], count: int) -> None:
    """Fill a folder with real files of 64 KiB at most, each with a number at its end: no two have the same content."""
    small = [path for path in files if path.stat().st_size <= SMALL]
    for number, path in enumerate(itertools.islice(itertools.cycle(small), count)):
        copy = folder / f"{number:05}.{path.name}"
        shutil.copyfile(path, copy)
        with copy.open("ab") as file:
            file.write(struct.pack("<Q", number))


def is_dynamic(path: Path) -> bool:
    """Return whether a file is 64-bit little-endian ELF with a dynamic section: what all benchmarked tools read."""
    with path.open("rb") as file:
        header = file.read(HEADER)
        if len(header) < HEADER or header[:6] != b"\x7fELF\x02\x01":
            return False
        (offset,) = struct.unpack_from("<Q", header, 32)
        step, count = struct.unpack_from("<HH", header, 54)
        file.seek(offset)
        table = file.read(step * count)
    return any(table[at : at + 4] == struct.pack("<I", PT_DYNAMIC) for at in range(0, len(table), step or 1))
