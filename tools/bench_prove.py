"""Proving, side by side: what isolation costs over the bare process."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.images import open_images
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.toolchains.find import require
from sidebyside import Comparison, command, turn_about

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 51
OVERHEAD_GOAL_SECONDS = 0.010
SOURCE = 'void _start(void){__asm__ volatile("mov $60,%eax; xor %edi,%edi; syscall");}\n'


def comparisons() -> Iterator[Comparison]:
    """Compare a run in the sandbox with the same program started by itself."""
    with tempfile.TemporaryDirectory() as name:
        program = Path(name) / "program"
        source = Path(name) / "program.c"
        source.write_text(SOURCE)
        options = ["-target", "x86_64-linux-musl", "-nostdlib", "-static", "-o"]
        compile_it = [str(require("zig")), "cc", *options, str(program), str(source)]
        subprocess.run(compile_it, check=True, capture_output=True)
        request = ProveRequest(path=program, image=open_images(["scratch"])[0], arguments=())
        isolated, bare = turn_about(lambda: prove_file(request), command([program]), rounds=ROUNDS)
    met = isolated - bare <= OVERHEAD_GOAL_SECONDS
    yield Comparison("a run in the sandbox", isolated, bare, "the bare process", "overhead <= 10 ms", met)
