"""The parts of the sandbox that need no sandbox."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from everylinux.errors import UsageError
from everylinux.images import open_images
from everylinux.sandbox.emulator import Emulator, cpu_of_platform
from everylinux.sandbox.isolation.capture import KEPT_AT_EACH_END, Ends
from everylinux.sandbox.isolation.control_groups import Hierarchy, find_hierarchies
from everylinux.sandbox.isolation.helper import Report, read_report
from everylinux.sandbox.limits import MIB, Limits, resource_limits
from everylinux.sandbox.program import choose_platform, read_program, script_interpreter
from everylinux.sandbox.surroundings import place


def test_a_short_stream_is_kept_whole() -> None:
    ends = Ends()
    for part in (b"a" * 40_000, b"b" * 20_000):
        ends.add(part)
    assert not ends.truncated
    assert ends.content() == b"a" * 40_000 + b"b" * 20_000


def test_of_a_long_stream_both_ends_are_kept_in_bounded_memory() -> None:
    ends = Ends()
    ends.add(b"first")
    for _ in range(1000):
        ends.add(b"x" * 10_000)
    ends.add(b"last")
    content = ends.content()
    assert ends.truncated
    assert content.startswith(b"first")
    assert content.endswith(b"last")
    assert len(ends.head) + len(ends.tail) <= 3 * KEPT_AT_EACH_END
    left_out = re.search(rb"\[\.\.\. (\d+) bytes left out", content)
    assert left_out
    assert int(left_out[1]) == 10_000_009 - 2 * KEPT_AT_EACH_END


def record(*numbers: int) -> bytes:
    return struct.pack("=4q", *numbers)


def test_the_helpers_records() -> None:
    assert read_report(b"") == Report()
    ended = read_report(record(1, 0, 0, 0) + record(3, 7 << 8, 1_500_000_000, 0))
    assert ended == Report(ready=True, registered=0, exit=7, seconds=1.5)
    killed = read_report(record(1, -1, 0, 0) + record(3, 11, 0, 0))
    assert (killed.exit, killed.signal) == (None, 11)
    refused = read_report(record(1, 0, 0, 0) + record(2, 8, 0, 0) + record(3, 127 << 8, 0, 0))
    assert (refused.refused, refused.exit) == (8, None)


def test_a_torn_record_is_left_out() -> None:
    assert read_report(record(1, 0, 0, 0) + record(3, 0, 0, 0)[:-1]) == Report(ready=True, registered=0)


# Lines in the form of proc(5), of a machine with version 1 of control groups.
VERSION_1 = """\
31 23 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw
32 31 0:28 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory
33 31 0:29 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
34 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
"""


def test_control_groups_of_version_1_are_made_below_the_own_group() -> None:
    found = find_hierarchies(VERSION_1, "8:pids:/\n4:memory:/user/shell\n1:cpu,cpuacct:/\n0::/\n")
    assert found == [
        Hierarchy(Path("/sys/fs/cgroup/memory/user/shell"), 1, ("memory",)),
        Hierarchy(Path("/sys/fs/cgroup/pids"), 1, ("pids",)),
    ]


def test_in_a_container_the_mount_shows_the_own_group_as_its_root() -> None:
    mounts = "40 31 0:28 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
    (found,) = find_hierarchies(mounts, "4:memory:/docker/abc\n")
    assert found.parent == Path("/sys/fs/cgroup/memory")


def test_control_groups_of_version_2_need_their_controllers_switched_on(tmp_path: Path) -> None:
    mounts = f"31 23 0:27 / {tmp_path} rw - cgroup2 cgroup2 rw\n"
    own = tmp_path / "user"
    own.mkdir()
    (own / "cgroup.subtree_control").write_text("cpu pids\n")
    assert find_hierarchies(mounts, "0::/user\n") == [Hierarchy(own, 2, ("pids",))]
    (own / "cgroup.subtree_control").write_text("\n")
    assert find_hierarchies(mounts, "0::/user\n") == []


def test_memory_is_never_limited_by_address_space() -> None:
    import resource

    limits = resource_limits(Limits(memory=64 * MIB), timeout=1, memory=True, processes=True)
    assert resource.RLIMIT_AS not in limits
    assert limits[resource.RLIMIT_DATA] == 64 * MIB
    without = resource_limits(Limits(), timeout=1, memory=False, processes=False)
    assert not {resource.RLIMIT_DATA, resource.RLIMIT_NPROC} & set(without)


def test_the_registration_matches_an_elf_header_of_that_cpu_alone() -> None:
    emulator = Emulator("qemu-s390x", Path("/usr/bin/qemu-s390x"), "7.2", cpu_of_platform("linux/s390x"))
    _, name, kind, offset, magic, mask, interpreter, flags = emulator.registration(9).split(":")
    assert (name, kind, offset, interpreter, flags) == ("qemu-s390x", "M", "", "/proc/self/fd/9", "FP")
    decoded = [bytes.fromhex(text.replace("\\x", "")) for text in (magic, mask)]

    def matches(header: bytes) -> bool:
        return all((one ^ other) & bit == 0 for one, other, bit in zip(header, *decoded, strict=False))

    # gABI: class 64, big-endian, any OSABI, ET_EXEC or ET_DYN, EM_S390.
    assert matches(b"\x7fELF\x02\x02\x01\x03" + bytes(8) + b"\x00\x03\x00\x16")
    assert matches(b"\x7fELF\x02\x02\x01\x00" + bytes(8) + b"\x00\x02\x00\x16")
    assert not matches(b"\x7fELF\x02\x02\x01\x00" + bytes(8) + b"\x00\x01\x00\x16")
    assert not matches(b"\x7fELF\x02\x01\x01\x00" + bytes(8) + b"\x02\x00\x16\x00")


def test_platforms_of_cpus_that_are_no_targets_are_known() -> None:
    assert [cpu_of_platform(f"linux/{name}").name for name in ("mips64le", "mips", "loong64", "arm64")] == [
        "mips64el",
        "mips",
        "loongarch64",
        "aarch64",
    ]


@pytest.mark.parametrize(
    ("line", "interpreter"),
    [
        (b"#!/bin/sh\n", "/bin/sh"),
        (b"#! \t/usr/bin/env node\nrest", "/usr/bin/env"),
        (b"#!/bin/sh\r\n", "/bin/sh\r"),
        (b"#!\n", ""),
    ],
)
def test_the_interpreter_of_a_script(line: bytes, interpreter: str) -> None:
    assert script_interpreter(line) == interpreter


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "gone", Path("/dev/null")):
        with pytest.raises(UsageError):
            read_program(path)


def test_a_script_takes_any_platform_that_is_asked_for(tmp_path: Path) -> None:
    script = tmp_path / "run"
    script.write_text("#!/bin/sh\n")
    (empty,) = open_images(["scratch"])
    assert choose_platform(read_program(script), empty, "linux/s390x") == "linux/s390x"


def test_a_file_in_the_image_stays_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "usr").mkdir()
    (tmp_path / "usr/tool").write_bytes(b"")
    placed = place(tmp_path / "usr/tool", tmp_path)
    assert (placed.program, placed.mounts) == ("/usr/tool", ())


def test_a_file_from_elsewhere_gets_a_folder_that_the_image_does_not_have(tmp_path: Path) -> None:
    root, tool = tmp_path / "root", tmp_path / "tool"
    (root / "app").mkdir(parents=True)
    tool.write_bytes(b"")
    assert place(tool, None).program == "/app/tool"
    assert place(tool, root).program == "/app-2/tool"
