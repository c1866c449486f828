"""Running one process to its end while keeping a bounded part of what it writes."""

from __future__ import annotations

import contextlib
import io
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEPT_AT_EACH_END = 32 * 1024
DRAIN_SECONDS = 5.0
_CHUNK = 64 * 1024
_STATUS_ROOM = 4096


@dataclass
class Ends:
    """The first and last 32 KiB of a stream; memory stays bounded however much comes."""

    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    total: int = 0

    def add(self, data: bytes) -> None:
        """Take what came next."""
        self.total += len(data)
        room = KEPT_AT_EACH_END - len(self.head)
        self.head += data[:room]
        self.tail += data[room:]
        if len(self.tail) > 2 * KEPT_AT_EACH_END:
            del self.tail[:-KEPT_AT_EACH_END]

    @property
    def truncated(self) -> bool:
        """Whether some of it was left out."""
        return self.total > 2 * KEPT_AT_EACH_END

    def content(self) -> bytes:
        """Return what was kept, in order, with one line where something is missing."""
        if not self.truncated:
            return bytes(self.head + self.tail)
        left_out = self.total - 2 * KEPT_AT_EACH_END
        mark = f"\n[... {left_out} bytes left out ...]\n".encode()
        return bytes(self.head + mark + self.tail[-KEPT_AT_EACH_END:])


@dataclass(frozen=True, kw_only=True)
class Captured:
    """How a process ended and what it wrote; ``status`` are the bytes of its report."""

    stdout: Ends
    stderr: Ends
    status: bytes
    timed_out: bool
    flooded: bool
    seconds: float


def capture(  # noqa: PLR0913 - one keyword a property of the process
    command: Sequence[str | os.PathLike[str]],
    *,
    executable: str | None,
    descriptors: tuple[int, ...],
    status_pipe: tuple[int, int],
    environment: Mapping[str, str],
    stdin: int | IO[bytes],
    timeout: float,
    output_limit: int,
) -> Captured:
    """Run the command until it ends, ``timeout`` seconds pass or it writes more than ``output_limit`` bytes.

    It is killed then, and also when this call is interrupted; it stays in this process's group, so that Ctrl-C reaches
    it from a thread that waits here, too. ``status_pipe`` (read end, write end) is the pipe on which it reports; both
    ends are closed here.
    """
    status_read, status_write = status_pipe
    begin = time.monotonic()
    try:
        process = subprocess.Popen(
            command,
            executable=executable,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd="/",
            pass_fds=(*descriptors, status_write),
        )
    except BaseException:
        os.close(status_read)
        raise
    finally:
        os.close(status_write)
    stdout, stderr, status = Ends(), Ends(), bytearray()
    timed_out = flooded = False
    with process, io.FileIO(status_read) as report, selectors.DefaultSelector() as selector:
        try:
            for stream, sink in ((process.stdout, stdout), (process.stderr, stderr), (report, status)):
                selector.register(stream, selectors.EVENT_READ, sink)  # type: ignore[arg-type] # pipes were asked for
            deadline = begin + timeout
            while selector.get_map():
                ready = selector.select(max(0.0, deadline - time.monotonic()))
                for key, _ in ready:
                    _take(selector, key)
                flooded = flooded or stdout.total + stderr.total > output_limit
                if time.monotonic() >= deadline:
                    if timed_out or flooded:
                        break  # killed, and still some process holds a pipe: nothing more is waited for
                    timed_out = True
                if (timed_out or flooded) and process.returncode is None:
                    process.kill()
                    process.wait()
                    deadline = time.monotonic() + DRAIN_SECONDS
        finally:
            _kill(process)
    return Captured(
        stdout=stdout,
        stderr=stderr,
        status=bytes(status),
        timed_out=timed_out,
        flooded=flooded,
        seconds=time.monotonic() - begin,
    )


def _take(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    data = os.read(key.fd, _CHUNK)
    if not data:
        selector.unregister(key.fileobj)
    elif isinstance(key.data, Ends):
        key.data.add(data)
    elif len(key.data) < _STATUS_ROOM:
        key.data.extend(data)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the process if it still runs; the kernel then kills its sandbox (``--die-with-parent``)."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.wait()
