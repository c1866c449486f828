"""What a log does not tell is not guessed: signs that many logs hold, beside a failure whose own words are unknown."""

from __future__ import annotations

import io

import pytest

from everylinux.diagnosis import explain

# Of each the line that told the cause is left out; what is left is said whatever the cause was.
UNTOLD = {
    "a step failed before": (
        "cc -c frob.c\n"
        "frobc: the frobnicator gave up\n"
        "cc -c list.c\n"
        "make: *** [Makefile:9: frob.o] Error 1\n"
        "cc -o app main.o libfrob.a\n"
        "cc: error: libfrob.a: No such file or directory\n"
        "/usr/bin/ld: cannot find build/libfrob.a: No such file or directory\n"
        "collect2: error: ld returned 1 exit status\n"
    ),
    "a complaint long before": (
        "cp: cannot stat 'extra.conf': No such file or directory\n"
        + "cc -c a.c\n" * 30
        + "frobc: the frobnicator gave up\nmake: *** [Makefile:9: frob.o] Error 1\n"
    ),
    "a check that was passed, in a log that ends with no failing step": (
        "checking dynamic linker characteristics... zig: error: version '.2.17' in target triple"
        " 'x86_64-unknown-linux-gnu.2.17' is invalid\n"
        "checking whether stripping libraries is possible... yes\n"
        "checking for frob_init in -lfrob... no\n"
    ),
    "no compiler after an error of a file that CMake read": (
        "CMake Error at /usr/share/cmake/Modules/CMakeDetermineSystem.cmake:152 (message):\n"
        "  The frobnicator gave up.\n"
        "\n"
        'CMake Error: CMake was unable to find a build program corresponding to "Unix Makefiles".\n'
        "CMake Error: CMAKE_C_COMPILER not set, after EnableLanguage\n"
        "-- Configuring incomplete, errors occurred!\n"
    ),
    "what cargo's pkg-config always says": (
        "error: failed to run custom build command for `frob-sys v0.1.0`\n"
        "  The PKG_CONFIG_PATH environment variable is not set.\n"
        "warning: build failed, waiting for other jobs to finish...\n"
    ),
    "a package of Go that was not built": "FAIL\texample.org/frob [build failed]\nFAIL\n",
    "tests that passed, in a step before": (
        "100% tests passed, 0 tests failed out of 13\n./ci/pack\nfrobc: the frobnicator gave up\n"
        "make: *** [Makefile:9: frob] Error 1\n"
    ),
    "a count of errors": "# example.org/frob\n./frob.go:33:3: too many errors\n",
    "a fallback of Node.js": (
        "Error: the frobnicator gave up\n"
        "    at Object.<anonymous> (/app/frob.js:7:9)\n"
        "cause: Error: Cannot find module './frob.wasi.cjs'\n"
    ),
    "a makefile that was not made": (
        "CMake Error at CMakeLists.txt:1 (frobnicate):\n"
        "  The frobnicator gave up.\n"
        "gmake: *** No rule to make target 'Makefile'.  Stop.\n"
    ),
    "a folder that was not made": (
        "CMake Error: Error executing cmake::LoadCache(). Aborting.\n"
        "make: *** build: No such file or directory.  Stop.\n"
    ),
    "a name that may be absent here alone": (
        "frob.cc:7:3: error: 'frobnicate' was not declared in this scope\n"
        "frob.cc:8:3: error: invalid conversion from 'int' to 'char*'\n"
        "make: *** [Makefile:9: frob.o] Error 1\n"
    ),
    "what the source refuses": (
        'frob.h:7:2: error: #error "the frobnicator gives up"\nmake: *** [Makefile:9: frob.o] Error 1\n'
    ),
    "what a linker said within a message of CMake": (
        "CMake Error at /usr/share/cmake/Modules/CMakeTestCCompiler.cmake:67 (message):\n"
        "  The C compiler\n"
        "\n"
        '    "/usr/bin/cc"\n'
        "\n"
        "  is not able to compile a simple test program.\n"
        "\n"
        "  It fails with the following output:\n"
        "\n"
        "    /usr/bin/ld: cannot find libfrob.so.1: No such file or directory\n"
        "    collect2: error: ld returned 1 exit status\n"
    ),
    "a module of styles": (
        "ERROR in ./src/index.js 1:0-34\n/app/node_modules/frob.css doesn't exist\nwebpack compiled with 1 error\n"
    ),
}


@pytest.mark.parametrize("log", UNTOLD.values(), ids=UNTOLD)
def test_what_a_log_does_not_tell_is_not_guessed(log: str) -> None:
    explanation = explain(io.BytesIO(log.encode()))
    assert (explanation.outcome, [each.cause for each in explanation.diagnoses]) == ("unknown", [])


def test_what_shows_after_an_unknown_failure_is_noted() -> None:
    explanation = explain(io.BytesIO(UNTOLD["a step failed before"].encode()))
    assert explanation.best
    assert explanation.best.line == 4
    assert "line 6 shows not-portability/missing-source-file" in explanation.notes[0]


def test_a_log_that_begins_with_the_end_of_a_step_was_cut_there() -> None:
    log = "make[1]: *** [Makefile:9: frob.o] Error 127\n/bin/sh: 1: nasm: not found\nmake: *** [all] Error 2\n"
    assert [each.cause for each in explain(io.BytesIO(log.encode())).diagnoses] == ["assembler-missing"]
