"""What is fuzzed: each target takes bytes and gives the answer that a user would get, or an error that is meant.

A target answers with bytes that hold no path of this machine, so that two answers can be compared. Whatever it raises
but the errors that it names is a bug.
"""

from __future__ import annotations

import functools
import importlib
import io
import os
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import msgspec

from everylinux import elf
from everylinux.cache import cache_directory
from everylinux.errors import InputOutputError, UsageError
from everylinux.evidence import CheckReport
from everylinux.images import catalogue, open_images
from everylinux.images.own import add_image
from everylinux.inputs import open_inputs
from everylinux.loader import check_file
from everylinux.loader.glibc.library_cache import read_library_cache
from everylinux.report import FORMATS
from fuzz.archive_mutations import ARCHIVES
from fuzz.archive_seeds import TAG, archive_seeds
from fuzz.elf_mutations import ELF
from fuzz.logs import LOG_RATE, LOG_SECONDS, LOGS
from fuzz.logs import run as explain_log
from fuzz.logs import seeds as log_seeds
from fuzz.mutations import BYTES, Mutation
from fuzz.room import C_LIBRARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from everylinux.evidence import CheckedFile
    from everylinux.report.interface import Reporter
    from fuzz.room import Room

OWN = "own"
# What objects without a text of their own show of themselves.
ADDRESS = re.compile(" at 0x[0-9a-f]+>")
SCRATCH = re.compile("/cache/unpacked/[0-9a-f]+")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Target:
    """One thing to fuzz.

    ``share`` is its part of all inputs, ``seeds`` what its inputs are made of, ``errors`` are answers too, ``root`` is
    the libc whose root it needs. ``rate`` is how many bytes a second it has to manage where an
    input may be as long as it likes, after the first ``spared`` seconds.
    """

    name: str
    share: int
    run: Callable[[Room, bytes], bytes]
    mutations: list[Mutation]
    seeds: Callable[[Room], dict[str, bytes]]
    errors: tuple[type[Exception], ...] = ()
    root: str = ""
    rate: float = float("inf")
    spared: float = 0


def judge(room: Room, content: bytes) -> bytes:
    """Judge a file on every image; there is always a verdict."""
    return answer(room, check_file(room.place("input", content), room.judged_on()))


def read(room: Room, content: bytes) -> bytes:
    """Read all that is in a file, the tables that are read when asked for too."""
    file = elf.read(room.place("input", content))
    tables = (file.undefined, sorted(file.exports.items()), sorted(file.tables.relocation_types))
    text = repr((file, file.loader, file.floor(), file.floor_symbols(), tables))
    return ADDRESS.sub("", text).replace(str(room.folder), "").encode()


def library(room: Room, content: bytes) -> bytes:
    """Judge a program beside its library, which is the input, on every image."""
    room.place("app/lib/libseed.so.1", content)
    program = room.folder / "app/bin/program"
    if not program.exists():
        room.place("app/bin/program", (room.folder / "seeds/x86_64-musl-program").read_bytes())
    return answer(room, check_file(program, room.judged_on()))


def in_root(libc: str, path: str) -> Callable[[Room, bytes], bytes]:
    """Return a target: a program in a root, where the input lies at a path."""

    def run(room: Room, content: bytes) -> bytes:
        own = f"roots/{libc}/{path}"
        known = (room.folder / own).read_bytes() if (room.folder / own).exists() else None
        room.place(own, content)
        try:
            return answer(room, check_file(room.root(libc) / "bin/program", [room.image(libc)]))
        finally:
            (room.folder / own).unlink() if known is None else room.place(own, known)

    return run


def cache_alone(room: Room, content: bytes) -> bytes:
    """Read ``/etc/ld.so.cache`` and judge by it."""
    return repr(sorted(read_library_cache(content).items())).encode() + in_root("glibc", "etc/ld.so.cache")(
        room, content
    )


def own_catalogue(kind: str) -> Callable[[Room, bytes], bytes]:
    """Return a target: a program on an image of the user's own catalogue, one of whose files is the input."""

    def run(room: Room, content: bytes) -> bytes:
        path = _own_file(room, kind)
        known = path.read_bytes()
        path.write_bytes(content)
        catalogue.forget()
        try:
            return answer(room, check_file(room.root("glibc") / "bin/program", open_images([OWN])))
        finally:
            path.write_bytes(known)
            catalogue.forget()

    return run


def _own_file(room: Room, kind: str) -> Path:
    os.environ["XDG_DATA_HOME"] = str(room.folder / "data")
    folder = catalogue.user_folder() / OWN
    if not folder.exists():
        catalogue.forget()
        add_image(OWN, "dir:glibc", room.root("glibc"))
    return next(path for path in sorted(folder.rglob("*.json")) if path.match(kind))


def archive(room: Room, content: bytes) -> bytes:
    """Open a package or an archive and judge what is in it, as `check` does; nothing may be left or lie elsewhere."""
    name = archive_name(content)
    own = str(room.place(f"in/{name}", content).relative_to(room.folder))
    unpacked = cache_directory("unpacked")
    before = sorted(os.listdir(room.folder))  # noqa: PTH208 - names are all that is asked
    told: list[str] = []
    for batch in open_inputs([own]):
        for one in batch.files:
            checked = check_file(one.real, room.judged_on()[:2], package=one.package)
            told.append(answer(room, checked).decode())
        told.append(f"{batch.package.kind if batch.package else ''} {batch.incomplete} {batch.skipped}")
    if sorted(os.listdir(room.folder)) != before or any(unpacked.iterdir()):  # noqa: PTH208
        raise AssertionError("something was left behind, or written elsewhere")
    return SCRATCH.sub("", "\n".join(told).replace(str(room.folder), "")).encode(errors="backslashreplace")


def archive_name(content: bytes) -> str:
    """Return a name that fits: only of wheels it matters."""
    return f"seed-1-{TAG}.whl" if content[:2] == b"PK" and b"dist-info" in content else "archive"


def answer(room: Room, *files: CheckedFile) -> bytes:
    """Return the report as JSON, checked: it is valid, and every verdict that is not ``ok`` has a reason.

    Each time another format is written too: what it is for must be able to read it, and no control character is in it.
    """
    encoded = written("json", files)
    report = msgspec.json.decode(encoded, type=CheckReport)
    for verdict in (verdict for file in report.files for verdict in file.verdicts):
        if (verdict.verdict == "ok") != (not verdict.reasons):
            raise AssertionError(f"{verdict.image}: {verdict.verdict} with {len(verdict.reasons)} reasons")
        if not all(reason.code and reason.message for reason in verdict.reasons):
            raise AssertionError(f"{verdict.image}: an empty reason")
    name = FORMATS[zlib.crc32(encoded.encode()) % len(FORMATS)]
    text = written(name, files)
    if name == "sarif":
        msgspec.json.decode(text)
    elif name == "junit":
        ET.fromstring(text)  # noqa: S314 - our own
    if unsafe := CONTROL.search(text):
        raise AssertionError(f"{name} has the character {unsafe[0]!r}")
    return encoded.replace(str(room.folder), "").encode()


def written(name: str, files: Sequence[CheckedFile]) -> str:
    """Return the report of some files in one format."""
    stream = io.StringIO()
    reporter: Reporter = importlib.import_module(f"everylinux.report.{name}").REPORTER
    sink = reporter.begin_check(stream, color=False, verbosity=2)
    for file in files:
        sink.add(file)
    sink.end((), ())
    return stream.getvalue()


def elf_seeds(room: Room) -> dict[str, bytes]:
    """Return all seeds."""
    return room.seeds()


def libraries(room: Room) -> dict[str, bytes]:
    """Return the seeds that are libraries."""
    return {name: content for name, content in room.seeds().items() if "library" in name or ".so" in name}


def c_library(libc: str) -> Callable[[Room], dict[str, bytes]]:
    """Return the C library of a root as the only seed."""
    return lambda room: {libc: (room.root(libc) / C_LIBRARIES[libc]).read_bytes()}


def own_files(kind: str) -> Callable[[Room], dict[str, bytes]]:
    """Return the files of a user's own catalogue of one kind as seeds."""
    return lambda room: {kind: _own_file(room, kind).read_bytes()}


def paths(_room: Room) -> dict[str, bytes]:
    """Return seeds for musl's path file."""
    return {"lines": b"/lib\n/usr/local/lib\n/opt\n", "colons": b"/opt:/lib:/usr/lib", "one": b"/opt"}


ERRORS = (elf.NotElfError, elf.CorruptElfError)
OWN_ERRORS = (InputOutputError, UsageError)
KINDS = {"catalogue": "catalogue.json", "entry": "entries/*.json", "library": "libraries/libc.so.6.json"}
TARGETS = (
    Target("judge", 50, judge, ELF, elf_seeds),
    Target("read", 15, read, ELF, elf_seeds, ERRORS),
    Target("library", 10, library, ELF, libraries),
    Target("glibc", 3, in_root("glibc", C_LIBRARIES["glibc"]), ELF, c_library("glibc"), root="glibc"),
    Target("musl", 3, in_root("musl", C_LIBRARIES["musl"]), ELF, c_library("musl"), root="musl"),
    Target("needed", 6, in_root("glibc", "opt/libseed.so.1"), ELF, libraries, root="glibc"),
    Target("needed-musl", 4, in_root("musl", "opt/libseed.so.1"), ELF, libraries, root="musl"),
    Target("archive", 30, archive, ARCHIVES, lambda room: archive_seeds(room.seeds())),
    Target("log", 20, explain_log, LOGS, log_seeds, rate=LOG_RATE, spared=LOG_SECONDS),
    Target("library-cache", 4, cache_alone, BYTES, lambda room: room.contents("caches"), root="glibc"),
    Target("musl-path", 2, in_root("musl", "etc/ld-musl-x86_64.path"), BYTES, paths, root="musl"),
    *(
        Target(f"own-{name}", 1, own_catalogue(kind), BYTES, own_files(kind), OWN_ERRORS, root="glibc")
        for name, kind in KINDS.items()
    ),
)


@functools.cache
def by_name() -> dict[str, Target]:
    """Return the targets by their names."""
    return {target.name: target for target in TARGETS}
