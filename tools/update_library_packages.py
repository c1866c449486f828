"""Write data/hints/packages.json: which Debian package brings a library, for the libraries that most packages need.

Read are Debian's own lists of the files of all packages, in each suite of the catalogue (40 MB the first time).
"""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import msgspec

from everylinux.cache import write_atomically
from everylinux.errors import EverylinuxError, InputOutputError
from everylinux.toolchains.debian_client import Client
from roots.store import development_cache

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTPUT = Path(__file__).parents[1] / "src" / "everylinux" / "data" / "hints" / "packages.json"
SUITES = {"debian:11": "bullseye", "debian:12": "bookworm", "debian:13": "trixie"}
APT_HELPER = "/usr/lib/apt/apt-helper"
MOST = 1000
# What compilers link in is asked for by programs, hardly by packages.
ALWAYS = 100_000
# In the folders that every loader searches, with a number that programs ask for.
_LIBRARY = re.compile(r"(?:usr/)?lib/(?:x86_64-linux-gnu/)?(lib[^/\s]+\.so\.[0-9][^/\s]*)\s+(\S+)")
_DEPENDENCY = re.compile(r"[a-z0-9][a-z0-9+.-]+")


class ListsClient(Client):
    """A client that also fetches the lists of files of all packages."""

    def _settings(self) -> list[str]:
        target = "Acquire::IndexTargets::deb::Contents-deb"
        return [
            *super()._settings(),
            f'{target}::MetaKey "$(COMPONENT)/Contents-$(ARCHITECTURE)";',
            f'{target}::ShortDescription "Contents-$(ARCHITECTURE)";',
            f'{target}::Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Contents";',
        ]


def main() -> int:
    """Write the list; return the exit code."""
    packages: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    asked: Counter[str] = Counter()
    try:
        for image, suite in SUITES.items():
            lists = development_cache() / "packages" / f"{suite}-amd64-lists"
            ListsClient(suite, "amd64", lists).download(("libc6",), dependencies=False)
            needed, runtimes = _needed(lists / "lists")
            for name, package in _libraries(lists / "lists"):
                packages[name][package].append(image)
                asked[name] = max(asked[name], needed[package], ALWAYS if package in runtimes else 0)
    except EverylinuxError as error:
        print(*(part for part in (error.message, error.meaning, error.hint) if part), sep="\n", file=sys.stderr)
        return error.exit_code
    most = sorted(sorted(asked), key=lambda name: -asked[name])[:MOST]
    content = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "source": f"Debian's Contents and Packages indexes of {', '.join(SUITES.values())}, amd64; the {MOST} "
        "libraries whose packages most packages depend on, and GCC's runtimes",
        "packages": {name: packages[name] for name in sorted(most)},
    }
    lines = ",\n".join(
        f"  {msgspec.json.encode(name).decode()}: {msgspec.json.encode(packages[name]).decode()}"
        for name in sorted(most)
    )
    head = ",\n".join(f' "{key}": {msgspec.json.encode(content[key]).decode()}' for key in ("date", "source"))
    write_atomically(OUTPUT, f'{{\n{head},\n "packages": {{\n{lines}\n }}\n}}\n'.encode())
    print(f"{OUTPUT.name}: {len(most)} libraries, the last one asked for by {asked[most[-1]]} packages")
    return 0


def _lines(folder: Path, pattern: str) -> Iterator[str]:
    """Return the lines of an index, which apt keeps compressed."""
    (path,) = folder.glob(pattern)
    with subprocess.Popen([APT_HELPER, "cat-file", path], stdout=subprocess.PIPE, encoding="latin-1") as reading:
        yield from cast("IO[str]", reading.stdout)
    if reading.returncode != 0:
        raise InputOutputError(f"apt cannot read {path}", hint=f"remove {folder.parent}")


def _needed(folder: Path) -> tuple[Counter[str], set[str]]:
    """Return how many packages depend on each package, and the packages of GCC's own runtimes."""
    needed: Counter[str] = Counter()
    runtimes, package = set(), ""
    for line in _lines(folder, "*_Packages*"):
        if line.startswith("Package: "):
            package = line.split()[1]
        if line.startswith("Source: gcc-"):
            runtimes.add(package)
        if line.startswith(("Depends: ", "Pre-Depends: ")):
            needed.update(set(_DEPENDENCY.findall(re.sub(r"\([^)]*\)", "", line.partition(": ")[2]))))
    return needed, runtimes


def _libraries(folder: Path) -> Iterator[tuple[str, str]]:
    """Return each library by the name that programs ask for, and its package."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in _lines(folder, "*_Contents-amd64*"):
        match = _LIBRARY.match(line)
        if match and "," not in match[2]:
            stem = match[1].partition(".so.")[0]
            found[match[2].rpartition("/")[2]][stem].append(match[1])
    for package, stems in found.items():
        for names in stems.values():
            for name in names:
                # libz.so.1.2.13 lies beside libz.so.1, its name for programs.
                if not any(name.startswith(f"{other}.") for other in names):
                    yield name, package


if __name__ == "__main__":
    sys.exit(main())
