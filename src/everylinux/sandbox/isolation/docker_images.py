"""Root file systems as images of a docker daemon.

A daemon takes no folder for a root, so each is imported once, under the name ``everylinux-root`` with a tag that tells
its content: `docker image rm $(docker image ls --quiet everylinux-root)` removes them all.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory, locked
from everylinux.errors import describe_os_error
from everylinux.images.archive import digest_of_folder
from everylinux.sandbox.isolation.container import OWN_PLACES, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

    from everylinux.errors import EverylinuxError

NAME = "everylinux-root"
# Part of the tags: raised when the same folder would become another image.
_FORMAT = "1"


def image_of_root(docker: str, root: Path | None, refusal: Callable[[str], EverylinuxError]) -> str:
    """Return the name of the image of a root (``None``: an empty one), imported when the daemon does not have it yet.

    Raises what ``refusal`` makes of the daemon's words, and `InputOutputError` for what cannot be read.
    """
    image = f"{NAME}:{_tag(root)}"
    with locked(cache_directory("sandbox") / "docker"):
        if ask([docker, "image", "inspect", "--format", "{{.Id}}", image]).returncode != 0:
            _import(docker, root, image, refusal)
    return image


def _tag(root: Path | None) -> str:
    """Return what tells a root's content: its image's digest, or what the file system knows of every file."""
    facts = hashlib.sha256(_FORMAT.encode())
    digest = digest_of_folder(root)
    if digest:
        facts.update(digest.encode())
    elif root is not None:
        for path, status in _entries(root):
            # A change of the content changes st_ctime (inode(7)), which nobody can set.
            known = (status.st_mode, status.st_uid, status.st_size, status.st_ino, status.st_ctime_ns, status.st_dev)
            facts.update(repr((os.fsencode(path), *known)).encode())
    return facts.hexdigest()[:40]


def _entries(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield all folders, files and links of a root, sorted; what a container has of its own, without its content."""
    try:
        for parent, folders, names in os.walk(root, onerror=_fail):
            folders.sort()
            for name in sorted((*folders, *names)):
                path = os.path.join(parent, name)  # noqa: PTH118 - some ten thousand of them
                status = os.lstat(path)
                if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
                    yield path, status
            if Path(parent) == root:
                folders[:] = [name for name in folders if name not in OWN_PLACES]
    except OSError as error:
        raise describe_os_error(error) from error


def _fail(error: OSError) -> None:
    raise error


def _import(docker: str, root: Path | None, image: str, refusal: Callable[[str], EverylinuxError]) -> None:
    command = [docker, "import", "--message", "made by everylinux", "-", image]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload] # the keywords above
        try:
            _write(process.stdin, root)
        except BrokenPipeError:
            pass  # what it says is the reason
        except BaseException:
            # Without the archive's end the daemon makes no image.
            process.kill()
            raise
        _, said = process.communicate()
    if process.returncode != 0:
        raise refusal(said.decode(errors="replace").strip())


def _write(stream: IO[bytes], root: Path | None) -> None:
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for path, _ in _entries(root) if root else ():
            archive.add(path, os.path.relpath(path, root), recursive=False, filter=_owned_by_root)


def _owned_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Give root what is this user's: that is whom the sandbox takes this user for."""
    if member.uid == os.geteuid():
        member.uid = member.gid = 0
        member.uname = member.gname = ""
    return member
