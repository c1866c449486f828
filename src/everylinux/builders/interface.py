"""What the kinds of project have in common: what is asked for, what a builder is given, what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from everylinux.builders.commands import Commands
    from everylinux.evidence import Advice
    from everylinux.progress import Progress
    from everylinux.target import Target
    from everylinux.toolchains.runtime import Replaced
    from everylinux.toolchains.sysroot.folder import SysrootSource
    from everylinux.toolchains.wiring import Wiring

Cgo = Literal["auto", "on", "off"]
RustStd = Literal["auto", "prebuilt", "source"]
DEFAULT_OUT = Path("dist")
# Gigabytes (1024³ bytes): each library takes about a tenth.
DEFAULT_ROOM = 2.0


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """One project for several targets.

    ``args`` go to the project's own configure step or build; ``artifacts`` are globs of the files to keep (without
    any: the executables and shared objects that the build installs or leaves). ``jobs`` is how many compilers run at
    once in all. ``cache`` is zig's cache (``None``: everylinux's own). ``cgo`` decides whether Go programs may use C,
    ``rust_std`` where Rust's standard library may come from, ``rust_std_room`` how many gigabytes of those built from
    source are kept. ``pythons`` are the releases (or interpreters) that wheels are made for, ``limited_api`` the one
    whose stable ABI is asked for. ``allow_two_libcs`` builds static modules that depend on the process's libc, too.
    ``try_anyway`` builds what is certain to fail.
    """

    path: Path
    targets: Sequence[Target]
    kind: str | None = None
    args: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    sysroot: SysrootSource | None = None
    out: Path = DEFAULT_OUT
    jobs: int = 1
    cache: Path | None = None
    cgo: Cgo = "auto"
    rust_std: RustStd = "auto"
    rust_std_room: float = DEFAULT_ROOM
    pythons: tuple[str, ...] = ()
    limited_api: str | None = None
    allow_two_libcs: bool = False
    try_anyway: bool = False
    offline: bool = False


@dataclass(frozen=True)
class Project:
    """A folder that holds a project.

    ``folder`` is what is built, ``marker`` the file by which its kind was recognised, relative to it. ``parts`` are
    the folders and files that its build may read, and ``root`` the innermost folder that holds them all. ``others``
    are the kinds that it could be built as, too.
    """

    folder: Path
    kind: str
    marker: str
    parts: tuple[Path, ...]
    root: Path
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Artifact:
    """One file that a build made: where it lies now, and its name relative to the installation or build folder."""

    path: Path
    name: str


@dataclass(frozen=True, kw_only=True)
class BuildContext:
    """What a builder works with for one target.

    ``source`` is the project's folder (a copy where the builder works in the source tree), ``work`` an empty folder
    for everything the build writes, ``out`` where files go in the end, which is none of the sources, ``commands`` runs
    its commands and keeps their output. The builder adds to ``advice`` what it found out about the project's
    dependencies.
    """

    project: Project
    target: Target
    wiring: Wiring
    commands: Commands
    source: Path
    work: Path
    out: Path
    jobs: int
    args: tuple[str, ...]
    artifacts: tuple[str, ...]
    cgo: Cgo
    rust_std: RustStd
    rust_std_room: float
    pythons: tuple[str, ...]
    limited_api: str | None
    allow_two_libcs: bool
    try_anyway: bool
    offline: bool
    progress: Progress
    advice: list[Advice] = field(default_factory=list)

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of the build's commands; temporary files stay in the work folder."""
        temporary = self.work / "tmp"
        temporary.mkdir(exist_ok=True)
        return self.wiring.environment({"TMPDIR": str(temporary), **(extra or {})})


class Builder(Protocol):
    """One kind of project. ``in_source`` says that it writes into the source tree, so it gets a copy."""

    @property
    def kind(self) -> str:
        """The word for ``--kind``."""

    @property
    def in_source(self) -> bool:
        """Whether the build writes into the source tree."""

    @property
    def compiles_c(self) -> bool:
        """Whether C or C++ is compiled whatever the project: a libc is needed."""

    @property
    def replaced(self) -> Replaced:
        """What of zig's own runtime is replaced in what it links; it is made where C is compiled."""

    @property
    def takes_turns(self) -> bool:
        """Whether the targets of one project are built one after the other, each with all jobs."""

    @property
    def own_folder(self) -> bool:
        """Whether each target's files get a folder of their own: wheels say in their names what they are for."""

    def recognises(self, folder: Path) -> str | None:
        """Return the name of the file that shows a project of this kind, ``None`` without one."""

    def tools(self, folder: Path) -> dict[str, str]:
        """Return the tools that are needed and their versions; raises `ToolMissingError` for one that is missing."""

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Build for one target and return what it made; raises `BuildFailedError`."""
