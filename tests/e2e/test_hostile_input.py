"""Files made to break whoever reads them: an answer or one clear error, in bounded time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from everylinux.toolchains.find import find

pytestmark = pytest.mark.e2e

COMMAND = (sys.executable, "-m", "everylinux")
SECONDS = 30
ADDRESS_SPACE = 1 << 30

# An answer, or an error about the file; never a bug of ours (70).
ANSWERS = (0, 1, 2, 3, 6, 7)
PYTHON = Path(sys.executable).resolve().read_bytes()
CONTENTS = {
    "empty": b"",
    "magic": PYTHON[:4],
    "header": PYTHON[:64],
    "half": PYTHON[: len(PYTHON) // 2],
    "huge-counts": PYTHON[:32] + b"\xff" * 32 + PYTHON[64:4096],
    "script-to-nowhere": b"#!/no/such/interpreter\n",
    "script-without-end": b"#!" + b"a" * 100_000,
    "text": b"hello\n",
    "archive": b"!<arch>\n" + b"\0" * 60,
    "name\nwith\x1b[2Jcontrols": PYTHON[:4096],
}


def answer(verb: str, path: Path) -> subprocess.CompletedProcess[str]:
    if verb == "prove" and find("bubblewrap") is None:
        pytest.skip("bubblewrap is missing")
    done = subprocess.run(
        ["prlimit", f"--as={ADDRESS_SPACE}", *COMMAND, verb, "-i", "scratch", path],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert "Traceback" not in done.stderr
    assert "a bug in everylinux" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    return done


@pytest.mark.parametrize("verb", ["check", "prove"])
@pytest.mark.parametrize("name", CONTENTS)
def test_hostile_files(verb: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(CONTENTS[name])
    path.chmod(0o755)
    # None of them is a program that could start where there is nothing.
    assert answer(verb, path).returncode in (1, 6)


@pytest.mark.parametrize("verb", ["check", "prove"])
def test_file_of_four_gigabytes(verb: str, tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.write(PYTHON[:64])
        file.truncate(1 << 32)
    assert answer(verb, tmp_path / "sparse").returncode in ANSWERS[1:]


@pytest.mark.parametrize("verb", ["check", "prove"])
def test_what_is_no_file(verb: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "loop", tmp_path / "pipe", Path("/dev/zero")):
        assert answer(verb, path).returncode in (1, 2, 7), path.name


@pytest.mark.parametrize("output", ["table", "json", "sarif", "junit", "markdown", "html"])
def test_folder_of_hostile_files(output: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
    (folder / os.fsdecode(b"\xff\xfe not UTF-8")).write_bytes(PYTHON[:4096])
    (folder / "\u202eso.bil").write_bytes(PYTHON[:4096])
    (folder / ("a" * 255)).write_bytes(PYTHON[:4096])
    (folder / "loop").symlink_to("loop")
    (folder / "up").symlink_to("..")
    (tmp_path / "elsewhere").write_bytes(PYTHON[:4096])
    (folder / "outside").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(folder / "pipe")
    closed = folder / "closed"
    closed.mkdir(mode=0)
    flags = ["--fail-on", "none", "-i", "scratch,debian:12", "-vv", "-o", output]
    done = subprocess.run(
        ["prlimit", f"--as={ADDRESS_SPACE}", *COMMAND, "check", *flags, folder],
        capture_output=True,
        check=False,
        timeout=SECONDS,
    )
    closed.chmod(0o700)
    assert done.returncode in ANSWERS, done.stderr
    text = done.stdout.decode()
    assert "half" in text
    assert "elsewhere" not in text
    unsafe = [one for one in text + done.stderr.decode() if not one.isprintable() and one not in "\n\t\xa0\u200b"]
    assert not unsafe
