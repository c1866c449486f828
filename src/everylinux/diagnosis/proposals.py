"""A fix of a cause with what the log told: whether it applies, and its texts with the captures in their places.

What was captured is the log's word, and hostile. Only what is plain counts (no quotes, `$`, parentheses: nothing that
make, CMake or a shell would take for more than text); in a line for a shell each capture is one quoted word, in an
expression it stands for itself, and no capture may be what is started (`check_fix`).
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from everylinux.diagnosis.knowledge import PLACE
from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.proven import cured
from everylinux.errors import UsageError
from everylinux.evidence import ProposedFix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from everylinux.diagnosis.knowledge import Fix, Packaged

# The capture that is the build's own command: it comes from whoever asks, never from the log.
BUILD = "build"
# The capture that is Debian's package of what is missing, where that is known.
PACKAGE = "debian_package"
# A capture where a shell looks for a program; `{build}` is no capture of a log.
_STARTED = re.compile(r"(?:^|[;&|(`]|\$\()\s*(?:\w+=\S*\s+)*[\"']?\{(?!build\})")
_PLAIN = re.compile(r"[\w@%+=:,./~*\[\]<>! -]{1,4096}")


class Proposal(msgspec.Struct, frozen=True):
    """A fix that applies, the id of its cause, and all captures; ``trusted`` is false where the project brought it.

    ``found`` has `BUILD` in it only where the build's command is known.
    """

    fix: Fix
    cause: str
    found: Mapping[str, str]
    trusted: bool = True

    def text(self, text: str, *, form: Callable[[str], str] = str) -> str:
        """Return a text of the fix with each capture, in the form given, in its place.

        What is not known stands there as a name in capitals: a person fills it in.
        """
        return PLACE.sub(lambda place: form(self.found[place[1]]) if place[1] in self.found else place[1].upper(), text)

    def line(self, text: str) -> str:
        """Return a line for a shell: each capture is one word, and the build's command is what it is."""
        parts = text.split("{build}")
        return self.found.get(BUILD, "...").join(self.text(part, form=shlex.quote) for part in parts)

    def holes(self, text: str) -> tuple[str, ...]:
        """Return the names of what a person has to fill in."""
        return tuple(name.upper() for name in PLACE.findall(text) if name not in self.found and name != BUILD)

    @property
    def is_told_only(self) -> bool:
        """Whether there is nothing in it that could be tried here: advice, a change of the machine, another place."""
        return self.fix.machine or self.fix.told or self.fix.is_advice

    def with_build(self, command: str) -> Proposal | None:
        """Return the proposal where the build's command is known; ``None`` where it does not apply to that one."""
        found = captured(self.fix, {**self.found, BUILD: command})
        return None if found is None else replace(self, found=found)


def propose(fix: Fix, cause: str, found: Mapping[str, str], *, trusted: bool) -> Proposal | None:
    """Return the proposal of a fix; ``None`` where it does not apply, or wants what the log does not tell plainly."""
    complete = captured(fix, {name: value for name, value in found.items() if value and name != BUILD})
    if complete is None:
        return None
    of_build = compiled(fix.when[BUILD]).groupindex if BUILD in fix.when else {}
    title, *others = texts(fix)
    if _wanted([title]) - set(complete) - set(of_build):
        return None
    plain = {name for name, value in complete.items() if _PLAIN.fullmatch(value)}
    if _wanted(others) - plain - set(of_build) - {BUILD}:
        return None
    return Proposal(fix, cause, complete, trusted)


def distinct(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """Return the fixes without those that say what one before them says with the name of a package."""
    kept: list[Fix] = []
    for fix in fixes:
        if not any(other.package and other.title == fix.title for other in kept):
            kept.append(fix)
    return tuple(kept)


def _wanted(lines: Iterable[str]) -> set[str]:
    """Return the captures that stand in texts, but for those that a person fills in."""
    return {name for text in lines for name in PLACE.findall(text) if not name.isupper()}


def captured(fix: Fix, found: Mapping[str, str]) -> dict[str, str] | None:
    """Return all captures, with the fix's own: groups of its conditions, a package; ``None`` where a condition fails.

    A condition on the build's command holds where that is not known.
    """
    if any(compiled(expression).search(found.get(name, "")) for name, expression in fix.unless.items()):
        return None
    complete = dict(found)
    for name, expression in fix.when.items():
        if name == BUILD and BUILD not in found:
            continue
        match = compiled(expression).search(found.get(name, ""))
        if match is None:
            return None
        complete |= {group: value for group, value in match.groupdict().items() if value}
    for kind, text in fix.package.items():
        package = _package_of(kind, PLACE.sub(lambda place: complete.get(place[1], ""), text))
        if package:
            complete[PACKAGE] = package
    return complete


def _package_of(kind: Packaged, name: str) -> str | None:
    from everylinux.debian_packages import package_of_command, package_of_library

    return package_of_library(name) if kind == "library" else package_of_command(name)


def told(proposal: Proposal, **known: object) -> ProposedFix:
    """Return the record of a proposal; ``known`` are fields about the project and about trying it."""
    fix = proposal.fix
    fields: dict[str, object] = {
        "title": proposal.text(fix.title),
        "compile": proposal.text(fix.compile),
        "link": proposal.text(fix.link),
        "drop": proposal.text(fix.drop),
        "commands": tuple(map(proposal.line, fix.commands)),
        "build": proposal.line(fix.build),
        "trusted": proposal.trusted,
        "cured": cured(proposal.cause, fix.title) if proposal.trusted else 0,
    }
    return ProposedFix(**{**fields, **known})  # type: ignore[arg-type] # fields of the record


def texts(fix: Fix) -> tuple[str, ...]:
    """Return all texts of a fix in which captures may stand."""
    edits = (text for edit in fix.edit for text in (edit.file, edit.find, edit.replace, edit.append))
    rewrites = (text for each in fix.rewrite for text in (each.find, each.replace))
    return (fix.title, fix.compile, fix.link, fix.drop, *fix.commands, fix.build, *edits, *rewrites)


def check_fix(fix: Fix) -> None:
    """Raise `UsageError` for a fix with an expression that RE2 refuses, or one that would start what a log names."""
    finds = (*(edit.find for edit in fix.edit), *(each.find for each in fix.rewrite))
    for expression in (*fix.when.values(), *fix.unless.values(), *finds):
        compiled(PLACE.sub("x", expression))
    for line in (*fix.commands, fix.build):
        if _STARTED.search(line):
            raise UsageError(
                f"{line!r} would start what a log names",
                hint="write the program's name; a capture may be an argument",
            )
