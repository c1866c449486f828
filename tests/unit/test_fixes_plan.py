"""What a fix means for a project and a build's command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everylinux.diagnosis.knowledge import Edit, Fix, Rewrite
from everylinux.diagnosis.proposals import check_fix, propose, told
from everylinux.errors import UsageError
from everylinux.fixes.plan import Plan, plan

if TYPE_CHECKING:
    from pathlib import Path


def planned(fix: Fix, project: Path, build: str = "", **found: str) -> Plan:
    proposal = propose(fix, "a-cause", found, trusted=True)
    assert proposal is not None
    done = plan(proposal, project, build)
    assert done is not None
    return done


def content(done: Plan, project: Path, name: str) -> str:
    return done.change.files[project / name].decode()


@pytest.mark.parametrize(
    ("build", "compiled"),
    [
        ("gcc -o a a.c", "gcc -o a a.c -fPIC"),
        ("gcc -c a.c && gcc a.o", "gcc -c a.c -fPIC && gcc a.o -fPIC"),
        ("x86_64-linux-gnu-g++-12 a.cc", "x86_64-linux-gnu-g++-12 a.cc -fPIC"),
        ("make -j2", "make -j2 CFLAGS=-fPIC CXXFLAGS=-fPIC"),
        ("./configure && make", "./configure CFLAGS=-fPIC CXXFLAGS=-fPIC && make"),
        ("meson setup b", "meson setup b -Dc_args=-fPIC -Dcpp_args=-fPIC"),
        ("cmake -B b; cmake --build b", "cmake -B b -DCMAKE_C_FLAGS=-fPIC -DCMAKE_CXX_FLAGS=-fPIC; cmake --build b"),
    ],
)
def test_flags_for_compiling_go_where_each_tool_takes_them(build: str, compiled: str, tmp_path: Path) -> None:
    assert planned(Fix("x", compile="-fPIC"), tmp_path, build).build == compiled


@pytest.mark.parametrize(
    ("build", "given"),
    [
        ("cmake -B b && cmake --build b", "cmake -B b -DX=1 && cmake --build b"),
        ("autoreconf -i; cmake .", "autoreconf -i; cmake . -DX=1"),
        ("cmake -B b", "cmake -B b -DX=1"),
    ],
)
def test_more_arguments_go_to_the_command_that_is_meant(build: str, given: str, tmp_path: Path) -> None:
    fix = Fix("x", build="{build} -DX=1", when={"build": r"\bcmake\b"})
    assert planned(fix, tmp_path, build).build == given


@pytest.mark.parametrize(
    ("build", "linked"),
    [
        ("gcc -o a a.c", "gcc -o a a.c '-Wl,-z,x y' -lm"),
        ("gcc -c a.c && gcc a.o", "gcc -c a.c && gcc a.o '-Wl,-z,x y' -lm"),
        ("make -j2", "make -j2 LDLIBS='-Wl,-z,x y -lm'"),
        ("./configure && make", "./configure LIBS='-Wl,-z,x y -lm' && make"),
        ("rustc a.rs", "rustc a.rs -C link-arg='-Wl,-z,x y' -C link-arg=-lm"),
    ],
)
def test_flags_for_linking_go_where_each_tool_takes_them(build: str, linked: str, tmp_path: Path) -> None:
    assert planned(Fix("x", link="'-Wl,-z,x y' -lm"), tmp_path, build).build == linked


@pytest.mark.parametrize(
    ("build", "exports"),
    [
        ("go build ./...", ["CGO_LDFLAGS"]),
        ("cargo build", ["RUSTFLAGS"]),
        ("pip install .", ["LDFLAGS", "LDLIBS", "LIBS"]),
    ],
)
def test_other_builds_get_flags_from_the_environment(build: str, exports: list[str], tmp_path: Path) -> None:
    done = planned(Fix("x", link="-lm -lz"), tmp_path, build)
    assert [command.split("=")[0] for command in done.commands] == [f"export {name}" for name in exports]
    assert done.build == build


def test_what_the_variable_held_stays_before_what_is_added(tmp_path: Path) -> None:
    import subprocess

    done = planned(Fix("x", link="-lm -lz"), tmp_path, "cargo build")
    for before, after in (({}, ""), ({"RUSTFLAGS": "-g"}, "-g ")):
        script = f'{done.commands[0]}; printf %s "$RUSTFLAGS"'
        said = subprocess.run(["sh", "-c", script], env=before, capture_output=True, check=True).stdout.decode()
        assert said == f"{after}-C link-arg=-lm -C link-arg=-lz"


def test_a_makefile_is_edited_where_it_has_the_variable(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("CFLAGS := -O2\nLDLIBS=-lz\nall:\n\t$(CC) $(CFLAGS) -o a a.c $(LDLIBS)\n")
    done = planned(Fix("x", compile="-fPIC", link="-lm"), tmp_path, "make")
    assert content(done, tmp_path, "Makefile").startswith("CFLAGS := -O2 -fPIC\nLDLIBS=-lz -lm\nall:\n")
    assert done.build == "make"
    assert done.told().edits[0].startswith("--- a/Makefile\n+++ b/Makefile\n@@ ")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("CFLAGS += -Wall \\\n  -Wextra\n", "CFLAGS += -Wall -fPIC \\\n  -Wextra\n"),
        ("CFLAGS ?= -O3   # see make -Wx\n", "CFLAGS ?= -O3 -fPIC   # see make -Wx\n"),
        ("CXXFLAGS =\n", "CXXFLAGS = -fPIC\n"),
    ],
)
def test_a_variable_that_goes_on_or_has_a_comment_gets_the_flag_before_that(
    before: str, after: str, tmp_path: Path
) -> None:
    (tmp_path / "Makefile").write_text(before)
    assert content(planned(Fix("x", compile="-fPIC"), tmp_path, "make"), tmp_path, "Makefile") == after


def test_a_recipe_without_variables_gets_the_flag_at_its_end(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("all: a.c\n\t@echo no\n\tgcc -o a a.c\n")
    done = planned(Fix("x", link="-lm"), tmp_path, "make")
    assert content(done, tmp_path, "Makefile") == "all: a.c\n\t@echo no\n\tgcc -o a a.c -lm\n"


def test_a_recipe_that_only_compiles_gets_no_library(tmp_path: Path) -> None:
    makefile = "a: a.o\n\t$(CC) -o $@ a.o\n%.o: %.cpp\n\t$(CXX) -O2 --coverage -c $< -o $@\n"
    (tmp_path / "Makefile").write_text(makefile)
    done = planned(Fix("x", link="-lstdc++"), tmp_path, "make")
    assert content(done, tmp_path, "Makefile") == makefile.replace("-o $@ a.o", "-o $@ a.o -lstdc++")


@pytest.mark.parametrize(
    "command", ["make -f build.mk", "make -fbuild.mk all", "make --file=build.mk", "make --file build.mk"]
)
def test_the_file_that_make_is_told_to_read_is_the_one_that_is_edited(command: str, tmp_path: Path) -> None:
    for name in ("Makefile", "build.mk"):
        (tmp_path / name).write_text("CFLAGS = -O2\n")
    done = planned(Fix("x", compile="-fcommon"), tmp_path, command)
    assert content(done, tmp_path, "build.mk") == "CFLAGS = -O2 -fcommon\n"
    assert done.told().edits[0].startswith("--- a/build.mk\n")
    assert len(done.told().edits) == 1


def test_a_cmake_project_is_edited_after_its_project_line(tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(a C)\nadd_executable(a a.c)\n"
    )
    done = planned(Fix("x", link="-latomic"), tmp_path, "cmake -B b")
    assert "project(a C)\nlink_libraries(-latomic)\nadd_executable" in content(done, tmp_path, "CMakeLists.txt")


def test_the_choice_of_a_linker_stands_before_the_project_line_that_tries_the_compiler(tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.20)\nproject(a C)\n")
    done = planned(Fix("x", link="-fuse-ld=lld"), tmp_path, "cmake -B b")
    assert content(done, tmp_path, "CMakeLists.txt") == (
        "cmake_minimum_required(VERSION 3.20)\n"
        'set(CMAKE_EXE_LINKER_FLAGS "${CMAKE_EXE_LINKER_FLAGS} -fuse-ld=lld")\n'
        'set(CMAKE_SHARED_LINKER_FLAGS "${CMAKE_SHARED_LINKER_FLAGS} -fuse-ld=lld")\n'
        "project(a C)\n"
    )


def test_without_a_command_what_lies_in_the_folder_says_how_it_is_built(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("LDLIBS =\n")
    assert content(planned(Fix("x", link="-lm"), tmp_path), tmp_path, "Makefile") == "LDLIBS = -lm\n"


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("Makefile", "CFLAGS = -O2 -m64 -g\n", "CFLAGS = -O2 -g\n"),
        ("Makefile", "CFLAGS=-m64\n", "CFLAGS=\n"),
        ("a.mk", "X = -m64-not -am64\n", None),
        ("setup.py", "args=['-m64', '-O2']\n", "args=[ '-O2']\n"),
        ("build.rs", 'cc.flag("-m64").flag_if_supported("-m64");\n', "cc;\n"),
        ("setup.py", "args.append('-m64')  # here\n", "args.extend([])  # here\n"),
        ("build.rs", 'Command::new("cc").arg("-m64").arg("a.c");\n', 'Command::new("cc").arg("a.c");\n'),
        ("lib.go", "// #cgo CFLAGS: -m64 -O2\n", "// #cgo CFLAGS: -O2\n"),
        ("CMakeLists.txt", "add_compile_options(-m64)\n", "add_compile_options()\n"),
    ],
)
def test_a_flag_is_taken_out_of_build_files(name: str, before: str, after: str | None, tmp_path: Path) -> None:
    (tmp_path / name).write_text(before)
    done = planned(Fix("x", drop="{option}"), tmp_path, "make", option="-m64")
    if after is None:
        assert done.reason == "there is nothing in the project that it could change"
    else:
        assert content(done, tmp_path, name) == after


def test_a_flag_is_taken_out_of_the_command_also_by_its_beginning(tmp_path: Path) -> None:
    assert planned(Fix("x", drop="-fuse-ld=*"), tmp_path, "gcc -fuse-ld=mold a.c").build == "gcc a.c"


def test_what_a_variable_was_set_to_leaves_the_next_word_alone(tmp_path: Path) -> None:
    line = "LDFLAGS=-static cmake -DCMAKE_C_FLAGS=-static -B b"
    assert planned(Fix("x", drop="-static"), tmp_path, line).build == "LDFLAGS= cmake -DCMAKE_C_FLAGS= -B b"


def test_several_flags_are_taken_out_at_once(tmp_path: Path) -> None:
    assert (
        planned(Fix("x", drop="{option} -mavx*"), tmp_path, "gcc -msse2 -mavx2 a.c", option="-msse2").build == "gcc a.c"
    )


def test_the_command_tells_captures(tmp_path: Path) -> None:
    fix = Fix("x", when={"build": r"\bCC=(?P<host>[\w-]+)-gcc"}, build="{build} --host={host}")
    assert (
        planned(fix, tmp_path, "CC=arm-linux-gcc ./configure").build == "CC=arm-linux-gcc ./configure --host=arm-linux"
    )
    proposal = propose(fix, "a-cause", {}, trusted=True)
    assert proposal is not None
    assert plan(proposal, tmp_path, "make") is None
    assert told(proposal).build == "... --host=HOST"


def test_a_build_by_everylinux_gets_flags_from_the_projects_files_alone(tmp_path: Path) -> None:
    fix = Fix("x", link="-lm")
    assert planned(fix, tmp_path, "everylinux build").reason == "there is nothing in the project that it could change"
    (tmp_path / "Makefile").write_text("LDLIBS =\n")
    done = planned(fix, tmp_path, "everylinux build")
    assert (done.build, done.commands) == ("everylinux build", ())
    assert content(done, tmp_path, "Makefile") == "LDLIBS = -lm\n"


@pytest.mark.parametrize(
    ("marker", "before", "after"),
    [
        ("meson.build", "everylinux build", "everylinux build -- -Dc_args=-DX -Dcpp_args=-DX"),
        ("configure", "everylinux build -- --with-x", "everylinux build -- --with-x CFLAGS=-DX CXXFLAGS=-DX"),
    ],
)
def test_a_build_by_everylinux_hands_flags_on_to_what_configures(
    marker: str, before: str, after: str, tmp_path: Path
) -> None:
    (tmp_path / marker).write_text("")
    assert planned(Fix("x", compile="-DX"), tmp_path, before).build == after


def test_what_everylinux_builds_a_project_with_gets_the_flags(tmp_path: Path) -> None:
    """A project with two build systems is built with one of them."""
    for name in ("CMakeLists.txt", "meson.build"):
        (tmp_path / name).write_text("project(x)\n")
    done = planned(Fix("x", compile="-DX"), tmp_path, "everylinux build")
    assert (done.build, done.change.files) == ("everylinux build -- -Dc_args=-DX -Dcpp_args=-DX", {})


def test_rewriting_the_command(tmp_path: Path) -> None:
    fix = Fix("x", commands=("export CGO_ENABLED=1",), rewrite=(Rewrite(r"\bCGO_ENABLED=0\b", "CGO_ENABLED=1"),))
    assert planned(fix, tmp_path, "CGO_ENABLED=0 go build").build == "CGO_ENABLED=1 go build"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("make CC=riscv64-linux-gnu-gcc", "everylinux build --target riscv64-linux-gnu"),
        ("cargo build --target aarch64-unknown-linux-musl", "everylinux build --target aarch64-unknown-linux-musl"),
        ("make", "everylinux build"),
    ],
)
def test_everylinux_builds_for_the_same(before: str, after: str, tmp_path: Path) -> None:
    assert planned(Fix("x", build="everylinux build"), tmp_path, before).build == after


def test_everylinux_does_not_stand_in_for_what_it_does_not_build(tmp_path: Path) -> None:
    done = planned(Fix("x", build="everylinux build"), tmp_path, "GOOS=windows go build")
    assert done.reason == "everylinux does not build for windows"


@pytest.mark.parametrize(
    ("fix", "reason"),
    [
        (Fix("x", commands=("apt-get install gcc",), machine=True), "it changes the machine"),
        (Fix("x", commands=("everylinux check a",), told=True), "it is for another place"),
        (Fix("x"), "it is advice for a person"),
        (Fix("x", commands=("export A={FOLDER}",)), "FOLDER: to be filled in by a person"),
        (Fix("x", edit=(Edit("none", "a", "b"),)), "there is nothing in the project that it could change"),
    ],
)
def test_why_a_fix_is_not_tried(fix: Fix, reason: str, tmp_path: Path) -> None:
    assert planned(fix, tmp_path, "make").reason == reason


@pytest.mark.parametrize(
    "value", ["$(shell id)", "a;id", "`id`", "a'b", 'a"b', "a\nb", "a\\", "a#b", "x" * 5000, "a\x1b["]
)
def test_a_capture_that_is_more_than_text_is_put_nowhere(value: str) -> None:
    assert propose(Fix("x", drop="{option}"), "a-cause", {"option": value}, trusted=True) is None


def test_a_condition_takes_what_is_plain_out_of_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text('itoa = "^99"\n')
    fix = Fix(
        "x",
        when={"requirement": r'^(?P<crate>\w+) = "'},
        edit=(Edit("Cargo.toml", '^{crate} = ".*"', '{crate} = "*"'),),
    )
    done = planned(fix, tmp_path, "cargo build", requirement='itoa = "^99"')
    assert content(done, tmp_path, "Cargo.toml") == 'itoa = "*"\n'


def test_a_capture_is_one_word_of_a_command_and_itself_in_an_expression(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("f.x\nf-x\n")
    fix = Fix("x", edit=(Edit("a.c", "^{name}$", "g"),), commands=("touch {file}",))
    done = planned(fix, tmp_path, "make", name="f.x", file="a b")
    assert done.commands == ("touch 'a b'",)
    assert content(done, tmp_path, "a.c") == "g\nf-x\n"


@pytest.mark.parametrize(
    "line", ["{program} x", "cd a && {program}", "CC=gcc {program}", "$({program})", '"{program}"']
)
def test_no_cause_may_start_what_a_log_names(line: str) -> None:
    with pytest.raises(UsageError, match="would start what a log names"):
        check_fix(Fix("x", commands=(line,)))


def test_an_expression_of_a_fix_that_is_refused() -> None:
    with pytest.raises(UsageError, match="is refused"):
        check_fix(Fix("x", edit=(Edit("a", r"(a)\1", "b"),)))


def test_a_flag_with_any_letters_ends_with_the_call_it_is_in(tmp_path: Path) -> None:
    lists = tmp_path / "CMakeLists.txt"
    lists.write_text("project(a C)\nadd_compile_options(-O2 -ftls-model=local-exec)\nset(F -march=$(ARCH) -O2)\n")
    done = planned(Fix("x", drop="-ftls-model=* -march=*"), tmp_path, "cmake .")
    assert content(done, tmp_path, "CMakeLists.txt") == "project(a C)\nadd_compile_options(-O2 )\nset(F -O2)\n"


def test_a_flag_stays_in_a_comment(tmp_path: Path) -> None:
    makefile = tmp_path / "Makefile"
    makefile.write_text("# on ARM there is no -msse2 for it\nCFLAGS = -O2 -msse2\n")
    done = planned(Fix("x", drop="-msse2"), tmp_path, "make")
    assert content(done, tmp_path, "Makefile") == "# on ARM there is no -msse2 for it\nCFLAGS = -O2 \n"
