"""What cures a missing library in a system's package: its package manager brings what it declares."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import msgspec

from everylinux.loader.hints import hint_facts, listed, package_facts

if TYPE_CHECKING:
    from everylinux.evidence import CheckedFile, Reason, Verdict
    from everylinux.inputs.interface import Dependencies

# Debian Policy 8.1: lib, the name and the number of the SONAME, and what a change of its ABI adds (t64, a). A private
# library has its package's release for a number, and the package has none.
SONAME = re.compile(r"lib(?P<name>[^/]+?)(?:\.so\.(?P<number>[0-9.]+)|-(?P<release>[0-9.]+)\.so)")
ABI_CHANGE = r"(?:t64|[a-z][0-9]?)?"
# deb-control(5): NAME[:ARCHITECTURE] (VERSION) [ARCHITECTURES]
NAME = re.compile(r"[a-z0-9][a-z0-9.+-]+")


def with_dependencies(checked: CheckedFile, dependencies: Dependencies) -> CheckedFile:
    """Return what was told of a file, with hints that name the package's own dependencies."""
    verdicts = tuple(_on_image(verdict, dependencies) for verdict in checked.verdicts)
    changed = any(new is not old for new, old in zip(verdicts, checked.verdicts, strict=True))
    return msgspec.structs.replace(checked, verdicts=verdicts) if changed else checked


def _on_image(verdict: Verdict, dependencies: Dependencies) -> Verdict:
    if all(reason.code != "missing-library" for reason in verdict.reasons):
        return verdict
    listing = listed(verdict.image)
    command = hint_facts().package.get(listing.family if listing else "", {}).get(dependencies.kind)
    if command is None:
        return verdict
    file = dependencies.file if dependencies.file.startswith(("/", "./", "../")) else f"./{dependencies.file}"
    install = command.format(file=shlex.quote(file))
    reasons = tuple(_hinted(reason, dependencies, install) for reason in verdict.reasons)
    return msgspec.structs.replace(verdict, reasons=reasons)


def _hinted(reason: Reason, dependencies: Dependencies, install: str) -> Reason:
    brings = brought_by(reason.subject, dependencies) if reason.code == "missing-library" else ""
    if not brings:
        return reason
    return msgspec.structs.replace(
        reason, hint=f"{install} brings it where that release has what the package depends on: {brings}"
    )


def brought_by(library: str, dependencies: Dependencies) -> str:
    """Return the dependency of a package that has a library, empty where none is known to have it.

    Rpm's and apk's name the library itself; Debian's name packages.
    """
    match dependencies.kind:
        case "rpm":
            found = (one for one in dependencies.names if one == library or one.startswith(f"{library}("))
        case "apk":
            found = (one for one in dependencies.names if one.partition("=")[0] == f"so:{library}")
        case _:
            packages = _debian_packages(library)
            found = (one for one in dependencies.names if _names(one, packages))
    return next(found, "")


def _names(dependency: str, packages: re.Pattern[str]) -> bool:
    """Return whether one of the alternatives of a dependency is one of the packages."""
    matches = (NAME.match(one.strip()) for one in dependency.split("|"))
    return any(match is not None and packages.fullmatch(match[0]) for match in matches)


def _debian_packages(library: str) -> re.Pattern[str]:
    """Return the names of Debian packages that have a library: the known ones, and what Policy 8.1 calls it."""
    known = [re.escape(name) for name in package_facts().packages.get(library, {})]
    match = SONAME.fullmatch(library)
    if match:
        name = re.escape(match["name"].lower().replace("_", "-"))
        between = "-" if name[-1:].isdigit() else ""
        number = f"{between}{re.escape(match['number'] or match['release'])}"
        end = f"(?:{number})?" if match["release"] else number
        known.append(f"lib{name}{end}{ABI_CHANGE}")
    return re.compile("|".join(known) or r"(?!)")
