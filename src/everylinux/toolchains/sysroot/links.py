"""Making a root file system's headers and libraries usable from outside of it.

In a root, absolute links and the paths in linker scripts begin at its top. A compiler that only takes its folders would
look for them on this machine: they are written anew, relative to where they stand.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
from typing import TYPE_CHECKING

from everylinux.cache import write_atomically
from everylinux.elf.magic import ARCHIVES
from everylinux.elf.numbers import ELF_MAGIC
from everylinux.images.directory import DirectoryTree, FileEntry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Real ones are some hundred bytes long.
LARGEST_SCRIPT = 16 << 10
# ld's manual, "Commands Dealing with Files": what makes a text in the place of a library a script.
SCRIPT = re.compile(rb"\b(?:GROUP|INPUT)\s*\(")
# A comment, or an absolute path as an operand of a command.
WORDS = re.compile(r"/\*.*?\*/|(?<![^\s(,\"])/[^\s(),\"]+", re.DOTALL)


def mend(root: Path) -> None:
    """Rewrite every link and linker script below a folder, which is the top of a root, so that all stay inside.

    A link is followed as after chroot. One that leads nowhere there is removed.
    """
    tree = DirectoryTree(root)
    leads_to = {place: _target(tree, place) for place in _links(root)}
    for place, target in leads_to.items():
        path = root / place[1:]
        path.unlink()
        if target is not None:
            path.symlink_to(posixpath.relpath(target, posixpath.dirname(place)))
    for path in _scripts(root):
        _mend_script(path, tree, f"/{path.relative_to(root)}")


def _links(root: Path) -> list[str]:
    """Return the places of all links, as absolute paths inside the root."""
    found = []
    for parent, folders, names in os.walk(root):
        place = "/" + os.path.relpath(parent, root)
        found += [posixpath.normpath(f"{place}/{name}") for name in (*folders, *names) if _is_link(parent, name)]
    return sorted(found)


def _is_link(parent: str, name: str) -> bool:
    return os.path.islink(f"{parent}/{name}")  # noqa: PTH114 - names are texts here


def _target(tree: DirectoryTree, place: str) -> str | None:
    found = tree.find(place)
    return found.resolved if isinstance(found, FileEntry) and found.resolved != place else None


def _scripts(root: Path) -> Iterator[Path]:
    for path in sorted((*root.rglob("*.so"), *root.rglob("*.so.*"), *root.rglob("*.a"))):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST_SCRIPT and SCRIPT.search(path.read_bytes()):
            yield path


def _mend_script(path: Path, tree: DirectoryTree, place: str) -> None:
    """Name each file relative to the script's folder, where a linker looks too; one that is not there loses its folder.

    A linker then looks for its name in the folders of libraries, and says that name when it is nowhere.
    """
    head = path.read_bytes()
    if head.startswith((ELF_MAGIC, *ARCHIVES)):
        return

    def relative(match: re.Match[str]) -> str:
        word = match[0]
        if word.startswith("/*"):
            return word
        found = tree.find(word)
        resolved = found.resolved if isinstance(found, FileEntry) else None
        return posixpath.relpath(resolved, posixpath.dirname(place)) if resolved else posixpath.basename(word)

    text = head.decode("utf-8", "surrogateescape")
    write_atomically(path, WORDS.sub(relative, text).encode("utf-8", "surrogateescape"))
