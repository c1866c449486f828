"""What can go wrong, one class an outcome, each with its exit code.

An error says three things: what happened, what it probably means, and what to do about it.
The library raises these; only ``__main__`` prints them and exits.
"""

from __future__ import annotations

from typing import ClassVar


class EverylinuxError(Exception):
    """The base of every error that a user is meant to read.

    ``message`` is what happened, in one sentence. ``meaning`` is what it probably means, ``hint`` what to do
    next (a command where there is one); both may be empty.
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, meaning: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.meaning = meaning
        self.hint = hint


class UsageError(EverylinuxError):
    """A flag, a target, an image reference or a settings file that cannot be understood."""

    exit_code = 2


class NoProjectError(UsageError):
    """A folder in which nothing is known to be built."""


class NothingSelectedError(EverylinuxError):
    """There is nothing to work on: no file, no target or no image is left."""

    exit_code = 3


class ToolMissingError(EverylinuxError):
    """A program that this verb needs is not on this machine."""

    exit_code = 4


class BuildFailedError(EverylinuxError):
    """The project's own build failed, or what it made is not what was asked for."""

    exit_code = 5


class NotProvenError(EverylinuxError):
    """Nothing failed, but an answer could not be had (no emulator, no image)."""

    exit_code = 6


class InputOutputError(EverylinuxError):
    """A file, disk, registry or network that does not answer, is unreadable or is full."""

    exit_code = 7


def nothing_at(path: str) -> UsageError:
    """Return the error for a path that a user named and that leads to no file."""
    import os

    if not path:
        meaning = "perhaps a variable of the shell that is not set"
        return UsageError("an empty name was given in place of a path", meaning=meaning, hint="name a file or a folder")
    what = "is a link that leads nowhere" if os.path.lexists(path) else "does not exist"
    return UsageError(f"{path} {what}", hint="paths are taken from the current folder")


# contract: with several outcomes the exit code is the first of these.
EXIT_PRECEDENCE = (2, 4, 7, 5, 1, 6)


def worst_exit_code(codes: list[int]) -> int:
    """Return the exit code of a run that had all these outcomes."""
    for code in EXIT_PRECEDENCE:
        if code in codes:
            return code
    return max(codes, default=0)


def describe_os_error(error: OSError) -> InputOutputError:
    """Return what a failed system call means to the user."""
    import errno

    # A copy names its source first, which is not what there is no room for.
    path = error.filename2 if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS) else None
    path = path or error.filename
    where = f": {path}" if path else ""
    meanings = {
        errno.ENOSPC: (
            "the disk is full",
            "free some room and run the same command again; what was finished is kept",
        ),
        errno.EDQUOT: ("the disk quota is used up", "free some room and run the same command again"),
        errno.EACCES: ("permission denied", "check the owner and the mode of that path"),
        errno.EROFS: (
            "the file system is read-only",
            "choose another folder: --out or -o FORMAT=FILE for what is written, XDG_CACHE_HOME for the cache",
        ),
        errno.EISDIR: ("this is a folder, not a file", "name a file in it"),
        errno.EMFILE: ("too many open files", "raise the limit with `ulimit -n`"),
    }
    what, hint = meanings.get(error.errno or 0, (error.strerror or str(error), ""))
    return InputOutputError(f"{what}{where}", hint=hint)
