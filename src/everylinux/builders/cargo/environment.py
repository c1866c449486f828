"""The environment in which cargo builds for a target: that of its wiring, with rustc's flags and what bindgen needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.reading import read_head
from everylinux.toolchains.rust.cargo_metadata import read_platform
from everylinux.toolchains.rust.settings import SEPARATOR, project_flags
from everylinux.toolchains.rust.wiring import bindgen_environment, rust_flags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from everylinux.toolchains.rust.toolchain import Rust
    from everylinux.toolchains.wiring import Wiring

LOCK_BYTES = 64 << 20
# The crate by which others call libclang, as a lock file names it.
CLANG = b'name = "clang-sys"'


def flagged_environment(  # noqa: PLR0913 - a project, and all that aims cargo at a target
    environment: Mapping[str, str],
    folder: Path,
    lock_files: Iterable[Path],
    *,
    wiring: Wiring,
    rust: Rust,
    library: Path | None,
) -> dict[str, str]:
    """Return the environment with rustc's flags, the project's own first, and what bindgen needs where it is used.

    ``environment`` is what `rust_environment` made, ``library`` the sysroot with the standard library, ``None`` for the
    toolchain's own.
    """
    triple = wiring.target.rust
    own = project_flags(
        folder,
        triple,
        lambda: read_platform(folder, triple, rustc=rust.rustc, environment=environment),
        environment,
    )
    flags = SEPARATOR.join([*own, *rust_flags(wiring, library)])
    clang = any(CLANG in read_head(path, LOCK_BYTES) for path in lock_files)
    return {**environment, **(bindgen_environment(wiring) if clang else {}), "CARGO_ENCODED_RUSTFLAGS": flags}
