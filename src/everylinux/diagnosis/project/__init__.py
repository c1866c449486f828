"""What the project's own files add to a cause: the dependency, feature, flag or line to change, and a sharper cause.

A cause says what it asks of them (`diagnosis.looks`). Nothing of a project is executed, and its files are as hostile as
a log: read in part, never followed out of the project; what cannot be understood is left out and said in a note.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from everylinux.diagnosis import looks
from everylinux.diagnosis.cleaning import visible
from everylinux.diagnosis.masking import masked
from everylinux.diagnosis.matching import fits
from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.project.binary import look_into
from everylinux.diagnosis.project.cargo import look_at_crates
from everylinux.diagnosis.project.cargo_settings import look_at_settings
from everylinux.diagnosis.project.cmake import look_at_cache
from everylinux.diagnosis.project.dependencies import look_for_owner
from everylinux.diagnosis.project.docker import look_at_stages
from everylinux.diagnosis.project.go import look_at_modules
from everylinux.diagnosis.project.lines import look_at_source, look_for_lines
from everylinux.diagnosis.project.node import look_for_package
from everylinux.diagnosis.project.python import look_for_requirement
from everylinux.diagnosis.project.sight import MOST_PLACES, Sight
from everylinux.diagnosis.project.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from everylinux.diagnosis.conditions import Condition
    from everylinux.diagnosis.knowledge import Cause
    from everylinux.evidence import Evidence, Place

__all__ = ["MOST_PLACES", "Seen", "Tree", "look", "named_files", "named_line", "owner", "position", "with_own_names"]

LOOKERS: dict[type[looks.Look], Callable[[Any, Tree], Sight | None]] = {
    looks.Binary: look_into,
    looks.CMakeCache: look_at_cache,
    looks.Cargo: look_at_crates,
    looks.CargoSettings: look_at_settings,
    looks.Dockerfile: look_at_stages,
    looks.Go: look_at_modules,
    looks.Lines: look_for_lines,
    looks.Npm: look_for_package,
    looks.Requirement: look_for_requirement,
    looks.Source: look_at_source,
}
# What messages call a file that they name.
FILES = ("file", "program", "script", "input")
# Where systems keep headers and programs (Filesystem Hierarchy Standard).
SYSTEM = ("/usr/", "/opt/", "/lib", "/bin/", "/sbin/")
COMMON = frozenset(looks.Look.__struct_fields__)
# Where a message says where it is: `file:line:`, CMake's `at file:line (`, a traceback, Python's and make's ways.
_POSITION = (
    r"^(?:In file included from )?(?P<file>[^\s:()\[\]]+):(?P<at>\d+)(?::\d+)?(?:[:,]|$)"
    r"| at (?P<file2>[^\s:]+):(?P<at2>\d+) \("
    r'|File "(?P<file3>[^"]+)", line (?P<at3>\d+)'
    r"|\*\*\* \[(?P<file4>[^\s:\]]+):(?P<at4>\d+): "
)


class Seen(msgspec.Struct, frozen=True):
    """What the project adds: ``found`` are all captures, ``cause`` another cause that the files tell, if any."""

    found: Mapping[str, str]
    places: tuple[Place, ...] = ()
    because: str = ""
    culprit: str = ""
    sure: bool = False
    cause: str = ""
    reads_checks: bool = False


def look(
    cause: Cause,
    found: Mapping[str, str],
    tree: Tree,
    *,
    near: Callable[[Condition], Mapping[str, str]],
    owners: Mapping[str, str],
) -> Seen:
    """Return what the project's files tell about a cause that a log shows, with what was captured there.

    ``near`` returns the captures of an event of the log that fulfils a condition, nothing without one. ``owners``
    are the causes that what a file holds tells, by the word for it, whatever a message says of the file.
    """
    logged = dict(found)
    captures = dict(found)
    places: list[Place] = []
    because = culprit = other = ""
    sure = reads_checks = False
    for asked in cause.look:
        if isinstance(asked, looks.Checks):
            reads_checks = True
            continue
        around = {name: value for condition in asked.near for name, value in near(condition).items()}
        logged = {**around, **logged}
        captures |= logged
        filled = _filled_in(asked, captures)
        sight = LOOKERS[type(filled)](filled, tree) if filled else None
        if sight is None:
            continue
        told = {name: masked(visible(value)) for name, value in sight.found.items() if name not in logged}
        captured = {**captures, **told}
        owner = owners.get(captured.get("contents", "")) if isinstance(asked, looks.Binary) else None
        if owner and owner != cause.id:
            return Seen({**captured, "file": filled.file}, sight.places, cause=owner, sure=True)
        if not fits(asked.when, captured):
            continue
        captures = captured
        places += sight.places
        because = fill(asked.because, captures) or because
        culprit = fill(asked.culprit, captures) or culprit
        sure = sure or asked.sure
        other = asked.cause or other
    return Seen(captures, tuple(dict.fromkeys(places))[:MOST_PLACES], because, culprit, sure, other, reads_checks)


def position(messages: Iterable[Evidence], tree: Tree) -> tuple[Place, ...]:
    """Return the line of the project that the first of some messages names."""
    for message in messages:
        match = compiled(_POSITION).search(message.text)
        groups = match.groupdict() if match else {}
        file = next((value for name, value in groups.items() if name.startswith("file") and value), None)
        line = next((value for name, value in groups.items() if name.startswith("at") and value), None)
        sight = look_at_source(looks.Source(file=file, line=line), tree) if file and line else None
        if sight:
            return sight.places
    return ()


def named_line(found: Mapping[str, str], tree: Tree) -> tuple[Place, ...]:
    """Return the line of the project that a message names, where its file and its line were captured."""
    file, line = found.get("file"), found.get("at")
    sight = look_at_source(looks.Source(file=file, line=line), tree) if file and line else None
    return sight.places if sight else ()


def owner(found: Mapping[str, str], tree: Tree) -> tuple[str, tuple[Place, ...]]:
    """Return the dependency whose file a message names, in words, and where the project asks for it."""
    for name in FILES:
        told = look_for_owner(found[name], tree) if "/" in found.get(name, "") else None
        if told:
            package, sight = told
            way = sight.found.get("path", "")
            way = f", which {way} brings in" if " → " in way else ""
            return visible(f"the file is one of {package}{way}"), sight.places
    return "", ()


def named_files(found: Mapping[str, str], tree: Tree) -> tuple[Place, ...]:
    """Return the first file of the project that a message names, as a whole."""
    paths = (tree.find(found[name]) for name in FILES if found.get(name))
    return next(((tree.place(path),) for path in paths if path), ())


def with_own_names(found: Mapping[str, str], tree: Tree) -> dict[str, str]:
    """Return captures in which files of the project that a message names in full have their names in the project.

    CMake's compilers name them so, and a build in a copy names the copy's. What systems bring is none of them.
    """
    own = {
        name: path
        for name in FILES
        if found.get(name, "").startswith("/")
        and not found[name].startswith(SYSTEM)
        and (path := tree.find(found[name]))
    }
    return {**found, **{name: tree.name_of(path) for name, path in own.items()}}


def fill(text: str, captures: Mapping[str, str]) -> str:
    """Return a text with each capture in its place; empty where one is not known."""
    if not all(captures.get(name) for name in looks.CAPTURE.findall(text)):
        return ""
    return looks.CAPTURE.sub(lambda place: captures[place[1]], text)


def _filled_in(asked: looks.Look, captures: Mapping[str, str]) -> Any:  # noqa: ANN401 - the same kind of look
    """Return the look with all captures in their places; ``None`` where what it needs was not captured."""
    changed: dict[str, object] = {}
    for field in msgspec.structs.fields(asked):
        value = getattr(asked, field.name)
        if field.name in COMMON or not isinstance(value, str | tuple):
            continue
        known = (
            {name: re.escape(each) for name, each in captures.items()} if field.name in looks.EXPRESSIONS else captures
        )
        texts = (value,) if isinstance(value, str) else value
        filled = tuple(fill(text, known) for text in texts)
        if any(text and not full for text, full in zip(texts, filled, strict=True)):
            if field.required:
                return None
            filled = ("",)
        changed[field.name] = filled[0] if isinstance(value, str) else filled
    return msgspec.structs.replace(asked, **changed)
