"""Running a build's commands: their output into a log, their processes gone when the build is over or interrupted."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.builders.first_error import first_error, says_disk_full
from everylinux.errors import BuildFailedError, InputOutputError, ToolMissingError
from everylinux.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from everylinux.errors import EverylinuxError

GRACE_SECONDS = 2.0
MEANWHILE_SECONDS = 0.5
SHOWN_CHARACTERS = 500
ANSWER_BYTES = 64 << 20
ANSWER_SECONDS = 60.0
# The folders that tools write to without being told on their command line.
WRITTEN_TO = ("TMPDIR", "ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")
LEAST_FREE_BYTES = 1 << 20


class Running:
    """The process groups that are running now, so that an interruption can end them all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self.stopped = False

    def start(
        self, command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], output: int, errors: int
    ) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own; raises `BuildInterruptedError` after `stop`."""
        with self._lock:
            if self.stopped:
                raise BuildInterruptedError("the build was interrupted")
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                process_group=0,
            )
            self._processes.add(process)
        return process

    def ended(self, process: subprocess.Popen[bytes]) -> None:
        """Forget a process that has ended, and end what it left running in its group."""
        _signal_group(process, signal.SIGKILL)
        with self._lock:
            self._processes.discard(process)

    def stop(self) -> None:
        """End every process group, politely first, and let none be started any more."""
        with self._lock:
            self.stopped = True
            processes = list(self._processes)
        for process in processes:
            _signal_group(process, signal.SIGTERM)
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=GRACE_SECONDS)
            _signal_group(process, signal.SIGKILL)


class BuildInterruptedError(BuildFailedError):
    """The build was ended from outside."""


def _has_no_room(folder: Path | str) -> bool:
    """Return whether a tool that died here may have died of a full disk: zig does, and says nothing of it."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(folder).free < LEAST_FREE_BYTES
    return False


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


class Commands:
    """Runs the commands of one build, one after the other, and appends what they print to one log."""

    def __init__(self, running: Running, log: Path, supervisor: Sequence[str], meanwhile: Callable[[], None]) -> None:
        """Take what stands before every command, and what is called again and again while one runs."""
        self._running = running
        self._supervisor = tuple(supervisor)
        self._meanwhile = meanwhile
        self.log = log

    def run(  # noqa: PLR0913 - a command, where and how it runs, and what to make of its end
        self,
        command: Sequence[object],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        step: str,
        answer: Path | None = None,
        explain: Callable[[Path, int], EverylinuxError] | None = None,
    ) -> None:
        """Run one command; raises `BuildFailedError` naming the step and the first error line of its output.

        What it writes to standard output goes into the file ``answer`` where one is given, not into the log.
        ``explain`` makes another error of the log from a byte on.
        """
        start, status = self._run(command, cwd, environment, answer)
        if status == 0:
            return
        if self._running.stopped:
            raise BuildInterruptedError("the build was interrupted")
        written_to: list[Path | str] = [cwd, *(environment[name] for name in WRITTEN_TO if name in environment)]
        if says_disk_full(self.log, start) or (status < 0 and any(map(_has_no_room, written_to))):
            raise InputOutputError(
                f"{step} failed: the disk is full", hint="free some room and run the same command again"
            )
        if explain is not None and status > 0:
            raise explain(self.log, start)
        how = f"ended with status {status}" if status > 0 else f"was ended by {signal.Signals(-status).name}"
        found = first_error(self.log, start)
        raise BuildFailedError(
            f"{step} failed: {found}" if found else f"{step} {how}",
            meaning=f"{shlex.join(map(str, command))[:SHOWN_CHARACTERS]} {how}",
        )

    def succeeds(self, command: Sequence[object], *, cwd: Path, environment: Mapping[str, str]) -> bool:
        """Run one command and return whether it succeeded."""
        return self._run(command, cwd, environment)[1] == 0

    def output(self, command: Sequence[object], *, cwd: Path, environment: Mapping[str, str]) -> str:
        """Return what a short question to a tool prints, whatever its status; nothing when it does not answer."""
        with tempfile.TemporaryFile() as answer:
            process = self._running.start(
                [*self._supervisor, *map(str, command)],
                cwd=cwd,
                environment=environment,
                output=answer.fileno(),
                errors=subprocess.DEVNULL,
            )
            try:
                wait_for(process, ANSWER_SECONDS)
            except subprocess.TimeoutExpired:
                return ""
            finally:
                self._running.ended(process)
            answer.seek(0)
            return answer.read(ANSWER_BYTES).decode(errors="replace")

    @property
    def written(self) -> int:
        """How many bytes the log has: where the output of the next command will begin."""
        return self.log.stat().st_size

    def begin_again(self, start: int, why: str) -> None:
        """Take what failed out of the log, from a byte on, and note why it is done in another way now."""
        os.truncate(self.log, start)
        self.note(why)

    def note(self, text: str) -> None:
        """Append a line of our own to the log."""
        with self.log.open("ab") as file:
            file.write(f"# {text}\n".encode(errors="replace"))

    def _run(
        self, command: Sequence[object], cwd: Path, environment: Mapping[str, str], answer: Path | None = None
    ) -> tuple[int, int]:
        """Return where the command's output begins in the log, and its status (negative: a signal)."""
        words = [str(word) for word in command]
        with self.log.open("ab") as file, (answer or Path(os.devnull)).open("wb") as answered:
            file.write(f"$ {shlex.join(words)}\n".encode(errors="replace"))
            file.flush()
            start = file.tell()
            try:
                process = self._running.start(
                    [*self._supervisor, *words],
                    cwd=cwd,
                    environment=environment,
                    output=answered.fileno() if answer else file.fileno(),
                    errors=file.fileno(),
                )
            except FileNotFoundError as error:
                raise ToolMissingError(f"{words[0]} is missing") from error
            try:
                status = self._wait(process)
            finally:
                self._running.ended(process)
        return start, status

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        while True:
            try:
                return wait_for(process, MEANWHILE_SECONDS)
            except subprocess.TimeoutExpired:
                self._meanwhile()
