"""One run and what it means, with a second look where the first does not tell who died.

qemu says that the emulated program died of a signal where it can write core dumps; for the other CPUs (riscv64,
loongarch64) it dies of the same signal without a word. The program is then run once more with the emulator's own
trace, which tells each signal before it is delivered. And one that dies of an illegal instruction on a named CPU is run
once more on the usual one, or on this machine: what dies there, too, asks for no better CPU (compilers stop a program
with ``ud2``).
"""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from everylinux.sandbox.emulator import runs_natively
from everylinux.sandbox.messages import facts, traced_signals
from everylinux.sandbox.outcome import Outcome, Subject, classify

if TYPE_CHECKING:
    from everylinux.sandbox.emulator import Emulator
    from everylinux.sandbox.interface import Confinement, Observation, Sandbox


def run_and_classify(confinement: Confinement, subject: Subject, sandbox: Sandbox) -> tuple[Observation, Outcome]:
    """Return what was seen of a run, and what it means; raises what `Sandbox.run` does."""
    seen = sandbox.run(confinement)
    outcome = classify(seen, subject)
    if outcome.silent and _program_got_it(seen, confinement, sandbox):
        outcome = classify(seen, replace(subject, got_signal=True))
    if seen.signal == signal.SIGILL and outcome.verdict == "fails" and _is_no_matter_of_the_model(confinement, sandbox):
        outcome = classify(seen, replace(subject, emulator=_usual(subject.emulator), got_signal=True))
    return seen, outcome


def _usual(emulator: Emulator | None) -> Emulator | None:
    """Return what runs the program when no CPU is named; ``None``: this machine itself."""
    if emulator is None or runs_natively(emulator.cpu):
        return None
    return replace(emulator, model=None, level=None)


def _is_no_matter_of_the_model(confinement: Confinement, sandbox: Sandbox) -> bool:
    """Return whether a program that met an illegal instruction on a named CPU meets it on the usual one as well."""
    if confinement.emulator is None or confinement.emulator.model is None:
        return False
    return sandbox.run(replace(confinement, emulator=_usual(confinement.emulator))).signal == signal.SIGILL


def _program_got_it(seen: Observation, confinement: Confinement, sandbox: Sandbox) -> bool:
    """Return whether the program dies of the same signal again, and the emulator's trace ends with it."""
    environment = {**confinement.environment, facts().trace.variable: "1"}
    traced = sandbox.run(replace(confinement, environment=environment))
    told = traced_signals(traced.stderr.decode(errors="replace"))
    return bool(told) and traced.signal == seen.signal and getattr(signal, told[-1], None) == seen.signal
