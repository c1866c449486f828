"""The JSON Schemas in the package are those of the records as they are now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def test_the_schemas_in_the_package_are_up_to_date(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, update_schemas as u;"
        "sys.exit([n for n, c in u.schemas().items() if not u.same(u.FOLDER / n, c)] or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=tmp_path,
        env={"PYTHONPATH": str(TOP / "tools"), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, f"run tools/update_schemas.py: {done.stderr}"
