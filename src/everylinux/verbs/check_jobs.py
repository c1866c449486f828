"""What the worker processes of `check` do: judge one file, or open one archive and judge all that is in it."""

from __future__ import annotations

import contextlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from everylinux.elf.symbols import FileTables
from everylinux.evidence import CheckedFile, Package, Skipped
from everylinux.inputs import Batch
from everylinux.inputs.tally import Tally
from everylinux.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from everylinux.elf.file import ElfFile
    from everylinux.images.interface import Image, Tree
    from everylinux.inputs import Archives, Closed, InputFile

# About what the text of all names and the hash table take, for each byte of the text; and a symbol that is asked for.
NAMES_AND_HASHES = 2
BYTES_A_SYMBOL = 300
NO_PACKAGE = "no packages: only what packages say of themselves was asked for"
# What is larger is read piece by piece, and its files are judged by all processes.
LARGEST = 64 << 20
# Files and verdicts that are collected of one archive: about half a KiB each.
MOST_RECORDS = 20_000


class Job(msgspec.Struct, frozen=True):
    """One file to judge, and the image that it came in where no other was named."""

    file: InputFile
    image: Image | None


class Judge(msgspec.Struct, frozen=True, dict=True):
    """How each file is judged; ``own_image``: one that came in an image is judged there."""

    images: Sequence[Image]
    own_image: bool
    platforms: Sequence[str]
    alone: bool
    cpu: str | None
    digest: bool

    def __call__(self, job: Job) -> CheckedFile:
        """Judge one file."""
        from everylinux.loader import check_file

        file = job.file
        checked = check_file(
            file.real if file.package else Path(file.path),
            [job.image] if job.image is not None and self.own_image else self.images,
            platforms=self.platforms or None,
            alone=self.alone,
            cpu=self.cpu,
            package=file.package,
            name=file.member,
            around=self._around,
            digest=self.digest,
        )
        return file.of(checked)

    @cached_property
    def _around(self) -> Tree:
        """Files of this machine, for what ``$ORIGIN`` reaches: read once for all that this process judges."""
        from everylinux.images.directory import DirectoryTree

        return DirectoryTree(Path("/"))


class JudgedBatch(msgspec.Struct, frozen=True):
    """What was found in one batch: its files, the package that they came in, what was passed over."""

    files: tuple[CheckedFile, ...]
    package: Package | None
    skipped: tuple[Skipped, ...]


class JudgedArchive(msgspec.Struct, frozen=True):
    """What was found in one archive; ``passed_over`` counts for the folder that it lies in.

    ``batches`` is ``None`` for one that is too much for one process.
    """

    batches: tuple[JudgedBatch, ...] | None
    passed_over: tuple[Skipped, ...] = ()


class JudgeArchive(msgspec.Struct, frozen=True):
    """Opens an archive and judges all that is in it; without ``judge`` the packages only, not their files."""

    judge: Judge | None

    def __call__(self, closed: Closed) -> JudgedArchive:
        """Judge one archive."""
        if closed.size > LARGEST:
            return JudgedArchive(None)
        outer = Tally(closed.path)
        judged: list[JudgedBatch] = []
        left = MOST_RECORDS
        with contextlib.closing(closed.open(outer, held=True, look=_look(self.judge))) as batches:
            for batch in batches:
                inputs = list(batch.files)
                files: list[CheckedFile] = []
                for file in map(self.judge, (Job(one, batch.image) for one in inputs)) if self.judge else ():
                    files.append(file)
                    left -= 1 + len(file.verdicts)
                    if left < 0:
                        return JudgedArchive(None)
                judged.append(JudgedBatch(tuple(files), _package(batch, inputs), tuple(batch.skipped)))
        return JudgedArchive(tuple(judged), tuple(outer.records()))


class Judging:
    """Judges inputs on all cores; without ``judge`` the packages among them only. A context manager."""

    def __init__(self, judge: Judge | None, jobs: int) -> None:
        self._judge = judge
        self._jobs = jobs
        self._files = Workers(judge, CheckedFile, count=jobs) if judge is not None else None
        self._archives = Workers(JudgeArchive(judge), JudgedArchive, count=jobs, weight=lambda closed: closed.size)

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes."""
        for workers in (self._files, self._archives):
            if workers is not None:
                workers.__exit__()

    def found(self, group: Batch | Archives) -> Iterator[CheckedFile | Package | Skipped]:
        """Yield what is found in one group of inputs, as it is found and in their order."""
        if isinstance(group, Batch):
            yield from self._batch(group)
        elif len(group.closed) < max(2, self._jobs):
            for batch in group.open(held=self._holds, look=_look(self._judge)):
                yield from self._batch(batch)
        else:
            yield from self._each_by_one_process(group)

    @property
    def _holds(self) -> bool:
        """Whether this process judges what it unpacks: reading facts is quicker than handing files on."""
        return _look(self._judge) is not None

    def _each_by_one_process(self, group: Archives) -> Iterator[CheckedFile | Package | Skipped]:
        for closed, judged in zip(group.closed, self._archives.run(group.closed), strict=True):
            outer = group.outer(closed)
            for one in judged.batches or ():
                yield from one.files
                yield from () if one.package is None else (one.package,)
                yield from one.skipped
            for batch in (
                closed.open(outer, held=self._holds, look=_look(self._judge)) if judged.batches is None else ()
            ):
                yield from self._batch(batch)
            for batch in group.passed_over(outer, judged.passed_over):
                yield from batch.skipped
        for batch in group.rest():
            yield from batch.skipped

    def _batch(self, batch: Batch) -> Iterator[CheckedFile | Package | Skipped]:
        if self._judge is None or self._files is None:
            yield from _without_files(batch)
            return
        members: list[InputFile] = []

        def jobs() -> Iterator[Job]:
            for file in batch.files:
                if batch.package is not None:
                    members.append(file)
                yield Job(file, batch.image)

        if batch.package is not None and batch.package.held is not None:
            yield from map(self._judge, jobs())
        else:
            yield from self._files.run(jobs())
        package = _package(batch, members)
        yield from () if package is None else (package,)
        yield from batch.skipped


def _look(judge: Judge | None) -> Callable[[ElfFile], int] | None:
    """Return what looks at all that will be asked of most ELF files; ``None`` where that is nearly everything."""
    if judge is None:
        return _glance
    return None if judge.images or judge.own_image else _read_facts


def _glance(file: ElfFile) -> int:
    from everylinux.loader.python_abi import entry_points

    tables = file.tables
    if not isinstance(tables, FileTables):
        return 0
    entry_points(file)
    return NAMES_AND_HASHES * len(tables.names)


def _read_facts(file: ElfFile) -> int:
    return _glance(file) + BYTES_A_SYMBOL * (len(file.undefined) + len(file.forcing))


def _without_files(batch: Batch) -> Iterator[Package | Skipped]:
    """Yield what is to be said of a batch when its files are not asked about."""
    if batch.package is None:
        tally = Tally("")
        for file in batch.files:
            tally = tally if tally.counted else Tally(str(Path(file.path).parent))
            tally.add(NO_PACKAGE, file.path)
        yield from tally.records()
    else:
        package = _package(batch, list(batch.files))
        yield from () if package is None else (package,)
    yield from batch.skipped


def _package(batch: Batch, files: Sequence[InputFile]) -> Package | None:
    """Return what is to be said of the package that a batch is; ``None`` where it is none."""
    if batch.package is None:
        return None
    from everylinux.packages import judge_package

    return judge_package(batch.package, files)
