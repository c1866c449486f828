"""Reports of `check` as they are written: file by file, whole or not at all."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import tracemalloc
from typing import TYPE_CHECKING

import msgspec
import pytest

from everylinux.evidence import CheckedFile, CheckReport, Package, Reason, Skipped, Verdict
from everylinux.report import FORMATS, open_check, parse_outputs, write_report
from everylinux.report.output import Output

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.report.interface import CheckSink

FEW, MANY = 20, 400
# The records of so many files take several times as much.
MOST_GROWTH = 100_000


def checked(path: str) -> CheckedFile:
    reason = Reason(
        code="missing-library", subject="libz.so.1", message="libz.so.1: cannot open shared object file", hint="add it"
    )
    verdicts = [
        Verdict(image=image, platform="linux/amd64", verdict="fails", reasons=(reason,))
        for image in ("alpine:3.21", "alpine:3.22")
    ]
    good = Verdict(image="debian:12", platform="linux/amd64", verdict="ok")
    return CheckedFile(
        path=path,
        sha256="00" * 32,
        kind="executable",
        arch="x86_64",
        libc="gnu",
        interpreter="/lib64/ld-linux-x86-64.so.2",
        verdicts=(*verdicts, good),
    )


def finish(sink: CheckSink) -> None:
    sink.end([Package(path="a.whl", kind="wheel", truth=True)], [Skipped(path=".", why="not ELF", count=3)])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_one_valid_document_with_any_number_of_files(tmp_path: Path, count: int) -> None:
    with open_check([Output("json", tmp_path / "report")]) as sink:
        for number in range(count):
            sink.add(checked(f"file{number}"))
        finish(sink)
    text = (tmp_path / "report").read_text()
    assert text.startswith('{"schema":"everylinux.check/1"')
    report = msgspec.json.decode(text, type=CheckReport)
    assert report.files == tuple(checked(f"file{number}") for number in range(count))
    assert (len(report.packages), report.skipped[0].count) == (1, 3)


def test_json_has_a_file_a_line(tmp_path: Path) -> None:
    write_report(CheckReport(files=(checked("one"), checked("two"))), [Output("json", tmp_path / "report")])
    lines = (tmp_path / "report").read_text().splitlines()
    found = [json.loads(line.rstrip(","))["path"] for line in lines if line.startswith('{"path":')]
    assert found == ["one", "two"]


def test_a_document_without_packages_and_files_is_valid(tmp_path: Path) -> None:
    write_report(CheckReport(), [Output("json", tmp_path / "report")])
    assert json.loads((tmp_path / "report").read_text()) == {
        "schema": "everylinux.check/1",
        "files": [],
        "packages": [],
        "skipped": [],
    }


def test_names_that_are_no_utf8_are_valid_json(tmp_path: Path) -> None:
    with open_check([Output("json", tmp_path / "report")]) as sink:
        sink.add(checked(os.fsdecode(b"bad\xff\x1b")))
        finish(sink)
    assert json.loads((tmp_path / "report").read_text())["files"][0]["path"] == "bad\ufffd\x1b"


def interrupt_run(outputs: list[Output]) -> None:
    with open_check(outputs) as sink:
        sink.add(checked("file"))
        raise KeyboardInterrupt


@pytest.mark.parametrize("name", FORMATS)
def test_an_interrupted_run_leaves_every_file_as_it_was(tmp_path: Path, name: str) -> None:
    old, absent = tmp_path / "old", tmp_path / "absent"
    old.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupt_run([Output(name, old), Output("json", absent)])
    assert old.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_every_output_gets_everything_and_keeps_its_mode(tmp_path: Path) -> None:
    outputs = [Output(name, tmp_path / name) for name in FORMATS]
    (tmp_path / "json").touch(mode=0o600)
    with open_check(outputs) as sink:
        sink.add(checked("the-file"))
        finish(sink)
    assert all("the-file" in (tmp_path / name).read_text() for name in FORMATS)
    assert (tmp_path / "json").stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.iterdir())) == len(FORMATS)


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    os.mkfifo(tmp_path / "pipe")
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_text()))
    reader.start()
    write_report(CheckReport(), [Output("json", tmp_path / "link"), Output("json", tmp_path / "pipe")])
    reader.join(10)
    assert (tmp_path / "link").is_symlink()
    assert got == [(tmp_path / "target").read_text()]
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("name", FORMATS)
def test_memory_does_not_grow_with_the_number_of_files(name: str) -> None:
    most_memory(name, FEW)  # what is imported and remembered is not counted
    assert most_memory(name, MANY) - most_memory(name, FEW) < MOST_GROWTH


def most_memory(name: str, files: int) -> int:
    tracemalloc.start()
    try:
        with open_check([Output(name, devnull())]) as sink:
            for number in range(files):
                sink.add(checked(f"lib/file{number}.so"))
            finish(sink)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def devnull() -> Path:
    from pathlib import Path as RealPath

    return RealPath(os.devnull)


def test_a_verb_without_findings_has_no_format_of_findings() -> None:
    assert [output.format for output in parse_outputs(["json"], "doctor")] == ["json"]


@pytest.mark.parametrize(("encoding", "sign"), [("ascii", ">= 12"), ("latin-1", ">= 12"), ("utf-8", "≥ 12")])
def test_a_table_is_readable_in_every_encoding(monkeypatch: pytest.MonkeyPatch, encoding: str, sign: str) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    file = checked("fil\u00e9\u4e00")
    newer = msgspec.structs.replace(file.verdicts[-1], image="debian:13")
    older = msgspec.structs.replace(file.verdicts[0], image="debian:11")
    report = CheckReport(files=(msgspec.structs.replace(file, verdicts=(older, file.verdicts[-1], newer)),))
    write_report(report, [Output("table")])
    assert f"debian {sign}" in raw.getvalue().decode(encoding)


def test_a_document_on_standard_output_is_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    write_report(CheckReport(files=(checked("fil\u4e00"),)), [Output("json")])
    assert json.loads(raw.getvalue().decode("utf-8"))["files"][0]["path"] == "fil\u4e00"
