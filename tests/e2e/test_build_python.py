"""Wheels built here for other systems, imported and used by the Pythons of those systems, on glibc and on musl."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import python_wheels
from python_wheels import GLIBC_ROOTS, NEEDS_ROOTS, SAMPLES, SECONDS, build, unpacked

from everylinux import elf
from everylinux.elf.neutral import is_neutral
from everylinux.evidence import MatrixReport
from musl_python import RELEASE, make_musl_python
from roots import make_root

pytestmark = NEEDS_ROOTS


def wheels(sample: str, out: Path, targets: str) -> list[Path]:
    """Build one of the samples; one wheel for each target, in their order."""
    return python_wheels.wheels(SAMPLES / sample, out, targets)


def on_glibc(cpu: str, folder: Path, module: str) -> None:
    python_wheels.on_glibc(cpu, folder, "exercise.py", module)


def on_newer_glibc(cpu: str, folder: Path, module: str) -> None:
    python_wheels.on_newer_glibc(cpu, folder, "exercise.py", module)


def on_musl(cpu: str, folder: Path, module: str) -> None:
    python_wheels.on_musl(cpu, folder, "exercise.py", module)


def test_a_wheel_for_each_libc(tmp_path: Path) -> None:
    """Named and tagged for its libc; the Python of the other libc does not take it."""
    gnu, musl = wheels("capi", tmp_path / "dist", "x86_64-linux-gnu,x86_64-linux-musl")
    assert "manylinux" in gnu.name
    assert "musllinux_1_2_x86_64" in musl.name
    assert [path.parent.name for path in (gnu, musl)] == ["dist", "dist"]
    gnu_s, musl_s = unpacked(gnu, tmp_path / "gnu"), unpacked(musl, tmp_path / "musl")
    assert [path.name for path in gnu_s.glob("*.so")] == ["capi_sample.cpython-311-x86_64-linux-gnu.so"]
    assert [path.name for path in musl_s.glob("*.so")] == ["capi_sample.cpython-311-x86_64-linux-musl.so"]
    on_glibc("x86_64", gnu_s, "capi_sample")
    on_musl("x86_64", musl_s, "capi_sample")


@pytest.mark.parametrize(
    ("sample", "module"), [("capi", "capi_sample"), ("nano", "cxx_sample"), ("pybind", "cxx_sample")]
)
def test_one_neutral_wheel_for_both_libcs(sample: str, module: str, tmp_path: Path) -> None:
    """The same file: numbers, text, exceptions, threads, files, errno, locale, fork."""
    (wheel,) = wheels(sample, tmp_path / "dist", "x86_64-linux-neutral")
    assert "manylinux" in wheel.name
    assert "musllinux" in wheel.name
    folder = unpacked(wheel, tmp_path / "wheel")
    (extension,) = folder.glob("*.so")
    assert extension.name == f"{module}.so"
    file = elf.read(extension)
    assert is_neutral(file)
    assert file.needed == ()
    on_glibc("x86_64", folder, module)
    on_newer_glibc("x86_64", folder, module)
    on_musl("x86_64", folder, module)


def test_a_matrix_judges_and_imports_what_is_in_the_wheels(tmp_path: Path) -> None:
    """Each libc's own module on its own Python alone, the neutral one on both: predicted and seen."""
    images = [f"dir:{make_root(GLIBC_ROOTS['x86_64'])}", f"dir:{make_musl_python('x86_64')}"]
    command = [sys.executable, "-m", "everylinux", "matrix", str(SAMPLES / "capi"), "--python", RELEASE]
    targets = ["x86_64-linux-gnu", "x86_64-linux-musl", "x86_64-linux-neutral"]
    arguments = ["--out", str(tmp_path), "--target", ",".join(targets), "--image", ",".join(images), "-o", "json"]
    done = subprocess.run([*command, *arguments], check=False, capture_output=True, text=True, timeout=SECONDS)
    report = msgspec.json.decode(done.stdout, type=MatrixReport)
    cells = {(cell.target.split(".")[0], cell.image): cell for cell in report.cells}
    assert {key: cell.check.verdict for key, cell in cells.items()} == {
        (targets[0], images[0]): "ok",
        (targets[0], images[1]): "fails",
        (targets[1], images[0]): "fails",
        (targets[1], images[1]): "ok",
        (targets[2], images[0]): "ok",
        (targets[2], images[1]): "ok",
    }
    assert all(cell.agree for cell in cells.values())
    neutral = cells[targets[2], images[1]]
    assert neutral.path.endswith(".whl!/capi_sample.so")
    assert neutral.prove is not None
    assert [(host.host, host.imported) for host in neutral.prove.host_runs] == [("CPython", True)]


@pytest.mark.parametrize("cpu", ["aarch64", "s390x"])
def test_a_neutral_wheel_for_other_cpus(cpu: str, tmp_path: Path) -> None:
    (wheel,) = wheels("capi", tmp_path / "dist", f"{cpu}-linux-neutral")
    on_glibc(cpu, unpacked(wheel, tmp_path / "wheel"), "capi_sample")


@pytest.mark.full
@pytest.mark.parametrize("cpu", ["aarch64", "s390x"])
@pytest.mark.parametrize(
    ("sample", "module"), [("capi", "capi_sample"), ("nano", "cxx_sample"), ("pybind", "cxx_sample")]
)
def test_neutral_wheels_for_other_cpus_on_both_libcs(cpu: str, sample: str, module: str, tmp_path: Path) -> None:
    (wheel,) = wheels(sample, tmp_path / "dist", f"{cpu}-linux-neutral")
    folder = unpacked(wheel, tmp_path / "wheel")
    on_glibc(cpu, folder, module)
    on_newer_glibc(cpu, folder, module)
    on_musl(cpu, folder, module)


@pytest.mark.full
@pytest.mark.parametrize("cpu", ["x86_64", "aarch64", "s390x"])
@pytest.mark.parametrize(
    ("sample", "module"), [("capi", "capi_sample"), ("nano", "cxx_sample"), ("pybind", "cxx_sample")]
)
def test_neutral_wheels_for_a_newer_python(cpu: str, sample: str, module: str, tmp_path: Path) -> None:
    """Debian trixie's Python 3.13, on its own glibc."""
    both = python_wheels.wheels(
        SAMPLES / sample, tmp_path / "dist", f"{cpu}-linux-neutral", "--python", python_wheels.NEWER_RELEASE
    )
    (wheel,) = [path for path in both if "cp313" in path.name]
    python_wheels.on_newer_python(cpu, unpacked(wheel, tmp_path / "wheel"), "exercise.py", module)


def test_what_differs_between_the_libcs_is_refused_with_its_name(tmp_path: Path) -> None:
    """glibc's glob_t is laid out otherwise than musl's (glob.h of both)."""
    project = tmp_path / "project"
    shutil.copytree(SAMPLES / "capi", project)
    source = project / "capi.c"
    text = source.read_text().replace("#include <math.h>", "#include <math.h>\n#include <glob.h>")
    calls = 'glob_t g; if (glob("*", 0, NULL, &g) == 0) globfree(&g);'
    source.write_text(
        text.replace(
            "    (void)self, (void)none;\n    errno = 0;", f"    {calls}\n    (void)self, (void)none;\n    errno = 0;"
        )
    )
    code, (record,) = build(project, tmp_path / "dist", "--target", "x86_64-linux-neutral")
    assert (code, record.status) == (5, "failed")
    for name in ("glob64", "globfree64"):
        assert f"{name} (" in (record.problem or "")
    code, (record,) = build(project, tmp_path / "dist", "--target", "x86_64-linux-gnu")
    assert code == 0, record.problem


def test_a_name_that_musl_takes_for_something_else_is_not_in_the_headers(tmp_path: Path) -> None:
    """glibc's initializer of a recursive mutex makes a plain one of musl's; speeds are the kernel's numbers."""
    project = tmp_path / "project"
    shutil.copytree(SAMPLES / "capi", project)
    source = project / "capi.c"
    lines = ["#include <fnmatch.h>", "#include <pthread.h>", "#include <regex.h>", "#include <termios.h>"]
    lines += [
        "#if defined FNM_EXTMATCH || defined REG_STARTEND",
        "#error musl has it not",
        "#endif",
        '_Static_assert(B9600 == 13, "B9600");',
    ]
    with_names = "\n".join(["#include <math.h>", *lines])
    source.write_text(source.read_text().replace("#include <math.h>", with_names))
    code, (record,) = build(project, tmp_path / "dist", "--target", "x86_64-linux-neutral")
    assert code == 0, record.problem
    source.write_text(source.read_text() + "pthread_mutex_t twice = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;\n")
    code, (record,) = build(project, tmp_path / "dist", "--target", "x86_64-linux-neutral")
    assert code == 5
    assert "PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP" in Path(record.log).read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[build-system]\nrequires = []\nbuild-backend = "no_such_backend"\n', "no_such_backend"),
        ('[build-system]\nrequires = ["no-such-package-of-anyone==99"]\n', "no-such-package-of-anyone"),
        ("[build-system]\nrequires = 3\n", "pyproject.toml"),
    ],
)
def test_a_build_system_that_cannot_be_had_is_one_error(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    command = [sys.executable, "-m", "everylinux", "build", str(tmp_path), "--target", "x86_64-linux-gnu"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=SECONDS)
    assert done.returncode in {2, 5}
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
