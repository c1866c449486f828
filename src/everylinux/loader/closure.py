"""What is loaded into one process, and what went wrong on the way."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from everylinux.evidence import AskedBy, FoundLibrary
from everylinux.loader.kernel import check_pages
from everylinux.loader.outcome import Outcome
from everylinux.loader.reasons import missing_library, refused_library
from everylinux.loader.unlisted import is_nowhere

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import Reason
    from everylinux.loader.symbols import Bindings, Unbound


class Loaded(msgspec.Struct, eq=False):
    """One file of a process.

    ``path`` is where the loader found it, ``name`` what it was asked for by, ``loader`` the file that asked first (the
    chain along which paths are inherited). ``carried``: it came along with the judged file. ``rule``: how it was found.
    ``names`` are all names by which it is known already.
    """

    elf: ElfFile
    path: str
    name: str
    same_file: Hashable
    loader: Loaded | None = None
    carried: bool = False
    rule: str = ""
    names: set[str] = msgspec.field(default_factory=set)

    @property
    def origin(self) -> str:
        """The folder that ``$ORIGIN`` stands for."""
        return posixpath.dirname(self.path) or "/"


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
    ``follows_filters``: it loads what ``DT_FILTER`` and ``DT_AUXILIARY`` name, too.
    """

    loaded: list[Loaded]
    passed_over: list[Reason]
    follows_filters: bool

    def find(self, name: str, asker: Loaded, /) -> Loaded | Refused | list[str]:
        """Return the library, what stops the search, or the folders that were searched in vain."""


class Closure(msgspec.Struct, eq=False, dict=True):
    """The libraries that a file's needs bring, as one loader of one image finds them.

    ``files`` are in the order in which they are loaded, without the file itself and without ``before``, what the
    process had already. ``missing`` are the names that were not found; ``outcome`` says why. The file itself stands
    in all of it as the asker ``""``, so that files with the same needs can share it. ``bindings``, and what the
    libraries leave open among themselves (``left``), are kept here by the loader that made them.
    """

    files: tuple[Loaded, ...]
    before: tuple[Loaded, ...]
    outcome: Outcome
    missing: frozenset[str]
    loader: Loaded
    libraries: tuple[FoundLibrary, ...]
    bindings: Bindings | None = None
    left: Sequence[tuple[Loaded, Sequence[Unbound]]] = ()

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

    def told_by(self, path: str) -> Outcome:
        """Return what is missing, with the file's own path as the asker."""
        outcome = Outcome()
        for reasons, known in ((self.outcome.reasons, True), (self.outcome.unknowns, False)):
            for reason in reasons:
                own = reason.asked_by is not None and not reason.asked_by.file
                outcome.add(
                    msgspec.structs.replace(reason, asked_by=AskedBy(file=path)) if own else reason, known=known
                )
        for risk in self.outcome.risks:
            outcome.add_risk(risk)
        return outcome


def load_closure(
    root: Loaded, search: Search, loader: Loaded, *, before: Sequence[Loaded] = (), complete: bool
) -> Closure:
    """Load what a file needs, breadth first; ``complete`` says whether what the image does not list is not there."""
    outcome = Outcome()
    missing: set[str] = set()
    if root not in search.loaded:
        search.loaded.append(root)
    files = [root]
    seen = {id(file) for file in (root, *before)}
    found_libraries = []
    for file in files:
        asker = "" if file is root else file.path
        elf = file.elf
        filters, auxiliaries = (elf.filters, elf.auxiliaries) if search.follows_filters else ((), ())
        for name in (*elf.needed, *filters, *auxiliaries):
            found = search.find(name, file)
            if isinstance(found, Loaded):
                if id(found) in seen:
                    continue
                seen.add(id(found))
                files.append(found)
                found_libraries.append(FoundLibrary(name=name, path=found.path, rule=found.rule, asked_by=asker))
                check_pages(found.elf, found.path, outcome)
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
    return Closure(tuple(files[1:]), tuple(before), outcome, frozenset(missing), loader, tuple(found_libraries))
