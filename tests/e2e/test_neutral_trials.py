"""What a project tries of the libc while it is configured for a neutral module: only what both libcs have is there."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from everylinux.neutral.absent import tried_in_vain
from everylinux.progress import Progress
from everylinux.spelling import parse_targets
from everylinux.toolchains.native_program import native_program
from everylinux.toolchains.wiring import wire
from everylinux.toolchains.zig import find_zig

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e
CPUS = ("x86_64", "x86", "aarch64", "arm", "riscv64", "s390x", "powerpc64le")
CALL = "char {name}(void);\nint main(void) {{ return {name}(); }}\n"


@pytest.fixture(scope="module", params=["x86_64", "s390x", "arm"])
def compiler(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ELF file of each kind: 64 and 32 bits, both orders of bytes."""
    folder = tmp_path_factory.mktemp(request.param)
    names = folder / "absent"
    names.write_text("\n".join(tried_in_vain(request.param)))
    (target,) = parse_targets(f"{request.param}-linux-gnu")
    zig = find_zig()
    program = native_program(zig, Progress(quiet=True))
    return wire(folder / "wiring", target, zig, program, None, absent_names=names).command("cc")


def link(compiler: Path, folder: Path, text: str, name: str, *flags: str) -> str | None:
    """Compile and link as a configure script does; return what the linker says against it."""
    (folder / f"{name}.c").write_text(text)
    command = [str(compiler), "-O2", *flags, "-o", name, f"{name}.c", "-lm"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert (folder / name).exists() == (done.returncode == 0)
    return done.stderr if done.returncode else None


def test_a_trial_does_not_find_what_musl_lacks(compiler: Path, tmp_path: Path) -> None:
    """backtrace(3) and canonicalize_file_name(3) are glibc's alone; Autoconf tries in conftest.c."""
    for name in ("backtrace", "canonicalize_file_name"):
        said = link(compiler, tmp_path, CALL.format(name=name), "conftest")
        assert said is not None
        assert f"undefined symbol: {name}" in said
        assert link(compiler, tmp_path, CALL.format(name=name), "own") is None  # no trial: the judge says where it is


def test_it_finds_what_both_have(compiler: Path, tmp_path: Path) -> None:
    for name in ("getpid", "posix_memalign", "strerror_r", "mallinfo"):  # the last two are brought
        assert link(compiler, tmp_path, CALL.format(name=name), "conftest") is None
    text = '#include <stdio.h>\nint main(void) { return puts("backtrace"); }\n'  # a text is no call
    assert link(compiler, tmp_path, text, "conftest") is None


def test_what_a_trial_defines_itself_is_there(compiler: Path, tmp_path: Path) -> None:
    """error(3) is glibc's alone: a program with a function of that name lacks nothing, also where it is exported."""
    text = "int error(void) { return 0; }\nint main(void) { return error(); }\n"
    for flag in ("-rdynamic", "-O1"):
        assert link(compiler, tmp_path, text, "conftest", flag) is None
    lacking = "int backtrace(void *, int);\n" + text.replace("return 0", "return backtrace(0, 0)")
    said = link(compiler, tmp_path, lacking, "conftest", "-rdynamic")
    assert said is not None
    assert "undefined symbol: backtrace" in said


def test_a_variable_of_the_libc_is_none_of_the_trial_s_own(compiler: Path, tmp_path: Path) -> None:
    """A program without PIC might have a copy of it, as if it were its own; musl has no <error.h>."""
    text = "extern unsigned error_message_count;\nint main(void) { return error_message_count; }\n"
    for flag in ("-fno-PIE", "-fPIE"):
        said = link(compiler, tmp_path, text, "conftest", flag)
        assert said is not None
        assert "undefined symbol: error_message_count" in said
    own = text.replace("extern ", "").replace("count;", "count = 2;", 1)
    assert link(compiler, tmp_path, own, "conftest") is None


@pytest.mark.parametrize("cpu", CPUS)
@pytest.mark.parametrize(
    ("libc", "place", "words"), [("gnu", "struct _pthread_cleanup_buffer", 4), ("musl", "struct __ptcb", 3)]
)
def test_glibc_has_room_for_what_musl_pushes(cpu: str, libc: str, place: str, words: int, tmp_path: Path) -> None:
    """The place is glibc's in a neutral module, whichever libc keeps its list in it."""
    (target,) = parse_targets(f"{cpu}-linux-{libc}")
    said = f"_Static_assert(sizeof({place}) == {words} * sizeof(void *), {place!r});".replace("'", '"')
    (tmp_path / "place.c").write_text(f"#include <pthread.h>\n{said}\n")
    zig = find_zig()
    program = native_program(zig, Progress(quiet=True))
    command: list[str | Path] = [wire(tmp_path / "wiring", target, zig, program, None).command("cc"), "-c", "place.c"]
    subprocess.run(command, check=True, cwd=tmp_path)
