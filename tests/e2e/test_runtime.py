"""What a compiler's own library does for a program: numbers, and types and exceptions of several libraries."""

from __future__ import annotations

import platform
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from with_runtime import archives_of_modules, with_runtime

from everylinux.images import open_images
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.toolchains.find import find
from roots import make_root

if TYPE_CHECKING:
    from everylinux.toolchains.wiring import Wiring

SOURCES = Path(__file__).parent / "runtime"
SECONDS = 300
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="programs for x86-64 are run, others by emulators"),
]
needs_gcc = pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is missing: apt-get install g++")
needs_isolation = pytest.mark.skipif(
    find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"
)


def run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS).stdout


def compiled(wiring: Wiring, name: str, *words: str | Path) -> None:
    done = subprocess.run(
        [wiring.command(name), "-O2", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=wiring.folder,  # beside its own folder zig would have another libc in its cache
        env=wiring.environment(),
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr


def linked(wiring: Wiring, command: str, source: Path, *words: str) -> Path:
    """Compile, then link, as a project's build does."""
    made = wiring.folder.with_name(source.stem)
    compiled(wiring, command, "-c", source, "-o", made.with_suffix(".o"))
    compiled(wiring, command, made.with_suffix(".o"), *words, "-o", made)
    return made


def proven(program: Path) -> str:
    """Return what a static program says in an empty root, on its own CPU."""
    (image,) = open_images(["scratch"])
    run = prove_file(ProveRequest(path=program, image=image, arguments=(), timeout=SECONDS))
    assert run.exit == 0, f"{run.signal} {run.stdout} {run.stderr}"
    return run.stdout


@pytest.mark.skipif(shutil.which("nm") is None, reason="nm is missing: apt-get install binutils")
def test_no_program_has_a_name_for_its_own_that_the_runtime_has(tmp_path: Path) -> None:
    """Only names reserved for implementations are defined for all (ISO C, 7.1.3), others at most weakly."""
    aimed = with_runtime(tmp_path, "x86_64-linux-gnu")
    assert aimed.runtime
    archives = [aimed.runtime, *archives_of_modules(aimed, tmp_path)]
    symbols = [line.split() for line in run("nm", "--extern-only", "--defined-only", *archives).splitlines()]
    defined = {name for _, kind, name in (words for words in symbols if len(words) == 3) if kind not in "WVwv"}
    assert "__gxx_personality_v0" in defined
    # LLVM's own, as zig has it.
    assert {name for name in defined if not name.startswith("_")} <= {"unw_local_addr_space"}


def test_a_program_and_its_library_have_types_and_exceptions_in_common(tmp_path: Path) -> None:
    """ISO C++, [except.handle], [expr.typeid], [except.throw]: nowhere does it count where a function is from."""
    aimed = with_runtime(tmp_path, "x86_64-linux-gnu")
    library = tmp_path / "libshared.so"
    flags = ("-std=c++17", "-Wl,-soname,libshared.so")
    compiled(aimed, "c++", *flags, "-fPIC", "-shared", SOURCES / "shared.cpp", "-o", library)
    compiled(
        aimed, "c++", "-std=c++17", SOURCES / "program.cpp", library, "-Wl,-rpath,$ORIGIN", "-o", tmp_path / "program"
    )
    assert run(tmp_path / "program").splitlines() == [
        "logic_error far",
        "int 42",
        "string 45",
        "uncaught 0 0",
        "handled 1 1",
        "types 1 1",
        "any 7",
        "exception through the library",
    ]
    compiled(aimed, "c++", SOURCES / "opened.cpp", "-ldl", "-o", tmp_path / "opened")
    hosted = tmp_path / "hosted.so"
    compiled(aimed, "c++", "-std=c++17", "-fPIC", "-shared", SOURCES / "shared.cpp", "-o", hosted)
    assert run(tmp_path / "opened", hosted).splitlines() == ["logic_error far", "int 42"]


@needs_gcc
def test_functions_of_the_libc_are_its_own_beside_arithmetic_by_name(tmp_path: Path) -> None:
    """zig has both in one object; its `expl` computes in double, and `exp` sets no errno."""
    compiled(with_runtime(tmp_path, "x86_64-linux-gnu"), "cc", SOURCES / "mathematics.c", "-lm", "-o", tmp_path / "own")
    subprocess.run(["gcc", "-O2", SOURCES / "mathematics.c", "-lm", "-o", tmp_path / "gcc"], check=True)
    assert run(tmp_path / "own") == run(tmp_path / "gcc")


@needs_isolation
@pytest.mark.parametrize("cpu", ["x86_64", "x86", "s390x", pytest.param("powerpc64le", marks=pytest.mark.full)])
def test_complex_numbers_are_multiplied_and_divided(cpu: str, tmp_path: Path) -> None:
    made = linked(with_runtime(tmp_path, f"{cpu}-linux-musl"), "cc", SOURCES / "complex.c", "-lm")
    assert proven(made) == "done\n"


@needs_isolation
@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("x86_64-linux-gnu", "minimal-bookworm-amd64"),
        pytest.param("powerpc64le-linux-gnu", "minimal-bookworm-ppc64el", marks=pytest.mark.full),
    ],
)
def test_long_double_has_its_arithmetic(name: str, root: str, tmp_path: Path) -> None:
    """On POWER it is the sum of two double, with functions of its own for each operation (ELF V2 ABI)."""
    program = linked(with_runtime(tmp_path, name), "cc", SOURCES / "long_double.c")
    (image,) = open_images([f"dir:{make_root(root)}"])
    run = prove_file(ProveRequest(path=program, image=image, arguments=(), timeout=SECONDS))
    third, ninth, sums = (Fraction(text) for text in run.stdout.splitlines()[0].split())
    exact = Fraction(1, 3), Fraction(1, 9), Fraction(4, 9)
    assert all(abs(said - true) < Fraction(1, 10**18) for said, true in zip((third, ninth, sums), exact, strict=True))
    difference, quotient = (Fraction(text) for text in run.stdout.splitlines()[1].split())
    assert abs(difference - Fraction(2, 9)) < Fraction(1, 10**18)
    assert abs(quotient + Fraction(5, 3)) < Fraction(1, 10**18)
    assert run.stdout.splitlines()[2] == "1 1 1"


@needs_isolation
@pytest.mark.parametrize("name", ["x86_64-linux-musl", "arm-linux-musleabihf"])
def test_a_large_object_is_atomic(name: str, tmp_path: Path) -> None:
    """GCC's libatomic is a library of its own; here it is there, asked for or not."""
    made = linked(with_runtime(tmp_path, name), "c++", SOURCES / "atomic.cpp", "-pthread", "-latomic")
    assert proven(made) == "1000 1000 1000 3000 0\n"
