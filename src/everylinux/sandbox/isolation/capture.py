"""Running one process to its end while keeping a bounded part of what it writes."""

from __future__ import annotations

import contextlib
import io
import operator
import os
import selectors
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from everylinux.sandbox.isolation.helper import read_report

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from everylinux.sandbox.isolation.reception import Reception

KEPT_AT_EACH_END = 32 * 1024
DRAIN_SECONDS = 5.0
# What an engine may take until its container begins.
STARTING_SECONDS = 120.0
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
    status: tuple[int, int] | Reception,
    environment: Mapping[str, str] | None,
    stdin: int | IO[bytes],
    timeout: float,
    output_limit: int,
    executable: str | None = None,
    descriptors: tuple[int, ...] = (),
    start: Callable[[Callable[[], subprocess.Popen[bytes]]], subprocess.Popen[bytes]] = operator.call,
) -> Captured:
    """Run the command until it ends, ``timeout`` seconds pass or it writes more than ``output_limit`` bytes.

    It is killed then, and also when this call is interrupted; it stays in this process's group, so that Ctrl-C reaches
    it from a thread that waits here, too. ``status`` is how it reports: a pipe (read end, write end), of which both
    ends are closed here, or a reception, where the seconds begin with the connection and hanging up ends the run.
    ``start`` calls what makes the process.
    """
    reception = None if isinstance(status, tuple) else status
    read, write = status if isinstance(status, tuple) else (None, None)
    try:
        process = start(
            lambda: subprocess.Popen(
                command,
                executable=executable,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd="/",
                pass_fds=descriptors if write is None else (*descriptors, write),
            )
        )
    except BaseException:
        if read is not None:
            os.close(read)
        raise
    finally:
        if write is not None:
            os.close(write)
    watch = _Watch(process, reception, timeout, output_limit)
    with process, contextlib.ExitStack() as stack:
        stack.callback(watch.stop)
        stack.enter_context(_counted(watch))
        source = reception.listener if reception else stack.enter_context(io.FileIO(read or 0))
        return watch.run(source)


def stop_running() -> None:
    """End all that runs now, in whichever thread: there, `capture` raises `InterruptedError`."""
    with _lock:
        for watch in _running:
            watch.interrupted = True
            watch.stop()


_lock = threading.Lock()
_running: set[_Watch] = set()


@contextlib.contextmanager
def _counted(watch: _Watch) -> Iterator[None]:
    """Have a watch among those that are running; raises `InterruptedError` when it was stopped."""
    with _lock:
        _running.add(watch)
    try:
        yield
        if watch.interrupted:
            raise InterruptedError
    finally:
        with _lock:
            _running.discard(watch)


class _Watch:
    """A process that runs, and what was seen of it so far."""

    def __init__(
        self, process: subprocess.Popen[bytes], reception: Reception | None, timeout: float, output_limit: int
    ) -> None:
        self.process, self.reception = process, reception
        self.timeout, self.output_limit = timeout, output_limit
        self.stdout, self.stderr, self.status = Ends(), Ends(), bytearray()
        self.begin = time.monotonic()
        self.deadline = self.begin + (STARTING_SECONDS if reception else timeout)
        self.timed_out = self.flooded = self.interrupted = False

    def run(self, source: io.FileIO | socket.socket) -> Captured:
        with selectors.DefaultSelector() as selector:
            for stream, sink in ((self.process.stdout, self.stdout), (self.process.stderr, self.stderr)):
                selector.register(stream, selectors.EVENT_READ, sink)  # type: ignore[arg-type] # pipes were asked for
            selector.register(source, selectors.EVENT_READ, self.status)
            self._watch(selector)
        return Captured(
            stdout=self.stdout,
            stderr=self.stderr,
            status=bytes(self.status),
            timed_out=self.timed_out,
            flooded=self.flooded,
            seconds=time.monotonic() - self.begin,
        )

    def stop(self) -> None:
        """Hang up, and kill the process if it still runs; the kernel then kills its sandbox."""
        if self.reception:
            self.reception.close()
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def _watch(self, selector: selectors.BaseSelector) -> None:
        stopped = False
        while selector.get_map() and not self._never_began(selector):
            for key, _ in selector.select(max(0.0, self.deadline - time.monotonic())):
                self._take(selector, key)
            self.flooded = self.flooded or self.stdout.total + self.stderr.total > self.output_limit
            if time.monotonic() >= self.deadline:
                if stopped:
                    break  # killed, and still some process holds a pipe: nothing more is waited for
                self.timed_out = True
            if (self.timed_out or self.flooded) and not stopped:
                stopped = True
                # An engine ends by itself when its container does.
                if self.reception and self.reception.admitted:
                    self.reception.close()
                else:
                    self.stop()
                self.deadline = time.monotonic() + DRAIN_SECONDS

    def _never_began(self, selector: selectors.BaseSelector) -> bool:
        """Return whether an engine left without starting a container: nobody will call."""
        listener = self.reception and not self.reception.admitted and self.reception.listener
        return bool(listener) and [key.fileobj for key in selector.get_map().values()] == [listener]

    def _take(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        reception = self.reception
        if reception and key.fileobj is reception.listener:
            selector.unregister(key.fileobj)
            selector.register(reception.admit(), selectors.EVENT_READ, self.status)
            self.begin = time.monotonic()
            self.deadline = self.begin + self.timeout
            return
        data = os.read(key.fd, _CHUNK)
        if not data:
            selector.unregister(key.fileobj)
        elif isinstance(key.data, Ends):
            key.data.add(data)
        elif len(key.data) < _STATUS_ROOM:
            key.data.extend(data)
            if reception and read_report(bytes(key.data)).finished:
                reception.close()
