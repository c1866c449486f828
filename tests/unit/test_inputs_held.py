"""Wheels whose files stay in memory: judged as where they are unpacked, damaged ones refused alike, nothing written."""

from __future__ import annotations

import shutil
import struct
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux import elf
from everylinux.archives import inflate
from everylinux.evidence import CheckedFile, Package, Skipped
from everylinux.images import open_images
from everylinux.images.directory import DirectoryTree
from everylinux.images.memory import HeldFile, MemoryTree
from everylinux.inputs import Archives, Batch, group_inputs
from everylinux.loader import check_file
from everylinux.verbs import check_jobs
from everylinux.verbs.check_jobs import Judge, JudgeArchive, Judging

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path("/bin/true").read_bytes()
PYTHON = Path(sys.executable).resolve().read_bytes()
NAME = "demo-1-cp312-cp312-manylinux_2_17_x86_64.whl"
MEMBERS = {
    "demo/_x.so": PYTHON,
    "demo.libs/libz.so.1": PROGRAM,
    "demo/text.so": b"text, but a loader would take it for a library",
    "demo/cut.so": PROGRAM[:300],
    "demo-1.data/scripts/demo": PROGRAM,
    "demo-1.data/scripts/run": b"#!/bin/sh\n",
    "demo/pure.py": b"import sys\n" * 1000,
    "demo/empty.py": b"",
    "demo-1.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: cp312-cp312-manylinux_2_17_x86_64\n",
}


@pytest.fixture(autouse=True)
def unpacked(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which inputs are unpacked."""
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("EVERYLINUX_CACHE", str(cache))
    return cache / "unpacked"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return wheel_at(tmp_path / NAME)


def wheel_at(path: Path, members: dict[str, bytes] | None = None, way: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", way) as archive:
        for name, content in (MEMBERS if members is None else members).items():
            archive.writestr(name, content)
    return path


def batches(*paths: Path, held: bool) -> Iterator[Batch]:
    for group in group_inputs([str(path) for path in paths]):
        if isinstance(group, Batch):
            yield group
        else:
            yield from group.open(held=held)


def judged(path: Path, *, held: bool) -> list[CheckedFile]:
    """Judge what is in a package on an empty image, and say where it lies without the folder's own name."""
    images = open_images(["scratch"])
    return [
        check_file(one.real, images, package=one.package, name=one.member)
        for batch in batches(path, held=held)
        for one in batch.files
    ]


@pytest.mark.parametrize("way", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("most", [128 << 20, len(PYTHON) + (20 << 10), 0])
def test_files_are_judged_alike_in_memory_and_on_disk(
    wheel: Path, way: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel_at(wheel, way=way)
    monkeypatch.setattr("everylinux.inputs.hold.MOST_HELD", most)
    found = judged(wheel, held=True)
    assert [one.path for one in found] == [
        "demo-1.data/scripts/demo",
        "demo/_x.so",
        "demo/cut.so",
        "demo.libs/libz.so.1",
    ]
    assert found == judged(wheel, held=False)


@pytest.mark.parametrize("without", ["libdeflate", "library"])
def test_files_are_judged_alike_without_what_inflates_faster(
    wheel: Path, without: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = judged(wheel, held=True)
    monkeypatch.setattr(inflate, "libdeflate", None)
    monkeypatch.setattr(inflate, without, {"libdeflate": None, "library": zlib}[without])
    assert judged(wheel, held=True) == found


def test_a_wheel_that_fits_is_never_written_down(wheel: Path, unpacked: Path) -> None:
    for batch in batches(wheel, held=True):
        assert len(list(batch.files)) == 4
        assert list(unpacked.iterdir()) == []


def test_what_does_not_fit_is_gone_in_the_end(wheel: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("everylinux.inputs.hold.MOST_HELD", 0)
    for batch in batches(wheel, held=True):
        assert all(one.real.is_file() for one in batch.files)
        assert len(list(unpacked.iterdir())) == 1
    assert list(unpacked.iterdir()) == []


def directory_at(content: bytes | bytearray, name: str) -> int:
    """Return where a member's entry in the list at the end begins (APPNOTE.TXT, 4.3.12)."""
    return content.index(b"PK\x01\x02", content.rindex(name.encode()) - 46)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param(16, 0x12345678, id="another check sum"),
        pytest.param(24, len(PROGRAM) - 1, id="said to be smaller"),
        pytest.param(24, len(PROGRAM) + 1, id="said to be larger"),
        pytest.param(20, 100, id="packed into less"),
        pytest.param(42, 1, id="elsewhere"),
    ],
)
@pytest.mark.parametrize("fast", [True, False])
def test_a_wheel_that_lies_is_not_judged(
    tmp_path: Path, field: int, value: int, *, fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not fast:
        monkeypatch.setattr(inflate, "libdeflate", None)
    path = wheel_at(tmp_path / NAME, {"a.so": PYTHON, "b.so": PROGRAM})
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, directory_at(content, "b.so") + field, value)
    path.write_bytes(content)
    for held in (True, False):
        (batch,) = batches(path, held=held)
        assert batch.package is None
        assert [one.incomplete for one in batch.skipped] == [True]
        assert list(batch.files) == []


def test_a_file_that_inflates_to_more_than_it_says_takes_no_memory(tmp_path: Path) -> None:
    path = wheel_at(tmp_path / NAME, {"b.so": PROGRAM + bytes(60 << 20)})
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, directory_at(content, "b.so") + 24, len(PROGRAM))
    path.write_bytes(content)
    (batch,) = batches(path, held=True)
    assert [one.why for one in batch.skipped] == ["a file in it is not what its check sum says"]


PLACES = {"a/b/c": b"1", "a/b/d": b"2", "a/e": b"3", "f": b"4", "a/b.so/g": b"5", "z/f": b"6"}


def test_a_tree_in_memory_answers_as_one_on_disk(tmp_path: Path) -> None:
    held = MemoryTree(tmp_path)
    for number, (place, content) in enumerate(PLACES.items()):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(content)
        (tmp_path / place).chmod(0o755 if number % 2 else 0o644)
        held.add(place, HeldFile(content, executable=bool(number % 2)) if number != 3 else None)
    disk = DirectoryTree(tmp_path)
    asked = ["", "/", "/a", "/a/", "/a/b/c", "/a/./b//c", "/a/b/../e", "/a/b/../../f", "/../a/e", "/a/e/x", "/a/e/.."]
    asked += ["/x", "/x/../a", "/f/../a", "/a/b.so/g", "/a/b.so", "/a/b", "/..", "/z/f", "/f"]
    for path in asked:
        mine, other = held.find(path), disk.find(path)
        assert (mine is None) == (other is None), path
        assert held.lacks(path) == disk.lacks(path)
        assert held.names(path) == disk.names(path)
        if mine is not None and other is not None:
            assert (mine.path, mine.resolved, mine.directory, mine.executable, mine.head(9)) == (
                (other.path, other.resolved, other.directory, other.executable, other.head(9))
            )
            with pytest.raises(elf.NotElfError):
                mine.elf()


def test_a_file_in_memory_takes_the_place_of_a_folder_and_lies_below_no_file(tmp_path: Path) -> None:
    held = MemoryTree(tmp_path)
    for place in ("a/b/c", "a/b/d", "a/b"):
        held.add(place, HeldFile(b"", executable=False))
    assert list(held) == ["a/b"]
    with pytest.raises(NotADirectoryError):
        held.add("a/b/c", HeldFile(b"", executable=False))


def everything_in(folder: Path, judge: Judge | None, jobs: int) -> list[CheckedFile | Package | Skipped]:
    with Judging(judge, jobs) as judging:
        return [found for group in group_inputs([str(folder)]) for found in judging.found(group)]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Return a folder with wheels, an archive without ELF files, one that is damaged, and a loose file."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(4):
        size = {f"demo/{one}.so": PROGRAM for one in range(4 - number)}
        wheel_at(folder / f"d{number}-1-cp312-cp312-manylinux_2_17_x86_64.whl", size)
    wheel_at(folder / "pure.zip", {"a.py": b"", "b.py": b""})
    wheel_at(folder / "pure2.zip", {"a.py": b"", "b.py": b""})
    (folder / "bad.whl").write_bytes(wheel_at(folder / "x.zip").read_bytes()[:-50])
    shutil.copy("/bin/true", folder / "program")
    return folder


def judge_on_nothing() -> Judge:
    return Judge(open_images(["scratch"]), own_image=False, platforms=[], alone=False, cpu=None, digest=True)


def test_whole_archives_in_other_processes_give_the_same_records(many: Path, unpacked: Path) -> None:
    here = everything_in(many, judge_on_nothing(), 1)
    assert sum(isinstance(one, CheckedFile) for one in here) == 15
    assert sum(isinstance(one, Package) for one in here) == 5
    assert sum(isinstance(one, Skipped) and one.incomplete for one in here) == 1
    assert everything_in(many, judge_on_nothing(), 2) == here
    assert list(unpacked.iterdir()) == []


@pytest.mark.parametrize("limit", ["LARGEST", "MOST_RECORDS"])
def test_an_archive_that_is_too_much_for_one_process_is_judged_by_all(
    many: Path, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = everything_in(many, judge_on_nothing(), 1)
    monkeypatch.setattr(check_jobs, limit, 3)
    judge = judge_on_nothing()
    group = next(one for one in group_inputs([str(many)]) if isinstance(one, Archives))
    assert any(JudgeArchive(judge)(one).batches is None for one in group.closed)
    assert everything_in(many, judge, 2) == here


@pytest.mark.parametrize("jobs", [1, 2])
def test_packages_alone_are_judged_without_their_files(many: Path, jobs: int) -> None:
    found = everything_in(many, None, jobs)
    all_of_it = everything_in(many, judge_on_nothing(), jobs)
    assert [one for one in found if isinstance(one, Package)] == [one for one in all_of_it if isinstance(one, Package)]
    assert not any(isinstance(one, CheckedFile) for one in found)
    loose = [one for one in found if isinstance(one, Skipped) and one.why == check_jobs.NO_PACKAGE]
    assert [(one.path, one.count, one.incomplete) for one in loose] == [(str(many / "program"), 1, False)]


@pytest.mark.parametrize(
    ("most", "sizes"),
    [
        (128 << 20, [300, len(PYTHON), len(PROGRAM), len(PROGRAM)]),
        pytest.param(len(PYTHON) + (9 << 10), [300, len(PYTHON)], id="one and a little"),
        (0, []),
    ],
)
def test_files_that_were_looked_at_and_let_go_say_the_same(
    wheel: Path, most: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def look(file: elf.ElfFile) -> int:
        looked.append(file.size)
        return 100

    monkeypatch.setattr("everylinux.inputs.hold.MOST_HELD", most)
    images = open_images(["scratch"])
    (group,) = (one for one in group_inputs([str(wheel)]) if isinstance(one, Archives))
    found = [
        check_file(one.real, images, package=one.package, name=one.member)
        for batch in group.open(held=True, look=look)
        for one in batch.files
    ]
    assert found == judged(wheel, held=False)
    assert sorted(looked) == sorted(sizes)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_files_of_one_name_the_last_is_judged(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / NAME, "w", zipfile.ZIP_DEFLATED) as archive:
        for content in (PYTHON, PROGRAM):
            archive.writestr("demo/x.so", content)
    (group,) = (one for one in group_inputs([str(tmp_path / NAME)]) if isinstance(one, Archives))
    for batch in group.open(held=True, look=lambda _: 0):
        (file,) = batch.files
        assert file.package is not None
        assert file.package.read(file.real).size == len(PROGRAM) != len(PYTHON)
    assert judged(tmp_path / NAME, held=True) == judged(tmp_path / NAME, held=False)


def test_an_archive_that_changes_while_it_is_read_is_one_clear_error(wheel: Path) -> None:
    (group,) = (one for one in group_inputs([str(wheel)]) if isinstance(one, Archives))
    for batch in group.open(held=True, look=lambda _: 0):
        file = next(one for one in batch.files if one.member == "demo/_x.so")
        with wheel.open("r+b") as content:
            content.seek(100)
            content.write(bytes(1000))
        with pytest.raises(OSError, match="changed while it was read"):
            check_file(file.real, [], package=file.package, name=file.member)
