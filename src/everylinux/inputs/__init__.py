"""From what a user names to the files that are judged: files, folders, packages, archives and container images.

What is opened and what is passed over: docs/inputs.md.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.archives.budget import Budget
from everylinux.archives.errors import ArchiveError
from everylinux.errors import UsageError, nothing_at
from everylinux.inputs.folder import Walk, read_head
from everylinux.inputs.interface import Batch, InputFile, UnpackedPackage
from everylinux.inputs.recognise import ARCHIVES, recognise
from everylinux.inputs.tally import Tally, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from everylinux.images.access import Access

__all__ = ["Batch", "InputFile", "UnpackedPackage", "open_inputs"]

# As in an image's reference; a file of that very name comes first.
PREFIXES = ("oci:", "tar:")
REGISTRY = "docker://"


def open_inputs(
    paths: Sequence[str], *, all_files: bool = False, access: Access | None = None, platforms: Sequence[str] = ()
) -> Iterator[Batch]:
    """Yield what paths name, in batches of files that belong together.

    Images in registries (``docker://HOST/NAME:TAG``) come last; ``access`` says how they may be asked, ``platforms``
    which of theirs are fetched (none: all).

    Named files are judged whatever they are, unless they are packages or archives; of folders and packages the ELF
    files are (with ``all_files`` every regular file). The unpacked files of a batch live until the next one is asked
    for or the generator is closed. Nothing that one input holds keeps the others from being judged: what cannot be
    read is told as skipped, and its batch is ``incomplete``.
    Raises `UsageError` for a path that leads to nothing, or to a pipe or device, `OSError` when there is no room to
    unpack, and `InputOutputError` for an image that a registry does not give.
    """
    references = [path for path in dict.fromkeys(paths) if path.startswith(REGISTRY)]
    named = [_named(path) for path in dict.fromkeys(paths) if path not in references]
    files = frozenset((one.status.st_dev, one.status.st_ino) for one in named if not one.is_folder)
    folders = {one.real for one in named if one.is_folder}
    loose: list[InputFile] = []
    for one in named:
        tally = Tally(one.path)
        if not one.is_folder and (head := _head(one, tally)) is not None and not _is_archive(one, head):
            loose.append(InputFile(one.path, "", one.real))
            continue
        if loose:
            yield Batch(iter(loose))
            loose = []
        if one.is_folder:
            if not any(parent in folders for parent in one.real.parents):
                yield from _folder(one, tally, files, everything=all_files)
        elif not tally.incomplete:
            yield from _archive(one, tally, everything=all_files)
        if records := tally.records():
            yield Batch(iter(()), skipped=records)
    if loose:
        yield Batch(iter(loose))
    yield from _fetched(references, access, platforms, everything=all_files)


class _Named:
    """One path that the user named."""

    def __init__(self, path: str, real: Path) -> None:
        self.path = path
        self.real = real
        self.status = real.stat()

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.status.st_mode)


def _named(path: str) -> _Named:
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


def _head(one: _Named, tally: Tally) -> bytes | None:
    try:
        return read_head(str(one.real))
    except OSError as error:
        tally.add(reason_of(error), incomplete=True)
        return None


def _is_archive(one: _Named, head: bytes) -> bool:
    if recognise(head) not in ARCHIVES:
        return False
    from everylinux.inputs.archive import is_archive

    return is_archive(one.real, head, Budget(one.status.st_size))


def _archive(one: _Named, tally: Tally, *, everything: bool) -> Iterator[Batch]:
    from everylinux.inputs.archive import Source, open_archive

    source = Source(one.real, one.path, "", Budget(one.status.st_size), named=True)
    yield from open_archive(source, tally, everything=everything)


def _folder(one: _Named, tally: Tally, left_out: frozenset[tuple[int, int]], *, everything: bool) -> Iterator[Batch]:
    # Of most folders this is all that is asked, and nothing of images has to be imported for it.
    if (one.real / "oci-layout").is_file() and (one.real / "index.json").is_file():
        yield from _layout(one, tally, everything=everything)
        return
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
        from everylinux.inputs.archive import Source, open_archive

        for name, size in archives:
            source = Source(one.real / name, *shown(name), Budget(size), named=False)
            yield from open_archive(source, tally, everything=everything)


def _fetched(
    references: Sequence[str], access: Access | None, platforms: Sequence[str], *, everything: bool
) -> Iterator[Batch]:
    for reference in references:
        from everylinux.inputs.oci import open_reference

        yield from open_reference(reference, access, platforms, everything=everything)


def _layout(one: _Named, tally: Tally, *, everything: bool) -> Iterator[Batch]:
    from everylinux.images.archive import size_of
    from everylinux.inputs.oci import open_image

    try:
        yield from open_image(one.real, one.path, "", Budget(size_of(one.real)), everything=everything)
    except ArchiveError as error:
        tally.add(str(error), incomplete=True)
