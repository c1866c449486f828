"""zig's musl as archives that fit into a shared object: what it links into position-independent static programs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.errors import BuildFailedError
from everylinux.toolchains.warm import built_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.builders.commands import Commands
    from everylinux.progress import Progress
    from everylinux.toolchains.wiring import Wiring

# musl, and the part of it that zig has written anew; each lies in a folder of zig's cache.
_ARCHIVE = r"/o/[0-9a-f]+/(libc|libzigc)\.a\b"


def libc_archives(
    wiring: Wiring, commands: Commands, progress: Progress, folder: Path, without: Sequence[str]
) -> tuple[Path, ...]:
    """Return copies of the archives in ``folder``, without some members of musl's.

    zig builds them when they are first linked, which takes a while, and shows where they are in the command that it
    gives its linker. Raises `BuildFailedError` when it shows none.
    """
    source, compiled = folder / "empty.c", folder / "empty.o"
    source.write_text("int main(void) { return 0; }\n")
    zig = [wiring.zig.path, "cc", "-target", wiring.target.triple, "-O2"]
    environment = wiring.environment({"ZIG_VERBOSE_LINK": "1"})
    step = "building zig's musl"
    commands.run([*zig, "-fPIE", "-c", source, "-o", compiled], cwd=folder, environment=environment, step=step)
    shown = commands.written
    linking = [*zig, "-static", "-pie", compiled, "-o", folder / "empty"]
    with built_once(wiring, "inside", progress):
        commands.run(linking, cwd=folder, environment=environment, step=step)
    with commands.log.open("rb") as log:
        log.seek(shown)
        text = log.read().decode(errors="replace")
    found = {match[1]: Path(match[0]) for match in re.finditer(re.escape(str(wiring.zig.cache)) + _ARCHIVE, text)}
    if "libc" not in found:
        raise BuildFailedError("zig does not say where its musl is")
    copies = tuple(Path(shutil.copy(path, folder)) for path in found.values())
    archive = folder / found["libc"].name
    commands.run(
        [wiring.zig.path, "ar", "d", archive, *(f"{member}.o" for member in without)],
        cwd=folder,
        environment=environment,
        step="taking the loader's part out of musl",
    )
    return copies
