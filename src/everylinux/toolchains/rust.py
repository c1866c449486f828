"""Rust's compiler and cargo as a project's folder chooses them."""

from __future__ import annotations

import functools
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from everylinux.errors import ToolMissingError
from everylinux.toolchains.cargo_metadata import QUESTION_SECONDS, ask
from everylinux.toolchains.find import install_command, require, tool_named


@dataclass(frozen=True)
class Rust:
    """cargo and rustc. ``sysroot`` holds rustc's libraries, ``host`` is the triple of this machine.

    ``rustup`` and ``toolchain`` are there when rustup keeps this toolchain, and so can add to it.
    """

    cargo: Path
    rustc: Path
    version: str
    commit: str
    host: str
    sysroot: Path
    rustup: Path | None = None
    toolchain: str = ""

    def library(self, triple: str) -> Path:
        """Return the folder in which rustc looks for the standard library of a target."""
        return library_folder(self.sysroot, triple)

    @property
    def source(self) -> Path:
        """The folder of the standard library's source, where the component ``rust-src`` puts it."""
        return self.sysroot / "lib/rustlib/src/rust/library"


def library_folder(sysroot: Path, triple: str) -> Path:
    """Return the folder of a target's libraries in a sysroot (rustc book, ``--sysroot``)."""
    return sysroot / "lib/rustlib" / triple / "lib"


@functools.cache
def find_rust(folder: Path) -> Rust:
    """Return the toolchain that ``folder`` chooses (rustup book, "Overrides"), or the rustc that ``RUSTC`` names.

    rustup is kept from installing a toolchain unasked. Raises `ToolMissingError` where there is no cargo, or where the
    folder names a toolchain that is not installed.
    """
    named = os.environ.get("RUSTC")
    cargo, rustc = require("cargo"), Path(named) if named else require("rustc")
    environment = {**os.environ, "RUSTUP_AUTO_INSTALL": "0"}
    with ThreadPoolExecutor(2) as pool:
        questions = ([str(rustc), "-vV"], [str(rustc), "--print=sysroot"])
        said, printed = pool.map(
            lambda question: ask(question, cwd=folder, environment=environment, seconds=QUESTION_SECONDS), questions
        )
    facts = dict(line.partition(": ")[::2] for line in said.decode(errors="replace").splitlines())
    sysroot = Path(os.fsdecode(printed.strip()))
    if not facts.get("host") or not sysroot.is_dir():
        raise ToolMissingError(f"{rustc} does not say what it is", hint=install_command(tool_named("rustc")))
    version = facts.get("release", "")
    # rustup keeps each toolchain in a folder of its name, beside the others.
    ours = sysroot.parent.name == "toolchains" and (sysroot / "lib/rustlib/components").is_file()
    found = shutil.which("rustup") if ours else None
    return Rust(
        cargo=cargo,
        rustc=rustc,
        version=version,
        commit=facts.get("commit-hash", version),
        host=facts["host"],
        sysroot=sysroot,
        rustup=Path(found) if found else None,
        toolchain=sysroot.name if found else "",
    )
