"""What cargo says about a project before it builds: its packages, their manifests, and what was resolved.

The fields are those of ``cargo metadata --format-version 1`` (The Cargo Book, "cargo metadata"); what nothing here
reads is left out.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import msgspec

from everylinux.decoding import decoded
from everylinux.errors import BuildFailedError, ToolMissingError, nothing_at
from everylinux.toolchains.rust.cargo_errors import cargo_error
from everylinux.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A workspace of a thousand packages answers with about 10 MB.
ANSWER_BYTES = 256 << 20
ERROR_BYTES = 64 << 10
# A first answer may fetch the index and all packages.
ANSWER_SECONDS = 600.0
QUESTION_SECONDS = 60.0
# Beyond this, a manifest names more packages than any program that was ever published.
MAXIMUM_PACKAGES = 20_000

DependencyKind = Literal["dev", "build"]


class Dependency(msgspec.Struct, frozen=True):
    """One entry of a manifest's dependencies.

    ``name`` is the package's own name, ``rename`` the key it stands under where that differs. ``kind`` is ``None``
    for a normal dependency. ``target`` is a triple or a ``cfg(...)`` expression.
    """

    name: str
    req: str = "*"
    kind: DependencyKind | None = None
    rename: str | None = None
    optional: bool = False
    uses_default_features: bool = True
    features: tuple[str, ...] = ()
    target: str | None = None
    path: str | None = None

    @property
    def key(self) -> str:
        """The name under which the manifest and its features know it."""
        return self.rename or self.name


class CargoTarget(msgspec.Struct, frozen=True):
    """One thing that a package builds: ``kind`` is ``bin``, ``lib``, ``cdylib``, ``proc-macro`` or ``custom-build``."""

    name: str
    kind: tuple[str, ...]
    src_path: str
    required_features: tuple[str, ...] = msgspec.field(default=(), name="required-features")


class Package(msgspec.Struct, frozen=True):
    """One package: its manifest as cargo reads it.

    ``source`` is ``None`` for a folder of the project. ``features`` maps a feature to what it turns on, and holds the
    features that optional dependencies bring along. ``links`` is the native library that its build script provides,
    ``rust_version`` the oldest Rust that it is made for (The Cargo Book, "The Manifest Format", ``rust-version``).
    """

    name: str
    version: str
    id: str
    manifest_path: str
    source: str | None = None
    edition: str = "2015"
    links: str | None = None
    targets: tuple[CargoTarget, ...] = ()
    features: dict[str, tuple[str, ...]] = {}
    dependencies: tuple[Dependency, ...] = ()
    metadata: Any = None
    rust_version: str | None = None

    @property
    def proc_macro(self) -> bool:
        """Whether it runs inside the compiler, and so is built for this machine."""
        return any("proc-macro" in target.kind for target in self.targets)

    @property
    def build_script(self) -> Path | None:
        """Its build script, if it has one."""
        return next((Path(each.src_path) for each in self.targets if "custom-build" in each.kind), None)


class EdgeKind(msgspec.Struct, frozen=True):
    """One reason why a package depends on another: the kind, and the platform that it is for."""

    kind: DependencyKind | None = None
    target: str | None = None


class Edge(msgspec.Struct, frozen=True):
    """One resolved dependency: ``name`` is what the code calls it, ``pkg`` the id of the package."""

    name: str
    pkg: str
    dep_kinds: tuple[EdgeKind, ...] = ()


class Node(msgspec.Struct, frozen=True):
    """What one package was resolved to. ``features`` are those that anything turns on, development included."""

    id: str
    deps: tuple[Edge, ...] = ()
    features: tuple[str, ...] = ()


class Resolve(msgspec.Struct, frozen=True):
    """The resolved graph. ``root`` is the package in the folder, ``None`` for a workspace without one."""

    nodes: tuple[Node, ...]
    root: str | None = None


class Metadata(msgspec.Struct, frozen=True):
    """The whole answer of cargo."""

    packages: tuple[Package, ...]
    workspace_members: tuple[str, ...]
    workspace_root: str
    resolve: Resolve
    target_directory: str = ""
    workspace_default_members: tuple[str, ...] = ()
    metadata: Any = None


@dataclass(frozen=True)
class Selection:
    """Which packages of a workspace are built, and with which features: cargo's own flags."""

    packages: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    all_features: bool = False
    no_default_features: bool = False
    workspace: bool = False
    exclude: tuple[str, ...] = ()

    def metadata_arguments(self) -> list[str]:
        """Return the flags of `cargo metadata` that bring everything selected into the graph, and perhaps more.

        Default features are left on: that command has no ``--package`` for which to turn them off.
        """
        named = [
            feature if "/" in feature or not self.packages else f"{package}/{feature}"
            for feature in self.features
            for package in self.packages or ("",)
        ]
        chosen = [f"--features={','.join(named)}"] if named else []
        return [*chosen, *(["--all-features"] if self.all_features else [])]


@dataclass(frozen=True)
class Platform:
    """One of Rust's platforms: its triple, and what ``cfg`` says there (``target_os = "linux"``, ``unix``).

    A name without a value maps to an empty set of values.
    """

    triple: str
    configuration: Mapping[str, frozenset[str]]


def read_metadata(  # noqa: PLR0913 - cargo's own flags
    folder: Path,
    triples: Sequence[str],
    *,
    cargo: Path,
    selection: Selection | None = None,
    manifest: Path | None = None,
    locked: bool = False,
    offline: bool = False,
    environment: Mapping[str, str] | None = None,
    told_as: tuple[Path, Path] | None = None,
    seconds: float = ANSWER_SECONDS,
) -> Metadata:
    """Return what cargo says about the project in ``folder`` on the platforms ``triples`` (Rust's spelling).

    Only packages that one of the platforms needs are in the graph. ``manifest`` names another Cargo.toml than the
    folder's; the folder still decides which settings of cargo hold. With ``told_as``, paths below its first folder are
    told as if they were below its second. ``seconds`` is how long cargo may take. Writes Cargo.lock where cargo would.
    Raises `UsageError` for a feature that does not exist, `BuildFailedError` for a manifest or lock file that cargo
    refuses, `ToolMissingError` for a toolchain that is not installed, `InputOutputError` without network: each in
    cargo's own words.
    """
    command = [str(cargo), "metadata", "--format-version=1"]
    command += [f"--filter-platform={triple}" for triple in dict.fromkeys(triples)]
    command += [f"--manifest-path={manifest}"] if manifest else []
    command += selection.metadata_arguments() if selection else []
    command += ["--locked"] if locked else []
    command += ["--offline"] if offline else []
    answer = ask(command, cwd=folder, environment=environment, seconds=seconds)
    if told_as:
        here, there = (msgspec.json.encode(str(path))[1:-1] for path in told_as)
        answer = answer.replace(here, there)
    try:
        metadata = decoded(answer, Metadata)
    except msgspec.DecodeError as error:
        raise BuildFailedError(
            f"cargo metadata answers in a form that is not understood: {error}",
            hint="cargo 1.71 and newer are understood; `cargo --version` prints yours",
        ) from error
    if len(metadata.packages) > MAXIMUM_PACKAGES:
        raise BuildFailedError(f"the project has more than {MAXIMUM_PACKAGES} packages")
    return metadata


def read_platform(
    folder: Path, triple: str | None, *, rustc: Path, environment: Mapping[str, str] | None = None
) -> Platform:
    """Return what rustc says about a platform, or about this machine for ``None``; raises as `read_metadata`."""
    if triple is None:
        said = ask([str(rustc), "-vV"], cwd=folder, environment=environment, seconds=QUESTION_SECONDS).decode()
        lines = dict(line.partition(": ")[::2] for line in said.splitlines())
        triple = lines.get("host", "")
    command = [str(rustc), "--print=cfg", f"--target={triple}"]
    printed = ask(command, cwd=folder, environment=environment, seconds=QUESTION_SECONDS).decode(errors="replace")
    configuration: dict[str, set[str]] = {}
    for line in printed.splitlines():
        name, equals, value = line.partition("=")
        values = configuration.setdefault(name, set())
        if equals:
            values.add(value.strip('"'))
    return Platform(triple, {name: frozenset(values) for name, values in configuration.items()})


def ask(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str] | None, seconds: float) -> bytes:
    """Return what a question to cargo or rustc prints; raises what `cargo_error` makes of a refusal."""
    surroundings = {**(os.environ if environment is None else environment), "CARGO_TERM_COLOR": "never"}
    # A proxy of rustup prints a backtrace under its reason otherwise.
    surroundings["RUST_BACKTRACE"] = "0"
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=surroundings,
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=errors,
                process_group=0,
            )
        except FileNotFoundError as error:
            if not cwd.is_dir():
                raise nothing_at(str(cwd)) from error
            raise ToolMissingError(f"{command[0]} is missing", hint="install Rust: https://rustup.rs") from error
        try:
            status = wait_for(process, seconds)
        except subprocess.TimeoutExpired as error:
            raise BuildFailedError(f"{Path(command[0]).name} did not answer within {seconds:.0f} seconds") from error
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if status:
            raise cargo_error(_head(errors, ERROR_BYTES).decode(errors="replace"))
        if answer.tell() > ANSWER_BYTES or os.fstat(answer.fileno()).st_size > ANSWER_BYTES:
            raise BuildFailedError(f"{Path(command[0]).name} answers with more than {ANSWER_BYTES >> 20} MB")
        return _head(answer, ANSWER_BYTES)


def _head(file: IO[bytes], count: int) -> bytes:
    file.seek(0)
    return file.read(count)
