"""``config.sub``, which a project brings and configure asks for the full form of a triple (Autoconf manual, 14.1).

One older than a CPU or than musl refuses it, although nothing else of the project may care.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from everylinux.reading import read_head

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from everylinux.builders.interface import BuildContext

NAME = "config.sub"
# Scripts beyond these are no project's.
MOST = 100
LARGEST = 1 << 20


def teach(context: BuildContext, environment: Mapping[str, str], triples: Sequence[str]) -> None:
    """Have every ``config.sub`` of the copied project that does not know one of the triples answer for all of them."""
    found = (path for path in sorted(context.source.rglob(NAME)) if path.is_file() and not path.is_symlink())
    for script in list(found)[:MOST]:
        known = (
            context.commands.output(["sh", script, triple], cwd=context.source, environment=environment)
            for triple in triples
        )
        if not all(known):
            _answer(script, triples)
            context.commands.note(f"{script.relative_to(context.source)}: too old for the target, answers for it now")


def _answer(script: Path, triples: Sequence[str]) -> None:
    """Let a script answer for triples before it looks at them: its first line says only who reads it."""
    first, _, rest = read_head(script, LARGEST).partition(b"\n")
    full = {form: full_form(triple) for triple in triples for form in (triple, full_form(triple))}
    cases = "".join(f"  {form}) echo {answer}; exit 0 ;;\n" for form, answer in full.items())
    text = f"case $1 in\n{cases}esac\n".encode()
    written = script.with_name(f"{NAME}.{os.getpid()}")
    written.write_bytes(first + b"\n" + text + rest)
    written.chmod(script.stat().st_mode)
    written.replace(script)


def full_form(triple: str) -> str:
    """Return a triple as ``config.sub`` prints it: with a vendor, where it has none."""
    cpu, *others = triple.split("-")
    return triple if len(others) > 2 else "-".join((cpu, "unknown", *others))  # noqa: PLR2004 - vendor, kernel, system
