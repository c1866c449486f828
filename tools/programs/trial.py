"""Building a real program with `everylinux build` and running what came out where it has to run.

Programs for musl run in an empty root, those for glibc in a Debian root of their CPU; foreign CPUs are emulated.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import msgspec

from everylinux.cache import directory_made_whole
from everylinux.errors import EverylinuxError, ToolMissingError
from everylinux.evidence import Build, BuildReport, Verdict
from everylinux.images import open_images
from everylinux.loader import check_file
from everylinux.sandbox import Mount, ProveRequest, prove_file
from everylinux.sandbox.emulator import find_emulator, runs_natively
from everylinux.sandbox.interface import WORKING_DIRECTORY, Confinement, Observation
from everylinux.sandbox.isolation.bubblewrap import Bubblewrap
from everylinux.toolchains.find import require
from programs.declaration import programs
from programs.fetch import fetch_project
from roots import make_root
from roots.store import development_cache

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from everylinux.target import Target

SECONDS_FOR_A_BUILD = 3600
SECONDS_FOR_A_RUN = 300.0
# The oldest Debian that has the CPU: what runs there runs on everything newer.
SUITE, SUITE_OF_RISCV64 = "bookworm", "trixie"


@dataclass(frozen=True)
class BuiltProgram:
    """One program built for one target; ``files`` are what the build kept, by name."""

    name: str
    target: Target
    build: Build
    files: Mapping[str, Path]

    @property
    def image(self) -> str:
        """The image it has to run on: the empty one for a static program."""
        return "scratch" if self.target.static else f"dir:{make_root(root_name(self.target))}"

    def predict(self, file: str) -> Verdict:
        """Return what `check` says about one of the files on that image."""
        return check_file(self.files[file], open_images([self.image])).verdicts[0]

    def run(
        self, file: str, *arguments: str, stdin: bytes = b"", inputs: Mapping[str, Path] | None = None
    ) -> Observation:
        """Run one of the files in that image; ``inputs`` lie in its working folder, by their names there.

        Raises `AssertionError` when `prove` does not say that it started.
        """
        watched = Watched()
        with NamedTemporaryFile() as given:
            given.write(stdin)
            given.flush()
            run = prove_file(
                ProveRequest(
                    path=self.files[file],
                    image=open_images([self.image])[0],
                    arguments=arguments,
                    stdin=Path(given.name),
                    timeout=SECONDS_FOR_A_RUN,
                    mounts=tuple(Mount(path, f"{WORKING_DIRECTORY}/{name}") for name, path in (inputs or {}).items()),
                ),
                sandbox=watched,
            )
        if run.verdict != "ok" or watched.seen is None:
            raise AssertionError(f"prove says {run.verdict}: {run.reasons or run.note}")
        return watched.seen


class Watched:
    """The sandbox, keeping what was seen: a record has text, these tests compare bytes."""

    def __init__(self) -> None:
        self.seen: Observation | None = None
        self.label = Bubblewrap().label

    def run(self, confinement: Confinement) -> Observation:
        """Run the program; see `everylinux.sandbox.interface.Sandbox`."""
        self.seen = Bubblewrap().run(confinement)
        return self.seen


def root_name(target: Target) -> str:
    """Return the Debian root in which programs for a glibc target run."""
    suite = SUITE_OF_RISCV64 if target.debian == "riscv64" else SUITE
    return f"minimal-{suite}-{target.debian}"


def obstacle(name: str, target: Target) -> str:
    """Return why this machine can not build and run a program for a target; empty when it can."""
    needed = [*programs()[name].tools, "bubblewrap"]
    if programs()[name].sysroot:
        needed += programs()[str(programs()[name].sysroot)].tools
    if not runs_natively(target.cpu) and find_emulator(target.cpu) is None:
        needed.append("qemu-user")
    for tool in needed:
        try:
            require(tool)
        except ToolMissingError as error:
            return f"{error.message}; {error.hint}"
    try:
        fetch_project(name)
        if not target.static:
            make_root(root_name(target))
    except EverylinuxError as error:
        return " - ".join(part for part in (error.message, error.meaning, error.hint) if part)
    return ""


def build_program(name: str, targets: Sequence[Target]) -> dict[str, BuiltProgram]:
    """Build a program for several targets and return it by target; a failed build is a record, not an error.

    What an earlier run built is taken over if nothing changed, as for every user.
    """
    library = programs()[name].sysroot
    if library is None:
        return _build(name, targets, None)
    libraries = build_program(library, targets)
    sysroots = development_cache() / "sysroots" / library
    for built in libraries.values():
        _lay_sysroot(built, sysroots / built.target.name)
    ready = [target for target in targets if libraries[target.name].build.status != "failed"]
    unready = [libraries[target.name] for target in targets if target not in ready]
    return (_build(name, ready, sysroots) if ready else {}) | {built.target.name: built for built in unready}


def _build(name: str, targets: Sequence[Target], sysroot: Path | None) -> dict[str, BuiltProgram]:
    program = programs()[name]
    out = development_cache() / "programs-built" / name
    command = [sys.executable, "-m", "everylinux", "build", str(fetch_project(name) / program.path)]
    command += ["--target", ",".join(target.name for target in targets), "--out", str(out), "--quiet"]
    command += [option for glob in program.artifacts for option in ("--artifact", glob)]
    if sysroot:
        command += ["--sysroot", str(sysroot)]
    with NamedTemporaryFile(suffix=".json") as report:
        command += ["--output", f"json={report.name}"]
        if program.arguments:
            command += ["--", *program.arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS_FOR_A_BUILD)
        content = Path(report.name).read_bytes()
    if not content:
        raise AssertionError(f"everylinux build said nothing but (exit {done.returncode}):\n{done.stderr}")
    by_target = {build.target: build for build in msgspec.json.decode(content, type=BuildReport).builds}
    return {target.name: _built(name, target, by_target[target.name]) for target in targets}


def _built(name: str, target: Target, build: Build) -> BuiltProgram:
    return BuiltProgram(name, target, build, {Path(file.path).name: Path(file.path).resolve() for file in build.files})


def _lay_sysroot(library: BuiltProgram, sysroot: Path) -> None:
    """Lay out a built library as a package would: headers and archive below ``usr``."""
    with directory_made_whole(sysroot) as partial:
        for path in library.files.values():
            folder = partial / "usr" / ("include" if path.suffix == ".h" else "lib")
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / path.name)
