"""What loaders, ``env`` and emulators say about a program that does not start (``data/outcomes/messages.json``).

A loader speaks before the program does. So only the first lines of standard error count, only with the exit status
that goes with the message, and glibc's lines only with the program's own name before them: a program that prints such
a text in its own output is not taken for a loader.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import msgspec

from everylinux.decoding import read_facts
from everylinux.evidence import AskedBy, Reason

# No loader writes longer lines; what a program writes may be of any length.
_LONGEST_LINE = 4096


class Message(msgspec.Struct, frozen=True):
    """One message: who says it, in which of its source files, and the reason code that it means.

    ``pattern`` matches the whole line, after the program's name for glibc. ``exits`` are the exit statuses that go with
    it. ``literal`` is a part of it that stands in the source as it is; ``older`` when only in releases before those
    that the facts were checked against.
    """

    speaker: str
    source: str
    code: str
    pattern: str
    exits: tuple[int, ...]
    literal: str
    older: bool = False


class Fault(msgspec.Struct, frozen=True):
    """One message of an emulator about its own failure; ``usage`` when the fault lies in what it was asked.

    ``exits`` and ``signals`` are how it ends then: a program that only writes such a text ends otherwise.
    """

    speaker: str
    source: str
    pattern: str
    literal: str
    usage: bool = False
    exits: tuple[int, ...] = ()
    signals: tuple[str, ...] = ()


class Trace(msgspec.Struct, frozen=True):
    """How an emulator is asked to tell every signal of the program: an environment variable, and the line it writes."""

    speaker: str
    source: str
    variable: str
    pattern: str
    literal: str


class OutcomeFacts(msgspec.Struct, frozen=True):
    """The whole of ``messages.json``.

    ``guest_signal`` is what qemu says when the emulated program died of a signal. For some CPUs it says nothing then
    (those for which it cannot write core dumps): ``trace`` makes it tell.
    """

    date: str
    sources: dict[str, str]
    ignored: tuple[str, ...]
    messages: tuple[Message, ...]
    emulator_faults: tuple[Fault, ...]
    guest_signal: str
    trace: Trace


@functools.cache
def facts() -> OutcomeFacts:
    """Return the facts that are shipped in the package."""
    return read_facts("outcomes/messages.json", OutcomeFacts)


@dataclass(frozen=True, kw_only=True)
class Speakers:
    """Who may have spoken: ``names`` are what argument 0 may have been (the program, the interpreter of a script).

    ``emulated`` admits the emulator, ``opened`` the words of ``dlopen``, which carry no program's name.
    """

    names: tuple[str, ...]
    emulated: bool = False
    opened: bool = False

    def admits(self, speaker: str) -> bool:
        """Return whether a message of this speaker counts."""
        return (speaker != "qemu" or self.emulated) and (speaker != "dlopen" or self.opened)


def read_loader_messages(stderr: str, *, exit_status: int, speakers: Speakers) -> list[Reason]:
    """Return the reasons that the first lines tell, in their order; empty when the program itself spoke first."""
    reasons: list[Reason] = []
    for line in _first_lines(stderr):
        reason = _reason(line, exit_status, speakers)
        if reason is None:
            break
        if reason not in reasons:
            reasons.append(reason)
    return reasons


def find_emulator_fault(stderr: str, *, exit_status: int | None, signal: str) -> tuple[str, bool] | None:
    """Return the line in which an emulator says that it failed itself, and whether what it was asked is to blame."""
    possible = [one for one in facts().emulator_faults if exit_status in one.exits or signal in one.signals]
    for line in stderr.splitlines():
        for fault in possible:
            if _compiled(fault.pattern).fullmatch(line[:_LONGEST_LINE]):
                return line[:_LONGEST_LINE], fault.usage
    return None


def tells_guest_signal(stderr: str) -> bool:
    """Return whether the emulator says that the signal was the emulated program's."""
    return any(_compiled(facts().guest_signal).fullmatch(line) for line in stderr.splitlines())


def traced_signals(stderr: str) -> list[str]:
    """Return the signals that the emulated program got, in their order, as the emulator's trace tells them."""
    found = (_compiled(facts().trace.pattern).fullmatch(line[:_LONGEST_LINE]) for line in stderr.splitlines())
    return [match["signal"] for match in found if match]


def _first_lines(stderr: str) -> list[str]:
    ignored = [_compiled(pattern) for pattern in facts().ignored]
    lines = (line for line in stderr.splitlines() if line.strip())
    return [line for line in lines if len(line) <= _LONGEST_LINE and not any(i.fullmatch(line) for i in ignored)]


def _reason(line: str, exit_status: int, speakers: Speakers) -> Reason | None:
    named = next((line.removeprefix(f"{name}: ") for name in speakers.names if line.startswith(f"{name}: ")), None)
    for message in facts().messages:
        if exit_status not in message.exits or not speakers.admits(message.speaker):
            continue
        match = _compiled(message.pattern).fullmatch(named if named and message.speaker == "glibc" else line)
        if match:
            found = match.groupdict()
            asked_by = found.get("asked_by")
            return Reason(
                code=message.code,
                subject=found.get("subject") or "",
                message=line,
                asked_by=AskedBy(file=asked_by) if asked_by else None,
            )
    return None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
