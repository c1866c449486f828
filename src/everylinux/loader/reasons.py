"""The words of reasons and risks, in one place: what the loader would say, and what cures it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from everylinux.evidence import AskedBy, Reason, Risk

if TYPE_CHECKING:
    from collections.abc import Sequence

# Stands in hints for the name of the file's CPU until the verdict is made: see `for_cpu`.
CPU = "CPU"
STATIC = f"link it statically (everylinux build --target {CPU}-linux-musl)"
MOST_PATHS = 12

# What brings a library that programs ask for most often; everything else gets the general hint.
RUNTIMES = {
    "libstdc++.so.6": "link the C++ runtime statically (-static-libstdc++ -static-libgcc), or install libstdc++6 "
    "(Alpine: libstdc++)",
    "libgcc_s.so.1": "link it statically (-static-libgcc), or install libgcc-s1 (Alpine: libgcc)",
    "libatomic.so.1": "install libatomic1 (Alpine: libatomic)",
    "libz.so.1": "install zlib1g (Alpine and Fedora: zlib), or link it statically",
    "libgomp.so.1": "install libgomp1 (Alpine: libgomp)",
}


def missing_library(name: str, asker: str, searched: Sequence[str]) -> Reason:
    """Return the reason for a library that no rule finds."""
    paths = ", ".join(searched[:MOST_PATHS]) + (", …" if len(searched) > MOST_PATHS else "")
    return Reason(
        code="missing-library",
        subject=name,
        asked_by=AskedBy(file=asker),
        message=f"{name}: cannot open shared object file: No such file or directory",
        note=f"searched: {paths}" if searched else "",
        hint=RUNTIMES.get(
            name,
            f"add the library that has {name} to the image, ship it beside the file and "
            f"find it with -rpath '$ORIGIN', or {STATIC}",
        ),
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
    image = f"take an image with {newest_asked.replace('_', ' ')} or newer"
    hint = image
    if family in {"GLIBCXX", "CXXABI", "GCC"}:
        hint = f"link the C++ runtime statically (-static-libstdc++ -static-libgcc), or {image}"
    elif family == "GLIBC" and newest_there:
        floor = newest_there.removeprefix("GLIBC_")
        hint = f"build it for what the image has (everylinux build --target {CPU}-linux-gnu.{floor}), or {image}"
    return Reason(
        code="symbol-version",
        subject=version,
        asked_by=asker,
        message=f"{library}: version `{version}' not found (required by {asker.file})",
        note=f"{library} has versions up to {newest_there}" if newest_there else f"{library} has no such version",
        hint=hint,
    )


def for_cpu(reason: Reason, cpu: str) -> Reason:
    """Return the reason with the file's CPU in the commands of its hint."""
    return msgspec.structs.replace(reason, hint=reason.hint.replace(f" {CPU}-linux-", f" {cpu}-linux-"))


def perhaps(reason: Reason) -> Reason:
    """Return a reason that may hold too: what documents tell of the image does not decide it."""
    return msgspec.structs.replace(reason, note="not known: what is documented of this image does not list it")


def missing_symbol(name: str, version: str | None, asker: str, *, musl: bool) -> Reason:
    """Return the reason for a symbol that no library of the closure defines."""
    wanted = f"{name}, version {version}" if version else name
    message = f"Error relocating {asker}: {name}: symbol not found" if musl else f"{asker}: undefined symbol: {wanted}"
    hint = (
        "build it for this image's libc, or link it statically"
        if musl
        else ("link the library that defines it, or build against the versions that the image has")
    )
    return Reason(
        code="missing-symbol", subject=name, asked_by=AskedBy(file=asker, symbol=name), message=message, hint=hint
    )


def no_interpreter(path: str, note: str = "") -> Reason:
    """Return the reason for a loader that the image does not have."""
    libc = (
        "musl" if "ld-musl" in path else "glibc" if "/ld-linux" in path or "/ld64" in path or "/ld.so" in path else ""
    )
    what = f"the file is built for {libc}, which this image does not have" if libc else ""
    return Reason(
        code="no-interpreter",
        subject=path,
        message=f"{path}: No such file or directory",
        note=note or what,
        hint=f"{STATIC}, or take an image with {libc or 'that loader'}",
    )


def plain(code: str, subject: str, message: str, hint: str = "", note: str = "") -> Reason:
    """Return a reason that nobody in particular asked for."""
    return Reason(code=code, subject=subject, message=message, hint=hint, note=note)


def risk(code: str, subject: str, message: str, hint: str = "") -> Risk:
    """Return something that lets the file start but may fail later."""
    return Risk(code=code, subject=subject, message=message, hint=hint)
