"""The environment in which cargo builds for a target: that of its wiring, with rustc's flags and what bindgen needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.reading import read_head
from everylinux.toolchains.rust.cargo_metadata import read_platform
from everylinux.toolchains.rust.settings import ENCODED_FLAGS, NATIVE, SEPARATOR, project_flags, without_own_processor
from everylinux.toolchains.rust.wiring import bindgen_environment, rust_flags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
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
    say: Callable[[str], None],
) -> dict[str, str]:
    """Return the environment with rustc's flags, the project's own first, and what bindgen needs where it is used.

    ``environment`` is what `rust_environment` made, ``library`` the sysroot with the standard library, ``None`` for the
    toolchain's own. A flag that would make programs for this machine's processor only is left out, and that is said.
    """
    triple = wiring.target.rust
    own = project_flags(
        folder,
        triple,
        lambda: read_platform(folder, triple, rustc=rust.rustc, environment=environment),
        environment,
    )
    kept = without_own_processor(own)
    if kept != own:
        say(f"{NATIVE} of the project's flags is left out: the program would need this machine's processor")
    flags = SEPARATOR.join([*kept, *rust_flags(wiring, library)])
    clang = any(CLANG in read_head(path, LOCK_BYTES) for path in lock_files)
    return {**environment, **(bindgen_environment(wiring) if clang else {}), ENCODED_FLAGS: flags}
