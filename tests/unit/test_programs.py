"""The real programs of the end-to-end tests: which pairs the short run takes, how sources are laid out, the grid."""

from __future__ import annotations

import io
import json
import tarfile
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from everylinux.errors import InputOutputError
from everylinux.spelling import all_targets, parse_target_list
from everylinux.toolchains.find import facts
from programs.clients import check_digest
from programs.declaration import TESTS, programs, sources
from programs.fetch import unpack_tarball
from programs.grid import Result, add_result, as_table, read_results
from programs.layouts import sqlite_shell

if TYPE_CHECKING:
    from pathlib import Path

TESTED = sorted(path.parent.name for path in TESTS.glob("*/test_*.py"))


def short_run() -> dict[str, list[str]]:
    pairs = json.loads((TESTS / "pairs.json").read_text())["short"]
    return {name: [target.name for target in parse_target_list(spellings)] for name, spellings in pairs.items()}


def test_the_short_run_has_every_program_twice_and_every_target_twice() -> None:
    pairs = short_run()
    assert sorted(pairs) == TESTED
    assert min(len(targets) for targets in pairs.values()) >= 2
    counted = Counter(target for targets in pairs.values() for target in targets)
    assert set(counted) == {target.name for target in all_targets()}
    assert min(counted.values()) >= 2


def test_every_program_is_tested_or_is_the_library_of_one() -> None:
    libraries = {program.sysroot for program in programs().values() if program.sysroot}
    assert set(programs()) == {*TESTED, *libraries}


def test_declarations_name_what_there_is() -> None:
    known = {*sources().debian, *sources().modules}
    tools = {tool.name for tool in facts().tools}
    for name, program in programs().items():
        assert set(program.sources) <= known
        assert set(program.tools) <= tools
        for file in program.overlay:
            assert (TESTS / name / file).is_file()


def tarball(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def test_a_release_is_unpacked_without_its_top_folder(tmp_path: Path) -> None:
    release = tarball(tmp_path / "app.tar.gz", {"app-1.0/src/main.c": b"int main;", "app-1.0/README": b"read"})
    unpack_tarball(release, tmp_path / "app")
    assert (tmp_path / "app" / "src" / "main.c").read_bytes() == b"int main;"
    assert (tmp_path / "app" / "README").read_bytes() == b"read"


@pytest.mark.parametrize("name", ["app/../../escaped", "app//etc/../../../escaped"])
def test_a_release_cannot_write_outside(name: str, tmp_path: Path) -> None:
    release = tarball(tmp_path / "app.tar.gz", {name: b"gotcha"})
    with pytest.raises(InputOutputError):
        unpack_tarball(release, tmp_path / "inside" / "app")
    assert not list(tmp_path.rglob("escaped"))


def test_a_file_that_is_not_the_pinned_one_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "app.tar.gz"
    path.write_bytes(b"")
    # The SHA-256 of nothing (FIPS 180-4).
    check_digest(path, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    with pytest.raises(InputOutputError, match="not the pinned file"):
        check_digest(path, "0" * 64)
    assert not path.exists()


def test_the_shell_of_sqlite_is_put_together(tmp_path: Path) -> None:
    (tmp_path / "amalgamation").mkdir()
    (tmp_path / "amalgamation" / "sqlite3-binding.c").write_text("library")
    (tmp_path / "amalgamation" / "sqlite3-binding.h").write_text("header")
    (tmp_path / "tree" / "src").mkdir(parents=True)
    (tmp_path / "tree" / "part.c").write_text('#include "sqlite3ext.h"\n__declspec(dllexport) int part;\n')
    (tmp_path / "tree" / "src" / "shell.c.in").write_text('#include "sqlite3.h"\nINCLUDE ../part.c\nint main;\n')
    sqlite_shell(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"sqlite3.c", "sqlite3.h", "shell.c"}
    assert (tmp_path / "shell.c").read_text().split() == ["#include", '"sqlite3.h"', "int", "part;", "int", "main;"]


def test_the_worst_of_a_pairs_tests_counts(tmp_path: Path) -> None:
    record = tmp_path / "results"
    common = {"program": "lua", "target": "s390x-linux-musl"}
    add_result(record, Result(**common, outcome="failed", build_seconds=4.0, run_seconds=0.25, cause="assert 1 == 2"))
    add_result(record, Result(**common, outcome="passed", build_seconds=4.0, run_seconds=0.5))
    (result,) = read_results(record)
    assert (result.outcome, result.cause) == ("failed", "assert 1 == 2")
    assert (result.build_seconds, result.run_seconds) == (4.0, 0.75)


def test_the_table_has_a_row_a_target_and_names_causes() -> None:
    passed = Result(program="lua", target="s390x-linux-musl", outcome="passed", build_seconds=4.4, run_seconds=0.5)
    failed = Result(
        program="zstd", target="x86-linux-musl", outcome="failed", build_seconds=0, run_seconds=0, cause="no such CPU"
    )
    lines = as_table([passed, failed]).splitlines()
    assert lines[0] == "| target | lua | zstd |"
    assert "| `s390x-linux-musl` | 4 + 0.5 s |  |" in lines
    assert "| `x86-linux-musl` |  | failed |" in lines
    assert "- zstd for `x86-linux-musl` failed: no such CPU" in lines
    assert len([line for line in lines if line.startswith("| `")]) == len(all_targets())
