"""Write data/packages/link-names.json, cmake-names.json and commands.json: which Debian package brings what is missed.

A library by the name that it is linked by (``-lssl``) and by the one that CMake finds it by, a tool by its command.
Only packages count that a few sources of Debian are built with: the lists would else be mostly of what no build asks
for.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from update_pkg_config import CAT, contents, write_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FACTS = Path(__file__).parent.parent / "src/everylinux/data/packages"
LINKED = re.compile(r"^usr/lib/(?:x86_64-linux-gnu/)?lib([A-Za-z0-9+._-]+)\.(?:so|a)\s+(\S+)$")
FOUND_BY_CMAKE = re.compile(r"^usr/(?:lib|share)/(?:\S+/)?([A-Za-z0-9+._-]+?)(?:Config|-config)\.cmake\s+(\S+)$")
COMMAND = re.compile(r"^(?:usr/)?s?bin/([A-Za-z0-9+._-]+?)(?:-\d[\d.]*)?\s+(\S+)$")
# What the C library's own packages bring is there where a compiler is.
OWN = re.compile(r"libc6.*|musl.*|dietlibc.*|libklibc.*|.*-cross")
ASKED_FOR = re.compile(r"^Build-Depends(?:-Indep|-Arch)?:(.*(?:\n .*)*)", re.MULTILINE)
PACKAGE = re.compile(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)")
FEW = 3


def asked_for() -> Counter[str]:
    """Return how many sources of Debian are built with each package; the machine's lists of sources are read."""
    asked = Counter[str]()
    for path in sorted(Path("/var/lib/apt/lists").glob("*_Sources*")):
        text = subprocess.run([*CAT, path], check=True, capture_output=True, text=True).stdout
        for match in ASKED_FOR.finditer(text):
            asked.update(set(PACKAGE.findall(match[1])))
    return asked


def packages_of(
    lines: Iterable[str], form: re.Pattern[str], asked: Counter[str], wanted: Callable[[str], bool]
) -> dict[str, str]:
    """Return the package for each name: one called like it, or the one that most sources ask for."""
    found: dict[str, set[str]] = {}
    for line in lines:
        match = form.match(line)
        if match:
            packages = {each.rpartition("/")[2] for each in match[2].split(",")}
            found.setdefault(match[1], set()).update(each for each in packages if asked[each] >= FEW and wanted(each))
    return {
        name: min(packages, key=lambda each: (each not in {name, f"lib{name}-dev"}, -asked[each], each))
        for name, packages in sorted(found.items())
        if packages
    }


def is_others(package: str) -> bool:
    """Whether a package is not the C library's own."""
    return OWN.fullmatch(package) is None


def for_development(package: str) -> bool:
    """Whether a package is one for development, and not the C library's own."""
    return package.endswith("-dev") and is_others(package)


# What is looked for in the lists of contents for each file, and the packages that count.
WANTED: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "link-names": (LINKED, for_development),
    "cmake-names": (FOUND_BY_CMAKE, for_development),
    "commands": (COMMAND, is_others),
}


def main() -> int:
    """Write the files anew."""
    asked = asked_for()
    if not asked:
        print("no list of sources was found: apt needs a line deb-src")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        lines = [line for line in contents(Path(scratch)) if any(form.match(line) for form, _ in WANTED.values())]
    for name, (form, wanted) in WANTED.items():
        write_found(FACTS / f"{name}.json", packages_of(lines, form, asked, wanted), name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
