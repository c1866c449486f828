"""What is loaded into one process, and what went wrong on the way."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import msgspec

from everylinux.evidence import AskedBy, FoundLibrary
from everylinux.loader.kernel import check_library_pages
from everylinux.loader.outcome import Outcome
from everylinux.loader.reasons import missing_library, refused_library
from everylinux.loader.unlisted import is_nowhere

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from everylinux.elf.file import ElfFile, VersionNeed
    from everylinux.evidence import Reason
    from everylinux.loader.symbols import Bindings, Unbound

Record = TypeVar("Record", "Reason", "FoundLibrary")
# Stands for the path of the judged file in what is kept for other files too: no path has such a character.
JUDGED = "\0"


class Loaded(msgspec.Struct, eq=False):
    """One file of a process.

    ``path`` is where the loader found it, ``name`` what it was asked for by, ``loader`` the file that asked first (the
    chain along which paths are inherited). ``carried``: it came along with the judged file. ``rule``: how it was found.
    ``names`` are all names by which it is known already. ``judged``: it is the file that is judged.
    """

    elf: ElfFile
    path: str
    name: str
    same_file: Hashable
    loader: Loaded | None = None
    carried: bool = False
    rule: str = ""
    names: set[str] = msgspec.field(default_factory=set)
    judged: bool = False

    @property
    def origin(self) -> str:
        """The folder that ``$ORIGIN`` stands for."""
        return self.path.rpartition("/")[0].rstrip("/") or "/"

    @property
    def label(self) -> str:
        """Its path in rules and notes."""
        return JUDGED if self.judged else self.path


class Place(msgspec.Struct, frozen=True):
    """One folder to search: where it is, whether it was reached from a carried file's ``$ORIGIN``, by which rule."""

    directory: str
    carried: bool
    rule: str

    def path_of(self, name: str) -> str:
        """Return the path of a library in it."""
        return f"{self.directory.rstrip('/')}/{name}"


class Refused(NamedTuple):
    """A file that was found and ends the search: the reason's code, what is wrong, and where."""

    code: str
    problem: str
    path: str


class Search(Protocol):
    """How one loader finds libraries; ``loaded`` are the files of the process so far and grows with it.

    ``passed_over`` says why files that the last search met were not taken, where that is worth a reason.
    ``follows_filters``: it loads what ``DT_FILTER`` and ``DT_AUXILIARY`` name, too. ``image_rules`` are the rules by
    which it finds what the image itself has.
    """

    loaded: list[Loaded]
    passed_over: list[Reason]
    follows_filters: bool
    image_rules: frozenset[str]

    def take(self, file: Loaded, /) -> None:
        """Take a file into the process that no search has found: the one that is judged."""

    def find(self, name: str, asker: Loaded, /) -> Loaded | Refused | list[str]:
        """Return the library, what stops the search, or the folders that were searched in vain."""


class Closure(msgspec.Struct, eq=False, dict=True):
    """The libraries that a file's needs bring, as one loader of one image finds them.

    ``files`` are in the order in which they are loaded, without the file itself and without ``before``, what the
    process had already. ``missing`` are the names that were not found; ``outcome`` says why. The file itself stands
    in all of it as the asker ``""``, and as `JUDGED` within texts, so that files with the same needs can share it.

    ``of_image``: all of it was found where the image itself has its libraries. ``mapped`` says how many files, with the
    one that needs them, were loaded whole before the first failed; all of them where none did.

    What the loader that judges finds out about the libraries alone is kept here too: the ``bindings`` of their symbols,
    what they leave open among themselves (``left``), the version needs that they ``meet``.
    """

    files: tuple[Loaded, ...]
    before: tuple[Loaded, ...]
    outcome: Outcome
    missing: frozenset[str]
    loader: Loaded
    libraries: tuple[FoundLibrary, ...]
    of_image: bool = False
    mapped: int = 0
    bindings: Bindings | None = None
    left: Sequence[tuple[Loaded, Sequence[Unbound]]] = ()
    met: set[VersionNeed] = msgspec.field(default_factory=set)

    @cached_property
    def added(self) -> tuple[Loaded, ...]:
        """Its files without the loader."""
        return tuple(file for file in self.files if file is not self.loader)

    @cached_property
    def names(self) -> Mapping[str, Loaded]:
        """Every name that a file of the process was asked for by, and the first file that was."""
        found: dict[str, Loaded] = {}
        for file in (*self.files, *self.before, self.loader):
            for name in file.names:
                found.setdefault(name, file)
        return found

    @cached_property
    def needs(self) -> frozenset[str]:
        """Every name that one of its libraries asks for."""
        return frozenset(name for file in self.files for name in file.elf.needed)

    def content(self) -> Hashable:
        """Return all that a judgement sees of it: equal for images that offer a file the same."""
        files = tuple(
            (one.path, one.rule, id(one.elf), frozenset(one.names)) for one in (*self.files, *self.before, self.loader)
        )
        told = (*self.outcome.reasons, None, *self.outcome.unknowns, None, *self.outcome.risks)
        return files, len(self.files), self.libraries, self.missing, told

    def tell(self, outcome: Outcome, path: str) -> None:
        """Add what was found and what is missing, with the file's own path as the asker."""
        outcome.libraries = self.libraries
        if self._names_the_judged:
            outcome.libraries = tuple(_with_path(one, "rule", path) for one in self.libraries)
        for reasons, known in ((self.outcome.reasons, True), (self.outcome.unknowns, False)):
            for reason in reasons:
                own = reason.asked_by is not None and not reason.asked_by.file
                asked = msgspec.structs.replace(reason, asked_by=AskedBy(file=path)) if own else reason
                outcome.add(_with_path(asked, "note", path), known=known)
        for risk in self.outcome.risks:
            outcome.add_risk(risk)

    @cached_property
    def _names_the_judged(self) -> bool:
        return any(JUDGED in library.rule for library in self.libraries)


def _with_path(record: Record, field: str, path: str) -> Record:
    """Return a record with the path of the judged file in one of its texts."""
    text = getattr(record, field)
    return msgspec.structs.replace(record, **{field: text.replace(JUDGED, path)}) if JUDGED in text else record


def load_closure(
    root: Loaded, search: Search, loader: Loaded, *, before: Sequence[Loaded] = (), complete: bool
) -> Closure:
    """Load what a file needs, breadth first; ``complete`` says whether what the image does not list is not there."""
    outcome = Outcome()
    missing: set[str] = set()
    if root not in search.loaded:
        search.take(root)
    files = [root]
    seen = {id(file) for file in (root, *before)}
    found_libraries = []
    mapped = None
    for file in files:
        asker = "" if file is root else file.path
        elf = file.elf
        filters, auxiliaries = (elf.filters, elf.auxiliaries) if search.follows_filters else ((), ())
        names = (*filters, *auxiliaries, *elf.needed) if elf.filters_first else (*elf.needed, *filters, *auxiliaries)
        for name in names:
            found = search.find(name, file)
            if isinstance(found, Loaded):
                if id(found) in seen:
                    continue
                seen.add(id(found))
                files.append(found)
                found_libraries.append(FoundLibrary(name=name, path=found.path, rule=found.rule, asked_by=asker))
                check_library_pages(found.elf, found.path, outcome)
            elif name in auxiliaries:
                continue
            elif isinstance(found, Refused):
                missing.add(name)
                outcome.add(refused_library(found.code, name, asker, found.problem, found.path))
            else:
                missing.add(name)
                outcome.add(missing_library(name, asker, found), known=complete or is_nowhere(name))
                for reason in search.passed_over:
                    outcome.add(reason)
            if mapped is None and missing:
                mapped = len(files)
    of_image = all(file.rule in search.image_rules for file in (*files[1:], *before) if file is not loader)
    libraries = tuple(found_libraries)
    whole = len(files) if mapped is None else mapped
    return Closure(tuple(files[1:]), tuple(before), outcome, frozenset(missing), loader, libraries, of_image, whole)
