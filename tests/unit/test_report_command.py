"""Reports as the command writes them: every format of one run, and what the settings allow in all of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from everylinux.report import FORMATS

PROGRAM = Path(sys.executable).resolve()
WRITTEN = "it is never shipped there"


def everylinux(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "everylinux", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_one_run_writes_every_format_with_what_is_allowed(tmp_path: Path) -> None:
    shutil.copy2(PROGRAM, tmp_path / "program")
    allowed = f'{{ code = "no-interpreter", image = "scratch", reason = "{WRITTEN}" }}'
    (tmp_path / "everylinux.toml").write_text(f"[check]\nallow = [{allowed}]\n")
    outputs = [part for name in FORMATS for part in ("-o", f"{name}=report.{name}")]
    done = everylinux("check", "program", "--image", "scratch", *outputs, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    for name in FORMATS:
        assert WRITTEN in (tmp_path / f"report.{name}").read_text()
    (result,) = json.loads((tmp_path / "report.sarif").read_text())["runs"][0]["results"]
    assert result["suppressions"][0]["justification"] == WRITTEN
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "program"
    case = ET.parse(tmp_path / "report.junit").find(".//testcase")  # noqa: S314 - our own
    assert case is not None
    assert [child.tag for child in case if child.tag != "system-out"] == ["skipped"]


def test_a_format_that_a_verb_cannot_give_is_refused(tmp_path: Path) -> None:
    done = everylinux("image", "list", "-o", "sarif", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "table, json, markdown, html" in done.stderr


def test_verbosity_reaches_the_table(tmp_path: Path) -> None:
    shutil.copy2(PROGRAM, tmp_path / "program")
    plain = everylinux("check", "program", "--image", "scratch", folder=tmp_path).stdout
    told = everylinux("check", "program", "--image", "scratch", "-v", folder=tmp_path).stdout
    assert "scratch (linux/" not in plain
    assert "scratch (linux/" in told


def test_help_names_every_format(tmp_path: Path) -> None:
    told = " ".join(everylinux("check", "--help", folder=tmp_path).stdout.split())
    assert ", ".join(FORMATS) in told
