"""The words of reasons and risks, in one place: what the loader would say, and what cures it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from everylinux.evidence import AskedBy, Reason, Risk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.elf.file import ElfFile

# Stands in hints for the name of the file's CPU until the verdict is made: see `cures`.
CPU = "CPU"
STATIC = f"link it statically (everylinux build --target {CPU}-linux-musl)"
# A shared object cannot be static itself: a program with another libc opens it.
STATIC_LIBRARY = "link that library into it (from its static archive)"
MOST_PATHS = 12

# What other modules look for in hints: see `cures`.
BUILD = "build it for what the image has"
NEWER = "or newer"


def missing_library(name: str, asker: str, searched: Sequence[str]) -> Reason:
    """Return the reason for a library that no rule finds."""
    paths = ", ".join(searched[:MOST_PATHS]) + (", …" if len(searched) > MOST_PATHS else "")
    return Reason(
        code="missing-library",
        subject=name,
        asked_by=AskedBy(file=asker),
        message=f"{name}: cannot open shared object file: No such file or directory",
        note=f"searched: {paths}" if searched else "",
        hint=f"add the library that has {name} to the image",
    )


def unneeded_library(name: str, asker: str) -> Reason:
    """Return the reason for a library of which versions are asked, and that nothing in the process has needed.

    glibc takes for granted that it is loaded (elf/dl-version.c, _dl_check_map_versions).
    """
    assertion = "_dl_check_map_versions: Assertion `needed != NULL' failed!"
    return Reason(
        code="abi-mismatch",
        subject=name,
        asked_by=AskedBy(file=asker),
        message=f"Inconsistency detected by ld.so: dl-version.c: {assertion}",
        note=f"{asker} asks for versions of {name} and does not need it: the loader ends the process",
        hint=f"let it need that library again (patchelf --add-needed {name}), or link it afresh",
    )


def refused_library(code: str, name: str, asker: str, problem: str, path: str) -> Reason:
    """Return the reason for a library that is found and cannot be used."""
    return Reason(
        code=code,
        subject=name,
        asked_by=AskedBy(file=asker),
        message=f"{path}: {problem}",
        note=f"found at {path}; the search ends there",
        hint="put the right file there, or take it out of the search path",
    )


def symbol_version(version: str, library: str, asker: AskedBy, newest_there: str, newest_asked: str) -> Reason:
    """Return the reason for a version that the image's library lacks.

    ``newest_there`` is the newest version of that family in the library (empty: none), ``newest_asked`` the newest that
    the same file asks for: an image that cures this has to have that.
    """
    family, _, _ = version.rpartition("_")
    image = f"take an image with {newest_asked.replace('_', ' ')} {NEWER}"
    hint = image
    if family in {"GLIBCXX", "CXXABI", "GCC"}:
        hint = f"link the C++ runtime statically (-static-libstdc++ -static-libgcc), or {image}"
    elif family == "GLIBC" and newest_there:
        floor = newest_there.removeprefix("GLIBC_")
        hint = f"{BUILD} (everylinux build --target {CPU}-linux-gnu.{floor}), or {image}"
    return Reason(
        code="symbol-version",
        subject=version,
        asked_by=asker,
        message=f"{library}: version `{version}' not found (required by {asker.file})",
        note=f"{library} has versions up to {newest_there}" if newest_there else f"{library} has no such version",
        hint=hint,
    )


def perhaps(reason: Reason) -> Reason:
    """Return a reason that may hold too: what documents tell of the image does not decide it."""
    return msgspec.structs.replace(reason, note="not known: what is documented of this image does not list it")


def missing_symbol(name: str, version: str | None, asker: str, *, musl: bool) -> Reason:
    """Return the reason for a symbol that no library of the closure defines."""
    wanted = f"{name}, version {version}" if version else name
    message = f"Error relocating {asker}: {name}: symbol not found" if musl else f"{asker}: undefined symbol: {wanted}"
    hint = (
        f"build it for this image's libc (everylinux build --target {CPU}-linux-musl)"
        if musl
        else ("link the library that defines it, or build against the versions that the image has")
    )
    return Reason(
        code="missing-symbol", subject=name, asked_by=AskedBy(file=asker, symbol=name), message=message, hint=hint
    )


def no_interpreter(path: str, note: str = "", *, take: str = "") -> Reason:
    """Return the reason for a loader that the image does not have.

    ``take`` names what opens the file, where a program does: only a program itself can be linked statically.
    """
    libc = (
        "musl" if "ld-musl" in path else "glibc" if "/ld-linux" in path or "/ld64" in path or "/ld.so" in path else ""
    )
    what = f"the file is built for {libc}, which this image does not have" if libc else ""
    return Reason(
        code="no-interpreter",
        subject=path,
        message=f"{path}: No such file or directory",
        note=note or what,
        hint=f"take an image with {take}" if take else f"{STATIC}, or take an image with {libc or 'that loader'}",
    )


def kernel_too_old(file: ElfFile, path: str) -> Reason:
    """Return the reason for a file whose ABI note is for a kernel that there is not, or for another system."""
    version = ".".join(map(str, file.notes.kernel or ()))
    system = "Linux" if file.notes.system == 0 else f"system {file.notes.system}"
    message = f"{path} is for {system} {version} or newer: it is passed over"
    return plain("kernel-too-old", version, message, hint="build it against an older C library")


def plain(code: str, subject: str, message: str, hint: str = "", note: str = "") -> Reason:
    """Return a reason that nobody in particular asked for."""
    return Reason(code=code, subject=subject, message=message, hint=hint, note=note)


def risk(code: str, subject: str, message: str, hint: str = "") -> Risk:
    """Return something that lets the file start but may fail later."""
    return Risk(code=code, subject=subject, message=message, hint=hint)
