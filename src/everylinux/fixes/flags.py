"""Flags for a compiler or linker, in whichever way the build takes them (``data/fixes/flags.toml``)."""

from __future__ import annotations

import functools
import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_table
from everylinux.diagnosis.knowledge import Edit, Rewrite  # noqa: TC001 - fields that msgspec reads
from everylinux.diagnosis.patterns import compiled
from everylinux.fixes.command_line import simple_commands, with_arguments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.fixes.command_line import SimpleCommand
    from everylinux.fixes.editing import Edited

OWN_PROGRAM = "everylinux"

# What a star of a flag stands for: up to a blank, a quote, or the end of the call or the command that the flag is in.
_LETTERS = r"(?:\$[({][^\s)}]*[)}]|[^\s\"');])*"
# A line that is a comment in what builds are written in; `#cgo` is none.
_COMMENT = r"^[ \t]*#(?:[ \t].*)?$"


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way in which a tool takes flags; see the head of the data file."""

    edit: tuple[Edit, ...] = ()
    append: str = ""
    export: tuple[str, ...] = ()
    each: str = "{flag}"
    unless: str = ""
    flags: str = ""


class Tool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A build tool: the name of its program, and its ways for flags when it compiles and when it links."""

    name: str
    program: str
    compile: tuple[Way, ...] = ()
    link: tuple[Way, ...] = ()
    unless: str = ""
    markers: tuple[str, ...] = ()
    usual: str = ""
    configures: bool = False
    names: str = ""


class Other(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is exported for whatever else builds."""

    compile: tuple[str, ...]
    link: tuple[str, ...]


class Drop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files in which a flag may stand, and the forms in which it does."""

    files: tuple[str, ...]
    form: tuple[Rewrite, ...]


class _Facts(msgspec.Struct, frozen=True):
    tool: tuple[Tool, ...]
    other: Other
    drop: Drop


class Line:
    """The build's command as it becomes: what is exported before it, and the command itself.

    ``usual`` is how the project is usually built (`usual_command`): everylinux itself does it so.
    """

    def __init__(self, command: str, usual: str) -> None:
        self.command = command
        self.exports: list[str] = []
        self._usual = usual

    def add(self, flags: Sequence[str], step: str, edited: Edited) -> None:
        """Give flags to the build when it does a step (``compile``, ``link``), the way its tools take them."""
        facts = _facts()
        own = tuple(each for each in simple_commands(self.command) if each.program == OWN_PROGRAM)
        if own:
            tools = (tool for tool in facts.tool if tool.usual == self._usual)
            any(self._takes_own(tool, way, flags, own, edited) for tool in tools for way in getattr(tool, step))
            return
        for tool in facts.tool:
            started = tuple(command for command in simple_commands(self.command) if _is(command, tool))
            if started and any(
                self._takes(_for_named(tool, way, started), flags, started, edited) for way in getattr(tool, step)
            ):
                return
        self._export(getattr(facts.other, step), " ".join(flags))

    def drop(self, flag: str, edited: Edited) -> bool:
        """Take a flag (``*``: any letters) out of the command and of the project's build files; return whether any."""
        facts = _facts().drop
        literal = _LETTERS.join(map(re.escape, flag.split("*")))
        before = self.command
        done = False
        for form in facts.form:
            find = form.find.replace("{flag}", literal)
            self.command = compiled(f"(?m){find}").sub(form.replace, self.command)
            for file in facts.files:
                done = edited.replace(file, find, form.replace, spare=_COMMENT) or done
        return done or self.command != before

    def _takes_own(
        self, tool: Tool, way: Way, flags: Sequence[str], own: tuple[SimpleCommand, ...], edited: Edited
    ) -> bool:
        """Give flags to a build by everylinux, whose environment is its own: in files, or as arguments."""
        if way.edit:
            return self._takes(way, flags, (), edited)
        if not (way.append and tool.configures):
            return False
        first = () if "--" in own[0].words else ("--",)
        return self._takes(msgspec.structs.replace(way, append=" ".join((*first, way.append))), flags, own, edited)

    def _takes(self, way: Way, flags: Sequence[str], started: tuple[SimpleCommand, ...], edited: Edited) -> bool:
        words = " ".join(flags)
        if way.flags and not all(map(compiled(way.flags).search, flags)):
            return False
        if way.edit:
            text = words.replace("\\", r"\\")
            done = [edited.replace(edit.file, edit.find, edit.replace.replace("{flags}", text)) for edit in way.edit]
            return any(done)
        if way.append:
            unless = compiled(way.unless) if way.unless else None
            taking = tuple(one for one in started if not (unless and any(map(unless.search, one.words))))
            each = " ".join(way.each.replace("{flag}", shlex.quote(flag)) for flag in flags)
            arguments = way.append.replace("{flags}", shlex.quote(words)).replace("{each}", each)
            self.command = with_arguments(self.command, taking, arguments)
            return bool(taking)
        self._export(way.export, words, " ".join(way.each.replace("{flag}", flag) for flag in flags))
        return True

    def _export(self, names: Sequence[str], words: str, each: str = "") -> None:
        for text in names:
            name, _, value = text.partition("=")
            filled = value.replace("{flags}", words).replace("{each}", each)
            # What is set already stays: these come after it.
            self.exports.append(f'export {name}="${{{name}:+${name} }}"{shlex.quote(filled)}')


def usual_command(project: Path) -> str:
    """Return how a project is usually built, by what lies in its folder; empty when that says nothing."""
    return next((tool.usual for tool in _facts().tool if any((project / name).is_file() for name in tool.markers)), "")


def _for_named(tool: Tool, way: Way, started: Sequence[SimpleCommand]) -> Way:
    """Return the way with its edits in the files that the commands name (``make -f FILE``), where they name any."""
    if not (tool.names and way.edit):
        return way
    option = compiled(tool.names)
    files = [
        found["file"] or after
        for command in started
        for word, after in pairwise((*command.words, ""))
        if (found := option.search(word))
    ]
    if not files:
        return way
    edits = dict.fromkeys(msgspec.structs.replace(edit, file=file) for edit in way.edit for file in files)
    return msgspec.structs.replace(way, edit=tuple(edits))


def _is(command: SimpleCommand, tool: Tool) -> bool:
    unless = compiled(tool.unless) if tool.unless else None
    return bool(compiled(tool.program).search(command.program)) and not (
        unless and any(map(unless.search, command.words[1:]))
    )


@functools.cache
def _facts() -> _Facts:
    return read_table("fixes/flags.toml", _Facts)
