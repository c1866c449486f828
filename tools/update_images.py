"""Make the catalogue of images anew: ``python tools/update_images.py`` (about a minute; the first time ten).

What can be had as packages is made into root file systems and measured; the rest is put together from documented
releases. It says what changed. An image in which nothing changed keeps its date. What was measured is also derived as
if only documents told, and compared: a difference without an explanation in ``images/differences.json`` is an error.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec

from everylinux.errors import EverylinuxError
from everylinux.images.shelf import Shelf
from everylinux.images.stored import Catalogue
from images.crosscheck import compare_all, read_differences, write_differences
from images.documented import add_documented, documented_musls
from images.measured import add_measured

DATA = Path(__file__).parents[1] / "src" / "everylinux" / "data" / "images"
MOST_LINES = 40


def main() -> int:
    """Make the catalogue; return the exit code."""
    try:
        shelf = make_shelf(today())
    except EverylinuxError as error:
        print(*(part for part in (error.message, error.meaning, error.hint) if part), sep="\n", file=sys.stderr)
        return error.exit_code
    differences, unexplained = compare_all(read_differences(), today())
    if unexplained:
        print(*unexplained[:MOST_LINES], "what documents tell and what was measured differ", sep="\n", file=sys.stderr)
        return 1
    write_differences(differences)
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        shelf.write(fresh, today(), before=read_catalogue(DATA))
        for line in changes(DATA, fresh):
            print(line)
        replace(DATA, fresh)
    return 0


def today() -> str:
    """Return the date of the measurement; ``SOURCE_DATE_EPOCH`` decides where it is set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else dt.datetime.now(dt.UTC)
    return now.date().isoformat()


def make_shelf(date: str) -> Shelf:
    """Measure and describe every image."""
    shelf = Shelf()
    add_measured(shelf, date)
    add_documented(shelf)
    for library in documented_musls():
        shelf.add_library(library)
    return shelf


def read_catalogue(folder: Path) -> Catalogue | None:
    """Return the list of a catalogue folder, ``None`` when there is none yet."""
    path = folder / "catalogue.json"
    return msgspec.json.decode(path.read_bytes(), type=Catalogue) if path.exists() else None


def changes(old: Path, new: Path) -> list[str]:
    """Return one line for each file that is new, gone or different."""
    before = {path.relative_to(old): path.read_bytes() for path in written(old)}
    after = {path.relative_to(new): path.read_bytes() for path in written(new)}
    lines = [f"new      {name}" for name in after if name not in before]
    lines += [f"gone     {name}" for name in before if name not in after]
    lines += [f"changed  {name}" for name in after if name in before and before[name] != after[name]]
    return sorted(lines) or ["nothing changed"]


def written(folder: Path) -> list[Path]:
    """Return the files of a catalogue that are made; others beside them are kept."""
    return sorted(path for pattern in ("catalogue.json", "entries/*", "libraries/*") for path in folder.glob(pattern))


def replace(old: Path, new: Path) -> None:
    """Put the new files in place of the old ones."""
    for path in written(old):
        path.unlink()
    shutil.copytree(new, old, dirs_exist_ok=True)


if __name__ == "__main__":
    sys.exit(main())
