"""Extensions in Rust: what aims cargo at a target where maturin or setuptools-rust call it.

Both take the target from ``CARGO_BUILD_TARGET``, and what PyO3 has to know of the target's Python from the file that
``PYO3_CONFIG_FILE`` names (maturin's user guide, "Cross compiling"; PyO3's user guide, "Building and distribution").
"""

from __future__ import annotations

import contextlib
import functools
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.builders.cargo.ahead import Ahead
from everylinux.builders.cargo.arguments import read_arguments
from everylinux.builders.cargo.environment import flagged_environment
from everylinux.builders.cargo.folder import target_folder
from everylinux.builders.python.neutral import neutral_recipe
from everylinux.builders.python.project import LARGEST, SCRIPT
from everylinux.builders.python.repeatable import hidden_folders
from everylinux.builders.python.rust_bindings import features_for
from everylinux.builders.python.rust_lacking import cures_told
from everylinux.builders.scratch import is_left_out
from everylinux.cache import locked
from everylinux.decoding import read_facts
from everylinux.reading import read_head
from everylinux.target import version_key
from everylinux.toolchains.rust.library import standard_library
from everylinux.toolchains.rust.settings import ENCODED_FLAGS, SEPARATOR
from everylinux.toolchains.rust.toolchain import find_rust
from everylinux.toolchains.rust.wiring import rust_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.builders.interface import BuildContext
    from everylinux.builders.python.project import BuildSystem
    from everylinux.toolchains.python.target import TargetPython
    from everylinux.toolchains.wiring import Wiring

LOCK_FILE = "Cargo.lock"
MOST_LOCK_FILES = 32
# What a setup.py without a pyproject.toml imports.
IMPORTED = b"setuptools_rust"


def compiles_rust(system: BuildSystem, folder: Path) -> bool:
    """Return whether the wheel's own build compiles Rust: by what it requires, or by what its setup.py imports."""
    if any(each.startswith(_requirements()) for each in system.requires):
        return True
    script = folder / SCRIPT
    return not system.declared and script.is_file() and IMPORTED in read_head(script, LARGEST)


class _Backends(msgspec.Struct, frozen=True):
    requirements: tuple[str, ...]


@functools.cache
def _requirements() -> tuple[str, ...]:
    return read_facts("toolchains/rust-backends.json", _Backends).requirements


@dataclass(frozen=True)
class Cargo:
    """cargo, aimed at one target by the ``environment`` in which a build backend calls it; it builds in ``built``.

    ``limited`` is the release whose stable ABI is asked for.
    """

    environment: dict[str, str]
    built: Path
    limited: tuple[int, ...]

    def environment_for(self, python: TargetPython) -> dict[str, str]:
        """Return the environment with what PyO3 has to know of a Python; writes the file that it reads.

        Nothing is linked with libpython: the symbols are those of the process that imports the extension. PyO3 brings
        its own declarations, so that a module for the stable ABI of a newer release than the interpreter's can be made.
        A file that is as it was stays: cargo builds again what a newer one decides.
        """
        interpreter = python.interpreter
        release = max(interpreter.release, self.limited[:2])
        lines = [
            "implementation=CPython",
            f"version={release[0]}.{release[1]}",
            "shared=true",
            f"pointer_width={python.wiring.target.cpu.elf.bits}",
            f"build_flags={'Py_GIL_DISABLED' if interpreter.flags else ''}",
            "suppress_build_script_link_lines=true",
        ]
        if interpreter.flags:  # maturin's own; PyO3 warns of what it does not know
            lines += [f"abiflags={interpreter.flags}", f"ext_suffix=.{python.soabi}.so"]
        file = self.built / f"pyo3-{release[1]}-{python.soabi}.txt"
        text = "\n".join(lines) + "\n"
        if not file.is_file() or file.read_text() != text:
            file.write_text(text)
        return {**self.environment, "PYO3_CONFIG_FILE": str(file)}


@contextlib.contextmanager
def cargo_aimed(context: BuildContext, wiring: Wiring) -> Iterator[Cargo]:
    """Yield cargo as it builds for the target of a wiring, with Rust's standard library for it.

    maturin puts what it made beside what cargo keeps, under a name without the target, so that the targets of one
    project take turns. Raises what `find_rust` and `standard_library` raise.
    """
    rust = find_rust(context.source)
    with target_folder(context.project.folder, context.target) as folder, locked(folder / "wheel"):
        built = _where_built(context, folder)
        built.mkdir(exist_ok=True)
        environment = {
            **rust_environment(wiring, rust, built),
            "CARGO_TARGET_DIR": str(built),
            "CARGO_BUILD_TARGET": wiring.target.rust,
            "CARGO_BUILD_JOBS": str(context.jobs),
            **({"CARGO_NET_OFFLINE": "true"} if context.offline else {}),
            **_for_the_stable_abi(context),
        }
        with standard_library(
            rust,
            wiring.target.rust,
            origin=context.rust_std,
            room=context.rust_std_room * (1 << 30),
            offline=context.offline,
            jobs=context.jobs,
            commands=context.commands,
            environment=environment,
            progress=context.progress,
        ) as library:
            lock_files = list(_lock_files(context.source))
            flagged = flagged_environment(
                environment,
                context.source,
                lock_files,
                wiring=wiring,
                rust=rust,
                library=library,
                say=context.progress.say,
            )
            workspace = lock_files[0].parent if lock_files else context.source
            ahead = Ahead(
                folder=workspace,
                workspace=workspace,
                parts=context.project.parts,
                built=built,
                rust=rust,
                arguments=read_arguments((), offline=context.offline),
                target=wiring.target,
                sysroot=wiring.sysroot,
                environment=environment,
            )
            with cures_told(ahead, context):
                yield Cargo(flagged | _remapped(flagged, context), built, version_key(context.limited_api or ""))


def _remapped(flagged: dict[str, str], context: BuildContext) -> dict[str, str]:
    """Return rustc's flags with such that leave this machine's folders out of what it compiles: panics name places."""
    hidden = (f"--remap-path-prefix={folder}/=" for folder in hidden_folders(context))
    return {ENCODED_FLAGS: SEPARATOR.join([flagged[ENCODED_FLAGS], *hidden])}


def _where_built(context: BuildContext, folder: Path) -> Path:
    """Return where cargo builds: it does not see what the compiler's commands link into each module.

    What is in a static one is judged by the map of its link: each is linked anew.
    """
    if context.target.libc == "static":
        return context.work / "cargo"
    return folder / f"neutral-{neutral_recipe()}" if context.target.libc == "neutral" else folder


def _for_the_stable_abi(context: BuildContext) -> dict[str, str]:
    """Return the arguments by which maturin is asked for it; setuptools-rust takes it from setuptools."""
    features = features_for(context.source, context.limited_api) if context.limited_api else []
    given = os.environ.get("MATURIN_PEP517_ARGS", "")
    asked = shlex.join(f"--features={each}" for each in features)
    return {"MATURIN_PEP517_ARGS": f"{given} {asked}".strip()} if features else {}


def _lock_files(source: Path) -> Iterator[Path]:
    """Yield the lock files of a project; setuptools-rust's crates lie anywhere in it."""
    count = 0
    for parent, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if not is_left_out(Path(parent, name)))
        if LOCK_FILE in names and count < MOST_LOCK_FILES:
            count += 1
            yield Path(parent, LOCK_FILE)
