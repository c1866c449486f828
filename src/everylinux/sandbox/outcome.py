"""From what was seen to a verdict with the reason codes of `check`.

Nothing is concluded from an exit status alone: a program that started and exited 1 has started. What is left when
neither the kernel, nor a loader, nor an emulator complained and no signal ended it is ``ok``.
"""

from __future__ import annotations

import errno
import os
import re
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from everylinux.evidence import Reason, VerdictWord
from everylinux.sandbox.isolation.helper import signal_name
from everylinux.sandbox.messages import Speakers, find_emulator_fault, read_loader_messages, tells_guest_signal

if TYPE_CHECKING:
    from everylinux.sandbox.emulator import Emulator
    from everylinux.sandbox.interface import Observation

# The signals of a broken program, as opposed to those that somebody sends (signal(7)).
_FAULTS = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGTRAP, signal.SIGSYS}
)
_LIMIT_SIGNALS = {signal.SIGXCPU: "cpu-time", signal.SIGXFSZ: "file-size"}
# What each errno of execve(2) means: the reason code, and what is known beyond the errno (fs/exec.c, fs/binfmt_elf.c,
# fs/binfmt_script.c of Linux).
_REFUSALS = {
    errno.ENOENT: ("no-interpreter", ""),
    errno.ENOTDIR: ("no-interpreter", ""),
    errno.ELIBBAD: ("exec-format", "the interpreter is for another CPU or is no ELF file"),
    errno.EACCES: ("not-executable", "the file or its interpreter has no executable bit"),
    errno.ENOEXEC: ("exec-format", ""),
    errno.ELOOP: ("exec-format", "too many scripts that are interpreters of scripts"),
    errno.EINVAL: ("corrupt-file", ""),
    errno.ENOMEM: ("corrupt-file", "its segments do not fit into an address space"),
    errno.EPERM: ("corrupt-file", ""),
    errno.EIO: ("corrupt-file", ""),
    errno.EFAULT: ("corrupt-file", ""),
    errno.EISDIR: ("not-executable", "its interpreter is a folder"),
}
_OF_INTERPRETER = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELIBBAD, errno.EISDIR})
_USAGE = re.compile(
    r"\busage\b|flag provided but not defined|\bapplet not found\b"
    r"|\bno such option\b|\bnot an? (?:valid |known )?option\b"
    r"|\b(?:unknown|unrecogni[sz]ed|invalid|illegal|bad|unsupported|unexpected)\b.{0,40}"
    r"\b(?:option|flag|argument|command|switch|parameter)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is known of a file beforehand, for naming what the kernel does not name.

    ``program`` is its path in the sandbox, ``opened_by`` the tester's when it is a shared object. ``interpreter`` is
    the loader or the interpreter of a script, ``script`` says which. ``damage`` is what is wrong with an ELF file.
    ``no_execution`` means that the file system that it lies on forbids execution. ``timeout`` is in seconds. ``port``
    is where a server is to answer: it is not expected to end. ``got_signal`` means that the signal that ended the run
    is known to have been the program's, and not its emulator's.
    """

    program: str
    opened_by: str | None = None
    interpreter: str | None = None
    script: bool = False
    damage: str = ""
    no_execution: bool = False
    emulator: Emulator | None = None
    timeout: float = 0.0
    port: int | None = None
    got_signal: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A verdict, its reasons, and what else is worth saying; ``misused`` is the emulator's word about a wrong flag.

    ``silent`` is whether it died of a signal and nobody said whose that was, the program's or its emulator's.
    """

    verdict: VerdictWord
    reasons: tuple[Reason, ...] = ()
    note: str = ""
    misused: str = ""
    silent: bool = False


def classify(seen: Observation, subject: Subject) -> Outcome:
    """Return what an observation means: the first explanation that fits, from the kernel's word to the program's."""
    for explain in (_answered, _refused, _limited, _stopped, _emulator_fault, _signalled, _said_by_loader):
        outcome = explain(seen, subject)
        if outcome:
            return outcome
    return Outcome(verdict="ok", note=_started_note(seen))


def refused_as_usage(seen: Observation) -> bool:
    """Return whether a program that started said that it does not know the option it was given."""
    if not seen.exit:
        return False
    return bool(_USAGE.search((seen.stderr + b"\n" + seen.stdout).decode(errors="replace")))


def _started_note(seen: Observation) -> str:
    notes = [f"the {name} limit was reached" for name in sorted(seen.exceeded)]
    if seen.exit:
        notes.insert(0, f"it started and exited {seen.exit}")
    return "; ".join(notes)


def _answered(seen: Observation, subject: Subject) -> Outcome | None:
    if seen.answered is None:
        return None
    return Outcome(verdict="ok", note=f"port {subject.port} answered after {seen.answered:.2f} s; it was then ended")


def _refused(seen: Observation, subject: Subject) -> Outcome | None:
    """Return what an errno of ``execve`` means."""
    number = seen.refused
    if number is None:
        return None
    message = f"execve: {os.strerror(number)}"
    if number not in _REFUSALS:
        return Outcome(verdict="unknown", note=message)
    if number == errno.EACCES and subject.no_execution:
        return Outcome(verdict="unknown", note="the file lies on a file system mounted noexec on this machine")
    code, note = _REFUSALS[number]
    of_interpreter = number in _OF_INTERPRETER and subject.interpreter is not None
    if number in (errno.ENOENT, errno.ENOTDIR):
        note = _missing_note(subject)
    elif subject.damage and not of_interpreter:
        code, note = "corrupt-file", subject.damage
    return _fails(code, subject.interpreter or "" if of_interpreter else subject.program, message, note)


def _missing_note(subject: Subject) -> str:
    if subject.script and subject.interpreter and subject.interpreter.endswith("\r"):
        return "the script has CRLF line ends, so its interpreter's name ends in a carriage return"
    return "the image has no such file" if subject.interpreter else ""


def _limited(seen: Observation, subject: Subject) -> Outcome | None:
    """Return what a limit of ours means; ``None`` when none ended the run."""
    killed = seen.exit is None and seen.signal in (None, signal.SIGKILL)
    if seen.timed_out and not seen.exceeded & {"processes", "memory"}:
        if subject.port is not None:
            return Outcome(verdict="ok", note=f"it still ran after {subject.timeout:g} seconds")
        return _fails("timed-out", f"{subject.timeout:g} s", f"it still ran after {subject.timeout:g} seconds")
    for limit, decisive in (("processes", seen.timed_out), ("output", True), ("memory", killed)):
        if limit in seen.exceeded and decisive:
            if limit == "memory" and subject.emulator is not None:
                note = f"{subject.emulator.name} and the program together went over {_value(seen, limit)}"
                return Outcome(verdict="unknown", note=note)
            return _fails("resource-limit", limit, f"it went over {_value(seen, limit)}")
    if seen.signal in _LIMIT_SIGNALS:
        return _fails("resource-limit", _LIMIT_SIGNALS[signal.Signals(seen.signal)], signal_name(seen.signal))
    return None


def _stopped(seen: Observation, subject: Subject) -> Outcome | None:
    del subject
    if seen.exit is None and seen.signal is None:
        return Outcome(verdict="unknown", note="the run was ended from outside before the program ended")
    return None


def _value(seen: Observation, limit: str) -> str:
    """Return ``512 MiB`` of ``cgroup 512 MiB``."""
    return seen.held.get(limit, "its limit").removeprefix("cgroup ").removeprefix("rlimit ")


def _emulator_fault(seen: Observation, subject: Subject) -> Outcome | None:
    emulator = subject.emulator
    if emulator is None or seen.exit == 0:
        return None
    stderr = seen.stderr.decode(errors="replace")
    name = signal_name(seen.signal) if seen.signal else ""
    if seen.signal and (subject.got_signal or tells_guest_signal(stderr)):
        return None
    fault = find_emulator_fault(stderr, exit_status=seen.exit, signal=name)
    if fault:
        line, misused = fault
        return Outcome(
            verdict="unknown",
            note=f"{emulator.name} itself failed: {line}",
            misused=line if misused else "",
            silent=seen.signal is not None,
        )
    if seen.signal in _FAULTS:
        return Outcome(verdict="unknown", note=f"{emulator.name} itself died of {name}", silent=True)
    return None


def _signalled(seen: Observation, subject: Subject) -> Outcome | None:
    if seen.signal is None:
        return None
    name = signal_name(seen.signal)
    message = f"killed by {name}"
    if subject.damage and seen.signal in _FAULTS | {signal.SIGKILL}:
        # Past a certain point the kernel can no longer return an error: it kills (begin_new_exec in fs/exec.c).
        return _fails("corrupt-file", subject.program, message, subject.damage)
    if seen.signal == signal.SIGILL and subject.emulator is not None:
        model = subject.emulator.level or subject.emulator.model
        note = f"an instruction that {subject.emulator.name} does not know for {model or 'its default CPU'}"
        return _fails("cpu-isa-level" if model else "crashed", model or name, message, note)
    return _fails("crashed", name, message)


def _said_by_loader(seen: Observation, subject: Subject) -> Outcome | None:
    # A loader speaks before the program: what follows the program's own output is the program's affair.
    if not seen.exit or seen.stdout:
        return None
    said = seen.stderr.decode(errors="replace")
    if subject.opened_by and said.startswith(f"{subject.opened_by}: "):
        return Outcome(verdict="unknown", note=f"the test program did not start: {said.splitlines()[0]}")
    speakers = Speakers(
        names=(subject.program, subject.interpreter or subject.program),
        emulated=subject.emulator is not None,
        opened=subject.opened_by is not None,
    )
    reasons = read_loader_messages(said, exit_status=seen.exit, speakers=speakers)
    if not reasons:
        return None
    return Outcome(verdict="fails", reasons=tuple(_passed_over(reason, subject) for reason in reasons))


def _passed_over(reason: Reason, subject: Subject) -> Reason:
    """Return the reason; glibc says "cannot open" of a file that is there but is for another machine or float ABI."""
    if reason.code == "missing-library" and reason.subject == subject.program:
        return msgspec.structs.replace(reason, code="abi-mismatch", note="the loader passes over files of another ABI")
    return reason


def _fails(code: str, subject: str, message: str, note: str = "") -> Outcome:
    reason = Reason(code=code, subject=readable(subject), message=message, note=note)
    return Outcome(verdict="fails", reasons=(reason,))


def readable(name: str) -> str:
    """Return a file's name as UTF-8 that can be written down: names are bytes, and records are text."""
    return os.fsencode(name).decode(errors="replace")
