"""The facts about risks: what shows them in a file, what an image must have, and the words for them."""

from __future__ import annotations

import functools
from typing import Literal, TypeVar

import msgspec

from everylinux.decoding import read_facts

# What a file is to these rules: `static` is static with any libc, `go` any program that Go linked.
Sort = Literal["dynamic", "static", "glibc-static", "other-static", "go"]
Facts = TypeVar("Facts", bound=msgspec.Struct)


class Described(msgspec.Struct, frozen=True):
    """One kind of risk: its stable code, a title, what it means, what cures it, and a page about it."""

    code: str
    name: str
    summary: str
    help: str
    link: str


class _Risks(msgspec.Struct, frozen=True):
    date: str
    risks: tuple[Described, ...]


class Sign(msgspec.Struct, frozen=True, rename={"sort": "in"}):
    """What shows a need in one sort of file; everything that is named here must hold.

    - ``calls``: one of these functions of a C library is called; ``and_calls``: and one of these.
    - ``texts`` are whole strings that are all there, ``without`` ones that are not.
    - ``texts_like`` is a pattern for whole strings with one of ``anchors`` in them; more than ``most`` are a table.
    - ``names_paths``: the file names one of the need's own paths.
    - ``functions``: one of these is in Go's table of functions.
    """

    sort: Sort
    calls: frozenset[str] = frozenset()
    and_calls: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    texts_like: str = ""
    anchors: tuple[str, ...] = ()
    most: int = 0
    names_paths: bool = False
    functions: tuple[str, ...] = ()


class Need(msgspec.Struct, frozen=True):
    """Something that must lie in the image: one of ``paths``, and of those folders with files something in them.

    A file that has one of ``unless_contains`` or ``unless_functions``, or a text of ``unless_repeated`` so often,
    brings it itself.
    """

    code: str
    subject: str
    message: str
    paths: tuple[str, ...]
    shown_by: tuple[Sign, ...]
    folders_with_files: frozenset[str] = frozenset()
    unless_contains: tuple[str, ...] = ()
    unless_repeated: dict[str, int] = {}
    unless_functions: tuple[str, ...] = ()


class _Needs(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    needs: tuple[Need, ...]


class Names(msgspec.Struct, frozen=True):
    """Names of libraries that are no news when a file opens them later.

    ``own``: the C library's own, by how they begin. ``glibc_static``: what glibc itself opens in a static program.
    """

    date: str
    sources: dict[str, str]
    opens: frozenset[str]
    own: tuple[str, ...]
    glibc_static: frozenset[str]


class CodePattern(msgspec.Struct, frozen=True):
    """How a function of one CPU takes a large frame: a pattern of bytes whose groups give its size.

    ``immediate``: the group is the size, little-endian, perhaps negative. ``pages``: bits 10 to 21 of the little-endian
    instruction are its size in pages of 4 KiB.
    """

    machine: int
    bits: int
    alignment: int
    form: Literal["immediate", "pages"]
    pattern: str
    source: str


class Threads(msgspec.Struct, frozen=True):
    """Threads of musl: their stack in bytes, what starts one, what sets its size."""

    date: str
    sources: dict[str, str]
    default_stack: int
    largest_frame: int
    starts: frozenset[str]
    starts_by_prefix: tuple[str, ...]
    sets_size: frozenset[str]
    frames: tuple[CodePattern, ...]


class Times(msgspec.Struct, frozen=True):
    """Times of 32 bits: the CPUs (``e_machine``) whose first ABI has them, and the functions of both widths."""

    date: str
    sources: dict[str, str]
    machines: frozenset[int]
    narrow: frozenset[str]
    wide: frozenset[str]


class Conversions(msgspec.Struct, frozen=True):
    """Names that begin a conversion of iconv, locales by name, and what of both is only in some C libraries."""

    date: str
    sources: dict[str, str]
    converts: frozenset[str]
    only_glibc: tuple[str, ...]
    names_locale: frozenset[str]
    locale_anchors: tuple[str, ...]
    locale_pattern: str
    most_locales: int
    locale_archive: str
    locale_folder: str


class NameService(msgspec.Struct, frozen=True):
    """glibc's name service in a static program: strings that show it, and what asks for which database."""

    date: str
    sources: dict[str, str]
    linked: str
    built_in: tuple[str, ...]
    built_in_since: str
    built_in_services: frozenset[str]
    hosts: frozenset[str]
    hosts_text: str
    users: frozenset[str]
    user_databases: frozenset[str]


class _Anchors(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    words: tuple[str, ...]


def _read(name: str, kind: type[Facts]) -> Facts:
    return read_facts(f"risks/{name}", kind)


@functools.cache
def described() -> dict[str, Described]:
    """Return every kind of risk by its code."""
    return {one.code: one for one in _read("risks.json", _Risks).risks}


@functools.cache
def anchors() -> tuple[str, ...]:
    """Return the words that files are searched for: each text of a rule begins with one or has it in it."""
    return _read("anchors.json", _Anchors).words


@functools.cache
def needs() -> tuple[Need, ...]:
    """Return what files may need in an image."""
    return _read("needs.json", _Needs).needs


@functools.cache
def go_names() -> tuple[str, ...]:
    """Return the names of all functions of Go that rules ask for."""
    shown = {name for need in needs() for sign in need.shown_by for name in sign.functions}
    return tuple(sorted(shown | {name for need in needs() for name in need.unless_functions}))


@functools.cache
def names() -> Names:
    """Return which names of libraries count as opened later."""
    return _read("names.json", Names)


@functools.cache
def threads() -> Threads:
    """Return the facts about stacks of threads."""
    return _read("threads.json", Threads)


@functools.cache
def times() -> Times:
    """Return the facts about times of 32 bits."""
    return _read("times.json", Times)


@functools.cache
def conversions() -> Conversions:
    """Return the facts about iconv and locales."""
    return _read("conversions.json", Conversions)


@functools.cache
def name_service() -> NameService:
    """Return the facts about glibc's name service."""
    return _read("name_service.json", NameService)
