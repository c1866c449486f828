"""Answers of `cargo metadata` (1.95) for small projects, recorded, with what `cargo tree` said of the same projects.

Each project has one dependency, on x86_64-unknown-linux-musl; ``data/cargo-metadata/NAME.tree`` is the output of
``cargo tree --target … -e normal,build --prefix none -f '{p}|{f}'``, sorted.
"""

from __future__ import annotations

import lzma
from pathlib import Path

import msgspec

from everylinux.advice.findings import Examination
from everylinux.advice.resolution import Project
from everylinux.advice.surroundings import Surroundings
from everylinux.spelling import parse_targets
from everylinux.toolchains.rust.cargo_metadata import Metadata, Platform, Selection

FOLDER = Path(__file__).parent / "data/cargo-metadata"
NAMES = tuple(sorted(path.name.removesuffix(".json.xz") for path in FOLDER.glob("*.json.xz")))


def platform(triple: str) -> Platform:
    """Return what rustc says about a Linux platform, as far as dependencies ask for it."""
    cpu, vendor, system, env = triple.split("-")
    big = cpu in {"s390x", "powerpc64"}
    configuration = {
        "target_arch": {"powerpc64le": "powerpc64", "riscv64gc": "riscv64"}.get(cpu, cpu),
        "target_endian": "big" if big else "little",
        "target_env": env,
        "target_family": "unix",
        "target_os": system,
        "target_pointer_width": "64",
        "target_vendor": vendor,
    }
    values = {name: frozenset({value}) for name, value in configuration.items()}
    return Platform(triple, {**values, "unix": frozenset()})


def recorded(name: str, triple: str = "x86_64-unknown-linux-musl", selection: Selection | None = None) -> Project:
    """Return a recorded project, for a target on a machine with glibc."""
    metadata = msgspec.json.decode(lzma.decompress((FOLDER / f"{name}.json.xz").read_bytes()), type=Metadata)
    host = platform("x86_64-unknown-linux-gnu")
    # The project's own manifest is not recorded: it is of edition 2021.
    return Project(metadata, platform(triple), host, selection or Selection(), resolver=2)


def examined(project: Project, environment: dict[str, str] | None = None) -> Examination:
    """Return the examination of a project without a sysroot."""
    (target,) = parse_targets(project.target.triple)
    return Examination(project, Surroundings(target, None, environment or {}))
