"""What every kind of sandbox does alike: what the program reads, and what was seen of it."""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import subprocess
from typing import IO, TYPE_CHECKING

from everylinux.sandbox.interface import Observation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack
    from pathlib import Path

    from everylinux.sandbox.emulator import Emulator
    from everylinux.sandbox.isolation.capture import Captured
    from everylinux.sandbox.isolation.helper import Report


def standard_input(stack: ExitStack, stdin: Path | bytes | None) -> int | IO[bytes]:
    """Return a sealed copy: through /proc/self/fd a program could open the file itself for writing, past all mounts."""
    if stdin is None:
        return subprocess.DEVNULL
    copy = os.fdopen(os.memfd_create("stdin", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), "w+b")
    stack.enter_context(copy)
    with io.BytesIO(stdin) if isinstance(stdin, bytes) else stdin.open("rb") as source:
        shutil.copyfileobj(source, copy)
    copy.seek(0)
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    fcntl.fcntl(copy, fcntl.F_ADD_SEALS, seals)
    return copy


def observed(
    captured: Captured,
    report: Report,
    emulator: Emulator | None,
    *,
    exceeded: frozenset[str],
    held: Mapping[str, str],
) -> Observation:
    """Return what was seen of a run that has ended."""
    fence = "seccomp" if report.filtered == 0 else f"no filter: {os.strerror(report.filtered)}"
    return Observation(
        refused=report.refused,
        # How a server ends that was told to end is not its own doing.
        exit=report.exit if report.answered is None else None,
        signal=report.signal if report.answered is None else None,
        timed_out=captured.timed_out,
        stdout=captured.stdout.content(),
        stderr=captured.stderr.content(),
        truncated=captured.stdout.truncated or captured.stderr.truncated,
        seconds=report.seconds or captured.seconds,
        answered=report.answered,
        exceeded=exceeded | {"output"} if captured.flooded else exceeded,
        held={**held, "system calls": fence},
        emulated_directly=emulator is not None and (emulator.model is not None or report.registered != 0),
    )
