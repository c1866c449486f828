"""Search paths as they are written into files: colons, ``$ORIGIN``, and what each libc makes of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.loader.closure import Place

if TYPE_CHECKING:
    from everylinux.loader.closure import Loaded

TOKEN = re.compile(r"\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_]))")
MUSL_ORIGIN = re.compile(r"\$(?:\{ORIGIN\}|ORIGIN)")


def glibc_places(
    written: str, owner: Loaded, rule: str, *, library_directory: str, platform: str | None
) -> list[Place]:
    """Expand a DT_RPATH or DT_RUNPATH as glibc does (ld.so(8), "Dynamic string tokens").

    Relative folders depend on where the program is started from: they are left out. So are those with ``$PLATFORM``
    where ``platform`` is not known (``None``): they depend on the CPU.
    """
    places = []
    values = {"ORIGIN": owner.origin, "LIB": library_directory, "PLATFORM": platform or ""}
    for part in written.split(":"):
        tokens = {match[1] or match[2] for match in TOKEN.finditer(part)}
        if platform is None and "PLATFORM" in tokens:
            continue
        expanded = TOKEN.sub(lambda match: values[match[1] or match[2]], part)
        if expanded.startswith("/"):
            carried = owner.carried and ("$ORIGIN" in part or "${ORIGIN}" in part)
            places.append(Place(expanded.rstrip("/") or "/", carried, rule))
    return places


def musl_places(written: str, owner: Loaded, rule: str) -> list[Place]:
    """Expand a path as musl does: any ``$`` but ``$ORIGIN`` voids all of it (ldso/dynlink.c, fixup_rpath)."""
    if "$" in MUSL_ORIGIN.sub("", written):
        return []
    places = []
    for part in re.split(r"[:\n]", written):
        expanded = MUSL_ORIGIN.sub(lambda _: owner.origin, part)
        if expanded.startswith("/"):
            carried = owner.carried and bool(MUSL_ORIGIN.search(part))
            places.append(Place(expanded.rstrip("/") or "/", carried, rule))
    return places
