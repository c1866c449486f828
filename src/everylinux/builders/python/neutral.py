"""Wheels of neutral modules: compiled for glibc's oldest floor, judged, detached from it, tagged for both libcs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from everylinux import data
from everylinux.builders.python.both import compile_part, modules_in, name_for_both, ship
from everylinux.builders.python.places import places_of
from everylinux.builders.python.repeatable import hidden_folders
from everylinux.errors import BuildFailedError
from everylinux.neutral.absent import tried_in_vain
from everylinux.neutral.constants import headers
from everylinux.neutral.detach import detach
from everylinux.neutral.judge import asked_of_others, refusals
from everylinux.toolchains.runtime import MODULES, module_runtime
from everylinux.toolchains.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from everylinux.builders.interface import BuildContext
    from everylinux.neutral.judge import Refusal
    from everylinux.target import Target
    from everylinux.toolchains.wiring import Wiring

# As many reasons are told, and as many symbols of each.
SHOWN, NAMED = 4, 3


def neutral_wiring(context: BuildContext, target: Target, *, rust: bool) -> Wiring:
    """Return compilers whose shared objects can be detached: with our header first, and our object inside.

    That of ``rust`` has what Rust's standard library asks for, too.
    """
    folder = context.work / "neutral"
    folder.mkdir()
    header, source, made = ship("neutral/first.h", folder), ship("neutral/module.c", folder), folder / "module.o"
    if rust:
        source = ship("neutral/rust.c", folder)
    for name, text in headers(target.cpu.name).items():
        (folder / name).write_text(text)
    absent = folder / "absent"
    absent.write_text("".join(f"{name}\n" for name in tried_in_vain(target.cpu.name)))
    found = context.wiring
    wiring = wire(
        context.work / "toolchain",
        target,
        found.zig,
        found.command("cc"),
        found.sysroot,
        first_header=header,
        module_objects=(made, *module_runtime(found, target, context.commands)),
        absent_names=absent,
        hidden=hidden_folders(context),
        python=True,
    )
    compile_part(source, made, wiring, context.commands, of="neutral")
    return wiring


def neutral_recipe() -> str:
    """Return a digest of what is in every neutral module in Rust besides its own code."""
    texts = [data.read(f"neutral/{name}") for name in ("first.h", "module.c", "rust.c")]
    texts += MODULES.texts()
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:12]


def make_neutral(tree: Path, source: Path, note: Callable[[str], None]) -> None:
    """Detach every shared object of an unpacked wheel and name it so that both libcs' CPythons import it.

    A static program asks nothing of the libc of the system, and stays. Raises `BuildFailedError` with every symbol that
    does not mean the same in both, and where in ``source`` it is asked for; ``note`` writes all of them into the log.
    """
    for name, path, file in modules_in(tree):
        found = refusals(file)
        if found:
            raise _refused(name, found, source, note)
        detach(path, asked_of_others(file))
        name_for_both(path)


def _refused(name: str, found: Sequence[Refusal], source: Path, note: Callable[[str], None]) -> BuildFailedError:
    """Return the error that names the first symbols of each reason; all of them go into the log."""
    places = places_of([one.subject for one in found], source)
    by_reason: dict[str, list[str]] = {}
    for one in found:
        subject = f"{one.subject} ({places[one.subject]})" if one.subject in places else one.subject
        note(f"{name}: {subject}: {one.why}")
        by_reason.setdefault(one.why, []).append(subject)
    reasons = [f"{_some(subjects, NAMED)}: {why}" for why, subjects in by_reason.items()]
    return BuildFailedError(
        f"{name} cannot be neutral: {_some(reasons, SHOWN, '; ')}",
        meaning="what it asks of libc is not the same in glibc and musl",
        hint="do without it, or build one wheel for each libc: leave --libc neutral out",
    )


def _some(texts: Sequence[str], most: int, between: str = ", ") -> str:
    left = len(texts) - most
    return between.join(texts[:most]) + (f"{between}and {left} more" if left > 0 else "")
