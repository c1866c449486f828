"""`everylinux check`: files and folders, exit codes, what counts as a finding, and records that say why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest

from everylinux.evidence import CheckReport

PROGRAM = Path(sys.executable).resolve()


def check(*arguments: str, folder: Path) -> tuple[int, str, str]:
    """Run the command as a user does; the settings of this repository are not those of the folder."""
    done = subprocess.run(
        [sys.executable, "-m", "everylinux", "check", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a dynamic program, a text file in a folder below it, and an empty root."""
    shutil.copy2(PROGRAM, tmp_path / "program")
    (tmp_path / "below").mkdir()
    shutil.copy2(PROGRAM, tmp_path / "below" / "other")
    (tmp_path / "below" / "notes.txt").write_text("not a program\n")
    (tmp_path / "root").mkdir()
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def report(text: str) -> CheckReport:
    return msgspec.json.decode(text, type=CheckReport)


def test_a_file_that_fails_is_a_finding_with_a_reason(folder: Path) -> None:
    code, out, _ = check("program", "--image", "dir:root", "-o", "json", folder=folder)
    (file,) = report(out).files
    assert code == 1
    assert (file.path, file.kind) == ("program", "executable")
    assert [reason.code for reason in file.verdicts[0].reasons] == ["no-interpreter"]
    assert file.interpreter == file.verdicts[0].reasons[0].subject


def test_packages_alone_can_be_asked_about(folder: Path) -> None:
    code, _, error = check("program", "--packages-only", folder=folder)
    assert (code, "there is no package" in error) == (3, True)
    with zipfile.ZipFile(folder / "demo-1-py3-none-any.whl", "w") as wheel:
        wheel.write(folder / "program", "demo/program")
    code, out, _ = check(".", "--packages-only", "-o", "json", folder=folder)
    found = report(out)
    assert code == 1
    assert found.files == ()
    assert [(one.tags, one.truth) for one in found.packages] == [(("any",), False)]
    assert {one.why: one.count for one in found.skipped} == {
        "no packages: only what packages say of themselves was asked for": 2,
        "not ELF: text files and data": 1,
        "sockets, pipes and devices": 1,
    }


def test_a_folder_stands_for_its_elf_files(folder: Path) -> None:
    _, out, _ = check(".", "--facts-only", "-o", "json", folder=folder)
    assert [file.path for file in report(out).files] == ["program", "below/other"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["program", "-i", "scratch", "--fail-on", "none"], 0),
        (["program", "-i", "scratch", "--fail-on", "missing-library"], 0),
        (["program", "-i", "scratch", "--fail-on", "no-interpreter,missing-library"], 1),
        (["program", "-i", "scratch", "--fail-on", "no-such-code"], 2),
        (["program", "-i", "no-such-image"], 2),
        (["program", "-i", "dir:nowhere"], 2),
        (["program", "-i", "scratch", "--platform", "linux/none"], 2),
        (["program", "-i", "scratch", "--cpu", "i8080"], 2),
        (["nowhere"], 2),
        (["pipe", "-i", "scratch"], 2),
        (["root"], 3),
        (["program", "--facts-only"], 0),
    ],
)
def test_exit_codes(folder: Path, arguments: list[str], code: int) -> None:
    found, _, error = check(*arguments, folder=folder)
    assert found == code
    assert "Traceback" not in error


def test_an_allowed_finding_does_not_count(folder: Path) -> None:
    allowance = '[{ code = "no-interpreter", subject = "*ld*", image = "scratch", reason = "never shipped there" }]'
    (folder / "everylinux.toml").write_text(f"[check]\nallow = {allowance}\n")
    assert check("program", "-i", "scratch", folder=folder)[0] == 0
    assert check("program", "-i", "dir:root", folder=folder)[0] == 1


def test_the_table_says_what_where_and_why(folder: Path) -> None:
    _, out, _ = check("program", "-i", "scratch,dir:root", folder=folder)
    assert "needs" in out
    assert "fails on" in out
    assert "no-interpreter" in out
    assert "hint:" in out


def test_names_cannot_write_to_the_terminal(folder: Path) -> None:
    (folder / "evil\x1b[2J").write_text("#!/bin/sh\x1b]0;title\x07\n")
    _, out, error = check("evil\x1b[2J", "-i", "scratch", folder=folder)
    assert "\x1b" not in out + error
