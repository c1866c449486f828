"""Programs that try to get out: each must end with a clear verdict and with nothing in its hands.

The attacks are the functions of ``hostile/``. They run under every sandbox.
"""

from __future__ import annotations

import os
import platform
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attacks import (
    ATTACKS,
    ENDINGS,
    Ending,
    Machine,
    aims,
    command_lines,
    compile_attacks,
    escapes,
    kernel_settings,
    machine_to_attack,
    run_attack,
)

from everylinux.errors import InputOutputError
from everylinux.toolchains.find import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.evidence import Run

pytestmark = [
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the programs of these tests are built for x86_64"),
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
]
FEWEST = 25
# What is tried under every engine in every run; all others with `make test-all`.
SHORT = ("write_host", "forged_report", "fork_bomb", "memory_bomb", "output_flood", "leave_behind", "become_root")


def tried() -> list[object]:
    """Return each attack with each sandbox."""
    pairs = [("bubblewrap", attack, pytest.mark.e2e) for attack in ATTACKS]
    pairs += [("podman", attack, pytest.mark.e2e if attack in SHORT else pytest.mark.full) for attack in ATTACKS]
    pairs += [("docker", attack, pytest.mark.full) for attack in ATTACKS]
    return [pytest.param(sandbox, attack, marks=mark, id=f"{sandbox}-{attack}") for sandbox, attack, mark in pairs]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_attacks(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with machine_to_attack(tmp_path) as found:
        yield found


@pytest.mark.e2e
def test_there_are_enough_attacks() -> None:
    assert len(set(ATTACKS)) == len(ATTACKS) > FEWEST


@pytest.mark.parametrize(("sandbox", "attack"), tried(), indirect=["sandbox"])
def test_nothing_gets_out(sandbox: str, attack: str, hostile: Path, machine: Machine) -> None:
    before, digest = kernel_settings(), hostile.read_bytes()
    seen = run_attack(sandbox, hostile, attack, *aims(attack, machine))
    assert (seen.sandbox or "").startswith(f"{sandbox} ")
    assert not escapes(seen, engine=sandbox != "bubblewrap"), seen.stdout
    assert_it_ends_as_it_should(seen, ENDINGS.get(attack, Ending("ok", exit=0)))
    assert kernel_settings() == before
    assert hostile.read_bytes() == digest
    assert not list(machine.writable.iterdir())
    assert not Path("/dev/left-by-hostile").exists()
    assert machine.secret.read_text() == "secret"
    assert machine.victim.poll() is None
    assert not [line for line in command_lines() if line.startswith("/app/hostile")]
    for listening in (machine.listener, machine.abstract):
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()


def assert_it_ends_as_it_should(seen: Run, ending: Ending) -> None:
    assert seen.verdict == ending.verdict, seen
    assert seen.exit == (99 if "ESCAPED" in seen.stdout else ending.exit)
    assert [(reason.code, reason.subject) for reason in seen.reasons] == (
        [(ending.code, ending.subject)] if ending.code else []
    )


@pytest.mark.e2e
def test_the_attacks_do_succeed_without_a_sandbox(hostile: Path, machine: Machine) -> None:
    """Otherwise they prove nothing."""
    for attack in ("read_outside", "network_loopback", "network_abstract_socket", "shared_memory"):
        done = subprocess.run([hostile, attack, *aims(attack, machine)], check=False, capture_output=True, text=True)
        assert "ESCAPED" in done.stdout, attack
    # This one, as root, would leave its files all over the machine.
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        copy = shutil.copy(hostile, folder)
        done = subprocess.run([*nobody, copy, "write_host", folder], check=False, capture_output=True, text=True)
        assert f"ESCAPED {folder}/left-by-hostile" in done.stdout


@pytest.fixture
def root(tmp_path: Path, hostile: Path) -> Path:
    """A root file system with the attacks as a program of root's that anybody may start as root."""
    folder = tmp_path / "root"
    folder.mkdir()
    shutil.copy(hostile, folder / "hostile")
    (folder / "hostile").chmod(0o6755)
    return folder


EVERY = [
    pytest.param("bubblewrap", marks=pytest.mark.e2e),
    pytest.param("podman", marks=pytest.mark.e2e),
    pytest.param("docker", marks=pytest.mark.full),
]


@pytest.mark.parametrize("sandbox", EVERY, indirect=True)
def test_setuid_files_of_an_image_give_nothing(sandbox: str, hostile: Path, root: Path) -> None:
    seen = run_attack(sandbox, hostile, "setuid_of_image", "/hostile", image=f"dir:{root}")
    assert (seen.verdict, seen.exit, seen.stdout) == ("ok", 0, "finished become_root\n")


@pytest.mark.parametrize("sandbox", EVERY, indirect=True)
def test_devices_of_an_image_give_nothing(sandbox: str, hostile: Path, root: Path) -> None:
    """The devices of /dev/zero and of a loop: whoever can open either could open a disk."""
    try:
        os.mknod(root / "zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
        os.mknod(root / "loop", 0o666 | stat.S_IFBLK, os.makedev(7, 0))
    except PermissionError:
        pytest.skip("this user makes no devices")
    (root / "real").write_text("it can be opened")
    assert "ESCAPED" in run_attack("bubblewrap", hostile, "devices_of_image", "/real", image=f"dir:{root}").stdout
    if sandbox == "podman":
        with pytest.raises(InputOutputError, match=r"(zero|loop) is a device"):
            run_attack(sandbox, hostile, "devices_of_image", "/zero", "/loop", image=f"dir:{root}")
        return
    seen = run_attack(sandbox, hostile, "devices_of_image", "/zero", "/loop", image=f"dir:{root}")
    assert (seen.verdict, seen.exit) == ("ok", 0), seen.stdout
