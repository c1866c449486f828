"""cargo's own settings, as far as they decide how rustc is called.

cargo reads them from ``.cargo/config.toml`` in the project's folder and all folders above it, then in its home (The
Cargo Book, "Configuration"). What gives rustc its flags in ``RUSTFLAGS`` or there must not be lost when flags of ours
are added, and cargo takes them from one place only ("build.rustflags").
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from everylinux.reading import read_head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from everylinux.toolchains.rust.cargo_metadata import Platform

# rustc's flags in one variable, and what stands between them (The Cargo Book, "build.rustflags").
ENCODED_FLAGS = "CARGO_ENCODED_RUSTFLAGS"
SEPARATOR = "\x1f"
LARGEST_FILE = 1 << 20
CODEGEN = ("-C", "--codegen")
NATIVE = "target-cpu=native"
# Both names are read, the older one first where both are there; so is the choice of a toolchain.
CONFIGURATIONS = (".cargo/config", ".cargo/config.toml")
TOOLCHAIN_FILES = ("rust-toolchain", "rust-toolchain.toml")


def cargo_home() -> Path:
    """Return where cargo keeps what all projects share (The Cargo Book, "Cargo Home")."""
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")


def rustup_home() -> Path:
    """Return where rustup keeps its toolchains and settings (The rustup Book, "Environment variables")."""
    return Path(os.environ.get("RUSTUP_HOME") or Path.home() / ".rustup")


def settings_files(folder: Path) -> list[Path]:
    """Return the files that exist in which cargo and rustup find settings for a folder, nearest folder first."""
    found = _in_and_above(folder, (*CONFIGURATIONS, *TOOLCHAIN_FILES))
    found += [path for name in ("config", "config.toml") if (path := cargo_home() / name).is_file()]
    return list(dict.fromkeys(found))


def toolchain_files(folder: Path) -> list[Path]:
    """Return the files that exist in which rustup finds the toolchain for a folder, nearest folder first."""
    return _in_and_above(folder, TOOLCHAIN_FILES)


def project_flags(
    folder: Path, triple: str, platform: Callable[[], Platform], environment: Mapping[str, str]
) -> list[str]:
    """Return the flags that cargo would give rustc for a target: those of the first place that has any.

    The places are ``CARGO_ENCODED_RUSTFLAGS``, ``RUSTFLAGS``, the target's own and those of matching ``cfg(...)``
    together, and ``build.rustflags`` (The Cargo Book, "build.rustflags"). ``platform`` is asked only where a
    ``cfg(...)`` has flags.
    """
    if encoded := environment.get(ENCODED_FLAGS):
        return encoded.split(SEPARATOR)
    if plain := environment.get("RUSTFLAGS", "").split():
        return plain
    tables = [_table(path) for path in reversed(settings_files(folder)) if path.name.startswith("config")]
    own: list[str] = []
    for table in tables:
        targets = table.get("target")
        for name, section in targets.items() if isinstance(targets, dict) else ():
            flags = _flags(section)
            if flags and (name == triple or (name.startswith("cfg(") and _holds(name, triple, platform()))):
                own += flags
    own += environment.get(f"CARGO_TARGET_{variable(triple).upper()}_RUSTFLAGS", "").split()
    if own:
        return own
    common = [flag for table in tables for flag in _flags(table.get("build"))]
    return common + environment.get("CARGO_BUILD_RUSTFLAGS", "").split()


def without_own_processor(flags: Sequence[str]) -> list[str]:
    """Return rustc's flags without ``-C target-cpu=native``, which makes code for the processor of this machine only.

    rustc takes ``-C``, ``--codegen`` and the value as one word or two ("Codegen Options" in The rustc Book).
    """
    kept: list[str] = []
    for flag in flags:
        name, joined, value = flag.partition("=") if flag.startswith("--") else (flag[:2], flag[2:], flag[2:])
        if name in CODEGEN and joined and value == NATIVE:
            continue
        if flag == NATIVE and kept and kept[-1] in CODEGEN:
            kept.pop()
            continue
        kept.append(flag)
    return kept


def _in_and_above(folder: Path, names: Sequence[str]) -> list[Path]:
    return [path for parent in (folder, *folder.parents) for name in names if (path := parent / name).is_file()]


def variable(triple: str) -> str:
    """Return a triple as it stands in the names of variables."""
    return triple.replace("-", "_").replace(".", "_")


def _holds(condition: str, triple: str, platform: Platform) -> bool:
    from everylinux.advice.conditions import on_platform

    return on_platform(condition, triple, platform.configuration)


def _table(path: Path) -> dict[str, Any]:
    """Return a file's content; cargo itself says what is wrong with one that is no TOML."""
    try:
        return tomllib.loads(read_head(path, LARGEST_FILE).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return {}


def _flags(section: object) -> list[str]:
    """Return the flags of one table: a list, or words in one text."""
    flags = section.get("rustflags") if isinstance(section, dict) else None
    if isinstance(flags, str):
        return flags.split()
    return list(_texts(flags)) if isinstance(flags, list) else []


def _texts(values: list[object]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))
