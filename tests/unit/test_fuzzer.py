"""The fuzzer itself: it finds bugs that are there, makes their inputs small, and makes the same input again."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest

from fuzz.anatomy import dissect, read_field
from fuzz.elf_mutations import header, segment
from fuzz.findings import Finding, smallest
from fuzz.mutations import BYTES
from fuzz.room import Room
from fuzz.targets import Target
from fuzz.worker import Worker, ring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def _alarm() -> Iterator[None]:
    before = signal.signal(signal.SIGPROF, ring)
    yield
    signal.signal(signal.SIGPROF, before)


def worker_on(run: Callable[[Room, bytes], bytes], folder: Path) -> Worker:
    (folder / "seeds").mkdir()
    worker = Worker(Room(folder), folder, "none", 1)
    worker.targets = [Target("planted", 1, run, BYTES, lambda _: {})]
    worker.seeds = {"planted": {"seed": bytes(range(256)) * 4}}
    return worker


def findings(worker: Worker, inputs: int) -> list[Finding]:
    for number in range(inputs):
        worker.run(number)
    path = worker.results / "findings.jsonl"
    return [msgspec.json.decode(line, type=Finding) for line in path.read_bytes().splitlines()] if path.exists() else []


def test_a_planted_bug_is_found_and_made_small(tmp_path: Path) -> None:
    def run(_room: Room, content: bytes) -> bytes:
        if content[1:2] != b"\1":
            raise ValueError("planted")
        return content

    found = findings(worker_on(run, tmp_path), 60)
    assert {(one.kind, one.where) for one in found} == {("raised", "ValueError")}
    (kept,) = tmp_path.glob("raised-*.planted")
    assert len(kept.read_bytes()) <= 1


def test_answers_that_differ_are_found(tmp_path: Path) -> None:
    answers = iter(range(1000))
    found = findings(worker_on(lambda _room, _content: b"%d" % next(answers), tmp_path), 20)
    assert {one.kind for one in found} == {"differently"}


def test_what_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz.worker.SECONDS", 0.05)

    def run(_room: Room, content: bytes) -> bytes:
        while content[1:2] != b"\1":
            time.process_time()
        return content

    assert {one.kind for one in findings(worker_on(run, tmp_path), 40)} == {"hung"}


def test_a_seed_without_a_bug_has_no_finding(tmp_path: Path) -> None:
    assert findings(worker_on(lambda _room, content: content, tmp_path), 100) == []


def test_an_input_is_made_again_from_its_number(tmp_path: Path) -> None:
    worker = worker_on(lambda _room, content: content, tmp_path)
    assert [worker.input(number) for number in range(50)] == [worker.input(number) for number in range(50)]


def test_the_smallest_input_still_fails() -> None:
    assert smallest(bytes(100) + b"x" + bytes(500), lambda content: b"x" in content) == bytes(100) + b"x"


def test_mutations_reach_every_field_of_an_elf_file() -> None:
    library = next(Path(msgspec.__file__).parent.glob("_core*.so")).read_bytes()
    anatomy = dissect(library)
    assert anatomy is not None
    assert {"strings", "symbols", "symbol-versions", "version-needs"} <= set(anatomy.tables)
    changed = set()
    for number in range(400):
        content = bytearray(library)
        (header, segment)[number % 2](Random(number), content, b"")  # noqa: S311 - chance that can be repeated
        for field in (*anatomy.header, *anatomy.segment_fields):
            if read_field(content, field, anatomy.order) != read_field(library, field, anatomy.order):
                changed.add(field.name)
    assert changed == {field.name for field in (*anatomy.header, *anatomy.segment_fields)}
