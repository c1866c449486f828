"""Building: every kind of project as people write them, on real compilers; what comes out is read and run."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from everylinux import elf
from everylinux.evidence import Build, BuildReport
from everylinux.spelling import native_targets
from everylinux.toolchains.find import find

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

pytestmark = pytest.mark.e2e

PROJECTS = Path(__file__).parent / "projects"
GNU, MUSL = (target.name for target in native_targets())
SECONDS = 600


@pytest.fixture
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return copy_of(request.param, tmp_path)


def copy_of(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / name, folder / name))


def needs(*tools: str) -> None:
    for tool in tools:
        if find(tool) is None:
            pytest.skip(f"{tool} is not on this machine")


def run_build(project: Path, *arguments: str | Path, out: Path | None = None) -> tuple[int, list[Build], str]:
    """Run the command line; returns its exit code, its records, and what it said."""
    out = out or project.parent / "dist"
    done = subprocess.run(
        [sys.executable, "-m", "everylinux", "build", project, "--out", out, "-o", "json", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert "Traceback" not in done.stderr
    builds = msgspec.json.decode(done.stdout, type=BuildReport).builds if done.stdout else ()
    return done.returncode, list(builds), done.stderr


def built(project: Path, *arguments: str | Path, out: Path | None = None) -> Build:
    """Build for one target and return the record of what must have succeeded."""
    code, builds, said = run_build(project, *arguments, out=out)
    assert code == 0, said + "".join(Path(build.log).read_text()[-3000:] for build in builds)
    assert [build.status for build in builds] == ["built"]
    return builds[0]


def output_of(command: Sequence[str | Path]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.mark.parametrize("project", ["habits"], indirect=True)
def test_habits_of_makefiles(project: Path) -> None:
    needs("make")
    if not (shutil.which("gcc") and shutil.which("install")):
        pytest.skip("this machine has no gcc for the generator")
    build = built(project, "--target", MUSL)
    program, library = (Path(file.path) for file in build.files)
    assert output_of([program]) == "built with a date, table 3, overflow wraps\nasserted\n"
    read = elf.read(library)
    assert (read.kind, read.soname) == ("shared-object", "libhabits.so.1")
    assert read.version_definitions == ("HABITS_1",)
    assert (library.parent / "libhabits.so.1").readlink() == Path(library.name)
    assert not (project / "habits").exists(), "the source tree stays as it was"


@pytest.mark.parametrize("project", ["habits"], indirect=True)
def test_what_was_built_for_this_machine_before_is_built_again(project: Path) -> None:
    needs("make")
    if not (shutil.which("gcc") and shutil.which("install")):
        pytest.skip("this machine has no gcc for the generator")
    subprocess.run(["make", "-s", "-C", project, "habits"], check=True, timeout=SECONDS)
    before = {path: path.read_bytes() for path in project.iterdir() if path.is_file()}
    build = built(project, "--target", "aarch64-linux-musl")
    # e_machine of AArch64 (ELF for the Arm 64-bit Architecture, 5.2).
    assert [elf.read(Path(file.path)).identity.machine for file in build.files] == [183, 183]
    assert {path: path.read_bytes() for path in project.iterdir() if path.is_file()} == before


def configured_by_hand(folder: Path, finds_compiler: str) -> Path:
    """Return a project whose configure was written by hand; it comes to know its compiler by some lines of its own."""
    needs("make")
    project = folder / "by-hand"
    project.mkdir()
    (project / "main.c").write_text("int main(void) { return 0; }\n")
    (project / "configure").write_text(
        f"#!/bin/sh\n{finds_compiler}"
        "printf 'all: by-hand\\nby-hand: main.c\\n\\t%s -o by-hand main.c\\n' \"$CC\" > Makefile\n"
    )
    return project


def test_a_configure_script_by_hand_that_takes_its_compiler_as_an_argument(tmp_path: Path) -> None:
    """As those of ed, lzip and others: what is in the environment they do not read."""
    project = configured_by_hand(
        tmp_path,
        'CC=gcc\n[ "$ac_cv_func_fork_works" = yes ] || exit 1 # what autoconf\'s scripts below would read\n'
        "for option; do case $option in\n\tCC=*) CC=${option#CC=} ;;\n\t--*) ;;\nesac; done\n",
    )
    build = built(project, "--target", "s390x-linux-musl")
    # e_machine of s390 (ELF header registry).
    assert [elf.read(Path(file.path)).identity.machine for file in build.files] == [22]


def test_a_configure_script_by_hand_that_refuses_options_and_takes_the_compiler_on_path(tmp_path: Path) -> None:
    """As those of OptiPNG and mandoc: autoconf's options are unknown to them, and the compiler is asked of make."""
    project = configured_by_hand(
        tmp_path,
        "for option; do case $option in\n\t--prefix=*) ;;\n"
        '\t*) echo "configure: error: unknown option: $option" >&2; exit 1 ;;\nesac; done\n'
        'CC=$(printf "all:\\n\\t@echo \\$(CC)\\n" | env -i PATH="$PATH" make -sf -)\n',
    )
    build = built(project, "--target", "s390x-linux-musl")
    assert [elf.read(Path(file.path)).identity.machine for file in build.files] == [22]
    assert "unknown option" not in Path(build.log).read_text()


HAND_WRITTEN = """#!/bin/sh
echo 'int main(void) { return 0; }' > test-thing.c
if $CC -o test-thing test-thing.c && ./test-thing 2>> config.log; then thing=1; else thing=0; fi
cc -lsocket -o other test-thing.c 2>> config.log
echo "#define HAVE_THING $thing" > config.h
"""


def test_a_configure_script_by_hand_that_runs_its_tests_is_told_what_that_means(tmp_path: Path) -> None:
    """As mandoc's, which then looks for the libraries of other systems, and ends for want of all."""
    needs("make")
    if Path("/proc/sys/fs/binfmt_misc/qemu-s390x").exists():
        pytest.skip("this machine runs programs for s390x")
    (tmp_path / "main.c").write_text('#include "config.h"\nint main(void) { return HAVE_THING; }\n')
    (tmp_path / "Makefile").write_text("main: main.c\n\t$(CC) -o $@ main.c\n")
    (tmp_path / "configure").write_text(HAND_WRITTEN)
    code, (build,), said = run_build(tmp_path, "--target", "s390x-linux-musl")
    assert (code, build.status) == (0, "built"), said
    assert "configure runs what it compiles (./test-thing), and this machine runs no programs for s390x" in said
    (tmp_path / "configure").write_text(f"{HAND_WRITTEN}test $thing = 1 || {{ echo 'FATAL: no thing'; exit 1; }}\n")
    code, (build,), said = run_build(tmp_path, "--target", "s390x-linux-musl")
    assert (code, build.hint.startswith("configure runs what it compiles (./test-thing)")) == (5, True), build.hint
    assert not build.diagnoses, "the library of another system that it has looked for is none of the reasons"
    code, (build,), said = run_build(tmp_path, "--target", MUSL)
    assert (code, "configure runs" in said) == (0, False), said


def test_a_config_sub_that_is_older_than_the_cpu_answers_for_it(tmp_path: Path) -> None:
    (tmp_path / "aux").mkdir()
    old = tmp_path / "aux" / "config.sub"
    old.write_text('#!/bin/sh\ncase $1 in x86_64-*) echo $1 ;; *) echo "machine not recognized" >&2; exit 1 ;; esac\n')
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "configure").write_text(
        "#!/bin/sh\n# Generated by GNU Autoconf 2.61.\n"
        "for option; do case $option in --host=*) host=${option#--host=} ;; esac; done\n"
        "host=$(sh aux/config.sub $host) || exit 1\n"
        "printf 'all:\\n\\t$(CC) -o %s main.c\\n' $host > Makefile\n"
    )
    build = built(tmp_path, "--target", "riscv64-linux-musl")
    assert [Path(file.path).name for file in build.files] == ["riscv64-unknown-linux-musl"]
    assert old.read_text().startswith("#!/bin/sh\ncase $1 in x86_64")


def test_a_library_alone_is_told_with_the_flags_that_keep_it(tmp_path: Path) -> None:
    """What those flags give serves as a sysroot for what needs the library."""
    library, program = tmp_path / "library", tmp_path / "program"
    for folder in (library, program):
        folder.mkdir()
    (library / "half.h").write_text("int half(int);\n")
    (library / "half.c").write_text("int half(int n) { return n / 2; }\n")
    (library / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.10)\nproject(half C)\nadd_library(half STATIC half.c)\n"
        "install(TARGETS half ARCHIVE DESTINATION lib)\ninstall(FILES half.h DESTINATION include)\n"
    )
    (program / "main.c").write_text("#include <half.h>\nint main(void) { return half(1); }\n")
    status, [failed], _ = run_build(library, "--target", MUSL)
    assert status == 5
    assert "--artifact '*.a' --artifact '*.h'" in failed.hint
    status, _, said = run_build(
        library, "--target", MUSL, "--artifact", "*.a", "--artifact", "*.h", out=tmp_path / "libraries"
    )
    assert status == 0, said
    options = ("--target", MUSL, "--sysroot", tmp_path / "libraries", "--", "-lhalf")
    status, [build], said = run_build(program, *options)
    assert status == 0, said
    assert subprocess.run([build.files[0].path], check=False).returncode == 0


@pytest.mark.parametrize("project", ["neighbour"], indirect=True)
def test_a_folder_that_takes_files_from_beside_it(project: Path) -> None:
    needs("make")
    assert built(project / "app", "--target", GNU).files
    (project / "common/common.c").write_text("int common(void) { return 1; }\n")
    assert built(project / "app", "--target", GNU).status == "built", "a change beside the folder counts"


def test_cmake_with_a_shared_library_that_its_program_takes(tmp_path: Path) -> None:
    """As in c-ares: the program for a static target has to take the static library, which is off unless asked for."""
    needs("cmake")
    (tmp_path / "half.c").write_text("int half(int n) { return n / 2; }\n")
    (tmp_path / "main.c").write_text("int half(int);\nint main(void) { return half(84); }\n")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.10)\nproject(half C)\nadd_executable(app main.c)\n"
        'option(HALF_SHARED "" ON)\noption(HALF_STATIC "" OFF)\noption(HALF_SHARED_MEMORY "" ON)\n'
        "if(HALF_STATIC)\n  add_library(half_static STATIC half.c)\n  target_link_libraries(app half_static)\nendif()\n"
        "if(HALF_SHARED)\n  add_library(half SHARED half.c)\n  target_link_libraries(app half)\nendif()\n"
        "install(TARGETS app)\n"
    )
    status, [build], said = run_build(tmp_path, "--target", MUSL)
    assert status == 0, said
    assert "built with -DHALF_SHARED=OFF -DHALF_STATIC=ON" in said
    assert subprocess.run([build.files[0].path], check=False).returncode == 42
    status, [failed], said = run_build(tmp_path, "--target", MUSL, "--", "-DHALF_SHARED=ON")
    assert (status, "dynamic linking" in failed.problem) == (5, True), "what the user asks for is not changed"


def test_cmake_whose_shared_library_has_no_option(tmp_path: Path) -> None:
    """As in yajl, which builds its library in both kinds, with one name, and links its programs with the shared one."""
    needs("cmake")
    (tmp_path / "half.c").write_text("int half(int n) { return n / 2; }\n")
    (tmp_path / "main.c").write_text("int half(int);\nint main(void) { return half(84); }\n")
    (tmp_path / "part").mkdir()
    (tmp_path / "part/CMakeLists.txt").write_text(
        "project(part C)\nadd_library(half SHARED ../half.c)\nset_target_properties(half PROPERTIES VERSION 1.2)\n"
        "add_library(half_static STATIC ../half.c)\nset_target_properties(half_static PROPERTIES OUTPUT_NAME half)\n"
        "add_library(opened MODULE ../half.c)\nadd_library(later)\ntarget_sources(later PRIVATE ../half.c)\n"
        "add_library(all_of_it INTERFACE)\n"
        "target_link_libraries(all_of_it INTERFACE half)\ninstall(TARGETS half half_static LIBRARY DESTINATION lib)\n"
    )
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.14)\nproject(half C)\nadd_subdirectory(part)\nadd_executable(app main.c)\n"
        "target_link_libraries(app all_of_it)\ninstall(TARGETS app)\n"
    )
    status, [build], said = run_build(tmp_path, "--target", MUSL)
    assert status == 0, said
    assert "shared libraries of the project's own: they are made static" in said
    assert [Path(file.path).name for file in build.files] == ["app"]
    assert subprocess.run([build.files[0].path], check=False).returncode == 42
    again, [dynamic], said = run_build(tmp_path, "--target", GNU, out=tmp_path / "gnu")
    assert again == 0, said
    assert {Path(file.path).name for file in dynamic.files} == {"app", "libhalf.so.1.2"}


def test_cmake_whose_tests_take_no_other_library_than_the_shared_one(tmp_path: Path) -> None:
    """As in mimalloc: without its shared library, which can be turned off, its tests do not link."""
    needs("cmake")
    (tmp_path / "half.c").write_text("int half(int n) { return n / 2; }\n")
    (tmp_path / "main.c").write_text("int half(int);\nint main(void) { return half(84); }\n")
    (tmp_path / "CMakeLists.txt").write_text(
        'cmake_minimum_required(VERSION 3.10)\nproject(half C)\noption(HALF_SHARED "" ON)\n'
        "if(HALF_SHARED)\n  add_library(half SHARED half.c)\nendif()\n"
        "add_executable(app main.c)\ntarget_link_libraries(app half)\n"
    )
    status, [build], said = run_build(tmp_path, "--target", MUSL)
    assert status == 0, said
    assert "built with -DHALF_SHARED=OFF" in said
    assert "they are made static" in said
    assert subprocess.run([build.files[0].path], check=False).returncode == 42


def test_a_program_that_does_not_look_for_its_own_library_beside_it_is_told(tmp_path: Path) -> None:
    """CMake leaves a program that is installed no folder for the loader (CMAKE_INSTALL_RPATH)."""
    needs("cmake")
    (tmp_path / "half.c").write_text("int half(int n) { return n / 2; }\n")
    (tmp_path / "main.c").write_text("int half(int);\nint main(void) { return half(84); }\n")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.14)\nproject(half C)\nadd_library(half SHARED half.c)\n"
        "set_target_properties(half PROPERTIES VERSION 1.2 SOVERSION 1)\n"
        "add_executable(app main.c)\ntarget_link_libraries(app half)\ninstall(TARGETS app half)\n"
    )
    status, [build], said = run_build(tmp_path, "--target", GNU)
    assert status == 0, said
    program = next(Path(file.path) for file in build.files if file.path.endswith("app"))
    assert subprocess.run([program], check=False, capture_output=True).returncode == 127
    assert "app looks for libhalf.so.1 of this build in the system's folders only" in said
    cure = "-DCMAKE_INSTALL_RPATH=$ORIGIN/../lib"
    assert f"`-- '{cure}'`" in said
    status, _, said = run_build(tmp_path, "--target", GNU, "--", cure)
    assert (status, "system's folders" in said) == (0, False), said
    assert subprocess.run([program], check=False).returncode == 42


def test_cmake_that_lacks_what_its_tests_are_written_with_says_how_to_leave_them_out(tmp_path: Path) -> None:
    """As in LevelDB without its submodules, googletest and benchmark."""
    needs("cmake")
    (tmp_path / "CMakeLists.txt").write_text(
        'cmake_minimum_required(VERSION 3.10)\nproject(a C)\nadd_executable(app a.c)\noption(APP_TESTS "" ON)\n'
        'option(APP_BENCHMARKS "" ON)\nif(APP_TESTS)\n  add_subdirectory(third_party/googletest)\nendif()\n'
        "if(APP_BENCHMARKS)\n  add_subdirectory(third_party/benchmark)\nendif()\n"
    )
    (tmp_path / "a.c").write_text("int main(void) { return 0; }\n")
    status, [failed], _ = run_build(tmp_path, "--target", MUSL)
    assert "third_party/googletest" in failed.problem
    assert (status, "add `-- -DAPP_BENCHMARKS=OFF -DAPP_TESTS=OFF`" in failed.hint) == (5, True), failed.hint


def test_cmake_with_link_time_optimization_takes_the_archiver_of_the_compiler(tmp_path: Path) -> None:
    """An archiver of another LLVM, llvm-ar on this machine, cannot read the compiler's bitcode."""
    needs("cmake")
    (tmp_path / "part.c").write_text("int part(int n) { return n * 2; }\n")
    (tmp_path / "main.c").write_text("int part(int);\nint main(void) { return part(21); }\n")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.15)\nproject(whole C)\nset(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)\n"
        "add_library(part STATIC part.c)\nadd_executable(app main.c)\ntarget_link_libraries(app part)\n"
        "install(TARGETS app)\n"
    )
    build = built(tmp_path, "--target", MUSL, "--", "-DCMAKE_VERBOSE_MAKEFILE=ON")
    assert "-flto" in Path(build.log).read_text()
    assert "llvm-ar" not in Path(build.log).read_text()
    assert subprocess.run([build.files[0].path], check=False).returncode == 42


def test_cmake_whose_tests_cannot_be_built_says_how_to_leave_them_out(tmp_path: Path) -> None:
    """As in CivetWeb, whose tests bring a library from the network."""
    needs("cmake")
    (tmp_path / "CMakeLists.txt").write_text(
        'cmake_minimum_required(VERSION 3.10)\nproject(a C)\nadd_executable(app a.c)\noption(APP_TESTS "" ON)\n'
        "if(APP_TESTS)\n  add_executable(app_test test.c)\nendif()\n"
    )
    (tmp_path / "a.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "test.c").write_text("#include <lacking.h>\nint main(void) { return 0; }\n")
    status, [failed], _ = run_build(tmp_path, "--target", MUSL)
    assert (status, "the project without its tests: add `-- -DAPP_TESTS=OFF`" in failed.hint) == (5, True), failed.hint
    assert built(tmp_path, "--target", MUSL, "--", "-DAPP_TESTS=OFF").files


def test_cmake_that_cannot_be_configured_names_the_other_way(tmp_path: Path) -> None:
    """As in Opus, whose archive lacks a file that only CMake reads."""
    needs("cmake")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.10)\nproject(a C)\ninclude(lacking.cmake)\n"
    )
    (tmp_path / "Makefile").write_text("app: a.c\n\t$(CC) -o $@ a.c\n")
    (tmp_path / "a.c").write_text("int main(void) { return 0; }\n")
    status, [failed], _ = run_build(tmp_path, "--target", MUSL)
    assert (status, failed.hint) == (5, "the project can be built in another way: --kind make")


@pytest.mark.parametrize("project", ["cxx"], indirect=True)
def test_cmake_with_exceptions_and_threads_and_a_library(project: Path) -> None:
    needs("cmake")
    build = built(project, "--target", MUSL)
    names = {Path(file.path).name: Path(file.path) for file in build.files}
    assert set(names) == {"cxx", "libpart.so.1.2.3"}
    assert output_of([names["cxx"]]) == "caught in a thread\n"
    assert elf.read(names["cxx"]).needed == ()
    assert (names["libpart.so.1.2.3"].parent / "libpart.so.1").is_symlink()


@pytest.fixture
def sysroot(tmp_path: Path) -> Path:
    """A folder with a library of each target that `build` itself made, and the .pc file of its installation."""
    source = tmp_path / "answer"
    source.mkdir()
    (source / "answer.h").write_text("int answer(void);\n")
    (source / "answer.c").write_text('#include "answer.h"\nint answer(void) { return 42; }\n')
    (source / "answer.pc").write_text(
        "prefix=/usr/local\nlibdir=${prefix}/lib\nincludedir=${prefix}/include\n"
        "Name: answer\nDescription: an answer\nVersion: 1\nLibs: -L${libdir} -lanswer\nCflags: -I${includedir}\n"
    )
    (source / "Makefile").write_text(
        "all:\n\t$(CC) -c answer.c\n\tmkdir -p o/lib/pkgconfig o/include\n\t$(AR) rcs o/lib/libanswer.a answer.o\n"
        "\tcp answer.h o/include\n\tcp answer.pc o/lib/pkgconfig\n"
    )
    needs("make", "pkg-config")
    for target in (GNU, MUSL):
        code, _, said = run_build(
            source, "--target", target, "--artifact", "o/lib/*.a", "--artifact", "o/include/*.h",
            "--artifact", "o/lib/pkgconfig/*.pc", out=tmp_path / "sysroot",
        )  # fmt: skip
        assert code == 0, said
    return tmp_path / "sysroot"


@pytest.mark.parametrize("project", ["sysrooted"], indirect=True)
def test_meson_takes_a_library_from_the_sysroot(project: Path, sysroot: Path) -> None:
    needs("meson", "ninja")
    build = built(project, "--target", MUSL, "--sysroot", sysroot)
    output_of([build.files[0].path])
    code, builds, _ = run_build(project, "--target", GNU, out=project.parent / "without")
    assert code == 5, "without the sysroot there is no such library"
    assert "answer" in builds[0].problem


@pytest.mark.parametrize("project", ["configured"], indirect=True)
def test_autoconf_without_a_configure_script(project: Path, sysroot: Path) -> None:
    needs("make", "autoreconf", "pkg-config")
    build = built(project, "--target", MUSL, "--sysroot", sysroot)
    output_of([build.files[0].path])
    assert not (project / "configure").exists()


@pytest.mark.parametrize("project", ["cgo"], indirect=True)
def test_go_with_and_without_c(project: Path) -> None:
    needs("go")
    code, builds, said = run_build(project / "cmd/hello", "--target", MUSL)
    assert code == 0, said
    assert "cgo on: example.org/cgo/native imports C" in said
    assert output_of([builds[0].files[0].path]).startswith("42 ")
    assert elf.read(Path(builds[0].files[0].path)).kind in {"static", "static-pie"}
    code, builds, said = run_build(project / "plain", "--target", GNU)
    assert code == 0, said
    assert "cgo off: no package imports C" in said
    code, builds, said = run_build(project / "plain", "--target", GNU, "--cgo", "on")
    assert code == 0, said
    assert "libc.so.6" in elf.read(Path(builds[0].files[0].path)).needed


def test_a_go_module_without_a_program_names_its_examples(tmp_path: Path) -> None:
    needs("go")
    (tmp_path / "_example" / "simple").mkdir(parents=True)
    (tmp_path / "go.mod").write_text("module example.org/half\n\ngo 1.20\n")
    (tmp_path / "half.go").write_text("// Package half halves.\npackage half\n")
    (tmp_path / "_example" / "simple" / "main.go").write_text("// Halves.\npackage main\n\nfunc main() {}\n")
    status, [failed], _ = run_build(tmp_path, "--target", MUSL)
    assert (status, failed.problem) == (5, "the module has no program")
    assert failed.hint == "name the folder of a `package main`: _example/simple"
    status, [build], _ = run_build(tmp_path / "_example" / "simple", "--target", MUSL)
    assert (status, [Path(file.path).name for file in build.files]) == (0, ["simple"])


@pytest.mark.parametrize("project", ["old-c"], indirect=True)
def test_bare_sources_with_flags_of_their_own(project: Path) -> None:
    build = built(project, "--target", MUSL, "--", "-std=gnu89", "-Wno-deprecated-non-prototype")
    assert output_of([build.files[0].path]) == "int main(void) { return 1; }\n"


@pytest.mark.parametrize("project", ["old-c"], indirect=True)
def test_a_second_build_with_nothing_changed(project: Path) -> None:
    flags = ("--target", GNU, "--", "-std=gnu89")
    first = built(project, *flags)
    code, builds, said = run_build(project, *flags)
    assert (code, builds[0].status, builds[0].files) == (0, "unchanged", first.files)
    assert "unchanged" in said

    os.utime(project / "old.c")
    assert run_build(project, *flags)[1][0].status == "unchanged", "only the time differs"
    assert run_build(project, *flags, "-DX")[1][0].status == "built", "other flags"
    Path(first.files[0].path).write_bytes(b"altered")
    assert run_build(project, *flags, "-DX")[1][0].status == "built", "an output was altered"
    with (project / "old.c").open("a") as source:
        source.write("/* changed */\n")
    assert run_build(project, *flags, "-DX")[1][0].status == "built", "a source changed"


def test_warnings_stop_no_build_and_what_is_left_can_be_asked_for(tmp_path: Path) -> None:
    """A Makefile with -Werror that runs what it made, as for manual pages: for another CPU that fails."""
    (tmp_path / "hello.c").write_text(
        '#include <stdio.h>\nvoid say();\nvoid say(void) { puts("hello"); }\nint main(void) { say(); return 0; }\n'
    )
    (tmp_path / "Makefile").write_text(
        "all: hello hello.1\nhello: hello.c\n\t$(CC) -pedantic -Werror -o $@ $<\nhello.1: hello\n\t./hello > $@\n"
    )
    foreign = "s390x-linux-musl" if os.uname().machine != "s390x" else "x86_64-linux-musl"
    status, [built], said = run_build(tmp_path, "--target", MUSL)
    assert (status, [Path(file.path).name for file in built.files]) == (0, ["hello"])
    assert "warnings stay warnings, without -Werror" in said
    status, [failed], _ = run_build(tmp_path, "--target", foreign, out=tmp_path / "foreign")
    assert status == 5
    assert "`-- hello`" in failed.hint
    status, [built], _ = run_build(tmp_path, "--target", foreign, "--", "hello", out=tmp_path / "foreign")
    assert (status, [Path(file.path).name for file in built.files]) == (0, ["hello"])


def test_counters_that_have_no_runtime_are_left_out_aloud(tmp_path: Path) -> None:
    """A program that is also built with what gcov and gprof count by, as memcached's Makefile does."""
    (tmp_path / "hello.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "Makefile").write_text(
        "all: hello counted\nhello: hello.c\n\t$(CC) -o $@ $<\ncounted: hello.c\n"
        "\t$(CC) --coverage -pg -c $< -o $@.o\n\t$(CC) -fprofile-arcs -pg $@.o -lgcov -o $@\n"
    )
    status, [built], said = run_build(tmp_path, "--target", MUSL)
    assert (status, {Path(file.path).name for file in built.files}) == (0, {"hello", "counted"})
    assert "nothing is counted for gcov or gprof" in said
    assert "nothing is counted" in Path(built.log).read_text()
    (tmp_path / "Makefile").write_text("hello: hello.c\n\t$(CC) -o $@ $<\n")
    assert "counted" not in run_build(tmp_path, "--target", MUSL, out=tmp_path / "plain")[2]


def test_a_failing_target_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/app.c").write_text(
        '#include <stdio.h>\n#ifndef __GLIBC__\n#error only glibc\n#endif\nint main(void) { return puts("") < 0; }\n'
    )
    code, builds, _ = run_build(tmp_path / "app", "--target", f"{MUSL},{GNU}")
    assert code == 5
    assert [(build.target, build.status) for build in builds] == [(MUSL, "failed"), (GNU, "built")]
    assert "app.c:3:2: error: only glibc" in builds[0].problem
    assert "only glibc" in Path(builds[0].log).read_text()


def test_a_floor_that_is_not_kept_is_reported_with_its_symbol(tmp_path: Path) -> None:
    """fcntl64 came with glibc 2.28, preadv2 with musl 1.2.5 (their release notes)."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app/app.c").write_text(
        "#define _GNU_SOURCE\n#include <sys/uio.h>\nint main(void) { return preadv2(0, 0, 0, 0, 0) > 0; }\n"
    )
    cpu = GNU.partition("-")[0]
    code, builds, _ = run_build(tmp_path / "app", "--target", f"{cpu}-linux-musl.1.2.3,{cpu}-linux-musl.1.2.5")
    assert code == 5
    assert [build.status for build in builds] == ["failed", "built"]
    assert "preadv2" in builds[0].problem
    assert elf.read(Path(builds[1].files[0].path)).needed == ("libc.so",)


def test_a_library_of_this_machine_is_refused(tmp_path: Path) -> None:
    library = next(Path("/usr/lib").rglob("libc.so.6"), None)
    if library is None:
        pytest.skip("this machine keeps its C library elsewhere")
    (tmp_path / "app").mkdir()
    (tmp_path / "app/app.c").write_text("int main(void) { return 0; }\n")
    code, builds, _ = run_build(tmp_path / "app", "--target", GNU, "--", str(library))
    assert code == 5
    assert "is a library of this machine" in builds[0].problem


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_runs_on_after_an_interruption(number: signal.Signals, tmp_path: Path) -> None:
    needs("make")
    (tmp_path / "app").mkdir()
    pids = tmp_path / "pids"
    (tmp_path / "app/Makefile").write_text(
        f"all:\n\tsleep 600 & echo $$! $$$$ > {pids}.new; mv {pids}.new {pids}; wait\n"
    )
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "everylinux",
        "build",
        tmp_path / "app",
        "--target",
        GNU,
        "--out",
        tmp_path / "dist",
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    wait_until(pids.exists)
    process.send_signal(number)
    process.wait(timeout=30)
    wait_until(lambda: not any(Path("/proc", pid).exists() for pid in pids.read_text().split()))
    assert outputs(tmp_path / "dist") == []


def wait_until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def outputs(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "logs"]


def test_meson_unpacks_wraps_in_a_copy(tmp_path: Path) -> None:
    """wrap-file of the Wrap dependency system manual: unpacked in the project's own `subprojects`."""
    needs("meson", "ninja")
    part, project = tmp_path / "part-1", tmp_path / "project"
    part.mkdir()
    (part / "meson.build").write_text("project('part', 'c')\npart_dep = declare_dependency(sources: 'part.c')\n")
    (part / "part.c").write_text("int part(void) { return 0; }\n")
    packed = Path(shutil.make_archive(str(tmp_path / "part-1"), "gztar", tmp_path, "part-1"))
    (project / "subprojects").mkdir(parents=True)
    (project / "subprojects/part.wrap").write_text(
        f"[wrap-file]\ndirectory = part-1\nsource_url = {packed.as_uri()}\nsource_filename = {packed.name}\n"
        f"source_hash = {hashlib.sha256(packed.read_bytes()).hexdigest()}\n"
    )
    (project / "meson.build").write_text(
        "project('app', 'c')\npart = dependency('part', fallback: ['part', 'part_dep'])\n"
        "executable('app', 'app.c', dependencies: part, install: true)\n"
    )
    (project / "app.c").write_text("int part(void);\nint main(void) { return part(); }\n")
    before = sorted(project.rglob("*"))
    built(project, "--target", MUSL)
    assert sorted(project.rglob("*")) == before


def test_meson_names_files_as_the_project_does(tmp_path: Path) -> None:
    needs("meson", "ninja")
    (tmp_path / "project").mkdir()
    (tmp_path / "project/meson.build").write_text("project('app', 'c')\nerror('no luck')\n")
    code, builds, _ = run_build(tmp_path / "project", "--target", MUSL)
    assert code == 5
    assert "failed: meson.build:2:0: ERROR: " in builds[0].problem


@pytest.mark.parametrize(
    "name", ['in "quotes"', "with#it", "one;two", "a[b]", "c:d", "two\nlines", os.fsdecode(b"b\xff")]
)
@pytest.mark.parametrize("kind", ["cmake", "meson", "make", "sources"])
def test_a_folder_whose_name_build_systems_cannot_write(kind: str, name: str, tmp_path: Path) -> None:
    """GNU make manual, Rule Syntax: a colon or # in the name of a source ends it; CMake's own files have quotes."""
    needs(*([kind, "ninja"] if kind == "meson" else [kind] if kind != "sources" else []))
    project = tmp_path / name
    project.mkdir()
    (project / "hello.c").write_text('#include "hello.h"\nint main(void) { return HELLO; }\n')
    (project / "hello.h").write_text("#define HELLO 0\n")
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.10)\nproject(hello C)\nadd_executable(hello hello.c)\n"
    )
    (project / "meson.build").write_text("project('hello', 'c')\nexecutable('hello', 'hello.c')\n")
    (project / "Makefile").write_text("hello: hello.c hello.h\n\t$(CC) -o $@ $<\n")
    build = built(project, "--target", MUSL, "--kind", kind, out=project / "dist")
    assert [Path(file.path).name for file in build.files] == ["hello"]
    assert sorted(path.name for path in project.iterdir()) == [
        *("CMakeLists.txt", "Makefile", "dist", "hello.c", "hello.h", "meson.build"),
    ]


def test_a_failure_in_a_folder_whose_name_is_no_utf_8(tmp_path: Path) -> None:
    project = tmp_path / os.fsdecode(b"b\xff")
    project.mkdir()
    (project / "bad.c").write_text("int main(void) { return x; }\n")
    code, (build,), said = run_build(project, "--target", MUSL)
    assert (code, build.status) == (5, "failed"), said


def test_where_no_log_can_be_written_none_is_named(tmp_path: Path) -> None:
    """As in a folder on a file system that is read-only; here the place is below a file."""
    project = tmp_path / "hello"
    project.mkdir()
    (project / "hello.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "file").write_text("")
    code, (build,), said = run_build(project, "--target", MUSL, out=tmp_path / "file/dist")
    assert (code, build.log, "its log" in said) == (7, "", False)
    assert f"{tmp_path}/file" in build.problem
