"""`explain` with a project: the line to change, the dependency, and the cause that the console hides."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux.diagnosis import examine, explain
from everylinux.diagnosis.project import cargo as cargo_files
from everylinux.diagnosis.sources import read_cause
from everylinux.errors import UsageError
from everylinux.fixes import plans

if TYPE_CHECKING:
    from everylinux.evidence import Diagnosis, Explanation

PROJECTS = Path(__file__).parent / "data" / "projects"


@pytest.fixture(autouse=True)
def _cargo_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end-to-end tests ask it; here the files alone have to do."""
    monkeypatch.setattr(cargo_files, "advice_for", lambda *_: None)


def explained(log: str, folder: Path | None) -> Explanation:
    return explain(io.BytesIO(log.encode()), project=folder)


def first(log: str, folder: Path | None) -> Diagnosis:
    return explained(log, folder).diagnoses[0]


def places(diagnosis: Diagnosis) -> list[tuple[str, int]]:
    return [(place.file, place.line) for place in diagnosis.places]


@pytest.mark.parametrize(
    ("name", "cause", "log", "line"),
    [
        ("autoconf", "build-hardcodes-host-arch-flag", "config.log", "unrecognized command-line"),
        ("cmake", "glibc-only-header", "build/CMakeFiles/CMakeConfigureLog.yaml", "execinfo.h: No such file"),
        ("cmake-3.25", "glibc-only-header", "build/CMakeFiles/CMakeError.log", "execinfo.h: No such file"),
        ("meson", "glibc-only-header", "build/meson-logs/meson-log.txt", "execinfo.h: No such file"),
    ],
)
def test_a_log_of_checks_tells_what_the_console_hides(name: str, cause: str, log: str, line: str) -> None:
    console = (PROJECTS / name / "console.txt").read_text()
    assert cause not in {diagnosis.cause for diagnosis in explained(console, None).diagnoses}
    diagnosis = first(console, PROJECTS / name)
    assert diagnosis.cause == cause
    assert diagnosis.places[0].file == log
    assert line in diagnosis.places[0].text
    kept = (PROJECTS / name / log).read_text().split("\n")
    assert diagnosis.places[0].text == kept[diagnosis.places[0].line - 1].strip()
    assert "error" in diagnosis.evidence[0].text.lower()
    assert diagnosis.evidence[0].text in console


@pytest.mark.parametrize(
    ("name", "console"),
    [
        ("autoconf", "configure: error: libfoo 2 or newer is required\n"),
        (
            "cmake",
            "CMake Error at CMakeLists.txt:2 (project):\n  No such language.\n",
        ),
        ("meson", "meson.build:1:0: ERROR: Problem encountered: no weather today\n"),
    ],
)
def test_a_failed_check_that_the_error_is_not_about_is_not_its_cause(name: str, console: str) -> None:
    alone, beside = explained(console, None), explained(console, PROJECTS / name)
    assert [each.cause for each in beside.diagnoses] == [each.cause for each in alone.diagnoses]


def test_a_crate_is_traced_to_the_dependency_that_brings_it() -> None:
    log = (
        "error: failed to run custom build command for `openssl-sys v0.9.104`\n"
        "  $TARGET = x86_64-unknown-linux-musl\n"
        "  pkg-config has not been configured to support cross-compilation.\n"
    )
    diagnosis = first(log, PROJECTS / "cargo")
    assert diagnosis.cause == "pkg-config-cross"
    assert diagnosis.culprit == "openssl-sys"
    assert "app → reqwest → " in diagnosis.because
    assert places(diagnosis) == [("Cargo.toml", 7)]


@pytest.mark.parametrize(
    ("log", "name", "text", "line"),
    [
        (
            "aarch64-linux-gnu-gcc: error: unrecognized command-line option '-m64'\nmake: *** [a] Error 1\n",
            "Makefile",
            "CFLAGS = -O2\nCFLAGS += -m64\n",
            2,
        ),
        (
            "error: linker `aarch64-linux-gnu-gcc` not found\n",
            ".cargo/config.toml",
            '[target.aarch64-unknown-linux-gnu]\nlinker = "aarch64-linux-gnu-gcc"\n',
            2,
        ),
        (
            "build constraints exclude all Go files in /go/pkg/mod/github.com/b/c@v1.2.3/d\n",
            "go.mod",
            "module example.com/a\n\nrequire github.com/b/c v1.2.3\n",
            3,
        ),
        (
            "make: riscv64-linux-gnu-gcc: No such file or directory\nmake: *** [Makefile:2: a] Error 127\n",
            "Makefile",
            "CC = riscv64-linux-gnu-gcc\na:\n\t$(CC) a.c\n",
            1,
        ),
        (
            "./app: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by ./app)\n",
            "Dockerfile",
            "FROM rust:1 AS build\nRUN cargo build\nFROM debian:bullseye-slim\nCOPY --from=build app /app\n",
            3,
        ),
        (
            "src/main.c:2:10: fatal error: execinfo.h: No such file or directory\ncompilation terminated.\n",
            "src/main.c",
            "#include <stdio.h>\n#include <execinfo.h>\n",
            2,
        ),
    ],
)
def test_the_line_to_change_is_named(tmp_path: Path, log: str, name: str, text: str, line: int) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    assert (name, line) in places(first(log, tmp_path))


@pytest.mark.parametrize(
    ("path", "name", "text", "package"),
    [
        (
            "/root/go/pkg/mod/github.com/a/b@v1.2.3/c.c",
            "go.mod",
            "module m\n\nrequire github.com/a/b v1.2.3\n",
            "github.com/a/b",
        ),
        (
            "/home/u/.cargo/registry/src/index-0f/libfoo-sys-1.2.3+4/c.c",
            "Cargo.toml",
            "[dependencies]\nlibfoo-sys = '1'\n",
            "libfoo-sys",
        ),
        ("../node_modules/@a/b/src/c.cc", "package.json", '{"dependencies": {\n"@a/b": "1"}}\n', "@a/b"),
        ("/build/pip-install-q1w2/b_0123456789abcdef0123456789abcdef/c.c", "requirements.txt", "a==1\nb==2\n", "b"),
        ("/usr/lib/python3/dist-packages/b/c.h", "pyproject.toml", '[project]\ndependencies = ["b"]\n', "b"),
    ],
)
def test_a_file_of_a_dependency_is_told_as_such(tmp_path: Path, path: str, name: str, text: str, package: str) -> None:
    (tmp_path / name).write_text(text)
    log = f"{path}:9:3: error: 'pread64' undeclared here (not in a function)\nmake: *** [a] Error 1\n"
    diagnosis = first(log, tmp_path)
    assert f"the file is one of {package}" in diagnosis.because
    # The last line of each of these files asks for it.
    assert places(diagnosis) == [(name, text.count("\n"))]


@pytest.mark.parametrize(
    ("base", "cause"),
    [("python:3.12-alpine", "no-musl-wheel-build-deps-missing"), ("python:3.12-slim", "dev-package-missing")],
)
def test_the_image_that_the_build_begins_with_decides(tmp_path: Path, base: str, cause: str) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {base}\nRUN pip install -r requirements.txt\n")
    (tmp_path / "requirements.txt").write_text("cffi==1.16\n")
    log = (
        "  src/c/_cffi_backend.c:15:10: fatal error: ffi.h: No such file or directory\n"
        "  error: command 'gcc' failed with exit code 1\n  ERROR: Failed building wheel for cffi\n"
    )
    diagnosis = first(log, tmp_path)
    assert diagnosis.cause == cause
    assert ("requirements.txt", 1) in places(diagnosis)


def test_what_was_left_out_is_said(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text("[")
    log = (
        "error: failed to run custom build command for `ring v0.17.8`\nFailed to find tool. Is `musl-gcc` installed?\n"
    )
    assert explained(log, tmp_path).notes == ("Cargo.toml: it is not TOML",)


def test_a_project_changes_nothing_about_a_good_log(tmp_path: Path) -> None:
    (tmp_path / "config.log").write_text("configure:1: checking a\nb.c:1:1: error: c\nconfigure:2: error: d\n")
    assert explained("checking for gcc... gcc\nconfig.status: creating Makefile\n", tmp_path).outcome == "succeeded"


@pytest.mark.parametrize(
    "look",
    [
        'at = "nowhere"',
        'at = "cargo"',
        'at = "lines"\nfiles = [":nothing"]\nfind = "a"',
        'at = "lines"\nfiles = ["a"]\nfind = "(?=a)"',
        'at = "lines"\nfiles = ["a"]\nfind = "a"\nwhen = { b = "(" }',
        'at = "binary"\nfile = "{file}"\nnear = [{ pattern = "abcd" }]',
        'at = "dockerfile"\nstage = "middle"',
        'at = "checks"\nfile = "a"',
    ],
)
def test_a_look_that_makes_no_sense_is_refused_where_it_is_read(tmp_path: Path, look: str) -> None:
    path = tmp_path / "a.toml"
    head = 'id = "a"\ntitle = "a"\nanswer = "source"\nexplanation = "a"\n[[signal]]\nevent = "link-failed"\n'
    path.write_text(f"{head}[[look]]\n{look}\n")
    with pytest.raises(UsageError):
        read_cause(path)


@pytest.mark.parametrize(
    "where", ["{folder}", "/root/.cache/everylinux/scratch/a1/aarch64-linux-musl/source", "/build"]
)
def test_a_source_named_in_full_is_edited_in_the_project(where: str, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.c").write_text("int main(int n, char **v) { return !basename(v[n - 1]); }\n")
    place = where.format(folder=tmp_path)
    log = f"{place}/src/a.c:1:37: error: call to undeclared function 'basename'; ISO C99 and later do not support it\n"
    found = examine(io.BytesIO(log.encode()), project=tmp_path)
    (planned,) = plans(found.proposals[0], tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in planned.change.files] == ["src/a.c"]


def test_a_header_of_the_system_is_not_one_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "a.h").write_text("")
    log = "/usr/include/a.h:1:37: error: call to undeclared function 'basename'; ISO C99 and later do not support it\n"
    assert examine(io.BytesIO(log.encode()), project=tmp_path).proposals[0] == ()


@pytest.mark.parametrize(("made", "fixed_address"), [("PIE object", True), ("shared object", False)])
def test_a_library_is_not_linked_at_a_fixed_address(made: str, *, fixed_address: bool) -> None:
    message = "relocation R_X86_64_32 against `.rodata' can not be used when making a"
    diagnosis = first(f"/usr/bin/ld: libx.a(x.o): {message} {made}; recompile with -fPIC\n", None)
    assert ("Or link a program at a fixed address" in [fix.title for fix in diagnosis.fixes]) == fixed_address
