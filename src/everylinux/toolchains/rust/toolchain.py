"""Rust's compiler and cargo as a project's folder chooses them."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from everylinux.decoding import decoded
from everylinux.errors import ToolMissingError
from everylinux.toolchains.answers import keep_answer, kept_answer, stamp
from everylinux.toolchains.find import install_command, require, tool_named
from everylinux.toolchains.rust.cargo_metadata import QUESTION_SECONDS, ask
from everylinux.toolchains.rust.settings import rustup_home, toolchain_files

# What rustup reads where its own settings choose no toolchain (rustup book, "Configuration").
FALLBACK = Path("/etc/rustup/settings.toml")
# What every toolchain that rustup brought has, as far as it is needed here.
OF_RUSTUP = ("lib/rustlib/components", "bin/cargo", "bin/rustc")


@dataclass(frozen=True)
class Rust:
    """cargo and rustc. ``sysroot`` holds rustc's libraries, ``host`` is the triple of this machine.

    ``toolchain`` is its name where rustup keeps it; with ``rustup`` itself there, it can be added to.
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

    @property
    def variables(self) -> dict[str, str]:
        """What rustup's proxy of cargo tells the programs that it starts, where none of its proxies is called."""
        if self.cargo.parent != self.sysroot / "bin":
            return {}
        return {"RUSTUP_TOOLCHAIN": self.toolchain, "RUSTUP_HOME": str(self.sysroot.parent.parent)}


def library_folder(sysroot: Path, triple: str) -> Path:
    """Return the folder of a target's libraries in a sysroot (rustc book, ``--sysroot``)."""
    return sysroot / "lib/rustlib" / triple / "lib"


@functools.cache
def find_rust(folder: Path) -> Rust:
    """Return the toolchain that ``folder`` chooses (rustup book, "Overrides"), or the rustc that ``RUSTC`` names.

    rustup is kept from installing a toolchain unasked; of a toolchain that it keeps, the programs themselves are
    called, not its proxies. Raises `ToolMissingError` where there is no cargo, or where the folder names a toolchain
    that is not installed.
    """
    named = os.environ.get("RUSTC")
    if named and shutil.which(named) is None:
        raise ToolMissingError(f"there is no program {named}, which RUSTC names", hint="correct RUSTC, or unset it")
    cargo, rustc = require("cargo"), Path(named) if named else require("rustc")
    said = _said(folder, cargo, rustc)
    facts = dict(line.partition(": ")[::2] for line in said.version.splitlines())
    sysroot = Path(said.sysroot)
    if not facts.get("host") or not sysroot.is_dir():
        raise ToolMissingError(f"{rustc} does not say what it is", hint=install_command(tool_named("rustc")))
    version = facts.get("release", "")
    ours = _is_kept_by_rustup(sysroot)
    if ours and not named:
        cargo, rustc = (sysroot / "bin" / name for name in ("cargo", "rustc"))
    found = shutil.which("rustup") if ours else None
    return Rust(
        cargo=cargo,
        rustc=rustc,
        version=version,
        commit=facts.get("commit-hash", version),
        host=facts["host"],
        sysroot=sysroot,
        rustup=Path(found) if found else None,
        toolchain=sysroot.name if ours else "",
    )


class _Said(msgspec.Struct, frozen=True):
    """What rustc says of itself; ``stamp`` is that of the program in its sysroot."""

    version: str
    sysroot: str
    stamp: str


def _said(folder: Path, cargo: Path, rustc: Path) -> _Said:
    """Return what rustc says, from last time where nothing that decides it has changed."""
    question = _question(folder, cargo, rustc)
    if (known := kept_answer(question)) is not None:
        with contextlib.suppress(msgspec.DecodeError):
            said = decoded(known, _Said)
            if said.stamp == stamp(Path(said.sysroot, "bin/rustc")):
                return said
    environment = {**os.environ, "RUSTUP_AUTO_INSTALL": "0"}
    with ThreadPoolExecutor(2) as pool:
        version, sysroot = pool.map(
            lambda argument: ask([str(rustc), argument], cwd=folder, environment=environment, seconds=QUESTION_SECONDS),
            ("-vV", "--print=sysroot"),
        )
    where = Path(os.fsdecode(sysroot.strip()))
    said = _Said(version.decode(errors="replace"), str(where), stamp(where / "bin/rustc"))
    # Any other program that stands in for rustc may answer as it likes.
    if _is_kept_by_rustup(where) or rustc.resolve() == (where / "bin/rustc").resolve():
        keep_answer(question, msgspec.json.encode(said))
    return said


def _question(folder: Path, cargo: Path, rustc: Path) -> list[str]:
    """Return what decides which toolchain answers for a folder (rustup book, "Overrides", "Configuration")."""
    files = [cargo, rustc, rustup_home() / "settings.toml", FALLBACK, *toolchain_files(folder)]
    return ["rustc", str(folder), os.environ.get("RUSTUP_TOOLCHAIN", ""), *map(stamp, files)]


def _is_kept_by_rustup(sysroot: Path) -> bool:
    """Return whether this is one of rustup's toolchains: it keeps each in a folder of its name, beside the others."""
    return sysroot.parent.name == "toolchains" and all((sysroot / path).is_file() for path in OF_RUSTUP)
