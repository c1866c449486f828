"""The jobs of `prove` and `matrix` on the machines of a Dask cluster (``--cluster ADDRESS``).

Dask decides which machine does what, and again when one is lost. What is ours: `parcel` (the files that a job needs
travel by the digests of their content), `store` (a worker keeps them in its cache), `delivery` (and is sent only what
it lacks), `engine` (jobs in, results out, in order), `connection` (the scheduler, and what can be wrong with it).
`proving` says what travels for a run in an image.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from everylinux.engine import Engine


@contextlib.contextmanager
def open_cluster(address: str, say: Callable[[str], None], *, at_once: int | None = None) -> Iterator[Engine]:
    """Yield an engine whose jobs run on the cluster with its scheduler at ``address`` (``tcp://HOST:PORT``).

    ``say`` takes lines of progress; ``at_once`` is how many jobs are handed out at most (``None``: as many as keep all
    workers busy). What was not finished when the block ends is cancelled.

    Raises `ToolMissingError` without the extra ``cluster`` or where a machine of the cluster has another version of
    everylinux, `UsageError` for what is no address, `InputOutputError` when there is no scheduler or no worker.
    """
    from everylinux.cluster.connection import connect
    from everylinux.cluster.engine import ClusterEngine

    with connect(address, say) as connection:
        yield ClusterEngine(connection, at_once=at_once)
