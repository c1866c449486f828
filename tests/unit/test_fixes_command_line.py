"""Lines for a shell, and where their simple commands end (POSIX Shell Command Language, 2.9 and 2.10)."""

from __future__ import annotations

import pytest

from everylinux.fixes.command_line import line_of, simple_commands, with_arguments


@pytest.mark.parametrize(
    ("line", "programs"),
    [
        ("make -j4", ["make"]),
        ("CC=gcc V=1 make", ["make"]),
        ("autoconf && CC=x ./configure --prefix=/usr", ["autoconf", "configure"]),
        ("gcc -c a.c; ar rc liba.a a.o | tee log", ["gcc", "ar", "tee"]),
        ("(cd src && /usr/bin/make)", ["cd", "make"]),
        ("echo 'a && b' \"c; d\" e\\;f", ["echo"]),
        ("make 2>&1 | tail", ["make", "tail"]),
        ("make &\nwait", ["make", "wait"]),
        ("python3 -m ziglang cc a.c", ["cc"]),
        ("zig c++ a.cc", ["c++"]),
        ("zig build", ["zig"]),
        ("python -m pip install .", ["pip"]),
        ("env CC=gcc nice ccache gcc a.c", ["gcc"]),
        ("X=1 sh ./configure && bash -c 'make'", ["configure", "bash"]),
        ("X=1", [""]),
        ("   ", []),
        ("make 'unended", []),
    ],
)
def test_programs_of_a_line(line: str, programs: list[str]) -> None:
    assert [command.program for command in simple_commands(line)] == programs


def test_arguments_go_to_the_end_of_the_commands_that_are_meant() -> None:
    line = "gcc -c 'a b.c' && strip a.o ; gcc a.o  2>&1"
    compilers = tuple(command for command in simple_commands(line) if command.program == "gcc")
    assert with_arguments(line, compilers, "-lm") == "gcc -c 'a b.c' -lm && strip a.o ; gcc a.o  2>&1 -lm"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], ""),
        (["make && make check"], "make && make check"),
        (["make", "CC=gcc -m32"], "make 'CC=gcc -m32'"),
        (["bash", "-c", "cd b && cmake .."], "cd b && cmake .."),
        (["/bin/sh", "-c", "make"], "make"),
        (["bash", "-c", "echo $1", "x"], "bash -c 'echo $1' x"),
        (["python3", "-c", "pass"], "python3 -c pass"),
    ],
)
def test_a_command_is_a_line_of_its_own_where_a_shell_is_given_one(words: list[str], line: str) -> None:
    assert line_of(words) == line
