"""Steps that some projects' release process does, and their sources alone do not show."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_INCLUDE = re.compile(r"INCLUDE (?P<file>\S+)\s*")
_OMITTED = re.compile(r'# *include "(sqlite|test_windirent\.h)')


def sqlite_shell(project: Path) -> None:
    """Lay out what SQLite's amalgamation holds: ``sqlite3.c``, ``sqlite3.h`` and ``shell.c``.

    The first two come from ``amalgamation``, the shell from ``tree``, where it is still in parts.
    """
    for name, final in (("sqlite3-binding.c", "sqlite3.c"), ("sqlite3-binding.h", "sqlite3.h")):
        (project / "amalgamation" / name).rename(project / final)
    (project / "shell.c").write_text(_assemble_shell(project / "tree" / "src"), encoding="utf-8")
    shutil.rmtree(project / "amalgamation")
    shutil.rmtree(project / "tree")


def _assemble_shell(folder: Path) -> str:
    """Return the shell in one file, as SQLite's tool/mkshellc.tcl puts it together."""
    lines = []
    for line in (folder / "shell.c.in").read_text(encoding="utf-8").splitlines():
        included = _INCLUDE.fullmatch(line)
        if not included:
            lines.append(line)
            continue
        part = (folder / included["file"]).read_text(encoding="utf-8").replace("__declspec(dllexport)", "")
        lines += [each for each in part.splitlines() if not _OMITTED.match(each)]
    return "\n".join(lines) + "\n"


LAYOUTS: dict[str, Callable[[Path], None]] = {"sqlite-shell": sqlite_shell}
