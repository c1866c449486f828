"""Write the JSON Schema of every record and of the settings file into ``src/everylinux/data/schemas``.

They are made from the types in evidence and settings.py; a test says when this has to be run again.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import msgspec

from everylinux import settings
from everylinux.evidence import Report

FOLDER = Path(__file__).resolve().parent.parent / "src" / "everylinux" / "data" / "schemas"


def schemas() -> dict[str, bytes]:
    """Return the content of every schema file by its name."""
    documents = {}
    for record in get_args(Report):
        verb, version = record().schema.removeprefix("everylinux.").split("/")
        documents[f"{verb}.{version}.json"] = msgspec.json.schema(record)
    documents["settings.1.json"] = settings.schema()
    return {
        name: msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"
        for name, document in sorted(documents.items())
    }


def main() -> int:
    """Write the files; returns 1 when something changed, so that CI can ask."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    changed = [name for name, content in schemas().items() if not same(FOLDER / name, content)]
    for name in changed:
        (FOLDER / name).write_bytes(schemas()[name])
        print(f"wrote {name}")
    return 1 if changed else 0


def same(path: Path, content: bytes) -> bool:
    """Return whether a file has this content already."""
    return path.exists() and path.read_bytes() == content


if __name__ == "__main__":
    sys.exit(main())
