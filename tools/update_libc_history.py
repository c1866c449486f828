"""Write data/libc: in which release which symbol and version came (about a minute; the first time two).

The symbols of musl are those of the catalogue, so it is made after `update_images.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.cache import write_atomically
from everylinux.errors import EverylinuxError
from libc.gcc import gcc_history
from libc.glibc import glibc_history
from libc.musl import musl_history
from update_images import today

if TYPE_CHECKING:
    from everylinux.loader.history import Stored

DATA = Path(__file__).parents[1] / "src" / "everylinux" / "data" / "libc"


def main() -> int:
    """Write the histories; return the exit code."""
    makers = {"glibc": glibc_history, "musl": musl_history, "gcc": gcc_history}
    try:
        for name, make in makers.items():
            _write(DATA / f"{name}.json", make(today()))
    except EverylinuxError as error:
        print(*(part for part in (error.message, error.meaning, error.hint) if part), sep="\n", file=sys.stderr)
        return error.exit_code
    return 0


def _write(path: Path, history: Stored) -> None:
    """Write a history with one row a line; one in which nothing but the date differs keeps its date."""
    if path.exists():
        before = msgspec.json.decode(path.read_bytes(), type=type(history))
        if msgspec.structs.replace(before, date=history.date) == history:
            print(f"{path.name}: nothing changed")
            return
    lines = []
    for name, value in msgspec.to_builtins(history).items():
        if name == "rows":
            inner = ",\n".join(f" {msgspec.json.encode(row).decode()}" for row in value)
            lines.append(f'"{name}": [\n{inner}\n]')
        else:
            lines.append(f'"{name}": {msgspec.json.encode(value).decode()}')
    content = ("{\n" + ",\n".join(lines) + "\n}\n").encode()
    write_atomically(path, content)
    print(f"{path.name}: {len(content)} bytes")


if __name__ == "__main__":
    sys.exit(main())
