"""The connection to a Dask scheduler, and what can be wrong with a cluster.

Dask's own configuration says how connections are secured (``tls://``) and how often a job may take its worker down
before it is given up (``distributed.scheduler.allowed-failures``).
"""

from __future__ import annotations

import contextlib
import logging
import time
import warnings
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

from everylinux import __version__
from everylinux.cluster import store
from everylinux.cluster.delivery import GoneError
from everylinux.errors import EverylinuxError, InputOutputError, ToolMissingError, UsageError, describe_os_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from distributed import Client, Future

SCHEDULER_SECONDS = 5.0
WORKERS_SECONDS = 30.0
INSTALL = "pip install 'everylinux[cluster]'"


class Connection:
    """One cluster; ``say`` takes lines of progress."""

    def __init__(self, client: Client, address: str, say: Callable[[str], None]) -> None:
        self._client = client
        self._address = address
        self.say = say
        self._seen = time.monotonic()

    def submit(self, function: Callable[..., object], argument: object, *, worker: str | None) -> Future:
        """Hand out one call; ``worker`` is the one that had better take it, if it is still there."""
        options = {"workers": [worker], "allow_other_workers": True} if worker else {}
        return self._client.submit(function, argument, pure=False, **options)

    def results(self, futures: Sequence[Future]) -> Iterator[tuple[Future, object]]:
        """Yield what finished calls returned; for one that took several workers down, a sentence about that.

        ``None`` is yielded for a call whose result was lost with its worker before it came here: Dask makes it again.
        Raises what a call raised, and `InputOutputError` when the scheduler is gone.
        """
        from distributed import KilledWorker

        finished = {future.key: future for future in futures if future.status == "finished"}
        try:
            answers = self._client.gather(finished, errors="skip")
        except (CancelledError, OSError) as error:
            raise self.lost() from error
        for future in futures:
            answer = answers.get(future.key)
            if answer is not None or future.status in {"pending", "lost", "finished"}:
                yield future, answer
                continue
            if future.status != "error":
                raise self.lost()
            raised = future.exception()
            if isinstance(raised, KilledWorker):
                yield future, "not run: every worker of the cluster that took it was lost"
            elif isinstance(raised, (ImportError, AttributeError)):
                raise other_version("a worker", raised)
            else:
                raise raised

    def cancel(self, futures: Sequence[Future]) -> None:
        """Give up calls; those that run already come to their end unheard."""
        if futures and self._client.status == "running":
            with contextlib.suppress(CancelledError, OSError):
                self._client.cancel(futures, force=True)

    def ask(self, worker: str, function: Callable[..., object], *arguments: object) -> object:
        """Call a function of `store` on one worker; raises `GoneError` when it is not there any more.

        Raises `InputOutputError` for what went wrong on it.
        """
        answers = self._client.run(store.on_thread, function, *arguments, workers=[worker], on_error="return")
        answer = answers.get(worker, GoneError())
        if isinstance(answer, EverylinuxError):
            raise type(answer)(f"{worker}: {answer.message}", meaning=answer.meaning, hint=answer.hint)
        if isinstance(answer, OSError) and answer.errno is not None and not isinstance(answer, ConnectionError):
            described = describe_os_error(answer)
            raise InputOutputError(f"{worker}: {described.message}", hint=described.hint)
        if isinstance(answer, (OSError, KeyError, GoneError)):
            raise GoneError
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def threads(self) -> int:
        """Return how many jobs all workers do at once; raises `InputOutputError` when none was there for long."""
        workers: dict[str, int] = self._client.nthreads()
        now = time.monotonic()
        if workers:
            self._seen = now
        elif now - self._seen > WORKERS_SECONDS:
            raise InputOutputError(
                f"the cluster at {self._address} has no workers",
                meaning=f"none was there for {WORKERS_SECONDS:.0f} seconds",
                hint=f"start some: dask worker {self._address}",
            )
        return sum(workers.values())

    def lost(self) -> InputOutputError:
        """Return the error for a scheduler that is gone."""
        return InputOutputError(
            f"the connection to the scheduler at {self._address} was lost", hint="start it again, and run this again"
        )

    def require_same_version(self) -> None:
        """Raise `ToolMissingError` when the scheduler or a worker has no everylinux or another version of it."""
        answers: dict[str, object] = {}
        try:
            answers["the scheduler"] = self._client.run_on_scheduler(store.version)
        except (ImportError, AttributeError) as error:
            answers["the scheduler"] = error
        if not self.threads():
            self.say(f"waiting for workers at {self._address}")
        while not self.threads():
            time.sleep(0.2)
        answers |= self._client.run(store.version, on_error="return")
        for machine, answer in answers.items():
            if isinstance(answer, (str, ImportError, AttributeError)) and answer != __version__:
                raise other_version(machine, answer)


def other_version(machine: str, answer: str | Exception) -> ToolMissingError:
    """Return the error for a machine of the cluster that has another version (a text) or none (what was raised)."""
    what = f"everylinux {answer}" if isinstance(answer, str) else "no everylinux that can be used"
    return ToolMissingError(
        f"{machine} has {what}, and this is {__version__}",
        meaning="" if isinstance(answer, str) else str(answer),
        hint=f"install the same version there: pip install 'everylinux[cluster]=={__version__}'",
    )


@contextlib.contextmanager
def connect(address: str, say: Callable[[str], None]) -> Iterator[Connection]:
    """Yield the connection to a scheduler; raises what `everylinux.cluster.open_cluster` does."""
    with _quiet():
        client = _client(address)
        try:
            connection = Connection(client, address, say)
            connection.require_same_version()
            yield connection
        finally:
            with contextlib.suppress(TimeoutError):
                client.close(timeout=SCHEDULER_SECONDS)


def _client(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise ToolMissingError("--cluster needs Dask", meaning=str(error), hint=INSTALL) from error
    client = Client.__new__(Client)
    try:
        client.__init__(address, timeout=SCHEDULER_SECONDS, set_as_default=False, name="everylinux")
    except Exception as error:
        client.status = "closed"  # otherwise it tries to take its leave of whatever is there when it is collected
        if isinstance(error, (ValueError, TypeError, ImportError)):
            raise UsageError(
                f"{address!r} is no address of a Dask scheduler", meaning=str(error), hint="write tcp://HOST:8786"
            ) from error
        # What is no scheduler may answer anything, so that Dask fails in any way.
        raise InputOutputError(
            f"there is no Dask scheduler at {address}",
            meaning=str(error.__cause__ or error),
            hint="start one with `dask scheduler`, and name the address that it prints: tcp://HOST:8786",
        ) from error
    return client


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's own log and its warnings off the terminal: what a user has to know is said by errors."""
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
