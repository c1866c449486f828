"""The copy of a project that a build may write to."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from everylinux.errors import UsageError
from everylinux.fixes import copying
from everylinux.fixes.copying import copy_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    folder.mkdir()
    return folder


def test_files_keep_content_mode_and_time(project: Path, copy: Path) -> None:
    (project / "src").mkdir()
    script = project / "src/run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o555)
    os.utime(script, ns=(10**18, 10**18))
    copied = copy_project(project, copy)
    status = (copy / "src/run.sh").stat()
    assert (copy / "src/run.sh").read_text() == "#!/bin/sh\n"
    assert stat.S_IMODE(status.st_mode) == 0o755
    assert status.st_mtime_ns == 10**18
    assert copied.size == len("#!/bin/sh\n")


def test_links_stay_links_wherever_they_lead(project: Path, copy: Path) -> None:
    (project.parent / "secret").write_text("secret")
    for name, target in {
        "out": "../secret",
        "etc": "/etc/passwd",
        "folder": "..",
        "none": "nothing",
        "me": "me",
    }.items():
        (project / name).symlink_to(target)
    copy_project(project, copy)
    assert {path.name: str(path.readlink()) for path in copy.iterdir()} == {
        "out": "../secret",
        "etc": "/etc/passwd",
        "folder": "..",
        "none": "nothing",
        "me": "me",
    }


def test_pipes_and_huge_files_stay_out(project: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(project / "pipe")
    monkeypatch.setattr(copying, "LARGEST_FILE", 10)
    (project / "huge").write_bytes(bytes(11))
    (project / "small").write_bytes(bytes(10))
    copy_project(project, copy)
    assert [path.name for path in copy.iterdir()] == ["small"]


def test_what_builds_made_stays_out_and_what_they_read_is_shown(project: Path, copy: Path) -> None:
    for name in ("target/debug", "__pycache__", ".git/objects", "web/node_modules/a", "src"):
        (project / name).mkdir(parents=True)
    (project / "target/CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55")
    copied = copy_project(project, copy)
    assert sorted(str(path.relative_to(copy)) for path in copy.rglob("*")) == ["src", "web"]
    assert [str(path) for path in copied.shown] == [".git", "web/node_modules"]


@pytest.mark.parametrize("limit", ["MOST_FILES", "MOST_BYTES"])
def test_what_is_too_large_is_no_project(
    limit: str, project: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, limit, 20)
    for number in range(21):
        (project / str(number)).write_text("x")
    with pytest.raises(UsageError, match="too large to be copied"):
        copy_project(project, copy)


def test_a_project_in_the_way_of_no_copy_is_left_untouched(project: Path, copy: Path) -> None:
    (project / "a").write_text("x")
    (project / "a").chmod(0o444)
    before = (project / "a").stat()
    copy_project(project, copy)
    (copy / "a").write_text("changed")
    after = (project / "a").stat()
    assert (project / "a").read_text() == "x"
    assert (before.st_mode, before.st_mtime_ns, before.st_ino) == (after.st_mode, after.st_mtime_ns, after.st_ino)


def test_a_copy_that_lies_in_the_project_is_not_copied(project: Path) -> None:
    cache = project / "cache/unpacked"
    (cache / "copy").mkdir(parents=True)
    (project / "a").write_text("x")
    copy_project(project, cache / "copy", without=cache)
    assert sorted(str(path.relative_to(cache / "copy")) for path in (cache / "copy").rglob("*")) == ["a", "cache"]
