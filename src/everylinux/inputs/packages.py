"""What each kind of package is: its members, where they lie when it is installed, and what it says of itself."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from everylinux.archives import ar, tar
from everylinux.archives import zip as zip_format
from everylinux.archives.compression import decompressed
from everylinux.archives.errors import DamagedError, UnsupportedError
from everylinux.archives.streams import FilePart, Stream
from everylinux.decoding import decoded
from everylinux.inputs.recognise import HEAD, unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import Member
    from everylinux.inputs.recognise import Kind

WHEEL_SUFFIX = ".whl"
LONGEST_CONTROL = 1 << 20
MOST_TAGS = 1000
MOST_DEPENDS = 4096
LONGEST_TEXT = 256
SCHEME = re.compile(r"[^/]+\.data/(purelib|platlib|scripts|data|headers)/(.+)")
# packaging.python.org, "Binary distribution format": NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl
WHEEL_NAME = re.compile(r"([^-]+)-([^-]+)(?:-\d[^-]*)?-([^-]+)-([^-]+)-([^-]+)\.whl")


@dataclass(frozen=True)
class Facts:
    """What a package says of itself; ``kind`` as in `evidence.Package`.

    ``installed``: a system's package manager puts its files into the image at their own paths; ``depends`` is what it
    brings too, in the manager's own words, one by one.
    """

    kind: str
    name: str = ""
    version: str = ""
    arch: str = ""
    tags: tuple[str, ...] = ()
    installed: bool = False
    depends: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opened:
    """An archive that is being read: its members, and the facts that are known before them."""

    members: Iterator[Member]
    facts: Facts
    # The name and mode that a member has when the package is installed.
    place: Callable[[str, int], tuple[str, int]]


def open_package(file: BinaryIO, kind: Kind, name: str, budget: Budget) -> Opened | None:
    """Begin to read an archive; ``None`` for compressed data that is no archive.

    ``name`` is its file name. Raises `ArchiveError`.
    """
    match kind:
        case "deb":
            return _open_deb(file, budget)
        case "rpm":
            from everylinux.archives import rpm

            header, payload = rpm.read_header(file)
            told = (header.name, header.version, header.architecture)
            facts = Facts("rpm", *told, installed=True, depends=header.requires)
            return Opened(rpm.members(header, payload, budget), facts, _as_written)
        case "zip":
            wheel = name.endswith(WHEEL_SUFFIX)
            found = zip_format.members(file, budget, links=not wheel)
            return Opened(found, _wheel_facts(name) if wheel else Facts("zip"), in_site if wheel else _as_written)
        case "unread":
            file.seek(0)
            raise UnsupportedError(unread(file.read(HEAD)).why)
        case _:
            stream = decompressed(FilePart(file), budget)
            begin = stream.peek(tar.BLOCK)
            if begin != tar.ZEROS and not tar.is_tar(begin):
                return None
            return Opened(tar.members(stream, budget), Facts("tar"), _as_written)


def complete_facts(facts: Facts, metadata: Mapping[str, bytes], tops: set[str]) -> Facts:
    """Return the facts with what the package's own files say; no text is longer than `LONGEST_TEXT`."""
    told = _told(facts, metadata, tops)
    name, version, arch = (text[:LONGEST_TEXT] for text in (told.name, told.version, told.arch))
    tags = tuple(tag[:LONGEST_TEXT] for tag in told.tags)
    depends = tuple(one[:LONGEST_TEXT] for one in told.depends[:MOST_DEPENDS])
    return replace(told, name=name, version=version, arch=arch, tags=tags, depends=depends)


def _told(facts: Facts, metadata: Mapping[str, bytes], tops: set[str]) -> Facts:
    texts = {name: text.decode("utf-8", "replace") for name, text in metadata.items()}
    if facts.kind == "wheel":
        return _with_wheel_file(facts, texts)
    if facts.kind == "tar" and ".PKGINFO" in texts:
        # Alpine's wiki, "Apk spec". Arch Linux has a file of that name too (PKGBUILD(5)), and one of how it was built.
        told = _fields(texts[".PKGINFO"], "=")
        kind = "tar" if ".BUILDINFO" in texts else "apk"
        named = (told.get("pkgname", ""), told.get("pkgver", ""), told.get("arch", ""))
        depends = (line.partition("=") for line in texts[".PKGINFO"].splitlines())
        needs = tuple(value.strip() for key, _, value in depends if key.strip() == "depend")
        return Facts(kind, *named, installed=True, depends=needs)
    (top, *more) = [*tops, ""]
    manifest = metadata.get(f"{top}/package.json")
    if facts.kind == "tar" and manifest is not None and not any(more):
        return _npm_facts(manifest) or facts
    return facts


class _NpmManifest(msgspec.Struct):
    """The part of package.json that a package's name is in (docs.npmjs.com, "package.json")."""

    name: str
    version: str
    cpu: list[str] | str = []


def _npm_facts(manifest: bytes) -> Facts | None:
    try:
        told = decoded(manifest, _NpmManifest)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    cpus = [told.cpu] if isinstance(told.cpu, str) else told.cpu
    return Facts("npm", told.name, told.version, ",".join(cpus))


def _open_deb(file: BinaryIO, budget: Budget) -> Opened:
    """Read deb(5): an ar archive of a version, control data and the files."""
    told: dict[str, str] = {}
    version_seen = False
    for member in ar.members(file, budget):
        if member.name == "debian-binary":
            version_seen = True
        elif member.name.startswith("control.tar") and member.content is not None:
            told = _read_control(decompressed(member.content, budget), budget)
        elif member.name.startswith("data.tar") and version_seen and member.content is not None:
            name, version, arch = (told.get(key, "") for key in ("Package", "Version", "Architecture"))
            # deb-control(5): a list separated by commas; each may name alternatives.
            named = ",".join(told.get(key, "") for key in ("Pre-Depends", "Depends")).split(",")
            depends = tuple(one.strip() for one in named if one.strip())
            facts = Facts("deb", name, version, arch, installed=True, depends=depends)
            return Opened(tar.members(decompressed(member.content, budget), budget), facts, _as_written)
    raise DamagedError("it has no data.tar: it may be cut off")


def _read_control(stream: Stream, budget: Budget) -> dict[str, str]:
    for member in tar.members(stream, budget):
        if member.name.removeprefix("./") == "control" and member.content is not None:
            if member.size > LONGEST_CONTROL:
                raise DamagedError("its control file is too long")
            text = b""
            while piece := member.content.read(LONGEST_CONTROL):
                text += piece
            return _fields(text.decode("utf-8", "replace"), ":")
    return {}


def _fields(text: str, separator: str) -> dict[str, str]:
    """Return the values of lines ``KEY: VALUE``; of one key the first, lines that go on are left out."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        key, found, value = line.partition(separator)
        if found and not line.startswith((" ", "\t", "#")):
            fields.setdefault(key.strip(), value.strip())
    return fields


def _wheel_facts(name: str) -> Facts:
    match = WHEEL_NAME.fullmatch(name)
    if match is None:
        return Facts("wheel")
    project, version, *compressed = match.groups()
    # A compressed tag set stands for every combination (PEP 425).
    parts = itertools.product(*(part.split(".") for part in compressed))
    tags = tuple("-".join(tag) for tag in itertools.islice(parts, MOST_TAGS))
    return Facts("wheel", project, version, tags=tags)


def _with_wheel_file(facts: Facts, texts: Mapping[str, str]) -> Facts:
    """Return the facts with those of the WHEEL file where the file name tells nothing."""
    if facts.tags:
        return facts
    for name, text in texts.items():
        if name.endswith("/WHEEL"):
            project, _, version = name.partition(".dist-info/")[0].partition("-")
            lines = (line.partition(":") for line in text.splitlines())
            tags = [value.strip() for key, _, value in lines if key == "Tag"]
            return Facts("wheel", project, version, tags=tuple(dict.fromkeys(tags[:MOST_TAGS])))
    return facts


def _as_written(name: str, mode: int) -> tuple[str, int]:
    return name, mode


SITE = "lib/python3/site-packages"
PLACES = {"purelib": SITE, "platlib": SITE, "scripts": "bin", "data": "", "headers": "include"}


def in_site(name: str, mode: int) -> tuple[str, int]:
    """Return where pip puts a wheel's file, from the root of an environment, and its mode there.

    ``python3`` stands for every version of Python: only the depth counts.
    """
    match = SCHEME.fullmatch(name) if ".data/" in name else None
    scheme, rest = match.groups() if match else ("platlib", name)
    executable = bool(mode & 0o111) or scheme == "scripts"
    base = PLACES[scheme]
    return (f"{base}/{rest}" if base else rest), 0o755 if executable else 0o644
