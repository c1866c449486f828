"""A sysroot: a folder with the target's headers and libraries, laid out as ``/`` or as an installation prefix.

It is named by its path, or made from Debian packages: see `debian`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.errors import UsageError
from everylinux.toolchains.sysroot.debian import (
    PREFIX,
    DebianPackages,
    check_target,
    describe,
    make_sysroot,
    parse_packages,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.progress import Progress
    from everylinux.target import Target

SysrootSource = Path | DebianPackages


@dataclass(frozen=True)
class Sysroot:
    """The folders of a sysroot that exist, in the order in which they are searched.

    ``pkg_config_arguments`` and ``pkg_config_root`` make pkg-config print paths that exist on this machine.
    ``description`` says in one line what it is made of, ``source`` what was given for it.
    """

    directory: Path
    includes: tuple[Path, ...]
    libraries: tuple[Path, ...]
    pkg_config: tuple[Path, ...]
    pkg_config_root: str
    pkg_config_arguments: tuple[str, ...]
    description: str
    source: SysrootSource


def parse_sysroot(text: str) -> SysrootSource:
    """Return what ``--sysroot`` names: a folder, or packages (``debian:12=zlib1g-dev``); raises `UsageError`."""
    return parse_packages(text) if text.startswith(PREFIX) else Path(text)


def open_sysroots(
    source: SysrootSource | None, targets: Sequence[Target], progress: Progress, *, offline: bool
) -> dict[str, Sysroot | None]:
    """Return each target's sysroot by the target's name, made where it has to be.

    Raises what `open_sysroot` and `debian_sysroot.make_sysroot` raise; a target that the source cannot serve is found
    before anything is fetched.
    """
    if not isinstance(source, DebianPackages):
        return {target.name: open_sysroot(source, target) if source else None for target in targets}
    for target in targets:
        check_target(source, target)
    opened: dict[str, Sysroot | None] = {}
    for target in targets:
        folder = make_sysroot(source, target, progress, offline=offline)
        opened[target.name] = replace(open_sysroot(folder, target), description=describe(source, folder), source=source)
    return opened


def open_sysroot(directory: Path, target: Target) -> Sysroot:
    """Return the folders of a sysroot for one target.

    A sub-folder named after the target is taken instead, so that one ``--sysroot`` can serve several targets. Raises
    `UsageError` when there is no such folder, or nothing in it.
    """
    base = directory.resolve()
    if not base.is_dir():
        raise UsageError(f"there is no folder {directory}", hint="check --sysroot")
    for name in (target.name, target.triple):
        if (base / name).is_dir():
            base = base / name
            break
    tuples = tuple(dict.fromkeys((target.debian_tuple, target.triple, target.autoconf)))
    prefixes = [folder for folder in (base / "usr/local", base / "usr", base) if folder.is_dir()]
    bits = f"lib{target.cpu.elf.bits}"
    includes = [
        folder
        for prefix in prefixes
        for folder in (*(prefix / "include" / name for name in tuples), prefix / "include")
    ]
    libraries = [
        folder
        for prefix in prefixes
        for folder in (*(prefix / "lib" / name for name in tuples), prefix / "lib", prefix / bits)
    ]
    pkg_config = [folder / "pkgconfig" for folder in (*libraries, *(prefix / "share" for prefix in prefixes))]
    found = Sysroot(
        base,
        _present(includes),
        _present(libraries),
        _present(pkg_config),
        *_relocation(base, pkg_config),
        str(directory),
        directory,
    )
    if not (found.includes or found.libraries):
        raise UsageError(
            f"{directory} has neither headers nor libraries for {target.name}",
            hint="a sysroot has include and lib, or usr/include and usr/lib, as in the target's root folder",
        )
    return found


def _present(folders: list[Path]) -> tuple[Path, ...]:
    """Return the folders that are there, each once: /lib may be a link to /usr/lib."""
    present: dict[Path, Path] = {}
    for folder in folders:
        if folder.is_dir():
            present.setdefault(folder.resolve(), folder)
    return tuple(present.values())


def _relocation(base: Path, folders: list[Path]) -> tuple[str, tuple[str, ...]]:
    """Return pkg-config's root and arguments for the way in which this sysroot was filled.

    A ``.pc`` file may name a real path, a path inside the sysroot (``prefix=/usr`` below a root folder), or the prefix
    of an installation that was moved; one sysroot is taken to be of one kind.
    """
    for folder in folders:
        for file in sorted(folder.glob("*.pc")) if folder.is_dir() else ():
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
                key, _, value = line.partition("=")
                if key.strip() != "prefix":
                    continue
                prefix = value.strip()
                if prefix.startswith((str(base), "$")):
                    return "", ()
                if (base / prefix.lstrip("/")).is_dir() and prefix.strip("/"):
                    return str(base), ()
                return "", ("--define-prefix",)
    return str(base), ()
