"""Facts: dated, with where each is from; never Python literals."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def read(name: str) -> bytes:
    """Return a file of facts (``elf/machines.json``).

    The package lies in a folder (zig and the sandbox's sources need one too), so that `importlib.resources`, which
    takes as long to import as a file to judge, is not needed.
    """
    return (FOLDER / name).read_bytes()
