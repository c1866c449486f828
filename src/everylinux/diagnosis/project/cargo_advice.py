"""What cargo itself says of a project: which feature of which direct dependency avoids or vendors what a crate wants.

Nothing of the project runs: cargo is asked for metadata only, offline and with the lock file as it is, and the wrappers
and the toolchain that a project's files may name (The Cargo Book, "Configuration"; rustup's ``rust-toolchain.toml``)
are overruled.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.advice.conditions import holds
from everylinux.advice.knowledge import known
from everylinux.advice.shown import PLAIN
from everylinux.errors import EverylinuxError

if TYPE_CHECKING:
    from everylinux.evidence import Advice


# Another cargo may hold the lock of the packages; the answer itself takes about a second.
LONGEST_SECONDS = 20.0
_FEATURE = re.compile(r'feature = "([\w-]+)"')


def advice_for(folder: Path, crate: str, triple: str) -> Advice | None:
    """Return the advice about one crate of the workspace in ``folder`` for a target in Rust's spelling.

    Without a target it is this machine's. ``None`` where cargo cannot be asked, refuses the project, or has to fetch
    something to answer.
    """
    try:
        advice = _advice(folder, triple)
    except (EverylinuxError, OSError):
        return None
    return next((each for each in advice if each.crate == crate), None)


def vendoring_feature(crate: str) -> str:
    """Return the feature with which a known crate (``data/crates``) builds its library itself; empty without one."""
    found = known(crate)
    conditions = [need.when for need in found.needs if need.what == "library"] if found else []
    named = [name for condition in conditions for name in _FEATURE.findall(condition) if name in PLAIN]
    wanted = [condition for condition in conditions if holds(condition, {"feature": frozenset()})]
    return next(
        (name for name in named if wanted and not any(holds(each, {"feature": frozenset({name})}) for each in wanted)),
        "",
    )


def _advice(folder: Path, triple: str) -> tuple[Advice, ...]:
    from everylinux.advice import look_ahead
    from everylinux.spelling import parse_targets
    from everylinux.toolchains.rust.cargo_metadata import Selection, read_metadata
    from everylinux.toolchains.rust.toolchain import find_rust

    # The toolchain of this machine, whatever the project's folder would choose.
    rust = find_rust(Path(os.sep))
    target = parse_targets(triple or rust.host)[0]
    environment = {
        **os.environ,
        "RUSTC": str(rust.rustc),
        "RUSTC_WRAPPER": "",
        "RUSTC_WORKSPACE_WRAPPER": "",
        "RUSTUP_AUTO_INSTALL": "0",
        "CARGO_NET_OFFLINE": "true",
    }
    if rust.toolchain:
        environment["RUSTUP_TOOLCHAIN"] = rust.toolchain
    selection = Selection()
    metadata = read_metadata(
        folder,
        [target.rust],
        cargo=rust.cargo,
        selection=selection,
        locked=True,
        offline=True,
        environment=environment,
        seconds=LONGEST_SECONDS,
    )
    return look_ahead(
        metadata,
        target,
        folder=folder,
        cargo=rust.cargo,
        rustc=rust.rustc,
        selection=selection,
        sysroot=None,
        environment=environment,
        offline=True,
    ).advice
