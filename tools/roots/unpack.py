"""Unpacking a package into a root: nothing is written outside of it, whatever the archive says.

Links are kept as they are; where a member's folder is reached through one, the link is followed as after chroot.
Owners, set-user-ID bits and device nodes are left out.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
import stat
import subprocess
import tarfile
from typing import IO, TYPE_CHECKING, cast

from everylinux.errors import InputOutputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# man 7 path_resolution: the kernel gives up after 40 links.
MAXIMUM_LINKS = 40
# What the system says to members that do not fit together: a file in the place of a folder, a link to nothing.
MISPLACED = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError)


def unpack(package: Path, root: Path, left_out: Sequence[str]) -> None:
    """Unpack one Debian package below ``root``, without what matches a pattern of ``left_out``.

    Raises `InputOutputError` for a package that is damaged or that would write outside of the root.
    """
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            with tarfile.open(fileobj=cast("IO[bytes]", process.stdout), mode="r|") as archive:
                for member in archive:
                    name = member.name.removeprefix("./").strip("/")
                    if name not in ("", ".") and not _matches(name, left_out):
                        _write(archive, member, name, root)
        except (tarfile.TarError, *MISPLACED) as error:
            raise InputOutputError(f"{package.name} is damaged: {error}", hint="remove that file") from error
    if process.returncode != 0:
        raise InputOutputError(f"{package.name} is damaged", hint="remove that file")


def _matches(name: str, patterns: Sequence[str]) -> bool:
    """Return whether the name, or a folder that it lies in, matches one of the patterns."""
    parts = name.split("/")
    prefixes = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    return any(fnmatch.fnmatchcase(prefix, pattern) for prefix in prefixes for pattern in patterns)


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str, root: Path) -> None:
    parent, _, last = name.rpartition("/")
    path = inside(root, parent) / last
    if last in ("", ".", ".."):
        raise InputOutputError(f"a package holds the path {member.name!r}", meaning="it is damaged or hostile")
    if member.isdir():
        inside(root, name).mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.is_file():
        path.unlink()
    if member.issym():
        path.symlink_to(member.linkname)
    elif member.islnk():
        folder, _, file = member.linkname.removeprefix("./").rpartition("/")
        os.link(inside(root, folder) / file, path, follow_symlinks=False)
    elif member.isreg():
        source = archive.extractfile(member)
        with cast("IO[bytes]", source) as content, path.open("xb") as target:
            shutil.copyfileobj(content, target)
        path.chmod(stat.S_IMODE(member.mode) & 0o755 | stat.S_IRUSR | stat.S_IWUSR)


def inside(root: Path, name: str) -> Path:
    """Return where a path of the root lies, every link on the way resolved as after chroot."""
    parts = [part for part in reversed(name.split("/")) if part not in ("", ".")]
    resolved: list[str] = []
    links = 0
    while parts:
        part = parts.pop()
        if part == "..":
            resolved = resolved[:-1]
            continue
        here = root.joinpath(*resolved, part)
        if not here.is_symlink():
            resolved.append(part)
            continue
        links += 1
        if links > MAXIMUM_LINKS:
            raise InputOutputError(f"too many links on the way to {name!r}", meaning="the package is hostile")
        target = str(here.readlink())
        if target.startswith("/"):
            resolved = []
        parts.extend(part for part in reversed(target.split("/")) if part not in ("", "."))
    return root.joinpath(*resolved)
