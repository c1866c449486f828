"""Which library a Cargo build that failed did not find, and which crate wanted it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.advice import Lack
from everylinux.builders.cargo.messages import linked_libraries
from everylinux.builders.cargo.refusals import SCRIPT, output_after, said_by
from everylinux.reading import read_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from everylinux.evidence import Advice
    from everylinux.toolchains.rust.cargo_metadata import Package

# What pkg-config-rs says, pkg-config itself, and Meson.
_NOT_FOUND = re.compile(
    r"The system library `([^`\s]+)` required by crate"
    r"|^\s*Package '?([^\s',]+)'?(?:, required by '[^']*',)? (?:was )?not found"
    r"|No package '([^'\s]+)' found"
    r'|Dependency "?([\w.+-]+)"? not found',
    re.MULTILINE,
)
# What is named otherwise than pkg-config knows it: a header, a package of CMake.
_BY_ANOTHER_NAME = re.compile(
    r"fatal error: '([\w./+-]+)' file not found"
    r"|fatal error: ([\w./+-]+): No such file"
    r"|Could NOT find (\w+)"
)
# The words of zig's linker, of LLD and of rustc; GNU ld links for this machine.
_NOT_LINKED = re.compile(
    r"unable to find (?:static|dynamic) system library '([^']+)'"
    r"|ld\.lld: error: unable to find library -l(\S+)"
    r"|could not find native static library `([^`]+)`"
)
_PERHAPS = re.compile(r"library (\S+) \(perhaps\)")
# Sources in which an attribute that links a library is looked for: those of hundreds of crates.
SOURCE_BYTES = 2 << 20
ALL_SOURCE_BYTES = 64 << 20


def libraries_lacking(
    log: Path, start: int, answer: Path, *, packages: Sequence[Package], advice: Iterable[Advice]
) -> tuple[Lack, ...]:
    """Return what the log after byte ``start`` says was not found; ``answer`` holds cargo's messages until then.

    ``advice`` is what was known before: where a build script fails without saying clearly what it looked for, it is
    the library that the crate was thought to want and that the script names.
    """
    text = output_after(log, start)
    if script := SCRIPT.search(text):
        name, _, version = script[1].split(" (")[0].partition(" v")
        said = said_by(script, text)
        expected = [found for each in advice if each.crate == name for found in _PERHAPS.findall(" ".join(each.needs))]
        libraries = (
            _matched(_NOT_FOUND, said)
            or [library for other in _matched(_BY_ANOTHER_NAME, said) for library in _known_as(other)]
            or [
                each
                for each in expected
                if re.search(rf"(?<!\w){re.escape(each.removeprefix('lib'))}", said, re.IGNORECASE)
            ]
        )
        return tuple(Lack(name, version, library) for library in dict.fromkeys(libraries))
    found = []
    for library in dict.fromkeys(_matched(_NOT_LINKED, text)):
        owner = _owner(library, answer, packages)
        found += [Lack(owner.name, owner.version, library)] if owner else []
    return tuple(found)


def _matched(form: re.Pattern[str], text: str) -> list[str]:
    return [next(filter(None, groups)) if isinstance(groups, tuple) else groups for groups in form.findall(text)]


def _known_as(name: str) -> Iterator[str]:
    """Yield what pkg-config calls a library, by its header (``openssl/ssl.h``) or by its name for CMake (``ZLIB``)."""
    from everylinux.advice.knowledge import has_debian_package

    first, last = name.partition("/")[0].removesuffix(".h"), Path(name).stem
    for each in dict.fromkeys((first, last, first.lower(), f"lib{first.lower()}")):
        if has_debian_package(each):
            yield each
            return


def _owner(library: str, answer: Path, packages: Sequence[Package]) -> Package | None:
    """Return the package that has a library linked: by its build script, by its manifest, or in its source."""
    for package in linked_libraries(answer, library):
        if (found := next((each for each in packages if each.id == package), None)) is not None:
            return found
    for each in packages:
        if each.links == library:
            return each
    attribute = re.compile(rb'\blink\([^)]*\bname\s*=\s*"%s"' % re.escape(library.encode()))
    plain = library.replace("-", "_").lower()
    left = ALL_SOURCE_BYTES
    # The likeliest first: those that are named for the library, then bindings, then all others.
    for each in sorted(
        packages, key=lambda each: (plain not in each.name.replace("-", "_"), not each.name.endswith("-sys"))
    ):
        for content in _sources(Path(each.manifest_path).parent):
            if attribute.search(content):
                return each
            left -= len(content)
            if left < 0:
                return None
    return None


def _sources(folder: Path) -> Iterator[bytes]:
    for parent, folders, names in os.walk(folder / "src"):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".rs"):
                yield read_head(Path(parent, name), SOURCE_BYTES)
