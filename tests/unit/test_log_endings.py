"""What a log ends with: failures in words that no pattern knows, in other languages, and good ends with scary words."""

from __future__ import annotations

import io

import pytest

from everylinux.diagnosis import explain

GOOD = "cc -c a.c\n" * 5


def outcome_of(log: str) -> tuple[str, int]:
    explanation = explain(io.BytesIO(log.encode()))
    return explanation.outcome, explanation.best.line if explanation.best else 0


@pytest.mark.parametrize(
    "end",
    [
        "frobnicate: fatal: the flux is inverted",
        "[ERROR] frobnication of 3 modules did not converge",
        "E: [frob] Error 17: no convergence!",
        "frob exited with code 3",
        "Command '['frob', '-x']' returned non-zero exit status 2.",
        "The process '/usr/bin/frob' failed with exit code 1",
        'Traceback (most recent call last):\n  File "frob.py", line 3, in <module>\nfrob.ConvergenceError: none',
        "thread 'main' panicked at src/main.rs:3:5:\nfrob",
        "goroutine 1 [running]:\nmain.main()\n\t/src/main.go:4",
        "frob: internal error: unreachable",
        "Frobnication step failed",
        "BUILD FAILED in 3s",
        "FAILED: 1 of 3 frobs",
        "*** Error code 1\n\nStop.",
        "frob[8]: unable to open the flux: Permission denied",
        "./frob: line 3: 4711 Floating point exception(core dumped) ./frob-bin",
        "Assertion `flux == 3' failed.",
        "Uncaught exception: flux",
        'Exception in thread "main" java.lang.IllegalStateException: flux\n\tat frob.Main.main(Main.java:3)',
        "frob: cannot continue without a flux",
        "tar: Exiting with failure status due to previous errors",
        '## confdefs.h. ##\n\n#define PACKAGE_NAME "frob"\n\nconfigure: exit 77',
    ],
)
def test_a_failure_in_nobodys_words_is_no_success(end: str) -> None:
    outcome, line = outcome_of(f"{GOOD}{end}\n")
    assert outcome == "unknown"
    assert line > GOOD.count("\n")


@pytest.mark.parametrize(
    "end",
    [
        "0 errors, 3 warnings",
        "Done. 0 failures, no errors.",
        "Total errors: 0",
        '#define PACKAGE_NAME "frob"\n\nconfigure: exit 0',
        "warning: frob: error in the flux is ignored",
        "frob.c:3:1: warning: 'fatal_error' is unused",
        "testing that a wrong flux fails ... ok",
        "1/1 a wrong flux fails EXPECTEDFAIL    0.02s   exit status 1",
        "frob failed, falling back to the built-in one\ncc -c b.c",
        "error: flaky\n[100%] Built target frob",
        "cc -Werror -o error.o -c error.c",
        "installing errors.h in /usr/include",
        "creating build/lib/frob/exceptions.py",
        "copying frob/failure.py -> build/lib/frob",
        "Frob failed: nothing to do (ignored)",
        "checking whether frob fails... no\nconfig.status: creating Makefile",
        "-- Looking for frob_error - not found",
        "frob: error: flux\nmake[1]: Leaving directory '/src'",
        "/usr/bin/ld: cannot find -lfrob\n[100%] Built target frob",
        "Frob: the last attempt failed\nFrob: finished successfully",
        "  1) Skipped:\nFluxTest#test_error [a.rb:4]:\nno flux\n\n2 runs, 1 assertions, 0 failures, 0 errors, 1 skips",
        "a.f90:4:2:\n\n 4 | x = 1\n   | 1\nWarning: Conversion at (1)\nError: none at (2)\n*** No errors detected",
    ],
)
def test_scary_words_at_a_good_end_are_none(end: str) -> None:
    assert outcome_of(f"{GOOD}{end}\n") == ("succeeded", 0)


def test_what_passing_tests_of_go_print_is_theirs() -> None:
    passed = (
        "=== RUN   TestKill\n    a_test.go:3: exit status: signal: killed\n--- PASS: TestKill (0.01s)\n"
        "PASS\nok  \tx/a\t0.1s\n"
    )
    failed = "=== RUN   TestB\n    b_test.go:3: no flux\n--- FAIL: TestB (0.01s)\nFAIL\nFAIL\tx/b\t0.1s\n"
    assert outcome_of(passed) == ("succeeded", 0)
    explanation = explain(io.BytesIO((failed + passed + "FAIL\n").encode()))
    assert [each.cause for each in explanation.diagnoses] == ["not-portability/failing-unit-test"]


def test_words_of_failure_long_before_the_end_are_none() -> None:
    assert outcome_of("frobnication step failed\n" + GOOD * 10) == ("succeeded", 0)


# Each as the catalogues of gcc, binutils, make, bash and glibc have it.
@pytest.mark.parametrize(
    ("log", "line"),
    [
        ("gcc -c a.c\na.c:1:1: Fehler: Redefinition von »foo«\nmake: *** [Makefile:2: a.o] Fehler 1\n", 2),
        ("make: *** Keine Regel, um „x.o“ zu erstellen.  Schluss.\n", 1),
        ("./a.out\nSpeicherzugriffsfehler (Speicherabzug geschrieben)\n", 2),
        ("/usr/bin/ld : a.o : dans la fonction « main » :\na.c:(.text+0x5) : référence indéfinie vers « f »\n", 2),
        ("/usr/bin/ld: a.o: in function `main':\na.c:(.text+0x5): 对\u2018f\u2019未定义的引用\n", 2),
        ("a.c:1:1: ошибка: неизвестный тип «foo»\nmake: *** [Makefile:2: a.o] Ошибка 1\n", 1),
    ],
)
def test_a_failure_in_another_language_is_seen(log: str, line: int) -> None:
    assert outcome_of(log) == ("unknown", line)
    assert any("LC_ALL=C" in note for note in explain(io.BytesIO(log.encode())).notes)


@pytest.mark.parametrize(
    ("log", "cause", "culprit"),
    [
        (
            "a.c:1:10: schwerwiegender Fehler: x.h: Datei oder Verzeichnis nicht gefunden\n",
            "dev-package-missing",
            "x.h",
        ),
        ("a.c:1:10: erreur fatale: x.h : Aucun fichier ou dossier de ce type\n", "dev-package-missing", "x.h"),
        ("a.c:1:10: 致命错误\uff1ax.h\uff1a没有那个文件或目录\n编译中断。\n", "dev-package-missing", "x.h"),
        ("/usr/bin/ld: no se puede encontrar -lx\n", "dev-package-missing", "libx"),
        (
            "/usr/bin/ld: 当搜索用于 /usr/lib/libx.so 时跳过不兼容的 -lx\n/usr/bin/ld: 找不到 -lx\n",
            "wrong-arch-library",
            "/usr/lib/libx.so",
        ),
        (
            "main.o:(.text+0x10): referencia a `pthread_create' sin definir\n",
            "missing-lib-on-link-line",
            "pthread_create",
        ),
        (
            (
                "/usr/bin/ld\u00a0: a.o\u00a0: dans la fonction «\u00a0main\u00a0»\u00a0:\n"
                "a.c:(.text+0x14)\u00a0: référence indéfinie vers «\u00a0__aarch64_cas4_acq\u00a0»\n"
            ),
            "aarch64-outline-atomics",
            "__aarch64_cas4_acq",
        ),
        (
            (
                "/usr/lib/gcc-cross/s390x-linux-gnu/12/../../../../s390x-linux-gnu/bin/ld\u00a0: ne peut pas trouver "
                "Scrt1.o\u00a0: Aucun fichier ou dossier de ce type\n"
            ),
            "missing-target-libc",
            "Scrt1.o",
        ),
        (
            (
                "/usr/bin/ld: a.o: référence au symbole non défini «\u00a0pow@@GLIBC_2.29\u00a0»\n"
                "/usr/bin/ld: /lib/libm.so.6\u00a0: erreur lors de l'ajout de symboles\u00a0: "
                "DSO manquant dans la ligne de commande\n"
            ),
            "missing-lib-on-link-line",
            "/lib/libm.so.6",
        ),
        (
            "aarch64-linux-gnu-gcc: Fehler: nicht erkannte Kommandozeilenoption »-m64«\n",
            "build-hardcodes-host-arch-flag",
            "-m64",
        ),
        (
            "gcc: erreur: option «\u00a0-mthreads\u00a0» non reconnue sur la ligne de commande\n",
            "host-compiler-for-foreign-os",
            "-mthreads",
        ),
        ("a.c:7:3: 错误\uff1a隐式声明函数\u2018lseek64\u2019\n", "musl-lfs64-symbols", "lseek64"),
        ("a.c:7:3: Fehler: unbekannter Typname: »off64_t«\n", "musl-lfs64-symbols", "off64_t"),
        (
            "make: s390x-linux-gnu-gcc: Datei oder Verzeichnis nicht gefunden\nmake: *** [a.o] Fehler 127\n",
            "missing-cross-compiler",
            "s390x-linux-gnu-gcc",
        ),
        ("bash: ninja: Kommando nicht gefunden.\n", "host-tool-missing", "ninja"),
        ("bash: ninja : commande introuvable\n", "host-tool-missing", "ninja"),
        ("make[3]: *** [all] 已杀死\n", "not-portability/oom-kill", ""),
    ],
)
def test_what_is_said_in_another_language_has_the_cause_of_its_original(log: str, cause: str, culprit: str) -> None:
    first = explain(io.BytesIO(log.encode())).diagnoses[0]
    assert (first.cause, first.culprit) == (cause, culprit)


def test_a_failure_in_english_needs_no_note() -> None:
    assert not explain(io.BytesIO(b"frob exited with code 3\n")).notes


@pytest.mark.parametrize(
    "end",
    [
        "[3/10] Building C object b.o",
        "[ 30%] Building C object CMakeFiles/app.dir/b.c.o",
        "[9 / 40] 4 actions running",
        "Step 4/6 : RUN make",
        "-- Performing Test HAVE_STRLCPY",
        "internal/goarch\nnet/url\ncrypto/tls",
        "-- The CXX compiler identification is Clang 20.1.2",
        "-- Looking for sys/un.h",
        "checking for sys/un.h... ",
        "   Compiling syn v2.0.90",
        "  Installing build dependencies: still running...",
        "  Building wheel for lxml (pyproject.toml): started",
        "  Preparing metadata (setup.py) ... -",
        "checking whether wctob is declared... yes\nchecking for gawk... (cached) mawk",
        "node-pre-gyp info it worked if it ends with ok\nnode-pre-gyp info using node@20.20.2 | linux | x64",
    ],
)
def test_a_log_that_ends_where_more_follows_is_cut_off(end: str) -> None:
    assert outcome_of(f"{GOOD}{end}\n")[0] == "unknown"


@pytest.mark.parametrize(
    "end",
    [
        "[10/10] Linking target app",
        "[100%] Linking C executable app",
        "[3/10] Building C object b.o\ninstalled app",
        "Step 6/6 : RUN make\n ---> 0123456789ab",
        "-- Looking for sys/un.h - found",
        "checking for sys/un.h... yes\nconfig.status: creating Makefile",
        "  Preparing metadata (setup.py): finished with status 'done'",
        "   Compiling syn v2.0.90\n    Finished dev [unoptimized] target(s) in 1.03s",
        "gyp info it worked if it ends with ok\ngyp info using node-gyp@11.5.0\ngyp info ok",
    ],
)
def test_a_log_that_ends_with_the_last_step_is_whole(end: str) -> None:
    assert outcome_of(f"{GOOD}{end}\n")[0] == "succeeded"


@pytest.mark.parametrize(
    "end",
    [
        (
            " RUN  v1.6.1 /src\n\nstderr | test/a.test.js > rejects\nError: ENOENT: no such file or directory\n\n"
            " ✓ test/a.test.js  (2 tests | 1 skipped) 5ms\n\n Test Files  1 passed (1)\n"
            "      Tests  1 passed | 1 skipped (2)"
        ),
        (
            "t.f90:3:21:\n\n    3 |  integer :: i, unused\n      |                     1\n"
            "Warning: Unused variable 'unused' declared at (1) [-Wunused-variable]"
        ),
        " FAILED: 0  PASSED: 12",
    ],
)
def test_what_passing_tests_and_warnings_print_is_no_failure(end: str) -> None:
    assert outcome_of(f"{GOOD}{end}\n") == ("succeeded", 0)
