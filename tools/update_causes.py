"""Write what `explain` reads of the TOML files of events, causes and forms: ``index.json`` and ``shown.json``.

And what each fix that cured a case of ``tests/failures`` changes there: ``instances.json``.

A test says when this has to be run again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from everylinux.diagnosis.proven import verified
from everylinux.diagnosis.sources import make_forms, make_index, read_cause, read_tool
from failures import instances

DATA = Path(__file__).resolve().parent.parent / "src" / "everylinux" / "data"


FORMS = ("prefixes", "endings", "secrets")


def contents(folder: Path = DATA) -> dict[str, bytes]:
    """Return the content of each file that is made, by its path."""
    tools = [read_tool(path) for path in sorted((folder / "events").glob("*.toml"))]
    causes = [read_cause(path) for path in sorted((folder / "causes").rglob("*.toml"))]
    documents = {
        "causes/index.json": make_index(tools, causes),
        "causes/shown.json": {cause.id: cause.shown for cause in causes},
        "logs/index.json": make_forms(folder / "logs" / f"{name}.toml" for name in FORMS),
    }
    return {name: _written(document) for name, document in documents.items()}


def shown_fixes() -> dict[str, bytes]:
    """Return the content of the file that is made with what the others say, by its path."""
    return {"causes/instances.json": _written(instances(verified()))}


def main() -> int:
    """Write the files; returns 1 when something changed, so that CI can ask."""
    changed = 0
    for made in (contents, shown_fixes):
        for name, content in made().items():
            path = DATA / name
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)
                print(f"wrote {name}")
                changed = 1
    return changed


def _written(document: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


if __name__ == "__main__":
    sys.exit(main())
