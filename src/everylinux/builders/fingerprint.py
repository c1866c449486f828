"""Whether a build would come out as last time: what went in, and whether what came out is still there."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux import __version__
from everylinux.builders.scratch import is_left_out
from everylinux.cache import cache_directory, write_atomically
from everylinux.decoding import decoded
from everylinux.evidence import Build  # noqa: TC001 - msgspec reads the annotations of State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from everylinux.builders.interface import BuildRequest, Project
    from everylinux.target import Target
    from everylinux.toolchains.sysroot.folder import Sysroot

# A file larger than this is told by its size and times alone.
LARGEST_READ = 64 << 20
# Variables that projects' builds listen to.
VARIABLE_PREFIXES = (
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "LIBS",
    "ASFLAGS",
    "GO",
    "CGO_",
    "CMAKE_",
    "MESON",
    "SOURCE_DATE_EPOCH",
    *(
        "CARGO",
        "RUST",
        "CC",
        "CXX",
        "AR_",
        "HOST_",
        "TARGET_",
        "PKG_CONFIG",
        "BINDGEN",
        "LIBCLANG",
        "PROTOC",
        "OPENSSL",
        "SETUPTOOLS_SCM_",
        "SKBUILD_",
        "MATURIN_",
        "PYO3_",
    ),
)
# Parts of the names by which crates are told where a library is and how to link it.
VARIABLE_PARTS = ("_SYS_", "_DIR", "_STATIC", "_NO_", "_LIB", "_INCLUDE")


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of the last build of one project for one target.

    ``settings`` is a digest of everything but the files; ``times`` of the files' sizes and times, which is quick to
    ask; ``contents`` of what is in them, which decides when only the times differ.
    """

    settings: str
    times: str
    contents: str
    build: Build


class Inputs:
    """The files that go into the builds of one project, read once for all targets."""

    def __init__(
        self,
        project: Project,
        request: BuildRequest,
        tools: Mapping[str, str],
        sysroots: Mapping[str, Sysroot | None],
    ) -> None:
        folders = {sysroot.directory for sysroot in sysroots.values() if sysroot}
        self._parts = [*project.parts, *sorted(folders)]
        self._out = request.out.resolve()
        common = json.dumps(
            [
                __version__,
                str(project.folder),
                project.kind,
                request.args,
                request.artifacts,
                str(request.sysroot),
                request.cgo,
                request.rust_std,
                request.pythons,
                request.limited_api,
                request.allow_two_libcs,
                str(self._out),
                sorted(tools.items()),
                sorted((key, value) for key, value in os.environ.items() if is_listened_to(key)),
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        self._common = os.fsencode(common)
        self.times = self._digest(_times)

    @functools.cached_property
    def contents(self) -> str:
        """The digest of the files' contents, computed when first asked for."""
        return self._digest(_content)

    def settings(self, target: Target) -> str:
        """Return the digest of everything but the files, for one target."""
        return hashlib.sha256(self._common + target.name.encode()).hexdigest()

    def _digest(self, fact: Callable[[Path], bytes]) -> str:
        digest = hashlib.sha256()
        for part in self._parts:
            for path in _files(part, self._out):
                digest.update(os.fsencode(path) + b"\0" + fact(path) + b"\0")
        return digest.hexdigest()


def is_listened_to(variable: str) -> bool:
    """Return whether projects' builds may be decided by a variable of the environment."""
    return variable.startswith(VARIABLE_PREFIXES) or any(part in variable for part in VARIABLE_PARTS)


def remembered(project: Project, request: BuildRequest, target: Target, inputs: Inputs) -> Build | None:
    """Return the last build when nothing that goes into it changed and its files are as it left them."""
    try:
        state = decoded(_state_file(project, request, target).read_bytes(), State)
    except (OSError, msgspec.DecodeError):
        return None
    if state.settings != inputs.settings(target):
        return None
    if state.times != inputs.times and state.contents != inputs.contents:
        return None
    if not all(_holds(file.path, file.sha256) for file in state.build.files):
        return None
    return state.build


def remember(project: Project, request: BuildRequest, target: Target, inputs: Inputs, build: Build) -> None:
    """Keep what a build that succeeded came from; one with a name that is no UTF-8 is made again each time."""
    state = State(settings=inputs.settings(target), times=inputs.times, contents=inputs.contents, build=build)
    with contextlib.suppress(UnicodeEncodeError):
        write_atomically(_state_file(project, request, target), msgspec.json.encode(state))


def forget(project: Project, request: BuildRequest, target: Target) -> None:
    """Forget the last build: another one begins, and its outputs may no longer be those of this state."""
    _state_file(project, request, target).unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Return the digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _state_file(project: Project, request: BuildRequest, target: Target) -> Path:
    place = hashlib.sha256(f"{project.folder}\0{request.out.resolve()}".encode(errors="surrogateescape")).hexdigest()[
        :16
    ]
    return cache_directory("builds", place) / f"{target.name}.json"


def _holds(path: str, digest: str) -> bool:
    try:
        return sha256_of(Path(path)) == digest
    except OSError:
        return False


def _files(part: Path, without: Path) -> Iterator[Path]:
    if not part.is_dir():
        yield part
    for parent, folders, names in os.walk(part):
        folders[:] = sorted(
            name for name in folders if Path(parent, name) != without and not is_left_out(Path(parent, name))
        )
        yield from (Path(parent, name) for name in sorted(names))


def _times(path: Path) -> bytes:
    status = path.lstat()
    return f"{status.st_mode} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}".encode()


def _content(path: Path) -> bytes:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return os.fsencode(path.readlink())
    if not stat.S_ISREG(status.st_mode):
        return b""
    if status.st_size > LARGEST_READ:
        return _times(path)
    return f"{status.st_mode} {sha256_of(path)}".encode()
