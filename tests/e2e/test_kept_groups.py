"""Control groups that are kept from run to run: each run answers for itself alone, and nothing stays behind."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from attacks import SMALL, compile_attacks, run_attack

from everylinux.sandbox.isolation.control_groups import writable_hierarchies
from everylinux.sandbox.isolation.kept_groups import KeptGroup, group_of_a_run
from everylinux.toolchains.find import find

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(
        {(each.version, *each.controllers) for each in writable_hierarchies()} != {(1, "memory"), (1, "pids")},
        reason="groups are kept where version 1 of control groups is writable",
    ),
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_attacks(tmp_path_factory.mktemp("kept"))


def test_a_group_is_used_again() -> None:
    with group_of_a_run(SMALL) as first:
        assert isinstance(first, KeptGroup)
        assert first.is_quiet()
        with group_of_a_run(SMALL) as second:
            assert second is not first
    with group_of_a_run(SMALL) as third:
        assert third in (first, second)


def test_what_is_started_is_in_the_group_and_this_process_is_not() -> None:
    with group_of_a_run(SMALL) as group:
        process = group.start(lambda: subprocess.Popen(["sleep", "60"]))
        try:
            child, own = (Path(f"/proc/{name}/cgroup").read_text() for name in (process.pid, "self"))
            assert child.count("/everylinux-") == 2
            assert "/everylinux-" not in own
            assert isinstance(group, KeptGroup)
            assert not group.is_quiet()
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize("attack", ["memory_bomb", "fork_bomb", "thread_bomb", "scratch_bomb"])
def test_a_run_does_not_answer_for_the_one_before(attack: str, hostile: Path) -> None:
    for _ in range(2):
        run_attack("bubblewrap", hostile, attack)
        after = run_attack("bubblewrap", hostile, "priorities")
        assert (after.verdict, after.reasons) == ("ok", ())


def test_runs_at_the_same_time_answer_each_for_itself(hostile: Path) -> None:
    attacks = ["memory_bomb", "priorities"] * 6
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda attack: run_attack("bubblewrap", hostile, attack), attacks))
    assert [run.verdict for run in seen] == ["fails", "ok"] * 6


def test_nothing_is_left_when_the_process_ends(hostile: Path) -> None:
    command = [sys.executable, "-m", "everylinux", "prove", str(hostile), str(hostile), "--", "priorities"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        assert process.wait(60) == 0
    for hierarchy in writable_hierarchies():
        assert not list(hierarchy.parent.glob(f"everylinux-{process.pid}-*"))
