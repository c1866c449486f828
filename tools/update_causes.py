"""Write ``data/causes/index.json`` from the TOML files of events and causes.

A test says when this has to be run again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from everylinux.diagnosis.sources import make_index, read_cause, read_tool

DATA = Path(__file__).resolve().parent.parent / "src" / "everylinux" / "data"


def index_content(folder: Path = DATA) -> bytes:
    """Return the content of the index."""
    tools = [read_tool(path) for path in sorted((folder / "events").glob("*.toml"))]
    causes = [read_cause(path) for path in sorted((folder / "causes").rglob("*.toml"))]
    return msgspec.json.format(msgspec.json.encode(make_index(tools, causes)), indent=1) + b"\n"


def main() -> int:
    """Write the file; returns 1 when something changed, so that CI can ask."""
    path = DATA / "causes" / "index.json"
    content = index_content()
    if path.exists() and path.read_bytes() == content:
        return 0
    path.write_bytes(content)
    print(f"wrote {path.name}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
