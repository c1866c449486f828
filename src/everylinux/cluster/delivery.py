"""Sending workers the files that they lack, in pieces of a bounded size."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from everylinux.cluster import store
from everylinux.cluster.store import Piece
from everylinux.errors import describe_os_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from everylinux.cluster.parcel import Tree

For = TypeVar("For")
MIB = 1 << 20
BYTES_IN_ONE_MESSAGE = 8 * MIB
WORTH_SAYING = 16 * MIB
WORKERS_AT_ONCE = 4


class GoneError(Exception):
    """A worker is not there any more: what was meant for it is for others."""


class Ask(Protocol):
    """Calls functions of `store` on workers."""

    def __call__(self, worker: str, function: Callable[..., object], *arguments: object) -> object:
        """Return what it returned there; raises `GoneError` when the worker is gone, and what the function raised."""


@dataclass(frozen=True)
class Delivered(Generic[For]):
    """A worker was sent what it lacked for ``slots``, or is gone; ``error`` is what else went wrong."""

    worker: str
    slots: Sequence[For]
    error: Exception | None = None


class Deliveries(Generic[For]):
    """What is on its way to workers: one delivery to each at a time, so that nothing is sent twice.

    ``report`` is called, in another thread, when one has come to its end; ``say`` takes lines of progress.
    """

    def __init__(self, ask: Ask, report: Callable[[Delivered[For]], None], say: Callable[[str], None]) -> None:
        self._ask = ask
        self._report = report
        self._say = say
        self._asked_for: dict[str, list[tuple[For, Sequence[Tree]]]] = {}
        self._on_their_way: set[str] = set()
        self._pool = ThreadPoolExecutor(WORKERS_AT_ONCE, thread_name_prefix="everylinux-delivery")
        self._ended = False
        self.waiting = 0  # how many slots wait for their files

    def ask_for(self, worker: str, slot: For, trees: Sequence[Tree]) -> None:
        """Send a worker trees, after what it is being sent now."""
        self.waiting += 1
        self._asked_for.setdefault(worker, []).append((slot, trees))
        if worker not in self._on_their_way:
            self._start(worker)

    def end_of(self, delivered: Delivered[For]) -> Sequence[For]:
        """Return the slots of a delivery that has come to its end, and start the next; raises its error."""
        if delivered.error is not None:
            raise delivered.error
        self.waiting -= len(delivered.slots)
        self._on_their_way.discard(delivered.worker)
        if self._asked_for.get(delivered.worker):
            self._start(delivered.worker)
        return delivered.slots

    def end(self) -> None:
        """Send nothing more."""
        self._ended = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start(self, worker: str) -> None:
        asked = self._asked_for.pop(worker)
        self._on_their_way.add(worker)
        trees = {tree.name: tree for _, several in asked for tree in several}
        self._pool.submit(self._send, worker, [slot for slot, _ in asked], list(trees.values()))

    def _ask_on(self, worker: str, function: Callable[..., object], *arguments: object) -> object:
        if self._ended:
            raise GoneError
        return self._ask(worker, function, *arguments)

    def _send(self, worker: str, slots: Sequence[For], trees: Sequence[Tree]) -> None:
        error = None
        try:
            for tree in trees:
                deliver(tree, worker, self._ask_on, self._say)
        except GoneError:
            pass
        except Exception as raised:  # noqa: BLE001 - raised again where the results are taken
            error = raised
        self._report(Delivered(worker, slots, error))


def deliver(tree: Tree, worker: str, ask: Ask, say: Callable[[str], None]) -> None:
    """See to it that a worker has a tree; what it has of it already is not sent.

    Raises `GoneError`, and `InputOutputError` for a file that cannot be read here or kept there.
    """
    if not ask(worker, store.lacks, [tree.name]):
        return
    content = tree.read()
    wanted = ask(worker, store.wanted, content.manifest)
    sources = {digest: path for digest, path in content.sources.items() if digest in wanted}  # type: ignore[operator] # as it returns
    size = sum(path.stat().st_size for path in sources.values())
    if size >= WORTH_SAYING:
        say(f"sending {size / MIB:.0f} MiB to {worker}")
    for pieces in _messages(_pieces(sources)):
        ask(worker, store.take, pieces)
    ask(worker, store.make, tree.name, content.manifest)


def _pieces(sources: dict[str, Path]) -> Iterator[Piece]:
    delivery = secrets.token_hex(8)
    for digest, path in sources.items():
        try:
            with path.open("rb") as file:
                offset, data, last = 0, file.read(BYTES_IN_ONE_MESSAGE), False
                while not last:
                    following = file.read(BYTES_IN_ONE_MESSAGE)
                    last = not following
                    yield Piece(digest, delivery, offset, data, last)
                    offset, data = offset + len(data), following
        except OSError as error:
            raise describe_os_error(error) from error


def _messages(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Put the content of small files together."""
    message: list[Piece] = []
    size = 0
    for piece in pieces:
        if message and size + len(piece.data) > BYTES_IN_ONE_MESSAGE:
            yield message
            message, size = [], 0
        message.append(piece)
        size += len(piece.data)
    if message:
        yield message
