"""Logs as they come by mail, from terminals and from web pages: lines broken again, quoted, in HTML's characters."""

from __future__ import annotations

import html
import io
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from everylinux.diagnosis import explain

if TYPE_CHECKING:
    from collections.abc import Callable

MESSAGE = (
    "/usr/lib/gcc-cross/aarch64-linux-gnu/12/../../../../aarch64-linux-gnu/bin/ld: "
    "/home/user/project/build/third_party/library/libcodec.a(decode_block_of_samples.o): "
    "relocation R_AARCH64_ADR_PREL_PG_HI21 against symbol `table_of_coefficients' which may bind externally "
    "can not be used when making a shared object; recompile with -fPIC"
)
LOG = (
    "aarch64-linux-gnu-gcc -shared -o libplayer.so play.o mixer.o output.o resample.o -L/home/user/project/build/lib",
    MESSAGE,
    "collect2: error: ld returned 1 exit status",
    "make: *** [Makefile:7: libplayer.so] Error 1",
)


def told(text: str) -> tuple[str, int, int]:
    explanation = explain(io.BytesIO(text.encode()))
    (diagnosis,) = explanation.diagnoses
    return diagnosis.cause, diagnosis.evidence[0].line, explanation.lines


def cut(line: str, columns: int) -> list[str]:
    return [line[start : start + columns] for start in range(0, len(line), columns)]


@pytest.mark.parametrize("columns", [72, 80, 120])
def test_lines_that_a_terminal_broke_are_put_together(columns: int) -> None:
    lines = [part for line in LOG for part in cut(line, columns)]
    first = len(cut(LOG[0], columns)) + 1
    assert told("\n".join(lines) + "\n") == ("non-pic-object", first, len(lines))


def test_broken_lines_that_show_no_failure_are_looked_at_again() -> None:
    """What was pasted is the linker's messages alone, and no line of them is one of its own."""
    member = "/usr/lib/libpython3.6m.a(%s.o): relocation R_X86_64_32 against symbol `_Py_FalseStruct' "
    told_of = [member % name + "can not be used when making a shared object; recompile with -fPIC" for name in "abcd"]
    lines = [part for line in told_of for part in cut("    /bin/ld: " + line, 76)]
    assert told("\n".join(lines) + "\n") == ("non-pic-object", 1, len(lines))


@pytest.mark.parametrize("started", ["./player-1", "./player-12", "./player-123456789"])
def test_one_line_that_a_terminal_broke_is_put_together(started: str) -> None:
    """It is broken within a word, before a blank or behind one, which is the last of its line then."""
    failed = (
        f"{started}: error while loading shared libraries: libcodec.so.3: cannot open shared object file: No such file"
    )
    lines = ["$ " + started, *cut(f"{failed} or directory", 80)]
    assert told("\n".join(lines) + "\n") == ("shared-library-soname-missing", 2, len(lines))


def test_a_guess_gives_way_to_what_a_broken_line_says() -> None:
    log = (
        "gcc -m32 -c timers.c -o timers.o -O2 -Wall\nIn file included from timers.c:33:\n"
        "/usr/include/stdlib.h:26:10: fatal error: bits/libc-header-start.h: No such file\n or directory\n"
        "   26 | #include <bits/libc-header-start.h>\n      |          ^~~~~~~~~~~~~~~~~~~~~~~~~~\n"
        "compilation terminated.\nmake: *** [Makefile:3: timers.o] Error 1\n"
    )
    assert told(log) == ("multilib-missing", 3, 8)


@pytest.mark.parametrize("quote", ["", "> ", "> > "])
@pytest.mark.parametrize("columns", [72, 76])
def test_lines_that_a_mail_program_broke_are_put_together(columns: int, quote: str) -> None:
    parts = [textwrap.wrap(line, columns, break_long_words=False, break_on_hyphens=False) for line in LOG]
    lines = [quote + part for line in parts for part in line]
    first, last = len(parts[0]) + 1, len(parts[0]) + len(parts[1])
    cause, line, count = told("\n".join(lines) + "\n")
    assert (cause, count) == ("non-pic-object", len(lines))
    assert first <= line <= last


def test_a_message_that_was_broken_in_the_middle_is_read_on() -> None:
    log = "ImportError: /app/ext.cpython-312-x86_64-linux-gnu.so:\n  undefined symbol: codec_open_stream\n"
    assert told(log) == ("extension-undefined-symbol", 1, 2)


def test_lines_that_are_whole_stay_what_they_are() -> None:
    log = "cc -o app a.o -lfoo\n/usr/bin/ld: cannot find -lfoo: No such file or directory\n"
    log += "collect2: error: ld returned 1 exit status\n"
    assert told(log) == ("dev-package-missing", 2, 3)


def test_a_good_log_of_narrow_lines_stays_good() -> None:
    words = (
        "The following additional packages will be installed although nothing of the project asks for them: libc6-dev"
    )
    log = "\n".join(["$ make install", *textwrap.wrap(" ".join([words] * 9), 78), "Done."]) + "\n"
    assert explain(io.BytesIO(log.encode())).outcome == "succeeded"


def test_the_characters_of_a_web_page_are_read() -> None:
    log = "".join(f"{html.escape(line)}\n" for line in LOG)
    explanation = explain(io.BytesIO(log.encode()))
    assert explanation.diagnoses[0].cause == "non-pic-object"
    assert explanation.diagnoses[0].evidence[0].text == MESSAGE


def test_rows_of_one_width_are_no_broken_lines_of_what_follows() -> None:
    """As a download's dots: what the linker says behind them stands in a line of its own, and is told first."""
    dots = [
        f"{number:6}K .......... .......... .......... .......... {number % 100:2}% 1.05M 10s" for number in range(300)
    ]
    log = [
        *dots,
        "/usr/bin/ld: cannot find -lpng: No such file or directory",
        "collect2: error: ld returned 1 exit status",
        "make: *** [Makefile:2: app] Error 1",
        "ImportError: /app/extension.so:",
        "  undefined symbol: PyUnicode_AsUTF8",
    ]
    (first, *_) = explain(io.BytesIO("\n".join([*log, ""]).encode())).diagnoses
    assert (first.cause, first.evidence[0].line) == ("dev-package-missing", 301)


def test_a_line_of_colons_is_read_at_once() -> None:
    log = ":: " * 20_000 + "x\n\nmake: *** [Makefile:2: app] Error 1\n"
    start = time.process_time()
    explain(io.BytesIO(log.encode()))
    assert time.process_time() - start < 2


@pytest.mark.parametrize("entity", ["&amp;", "&#38;", "&#x26;"])
def test_an_entity_is_read_whatever_else_is_there(entity: str) -> None:
    log = f"a.c:3:1: error: invalid operands to binary {entity} (have 'int' and 'char *')\nmake: *** [a.o] Error 1\n"
    (diagnosis,) = explain(io.BytesIO(log.encode())).diagnoses
    assert "binary & (have" in diagnosis.evidence[0].text


def test_a_message_of_configure_that_begins_in_the_next_line_is_read() -> None:
    """As GNU nano's configure.ac has it: AC_MSG_ERROR of several lines, the first of them empty; config.log follows."""
    log = (
        "checking for initscr in -lcurses... no\nconfigure: error: \n"
        "  *** No curses lib was found.  Please install the curses header files\n"
        "  *** from libncurses-dev (Debian), ncurses-devel (Fedora), or similar.\n"
    ) + "| #define HAVE_SOMETHING 1\n" * 5000
    told = explain(io.BytesIO(log.encode())).diagnoses[0]
    assert (told.cause, told.evidence[0].line) == ("dev-package-missing", 2)
    assert "No curses lib was found" in told.evidence[0].text


CMAKE = (
    "-- Detecting CXX compile features - done",
    "CMake Error at cmake/Audio.cmake:12 (message):",
    "  Sound was asked for, and neither of its two back ends can be built.  CMake",
    "  could",
    "",
    "  not find the libpulse headers on this system.",
    "",
    "Call Stack (most recent call first):",
    "  CMakeLists.txt:20 (include)",
)


@pytest.mark.parametrize("wrapper", ["", "| ", "#9 4.21{} ", "2026-11-22T10:00:0{}.123Z "])
def test_paragraphs_of_cmake_are_one_message(wrapper: str) -> None:
    lines = [wrapper.format(number) + line for number, line in enumerate(CMAKE)]
    explanation = explain(io.BytesIO(("\n".join(lines) + "\n").encode()))
    (diagnosis,) = explanation.diagnoses
    assert (diagnosis.cause, diagnosis.culprit) == ("dev-package-missing", "libpulse")
    assert (diagnosis.evidence[0].line, explanation.lines) == (2, len(CMAKE))
    assert diagnosis.evidence[0].text.endswith("not find the libpulse headers on this system.")


def test_a_panic_of_a_build_script_ends_before_the_note() -> None:
    log = (
        "  thread 'main' panicked at build.rs:12:9:\n  could not find\n  the libudev headers\n"
        "  note: run with `RUST_BACKTRACE=1`\n"
    )
    explanation = explain(io.BytesIO(log.encode()))
    (diagnosis,) = explanation.diagnoses
    assert (diagnosis.cause, diagnosis.culprit) == ("dev-package-missing", "libudev")
    assert diagnosis.evidence[0].text.endswith(" could not find the libudev headers")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
@pytest.mark.parametrize("kept", [str, lambda text: "".join(each for each in text if not "\x80" <= each <= "\x9f")])
def test_quotes_whose_encoding_was_mistaken_are_quotes(encoding: str, kept: Callable[[str], str]) -> None:
    """Trackers imported logs of UTF-8 as if they were Latin-1, and dropped the control characters that this gave."""
    name = "\N{LEFT SINGLE QUOTATION MARK}frob_table\N{RIGHT SINGLE QUOTATION MARK}"
    line = f"main.c:3:5: error: implicit declaration of function {name} [-Wimplicit-function-declaration]"
    log = kept(line.encode().decode(encoding, errors="ignore")) + "\nmake: *** [Makefile:3: main.o] Error 1\n"
    diagnosis = explain(io.BytesIO(log.encode())).diagnoses[0]
    assert (diagnosis.cause, diagnosis.culprit) == ("not-portability/type-error", "frob_table")


def test_letters_with_a_circumflex_stay() -> None:
    log = "Pâte: pâté et château\nsrc/bâti.c:3:5: error: incompatible types in assignment\n"
    assert explain(io.BytesIO(log.encode())).diagnoses[0].evidence[0].text.startswith("src/bâti.c:3:5: error: ")
