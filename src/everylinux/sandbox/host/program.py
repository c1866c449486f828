"""The programs of an image that open a shared object in earnest: Python for its extensions, Node.js for its addons.

Where images keep them is data (``data/hosts/programs.json``). Only a program counts that takes the file: one of its
CPU, and for an extension of Python one whose release is that of the file's name (PEP 3149; ``importlib.machinery``'s
EXTENSION_SUFFIXES). An ``abi3`` file is opened by every release that is there, also by one that it is too new for:
Python does not look.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts
from everylinux.elf import CorruptElfError, NotElfError
from everylinux.loader.host import hosts
from everylinux.loader.python_abi import STABLE_TAGS, entry_points, tag_of
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.elf import ElfFile
    from everylinux.images.interface import Entry, Tree

CPYTHON, NODE = "CPython", "Node.js"
# Each is a run of its own.
MOST_PROGRAMS = 8
MOST_FOLDERS = 256
# PEP 803: from this Python on, `.abi3t.so` is imported with and without free threading.
ABI3T_SINCE = (3, 15)
_TAG = re.compile(r"cpython-3(?P<minor>\d+)(?P<flags>[a-z]*)")


class HostKind(msgspec.Struct, frozen=True):
    """One kind of program: what it is called, the folders it lies in, and how it is told to open a file.

    ``name`` is a regular expression with the groups ``release`` and ``flags`` where the name tells them, ``folders``
    are patterns whose ``*`` stands for one name, ``options`` come before ``script``, a file of ``sandbox/host``.
    """

    host: str
    name: str
    folders: tuple[str, ...]
    options: tuple[str, ...]
    script: str

    @property
    def script_path(self) -> Path:
        """Where the script lies on this machine."""
        return Path(__file__).with_name(self.script)


class _Facts(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    programs: tuple[HostKind, ...]


@dataclass(frozen=True)
class HostProgram:
    """One program of an image: its path there, and what its name tells (``3.11``, ``t`` for free threading)."""

    kind: HostKind
    path: str
    release: str = ""
    flags: str = ""

    @property
    def label(self) -> str:
        """How a note names it: ``CPython 3.11``."""
        return f"{self.kind.host} {self.release}{self.flags}".rstrip()


def host_of(file: ElfFile, name: str) -> str | None:
    """Return which of the two hosts a shared object is made for, by its entry points and its name."""
    if entry_points(file):
        return CPYTHON
    node = next(host for host in hosts() if host.name == NODE)
    return NODE if node.plugin(file, name) else None


def find_host_programs(file: ElfFile, name: str, tree: Tree) -> tuple[list[HostProgram], str]:
    """Return the programs that open a shared object of this name, the newest first, and what is to be said of it.

    The second is empty, or a sentence about the hosts that are there and do not take it.
    """
    host = host_of(file, name)
    if host is None:
        return [], ""
    there = list(_programs(host, file, tree))
    fitting = [program for program in there if host != CPYTHON or _takes(program, tag_of(name))]
    if there and not fitting:
        have = ", ".join(dict.fromkeys(program.label for program in there))
        return [], f"the image has {have}, which imports no file of this name ({tag_of(name)})"
    return sorted(fitting, key=_newest_first)[:MOST_PROGRAMS], ""


def _newest_first(program: HostProgram) -> tuple[list[int], str, str]:
    return [-part for part in version_key(program.release or "0")], program.flags, program.path


def _takes(program: HostProgram, tag: str) -> bool:
    """Return whether a Python imports a file with this tag in its name."""
    if not tag:
        return True
    if tag in STABLE_TAGS:
        return not program.flags if tag == "abi3" else version_key(program.release) >= ABI3T_SINCE
    found = _TAG.fullmatch(tag)
    # Up to 3.7 the flag m (pymalloc) was part of every name.
    return found is not None and (f"3.{found['minor']}", found["flags"].strip("m")) == (program.release, program.flags)


def _programs(host: str, file: ElfFile, tree: Tree) -> Iterator[HostProgram]:
    """Yield the programs of a host that are there for the CPU of a file, each once."""
    seen = set()
    for kind in _kinds():
        if kind.host != host:
            continue
        for folder in _folders(kind, tree):
            for name in tree.names(folder):
                found = re.fullmatch(kind.name, name)
                entry = tree.find(f"{folder}/{name}") if found else None
                if found is None or entry is None or entry.same_file in seen or not _runs(entry, file):
                    continue
                seen.add(entry.same_file)
                # A link may be called what it likes.
                told = (re.fullmatch(kind.name, entry.resolved.rpartition("/")[2]) or found).groupdict()
                yield HostProgram(kind, entry.path, told.get("release") or "", told.get("flags") or "")


def _runs(entry: Entry, file: ElfFile) -> bool:
    """Return whether a program is one for the CPU of a file."""
    if not entry.executable:
        return False
    try:
        return entry.elf().identity.architecture == file.identity.architecture
    except (NotElfError, CorruptElfError):
        return False


def _folders(kind: HostKind, tree: Tree) -> list[str]:
    found: list[str] = []
    for pattern in kind.folders:
        reached = [""]
        for part in pattern.strip("/").split("/"):
            if "*" not in part:
                reached = [f"{folder}/{part}" for folder in reached]
                continue
            reached = [
                f"{folder}/{name}"
                for folder in reached
                for name in tree.names(folder or "/")
                if fnmatchcase(name, part)
            ]
        found += reached
    return found[:MOST_FOLDERS]


@functools.cache
def _kinds() -> tuple[HostKind, ...]:
    return read_facts("hosts/programs.json", _Facts).programs
