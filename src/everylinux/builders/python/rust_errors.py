"""Why the build of an extension in Rust failed, as one error: cargo's, rustc's or maturin's own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.builders.cargo.refusals import build_error
from everylinux.builders.first_error import first_error
from everylinux.errors import BuildFailedError
from everylinux.reading import read_tail

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.errors import EverylinuxError

READ_BYTES = 1 << 20
SHOWN_LINES = 6
SHOWN_CHARACTERS = 400
# maturin's words for a failure, each cause below it (anyhow, "Display representations").
_MATURIN = re.compile(r"^💥 maturin failed\n((?: +.*\n?)+)", re.MULTILINE)
# A library that is no module (maturin's user guide, "Bindings").
UNBOUND = "detect the binding type"
BINDING = 'Cargo.toml has to depend on pyo3 and to have [lib] with crate-type = ["cdylib"]'
# What cargo or rustc say when it is they that failed.
_CARGO = re.compile(r"^error(?:\[E\d+\])?: ", re.MULTILINE)


def wheel_error(log: Path, start: int) -> EverylinuxError:
    """Return the error for what a backend that calls cargo wrote into the log after byte ``start``."""
    text = read_tail(log, start, READ_BYTES).decode(errors="replace")
    if _CARGO.search(text):
        return build_error(log, start)
    if told := _MATURIN.search(text):
        lines = [line.strip().removeprefix("Caused by: ") for line in told[1].splitlines()[:SHOWN_LINES]]
        said = ": ".join(line.rstrip(":.") for line in lines if line and line != "Caused by:")
        return BuildFailedError(f"maturin: {said[:SHOWN_CHARACTERS]}", hint=BINDING if UNBOUND in said else "")
    return BuildFailedError(f"the build of the wheel failed: {first_error(log, start) or 'it said nothing'}")
