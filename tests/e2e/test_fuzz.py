"""A short run of the fuzzer: always the same inputs, of every kind (`make fuzz` runs it long)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everylinux.images import catalogue
from fuzz.room import Room, prepare
from fuzz.run import fuzz
from fuzz.seeds import short_seeds
from fuzz.targets import TARGETS, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

INPUTS = 1200
SECONDS = 10


def test_nothing_breaks() -> None:
    outcome = fuzz(short_seeds(), seed=0, first=0, inputs=INPUTS, jobs=2, seconds=SECONDS)
    assert not outcome.findings
    # On a busy machine the time is up before the inputs are.
    assert outcome.inputs > INPUTS // 20


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("fuzz")
    prepare(folder / "room", short_seeds())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "room")
        patch.setenv("EVERYLINUX_CACHE", str(folder / "cache"))
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        yield Room(folder / "room")
    catalogue.forget()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_target_reads_its_input(target: Target, room: Room) -> None:
    def answer(content: bytes) -> bytes:
        try:
            return target.run(room, content)
        except target.errors as error:
            return str(error).encode()

    contents = list(target.seeds(room).values())
    assert len({answer(content) for content in [*contents, b""]}) > 1
