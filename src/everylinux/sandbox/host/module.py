"""An extension of Python as `import` knows it: its full name, and the package that has to come along.

The folder that `import` starts from is the one whose ``*.dist-info/RECORD`` lists the file (PEP 376, PEP 627); without
such a record it is the first folder above the file that is no package itself (has no ``__init__.py``).
"""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.loader.python_abi import entry_points

if TYPE_CHECKING:
    from everylinux.elf import ElfFile

DEEPEST = 16
MOST_NAMES = 50_000
MOST_RECORDED = 64 * 1024 * 1024  # bytes of all the records in one folder
_ENTRIES = ("PyInit_", "PyModExport_")


@dataclass(frozen=True)
class ImportedModule:
    """What a file is imported as.

    ``package`` is the outermost package's folder, ``None`` for a file outside of any. ``found_by_name`` is whether
    `import` looks for a file of this name at all. ``record`` is the RECORD that says where its import starts.
    """

    name: str
    package: Path | None = None
    found_by_name: bool = True
    record: Path | None = None


def imported_module(file: ElfFile, path: Path, top: Path = Path("/")) -> ImportedModule:
    """Return what a file that exports an entry point is imported as; nothing above ``top`` is looked at.

    A file that is named otherwise than its entry point can only be opened by its path, under the entry point's name.
    """
    names = sorted(name.partition("_")[2] for name in entry_points(file) if name.startswith(_ENTRIES))
    stem = path.name.partition(".")[0]
    if stem not in names:
        return ImportedModule(names[0] if names else stem, found_by_name=False)
    above = [folder for folder in itertools.islice(path.parents, DEEPEST) if folder.is_relative_to(top)]
    record = next(filter(None, (_recorded(folder, path) for folder in above)), None)
    root = record.parent.parent if record else None
    root = root or next((folder for folder in above if not (folder / "__init__.py").is_file()), None)
    parts = path.parent.relative_to(root).parts if root else ()
    if root is None or not parts or not all(part.isidentifier() for part in parts) or _holds_home(root / parts[0]):
        return ImportedModule(stem)
    return ImportedModule(".".join((*parts, stem)), root / parts[0], record=record)


def _holds_home(folder: Path) -> bool:
    """Return whether the user's home lies in a folder: whatever files are there, that is no package."""
    return Path(os.path.realpath(os.path.expanduser("~"))).is_relative_to(folder)  # noqa: PTH111 - never fails


def _recorded(folder: Path, path: Path) -> Path | None:
    """Return the RECORD of the distribution that is installed in a folder and says that a file below it is its own."""
    listed = os.fsencode(path.relative_to(folder).as_posix())
    wanted = (b"\n" + listed + b",", b'\n"' + listed + b'",')
    left = MOST_RECORDED
    for record in _record_files(folder):
        try:
            with record.open("rb") as file:
                content = b"\n" + file.read(left)
        except OSError:
            continue
        if any(line in content for line in wanted):
            return record
        left -= len(content)
        if left <= 0:
            break
    return None


def _record_files(folder: Path) -> list[Path]:
    try:
        entries = itertools.islice(folder.iterdir(), MOST_NAMES)
        folders = sorted(entry for entry in entries if entry.name.endswith(".dist-info"))
    except OSError:
        return []
    return [record for each in folders if (record := each / "RECORD").is_file()]
