"""The standard library of a Rust target: the toolchain's own, else what rustup brings, else built from its source.

What is built from source is kept for all projects, one sysroot for each rustc and target, as long as there is room. It
is built by cargo's ``-Zbuild-std`` (The Cargo Book, "Unstable Features"), as the toolchain's own is: optimised, with an
unwinder and without, and fit for link-time optimisation. ``RUSTC_BOOTSTRAP=1`` lets a stable cargo do that.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from typing import TYPE_CHECKING, Literal

from everylinux.cache import cache_directory, directory_made_whole, locked
from everylinux.errors import ToolMissingError
from everylinux.kept import in_use, last_used, remove_unless_in_use, size_of
from everylinux.toolchains.rust.cargo_errors import cargo_error
from everylinux.toolchains.rust.settings import ENCODED_FLAGS, SEPARATOR
from everylinux.toolchains.rust.toolchain import library_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from everylinux.builders.commands import Commands
    from everylinux.errors import EverylinuxError
    from everylinux.progress import Progress
    from everylinux.toolchains.rust.toolchain import Rust

Origin = Literal["auto", "prebuilt", "source"]
PACKAGE = "everylinux-library"
# The flags under which the toolchain's own libraries are built (rust-src, library/Cargo.toml).
MANIFEST = f"""\
cargo-features = ["profile-rustflags"]

[package]
name = "{PACKAGE}"
version = "0.0.0"
edition = "2021"

[lib]
path = "library.rs"

[profile.release]
debug = 0

[profile.release.package.compiler_builtins]
codegen-units = 10000

[profile.release.package.panic_abort]
rustflags = ["-Cpanic=abort", "-Cembed-bitcode=yes"]
"""
FLAGS = ("-Cembed-bitcode=yes",)
ERROR_BYTES = 1 << 20


@contextlib.contextmanager
def standard_library(  # noqa: PLR0913 - what each of the ways to come by it needs
    rust: Rust,
    triple: str,
    *,
    origin: Origin,
    room: float,
    offline: bool,
    jobs: int,
    commands: Commands,
    environment: Mapping[str, str],
    progress: Progress,
) -> Iterator[Path | None]:
    """Yield the sysroot that holds the standard library of a target; ``None`` for the toolchain's own.

    ``origin`` allows only one way where it is not ``auto``. ``room`` is how many bytes of the cache those that are
    built from source may take: when one is added, those that were used longest ago go. Raises `ToolMissingError` when
    it cannot be had, with what would bring it; `BuildFailedError` when its own build fails.
    """
    kept = cache_directory("rust")
    built = kept / _key(rust, triple)
    if origin != "source" and _is_library(rust.library(triple)):
        yield None
        return
    if origin != "prebuilt" and _is_library(library_folder(built, triple)):
        with in_use(built):
            if _is_library(library_folder(built, triple)):
                yield built
                return
    if origin != "source" and not offline and _added(rust, triple, commands, environment, progress):
        yield None
        return
    if origin == "prebuilt":
        raise ToolMissingError(
            f"there is no standard library for {triple}",
            meaning=f"Rust {rust.version} has none prebuilt for it, or it cannot be fetched",
            hint="allow it to be built from source: leave rust-std out of the settings, or set it to auto",
        )
    _require_source(rust, triple, commands, environment, progress, offline=offline)
    with in_use(built):
        with locked(built):
            if not _is_library(library_folder(built, triple)):
                progress.say(f"{triple}: building Rust's standard library from source, once, a minute or two")
                _build(rust, triple, built, offline=offline, jobs=jobs, commands=commands, environment=environment)
                make_room(kept, room)
        yield built


def make_room(kept: Path, room: float) -> None:
    """Remove the libraries that were used longest ago, until the rest fit into ``room`` bytes; none that is in use."""
    total = 0
    for folder in last_used(kept):
        size = size_of(folder)
        if total + size <= room or not remove_unless_in_use(folder):
            total += size


def _key(rust: Rust, triple: str) -> str:
    recipe = hashlib.sha256("\0".join((rust.version, rust.commit, str(rust.sysroot), MANIFEST, *FLAGS)).encode())
    return f"{rust.version}-{recipe.hexdigest()[:12]}-{triple}"


def _is_library(folder: Path) -> bool:
    return next(folder.glob("libstd-*.rlib"), None) is not None


def _added(rust: Rust, triple: str, commands: Commands, environment: Mapping[str, str], progress: Progress) -> bool:
    """Let rustup add the target where it keeps the toolchain; return whether it is there then."""
    if rust.rustup is None:
        return False
    with locked(cache_directory("rust") / "rustup"):
        if not _is_library(rust.library(triple)):
            command = [rust.rustup, "target", "add", "--toolchain", rust.toolchain, triple]
            progress.say(f"{triple}: no standard library: rustup target add {triple}")
            if not commands.succeeds(command, cwd=rust.sysroot, environment=environment):
                progress.say(f"{triple}: rustup has none for it")
    return _is_library(rust.library(triple))


def _require_source(  # noqa: PLR0913 - those of `standard_library`
    rust: Rust,
    triple: str,
    commands: Commands,
    environment: Mapping[str, str],
    progress: Progress,
    *,
    offline: bool,
) -> None:
    """See that the source is there; raises `ToolMissingError` with what brings it."""
    if _has_source(rust):
        return
    if rust.rustup and not offline:
        with locked(cache_directory("rust") / "rustup"):
            progress.say(f"{triple}: rustup component add rust-src")
            command = [rust.rustup, "component", "add", "--toolchain", rust.toolchain, "rust-src"]
            commands.succeeds(command, cwd=rust.sysroot, environment=environment)
        if _has_source(rust):
            return
    brings = f"rustup component add --toolchain {rust.toolchain} rust-src" if rust.rustup else ""
    raise ToolMissingError(
        f"there is no standard library for {triple}, and no source to build it from",
        meaning=f"Rust {rust.version} has none prebuilt for it, or it cannot be fetched",
        hint=brings or f"put the source of Rust {rust.version}'s library into {rust.source}, or use rustup: rustup.rs",
    )


def _has_source(rust: Rust) -> bool:
    return (rust.source / "std/Cargo.toml").is_file()


def _refused(log: Path, start: int) -> EverylinuxError:
    """Return the error for what cargo wrote into the log after byte ``start``."""
    with log.open("rb") as file:
        file.seek(start)
        return cargo_error(file.read(ERROR_BYTES).decode(errors="replace"))


def _build(  # noqa: PLR0913 - those of `standard_library`
    rust: Rust,
    triple: str,
    final: Path,
    *,
    offline: bool,
    jobs: int,
    commands: Commands,
    environment: Mapping[str, str],
) -> None:
    # The caller holds the lock: what is there was left by a run that was killed.
    folder = final.with_name(f".building-{final.name}")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
        (folder / "Cargo.toml").write_text(MANIFEST)
        (folder / "library.rs").write_text("#![no_std]\n")
        command = [rust.cargo, "build", "--release", "-Zbuild-std=std,panic_abort", f"--target={triple}", f"-j{jobs}"]
        commands.run(
            [*command, *(["--offline"] if offline else [])],
            cwd=folder,
            environment=_environment(rust, folder, environment),
            step=f"building the standard library for {triple}",
            explain=_refused,
        )
        libraries = library_folder(final, triple)
        top = final / "lib"
        with directory_made_whole(top) as partial:
            libraries = partial / libraries.relative_to(top)
            libraries.mkdir(parents=True)
            for path in sorted((folder / "target" / triple / "release/deps").glob("*.rlib")):
                if not path.name.startswith(f"lib{PACKAGE.replace('-', '_')}-"):
                    shutil.copy2(path, libraries)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(rust: Rust, folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the build: nothing of the project's settings, the same toolchain."""
    kept = {key: value for key, value in environment.items() if not key.startswith(("CARGO_PROFILE_", "CARGO_BUILD_"))}
    return {
        **kept,
        "CARGO_TARGET_DIR": str(folder / "target"),
        ENCODED_FLAGS: SEPARATOR.join(FLAGS),
        "RUSTC_BOOTSTRAP": "1",
        "RUSTC": os.fspath(rust.sysroot / "bin/rustc"),
        **({"RUSTUP_TOOLCHAIN": rust.toolchain} if rust.toolchain else {}),
    }
