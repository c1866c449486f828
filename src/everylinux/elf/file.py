"""What a loader reads in one ELF file, whether it was parsed from bytes or told by a catalogue.

The facts of the header, the program headers, the dynamic section and the notes are plain fields. The symbol tables and
the strings of a loader cost more, so they sit behind `Tables` and `LoaderFacts` and are read when asked for.
"""

# Without `from __future__ import annotations`: msgspec would have to evaluate each of them again at every start.
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import msgspec

from everylinux.target import version_key

Kind = Literal["executable", "shared-object", "static", "static-pie", "object", "core", "foreign"]
Moment = Literal["start", "call", "never"]
# Name, version and library of a symbol that is asked for.
SymbolKey = tuple[str, str | None, str | None]
# The version and the library that symbols name, both ``None`` for those without a version.
Need = tuple[str | None, str | None]


class Identity(NamedTuple):
    """The ELF header as the kernel and the loaders compare it.

    ``machine`` is ``e_machine``, ``bits`` 32 or 64, ``osabi`` ``EI_OSABI``, ``flags`` ``e_flags``, ``type`` ``e_type``,
    ``abi_version`` ``EI_ABIVERSION``.
    """

    machine: int
    bits: int
    endian: Literal["little", "big"]
    osabi: int = 0
    flags: int = 0
    type: int = 3
    abi_version: int = 0

    @property
    def architecture(self) -> tuple[int, int, str]:
        """Machine, bits and byte order: what two files must share to be in one process."""
        return self.machine, self.bits, self.endian


class VersionNeed(NamedTuple):
    """One entry of ``DT_VERNEED``; a ``weak`` one (``VER_FLG_WEAK``) is only warned about when it is missing."""

    library: str
    version: str
    weak: bool = False


class Undefined(NamedTuple):
    """One symbol that the file expects from elsewhere.

    ``library`` is the file named by its version need, if it has a version. ``data`` and ``plt`` say where in the order
    of the data and of the PLT relocations it is first asked for, ``None`` when none of that kind asks. ``copy`` marks
    ``R_*_COPY``: looked up everywhere but in the file itself.
    """

    name: str
    version: str | None = None
    library: str | None = None
    weak: bool = False
    data: int | None = 0
    plt: int | None = None
    copy: bool = False

    @property
    def moment(self) -> Moment:
        """When a lazily binding loader looks it up: at the start, at the first call, or never."""
        return "start" if self.data is not None else "call" if self.plt is not None else "never"


class Export(NamedTuple):
    """One definition that others may bind to.

    ``hidden`` (bit 15 of its version) means that only a need for exactly this version finds it. ``type`` is the
    ``STT_*`` number: 6 is thread-local, 10 an indirect function.
    """

    version: str | None = None
    hidden: bool = False
    type: int = 0


# What definitions are told apart by, for one who asks about all of them.
Group = TypeVar("Group", bound=Hashable)


class Tables(Protocol):
    """The symbol and relocation tables of one file, read when first asked for."""

    @property
    def undefined(self) -> tuple[Undefined, ...]:
        """What the file expects from elsewhere, in the order of its symbol table."""

    @property
    def exports(self) -> Mapping[str, tuple[Export, ...]]:
        """What the file offers: every definition of each name."""

    @property
    def relocation_types(self) -> frozenset[int]:
        """The numbers of all relocation types in the file."""

    @property
    def plt_types(self) -> frozenset[int]:
        """The numbers of those in its PLT's table."""

    @property
    def fixed_tls(self) -> tuple[tuple[int, str | None], ...]:
        """The relocation types that want TLS at a fixed place, and whose: ``None`` is the file's own."""

    @property
    def own_special(self) -> tuple[str, ...]:
        """Its own indirect functions and hidden versions that its relocations ask for: musl finds none by name."""

    def bound_names(self) -> Mapping[Need, Collection[str]]:
        """Return the names that relocations ask for and that must be found, by the version and library they name.

        A weak one that is copied is among them: musl wants it.
        """

    def strong_names(self) -> frozenset[str]:
        """Return the names of all symbols that must be found, whether a relocation asks for them or not."""

    def first_symbols(self, versions: Collection[str]) -> dict[str, str]:
        """Return for each version that is needed one name that needs it; none where nothing does."""

    def definitions(self, name: str) -> tuple[Export, ...]:
        """Return every definition of one name, where possible without reading all symbols."""

    def names_by(self, kind: Callable[[Export], Group | None], /) -> Mapping[Group, frozenset[str]] | None:
        """Return all names that have a definition of each kind; ``None`` where each name would have to be read.

        Definitions of which ``kind`` makes ``None`` are left out.
        """


def bound_names(undefined: Iterable[Undefined]) -> Mapping[Need, Sequence[str]]:
    """Return the names of those of these symbols that relocations ask for and that must be found."""
    found: defaultdict[Need, list[str]] = defaultdict(list)
    for name, version, library, weak, data, plt, copy in undefined:
        if (data is not None or plt is not None) and (copy or not weak):
            found[version, library].append(name)
    return found


def strong_names(undefined: Iterable[Undefined]) -> frozenset[str]:
    """Return the names of those of these symbols that must be found."""
    return frozenset(symbol.name for symbol in undefined if not symbol.weak)


def first_symbols(undefined: Iterable[Undefined], versions: Collection[str]) -> dict[str, str]:
    """Return for each version the first of these symbols that needs it."""
    found: dict[str, str] = {}
    for symbol in undefined:
        if symbol.version in versions and symbol.version is not None:
            found.setdefault(symbol.version, symbol.name)
    return found


class StoredTables(msgspec.Struct, frozen=True):
    """Tables that are known beforehand: a catalogue's, or a test's."""

    undefined: tuple[Undefined, ...] = ()
    exports: Mapping[str, tuple[Export, ...]] = msgspec.field(default_factory=dict)
    relocation_types: frozenset[int] = frozenset()
    plt_types: frozenset[int] = frozenset()
    fixed_tls: tuple[tuple[int, str | None], ...] = ()
    own_special: tuple[str, ...] = ()

    def bound_names(self) -> Mapping[Need, Sequence[str]]:
        """Return the names that relocations ask for and that must be found."""
        return bound_names(self.undefined)

    def strong_names(self) -> frozenset[str]:
        """Return the names of all symbols that must be found."""
        return strong_names(self.undefined)

    def first_symbols(self, versions: Collection[str]) -> dict[str, str]:
        """Return for each version that is needed the first name that needs it."""
        return first_symbols(self.undefined, versions)

    def definitions(self, name: str) -> tuple[Export, ...]:
        """Return every definition of one name."""
        return self.exports.get(name, ())

    def names_by(self, _kind: Callable[[Export], Group | None]) -> Mapping[Group, frozenset[str]] | None:
        """Return nothing: they are kept by name."""


class LoaderFacts(msgspec.Struct, frozen=True):
    """What the strings of a dynamic loader tell.

    ``version`` is the release (``2.36``, ``1.2.5``), ``None`` when not found. ``directories`` are the compiled-in
    library directories in the order of search, without a slash at the end. ``hwcaps`` are the names of the
    sub-directories of ``glibc-hwcaps`` that this loader may look into.
    """

    libc: Literal["gnu", "musl", "other"]
    version: str | None = None
    directories: tuple[str, ...] = ()
    hwcaps: tuple[str, ...] = ()


class DlopenNote(NamedTuple):
    """One entry of ``.note.dlopen``: libraries of which one is loaded later (ELF dlopen metadata specification)."""

    sonames: tuple[str, ...]
    feature: str = ""
    priority: str = "recommended"


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """The notes that bear on starting.

    ``kernel`` is the oldest Linux that the ABI note admits, ``system`` its operating system number (0 is Linux).
    ``x86_level`` is the x86-64 micro-architecture level (1 to 4) of the GNU property note. ``inside`` is what `build`
    says of a libc that it linked into a module: its name, and the kinds of state in which it depends on the process.
    """

    system: int | None = None
    kernel: tuple[int, int, int] | None = None
    x86_level: int | None = None
    dlopen: tuple[DlopenNote, ...] = ()
    android: bool = False
    go: bool = False
    inside: tuple[str, ...] = ()


class TlsSegment(NamedTuple):
    """``PT_TLS``: size and alignment in bytes."""

    size: int
    alignment: int


class ElfFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the header, the program headers, the dynamic section, the version tables and the notes tell.

    - ``static`` files have no interpreter. ``rpath`` and ``runpath`` are as written (colons, ``$ORIGIN``).
    - ``pie``: it is a program (``DF_1_PIE`` or ``DT_DEBUG``); ``declared_pie``: it says so itself (``DF_1_PIE``).
    - ``version_definitions`` are in the order of their index, without the base definition.
    - ``executable_stack`` is ``None`` without ``PT_GNU_STACK``.
    - ``filters`` (``DT_FILTER``) and ``auxiliaries`` (``DT_AUXILIARY``) are libraries that glibc loads in its place;
      ``filters_first``: they stand before what it needs, as lld writes them.
    - ``initializers``: it has functions that run when it is loaded (``DT_INIT_ARRAY``).
    - ``alignment`` is the largest page size in bytes with which every segment can be mapped, ``segment_alignment`` the
      least alignment in bytes that a segment names; 0 when none does.
    - ``displaced``: musl, which maps a segment whatever its offset is, shows other bytes than that segment's.
      ``empty_segment``: one that is to be mapped has no page, neither in the file nor in memory.
    - ``mips_float`` is the floating-point ABI of ``PT_MIPS_ABIFLAGS``.
    - ``other_system`` is the one that a file without an interpreter says it is made for (``FreeBSD``), empty for Linux.
    - ``truncated``: a page of a segment lies past the end of the file. ``cut_short``: only the rest of its last page
      does, which reads as zeros. ``damage`` says in one sentence what else is wrong in a
      file that could be read only in part.
    - ``complete`` is ``False`` for a file that is known from documents: a symbol or a version that it does not list may
      exist all the same.
    """

    identity: Identity
    kind: Kind
    size: int = 0
    interpreter: str | None = None
    needed: tuple[str, ...] = ()
    soname: str | None = None
    rpath: str | None = None
    runpath: str | None = None
    dynamic: bool = True
    bind_now: bool = False
    pie: bool = False
    declared_pie: bool = False
    no_default_directories: bool = False
    no_dlopen: bool = False
    filters: tuple[str, ...] = ()
    auxiliaries: tuple[str, ...] = ()
    filters_first: bool = False
    initializers: bool = False
    text_relocations: bool = False
    static_tls: bool = False
    relr: bool = False
    version_needs: tuple[VersionNeed, ...] = ()
    version_definitions: tuple[str, ...] = ()
    symbol_versions: bool = False
    executable_stack: bool | None = None
    tls: TlsSegment | None = None
    alignment: int = 0
    segment_alignment: int = 0
    displaced: bool = False
    empty_segment: bool = False
    mips_float: int | None = None
    truncated: bool = False
    cut_short: bool = False
    notes: Notes = Notes()
    other_system: str = ""
    damage: str = ""
    complete: bool = True


def _no_loader() -> LoaderFacts | None:
    return None


class ElfFile(ElfFacts, frozen=True, kw_only=True, eq=False, dict=True):
    """One ELF file as a loader sees it: its facts, and the tables that are read when they are asked for."""

    tables: Tables = msgspec.field(default_factory=StoredTables)
    read_loader_facts: Callable[[], LoaderFacts | None] = _no_loader

    @cached_property
    def undefined(self) -> tuple[Undefined, ...]:
        """What the file expects from elsewhere."""
        return self.tables.undefined

    @cached_property
    def exports(self) -> Mapping[str, tuple[Export, ...]]:
        """What the file offers to others."""
        return self.tables.exports

    def definitions(self, name: str) -> tuple[Export, ...]:
        """Return every definition of one name; no other symbol is read."""
        return self.tables.definitions(name)

    @cached_property
    def loader(self) -> LoaderFacts | None:
        """What this file tells as a dynamic loader; ``None`` for a file that is none."""
        return self.read_loader_facts()

    @cached_property
    def bound(self) -> dict[SymbolKey, Undefined]:
        """The symbols of `Tables.bound_names`, by name, version and library."""
        return {
            symbol[:3]: symbol
            for symbol in self.undefined
            if (symbol.data is not None or symbol.plt is not None) and (symbol.copy or not symbol.weak)
        }

    @cached_property
    def bound_order(self) -> dict[SymbolKey, int]:
        """Where in the order of the start each of `bound` is met: data first, then the PLT (_dl_relocate_object)."""
        return {key: place for place, key in enumerate(sorted(self.bound, key=lambda key: _rank(self.bound[key])))}

    @cached_property
    def bound_by_library(self) -> dict[str | None, list[tuple[Need, frozenset[str]]]]:
        """The names of `bound` by the library that they name, and there by the version; both ``None`` without."""
        libraries: defaultdict[str | None, list[tuple[Need, frozenset[str]]]] = defaultdict(list)
        for need, names in self.tables.bound_names().items():
            libraries[need[1]].append((need, frozenset(names)))
        return dict(libraries)

    @cached_property
    def remembered(self) -> dict[Hashable, Any]:
        """What those who look for symbols in it have found there, kept as long as the file is."""
        return {}

    @cached_property
    def settled(self) -> set[Hashable]:
        """Where all that it asks of one library was found, for those who look its symbols up."""
        return set()

    @cached_property
    def defined_versions(self) -> frozenset[str]:
        """The versions that it defines."""
        return frozenset(self.version_definitions)

    @cached_property
    def forcing(self) -> dict[str, str]:
        """For each version that it needs, the first symbol that needs it."""
        wanted = {need.version for need in self.version_needs}
        return self.tables.first_symbols(wanted) if wanted else {}

    def floor(self) -> dict[str, str]:
        """Return the newest version needed of each family: ``{"GLIBC": "2.17", "GLIBCXX": "3.4.21"}``."""
        return self._floor

    @cached_property
    def _floor(self) -> dict[str, str]:
        newest: dict[str, str] = {}
        for need in self.version_needs:
            family, separator, version = need.version.rpartition("_")
            if not separator or need.weak or not version_key(version):
                continue
            if family not in newest or version_key(version) > version_key(newest[family]):
                newest[family] = version
        return dict(sorted(newest.items()))

    def floor_symbols(self) -> dict[str, str]:
        """Return for each family of the floor the first symbol that needs its newest version."""
        wanted = {family: f"{family}_{version}" for family, version in self.floor().items()}
        return {family: self.forcing[version] for family, version in wanted.items() if version in self.forcing}


def _rank(symbol: Undefined) -> tuple[int, int]:
    return (0, symbol.data) if symbol.data is not None else (1, symbol.plt or 0)
