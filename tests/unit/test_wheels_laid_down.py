"""Wheels whose files are run: where they are put, and what hostile or empty ones come to."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from everylinux.errors import InputOutputError
from everylinux.inputs.scratch import Scratch
from everylinux.inputs.wheels import lay_down
from everylinux.verbs.prove import command as prove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ELF = b"\x7fELF" + bytes(60)


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scratch]:
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "cache"))
    with Scratch() as found:
        yield found


def wheel(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "a-1.0-cp311-cp311-linux_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_all_of_a_wheel_is_there_as_pip_installs_it(tmp_path: Path, scratch: Scratch) -> None:
    files = {"a/__init__.py": b"import a.b\n", "a/b.so": ELF, "a.libs/libz.so.1": ELF, "a-1.0.data/scripts/run": ELF}
    path = wheel(tmp_path, files)
    found = {file.member: file for file in lay_down(path, scratch)}
    assert list(found) == ["a/b.so", "a.libs/libz.so.1", "a-1.0.data/scripts/run"]
    module = found["a/b.so"]
    assert module.name == f"{path}!/a/b.so"
    assert (module.real.parent / "__init__.py").read_bytes() == b"import a.b\n"
    assert (module.real.parents[1] / "a.libs/libz.so.1").is_file()
    # PEP 427: what is under scripts goes where programs are, and can be run.
    program = found["a-1.0.data/scripts/run"].real
    assert program.parent.name == "bin"
    assert program.stat().st_mode & 0o100


def test_any_other_file_is_itself(tmp_path: Path, scratch: Scratch) -> None:
    (file,) = lay_down(tmp_path / "program", scratch)
    assert (file.real, file.name) == (tmp_path / "program", str(tmp_path / "program"))


@pytest.mark.parametrize("name", ["../../escaped.so", "a/../../escaped.so"])
def test_a_name_that_leads_out_is_refused(name: str, tmp_path: Path, scratch: Scratch) -> None:
    with pytest.raises(InputOutputError, match=r"a-1\.0"):
        lay_down(wheel(tmp_path, {name: ELF}), scratch)
    assert not list(tmp_path.rglob("escaped.so"))


def test_what_is_no_wheel_is_one_error(tmp_path: Path, scratch: Scratch) -> None:
    path = tmp_path / "torn.whl"
    path.write_bytes(wheel(tmp_path, {"a/b.so": ELF * 100}).read_bytes()[:-30])
    with pytest.raises(InputOutputError, match=r"torn\.whl"):
        lay_down(path, scratch)


def test_a_wheel_with_nothing_compiled_is_told(tmp_path: Path, scratch: Scratch) -> None:
    del scratch
    path = wheel(tmp_path, {"a/__init__.py": b""})
    done = CliRunner().invoke(prove, [str(path), "--image", "scratch"])
    assert "nothing in this wheel is compiled" in str(done.exception)
