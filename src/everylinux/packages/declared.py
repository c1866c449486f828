"""Whether the CPU that a .deb, .rpm, .apk or npm package declares is the one of its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import decoded
from everylinux.evidence import AskedBy, Package, Reason
from everylinux.packages.architectures import architectures_named, architectures_run_by, is_for_all
from everylinux.packages.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.inputs.interface import UnpackedPackage
    from everylinux.packages.architectures import Vocabulary
    from everylinux.packages.modules import Module

VOCABULARIES: dict[str, Vocabulary] = {"deb": "deb", "rpm": "rpm", "apk": "apk", "npm": "npm"}
LIBCS = {"gnu": "glibc", "musl": "musl"}
LONGEST_MANIFEST = 1 << 20


class Manifest(msgspec.Struct, frozen=True):
    """What npm's package.json says about systems (docs.npmjs.com, "package.json": os, cpu, libc); ``!`` means not."""

    os: tuple[str, ...] | str = ()
    cpu: tuple[str, ...] | str = ()
    libc: tuple[str, ...] | str = ()


def judge_declared(package: UnpackedPackage, modules: Sequence[Module]) -> Package:
    """Return the record of a package: whether all its files are for the CPU (and for npm the libc) it declares.

    Files for other systems may lie in it where their path says so: a cross compiler's libraries, prebuilt files.
    """
    if package.kind == "npm":
        judged, reasons = _judge_npm(package, modules)
    else:
        judged, reasons = _judge_architecture(package, modules)
    return record(package, reasons, judged=judged)


def _judge_architecture(package: UnpackedPackage, modules: Sequence[Module]) -> tuple[bool, list[Reason]]:
    vocabulary = VOCABULARIES.get(package.kind)
    if vocabulary is None or not package.arch:
        return False, []
    everywhere = is_for_all(package.arch, vocabulary)
    declared = architectures_named(package.arch, vocabulary)
    if not everywhere and not declared:
        return False, []
    names = {one.name for cpu in declared for one in architectures_run_by(cpu)}
    strangers = [
        module
        for module in modules
        if (everywhere or module.cpu is None or module.cpu.name not in names) and not module.says_whom_it_is_for
    ]
    return True, [_architecture_reason(package, module, vocabulary) for module in strangers]


def _judge_npm(package: UnpackedPackage, modules: Sequence[Module]) -> tuple[bool, list[Reason]]:
    manifest = read_manifest(package.directory)
    systems, cpus, libcs = (_listed(one) for one in (manifest.os, manifest.cpu, manifest.libc))
    if not (cpus or libcs) or not _admits(systems, "linux"):
        return False, []
    reasons = []
    for module in modules:
        named = module.cpu.npm if module.cpu else ()
        if cpus and not any(_admits(cpus, name) for name in named) and not module.says_whom_it_is_for:
            reasons.append(_architecture_reason(package, module, "npm"))
        libc = LIBCS.get(module.libc or "")
        if libcs and libc and not _admits(libcs, libc) and not module.says_whom_it_is_for:
            message = f"the package is for {', '.join(libcs)}, but {module.path} is for {libc}"
            hint = f'declare "libc": ["{libc}"] in package.json, or build it for {libcs[0]}'
            reasons.append(_reason("abi-mismatch", ",".join(libcs), message, hint, module))
    return True, reasons


def read_manifest(directory: Path) -> Manifest:
    """Return what the package.json of an unpacked npm package says; nothing where it has none that can be read."""
    for path in (directory / "package.json", *sorted(directory.glob("*/package.json"))):
        try:
            if path.is_symlink() or path.stat().st_size > LONGEST_MANIFEST:
                continue
            return decoded(path.read_bytes(), Manifest)
        except (OSError, msgspec.DecodeError, UnicodeError, RecursionError):
            continue
    return Manifest()


def _listed(value: tuple[str, ...] | str) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) and value else tuple(value)


def _admits(listed: tuple[str, ...], name: str) -> bool:
    """Return whether npm installs a package for a name (npm-install-checks): ``!`` means all others."""
    wanted = [one for one in listed if not one.startswith("!")]
    return f"!{name}" not in listed and (not wanted or name in wanted or "any" in wanted)


def _architecture_reason(package: UnpackedPackage, module: Module, vocabulary: Vocabulary) -> Reason:
    names = module.cpu.names(vocabulary) if module.cpu else ()
    there = names[0] if names else module.cpu.name if module.cpu else "another CPU"
    declared = package.arch or "other CPUs"
    message = f"the package is for {declared}, but {module.path} is for {there}"
    hint = f"declare {there}" if names else "take that file out"
    return _reason("exec-format", declared, message, f"{hint}, or build {module.name} for {declared}", module)


def _reason(code: str, subject: str, message: str, hint: str, module: Module) -> Reason:
    return Reason(code=code, subject=subject, message=message, asked_by=AskedBy(file=module.path), hint=hint)
