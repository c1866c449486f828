"""How the report of a run comes out of a container: over a Unix socket, from the helper alone.

The socket is mounted into the container, and one connection is taken: the helper's, which it makes before it starts the
program. Whoever calls is told by the kernel (``SO_PEERCRED``, unix(7)), so the run's control group is known, or it is
put into one, before anything runs. Hanging up ends the run: the helper is the container's first process, and leaves.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Self

from everylinux.sandbox.isolation.control_groups import ControlGroup, control_group_of

if TYPE_CHECKING:
    from pathlib import Path

_BEGIN = b"b"
_PEER = struct.Struct("3i")


class Reception:
    """A socket at ``path``, in a folder of its own, that takes one call; both are removed then.

    ``group`` is the control group that the caller is put into. Where it has no folders, ``engine_limits`` says whether
    the engine made one that tells what was exceeded.
    """

    def __init__(self, path: Path, group: ControlGroup, *, engine_limits: bool) -> None:
        self.path = path
        self.admitted = False
        self._group, self._engine_limits = group, engine_limits
        self._exceeded: frozenset[str] | None = None
        self._connection: socket.socket | None = None
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        # In a user namespace the helper is another user; who may come here is the folder's matter.
        path.chmod(0o666)
        self.listener.listen(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self.listener.close()
        if self._connection:
            self._connection.close()

    def admit(self) -> socket.socket:
        """Take the call, put the caller into its control group and let it begin; nobody else is admitted.

        Raises `OSError` when the caller cannot be put there.
        """
        self._connection, _ = self.listener.accept()
        self.listener.close()
        # The container keeps what is mounted; so a killed run leaves nothing behind.
        with contextlib.suppress(OSError):
            self.path.unlink()
            self.path.parent.rmdir()
        self.admitted = True
        process, _, _ = _PEER.unpack(
            self._connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size),
        )
        if self._group.folders:
            self._group.add(process)
        elif self._engine_limits and process:  # 0: it belongs to another machine, or to a namespace that is not seen
            self._group = control_group_of(process)
        self._connection.send(_BEGIN)
        return self._connection

    def close(self) -> None:
        """Hang up, after a last look at the control group."""
        if self._connection and self._exceeded is None:
            self._exceeded = self._group.exceeded()
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def exceeded(self) -> frozenset[str]:
        """Return which limits were hit: ``memory``, ``processes``."""
        return self._exceeded or frozenset()
