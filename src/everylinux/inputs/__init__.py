"""From what a user names to the files that are judged: files, folders, packages, archives and container images.

What is opened and what is passed over: docs/inputs.md.
"""

from __future__ import annotations

import itertools
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.archives.budget import Budget
from everylinux.archives.errors import ArchiveError
from everylinux.errors import UsageError, nothing_at
from everylinux.inputs.archives import Archives, Closed
from everylinux.inputs.folder import Walk, read_head
from everylinux.inputs.interface import Batch, InputFile, UnpackedPackage
from everylinux.inputs.recognise import ARCHIVES, packed_behind, recognise
from everylinux.inputs.tally import Tally, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from everylinux.images.access import Access

__all__ = ["Archives", "Batch", "Closed", "InputFile", "UnpackedPackage", "group_inputs", "open_inputs"]

# As in an image's reference; a file of that very name comes first.
PREFIXES = ("oci:", "tar:")
REGISTRY = "docker://"


def open_inputs(
    paths: Sequence[str], *, all_files: bool = False, access: Access | None = None, platforms: Sequence[str] = ()
) -> Iterator[Batch]:
    """Yield what paths name, in batches of files that belong together; archives are opened one after the other.

    The unpacked files of a batch live until the next one is asked for or the generator is closed.
    Raises as `group_inputs` does, and `OSError` when there is no room to unpack.
    """
    for group in group_inputs(paths, all_files=all_files, access=access, platforms=platforms):
        if isinstance(group, Batch):
            yield group
        else:
            yield from group.open()


def group_inputs(
    paths: Sequence[str], *, all_files: bool = False, access: Access | None = None, platforms: Sequence[str] = ()
) -> Iterator[Batch | Archives]:
    """Yield what paths name: batches of files that belong together, and archives that are still closed.

    Images in registries (``docker://HOST/NAME:TAG``) come last; ``access`` says how they may be asked, ``platforms``
    which of theirs are fetched (none: all).

    Named files are judged whatever they are, unless they are packages or archives; of folders and packages the ELF
    files are (with ``all_files`` every regular file). Nothing that one input holds keeps the others from being judged:
    what cannot be read is told as skipped, and its batch is ``incomplete``.
    Raises `UsageError` for a path that leads to nothing, or to a pipe or device, and `InputOutputError` for an image
    that a registry does not give.
    """
    references = [path for path in dict.fromkeys(paths) if path.startswith(REGISTRY)]
    named = [_named(path) for path in dict.fromkeys(paths) if path not in references]
    files = frozenset((one.status.st_dev, one.status.st_ino) for one in named if not one.is_folder)
    folders = {one.real for one in named if one.is_folder}
    for kind, alike in itertools.groupby(named, key=_kind_of):
        match kind:
            case "file":
                yield _loose(list(alike))
            case "archive":
                yield Archives([one.closed(everything=all_files) for one in alike])
            case "folder":
                for one in alike:
                    if not any(parent in folders for parent in one.real.parents):
                        yield from _folder(one, files, everything=all_files)
            case unreadable:
                for one in alike:
                    tally = Tally(one.path)
                    tally.add(unreadable, incomplete=True)
                    yield Batch(iter(()), skipped=tally.records())
    yield from _fetched(references, access, platforms, everything=all_files)


class _Named:
    """One path that the user named; ``behind`` is why what it has packed behind its program is not judged."""

    def __init__(self, path: str, real: Path) -> None:
        self.path = path
        self.real = real
        self.status = real.stat()
        self.behind = ""

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.status.st_mode)

    def closed(self, *, everything: bool) -> Closed:
        return Closed(self.real, self.path, "", self.status.st_size, named=True, everything=everything)


def _named(path: str) -> _Named:
    if not path:
        raise nothing_at(path)  # Path would take it for the current folder
    found = Path(path)
    prefix = next((prefix for prefix in PREFIXES if path.startswith(prefix)), "")
    if prefix and not os.path.lexists(path):
        path = path.removeprefix(prefix)
        found = Path(path)
    try:
        named = _Named(path, found.resolve(strict=True))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise nothing_at(path) from error
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name with a NUL in it
        raise UsageError(f"{path} cannot be opened: {error}") from error
    if not named.is_folder and not stat.S_ISREG(named.status.st_mode):
        raise UsageError(f"{path} is not a regular file", hint="name files, or folders with files in them")
    return named


def _kind_of(one: _Named) -> str:
    """Return ``folder``, ``file`` or ``archive``, and of what cannot be read the reason."""
    if one.is_folder:
        return "folder"
    try:
        head = read_head(str(one.real))
    except OSError as error:
        return reason_of(error)
    one.behind = packed_behind(head)
    return "archive" if _is_archive(one, head) else "file"


def _loose(files: list[_Named]) -> Batch:
    tally = Tally("")
    for one in files:
        if one.behind:
            tally.add(one.behind, one.path, incomplete=True)
    return Batch(iter([InputFile(one.path, "", one.real) for one in files]), skipped=tally.records())


def _is_archive(one: _Named, head: bytes) -> bool:
    if recognise(head) not in ARCHIVES:
        return False
    from everylinux.inputs.archive import is_archive

    return is_archive(one.real, head, Budget(one.status.st_size))


def _folder(one: _Named, left_out: frozenset[tuple[int, int]], *, everything: bool) -> Iterator[Batch | Archives]:
    # Of most folders this is all that is asked, and nothing of images has to be imported for it.
    if (one.real / "oci-layout").is_file() and (one.real / "index.json").is_file():
        yield from _layout(one, everything=everything)
        return
    tally = Tally(one.path)
    archives: list[tuple[str, int]] = []
    batch = Batch(iter(()))

    def shown(name: str) -> tuple[str, str]:
        return os.path.join(one.path, name), ""  # noqa: PTH118 - as the user wrote it

    walk = Walk(str(one.real), tally, everything=everything, left_out=left_out, archives=archives, shown=shown)

    def files() -> Iterator[InputFile]:
        for name in walk:
            yield InputFile(*shown(name), one.real / name)
        batch.skipped = tally.records()

    batch.files = files()
    yield batch
    for _ in batch.files:
        pass
    tally.clear()
    if archives:
        closed = [
            Closed(one.real / name, *shown(name), size, named=False, everything=everything) for name, size in archives
        ]
        yield Archives(closed, tally)


def _fetched(
    references: Sequence[str], access: Access | None, platforms: Sequence[str], *, everything: bool
) -> Iterator[Batch]:
    for reference in references:
        from everylinux.inputs.oci import open_reference

        yield from open_reference(reference, access, platforms, everything=everything)


def _layout(one: _Named, *, everything: bool) -> Iterator[Batch]:
    from everylinux.images.archive import size_of
    from everylinux.inputs.oci import open_image

    try:
        yield from open_image(one.real, one.path, "", Budget(size_of(one.real)), everything=everything)
    except ArchiveError as error:
        tally = Tally(one.path)
        tally.add(str(error), incomplete=True)
        yield Batch(iter(()), skipped=tally.records())
