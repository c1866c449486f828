"""Reading logs: sizes, encodings, wrappers, and what counts as a failure."""

from __future__ import annotations

import io

import pytest

from everylinux.diagnosis import explain
from everylinux.diagnosis.cleaning import clean
from everylinux.diagnosis.patterns import compiled, literals
from everylinux.diagnosis.reading import CHUNK_BYTES, read_chunks
from everylinux.errors import UsageError

TOLD = "/usr/bin/ld: cannot find -lfoo: No such file or directory"
FAILED = f"{TOLD}\ncollect2: error: ld returned 1 exit status\n"


def cause_of(log: str | bytes) -> tuple[str, int]:
    explanation = explain(io.BytesIO(log.encode() if isinstance(log, str) else log))
    if not explanation.diagnoses:
        return explanation.outcome, 0
    return explanation.diagnoses[0].cause, explanation.diagnoses[0].evidence[0].line


@pytest.mark.parametrize(
    "written",
    [
        f"{TOLD}\r",
        f"\x1b[1m{TOLD}\x1b[0m",
        f"2026-01-02T03:04:05.1234567Z {TOLD}",
        f"2026-01-02T03:04:05.123456Z 01O {TOLD}",
        f"build\tRun make\t2026-01-02T03:04:05.1234567Z {TOLD}",
        f"#12 [stage 2/3] 3.456 {TOLD}",
        f"#12 3.456 {TOLD}",
        f"[2026-01-02T03:04:05.123Z] {TOLD}",
        f"03:04:05  {TOLD}",
        f"Jan  2 03:04:05 {TOLD}",
        f"app-1  | {TOLD}",
        f"| {TOLD}",
        f"      {TOLD}",
        f"  = note: {TOLD}",
        f"warning: foo-sys@1.2.3: {TOLD}",
        f"npm ERR! {TOLD}",
        f"##[error]{TOLD}",
        f"section_start:1560896352:build\r\x1b[0K{TOLD}",
        f"10%\r50%\r{TOLD}",
    ],
)
def test_what_wraps_a_line_is_taken_off(written: str) -> None:
    assert clean(written.encode()) == TOLD


def test_nothing_that_a_terminal_obeys_is_left() -> None:
    assert clean("a\x1b]0;t\x07b\x9b31mc\u202ed\u2028e\x00\x7f".encode()) == "ab31mcde"


def test_a_failure_is_told_at_its_line_whatever_wraps_it() -> None:
    log = "".join(f"2026-01-02T03:04:05.1234567Z {line}\r\n" for line in ["cc -c a.c", *FAILED.splitlines()])
    assert cause_of(log) == ("dev-package-missing", 2)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_is_read(encoding: str) -> None:
    assert cause_of(f"cc -c a.c\n{FAILED}".encode(encoding)) == ("dev-package-missing", 2)


def test_lines_are_counted_through_chunks() -> None:
    filler = "cc -O2 -c file.c -o file.o\n"
    count = 2 * CHUNK_BYTES // len(filler) + 5
    assert cause_of(filler * count + FAILED) == ("dev-package-missing", count + 1)


def test_an_endless_line_comes_in_pieces() -> None:
    chunks = list(read_chunks(io.BytesIO(b"x" * (3 * CHUNK_BYTES))))
    assert max(map(len, chunks)) <= 2 * CHUNK_BYTES
    assert cause_of(b"x" * (3 * CHUNK_BYTES) + b"\n" + FAILED.encode()) == ("dev-package-missing", 2)


def test_what_is_said_very_often_is_still_found_at_the_end() -> None:
    noise = "a.c:1:1: error: expected ';' before 'x'\nmake: [Makefile:1: a.o] Error 1 (ignored)\n"
    lines = 2 * 3000
    assert cause_of(noise * 3000 + "cc b.c\n" * 100 + FAILED) == ("dev-package-missing", lines + 101)


@pytest.mark.parametrize(
    "log",
    [
        "",
        "cc -c error.c -o error.o\ncc -Werror -c a.c\n[100%] Built target app\n",
        "checking for foo in -lfoo... no\nchecking for a C compiler... gcc\nconfig.status: creating Makefile\n",
        "rm: cannot remove 'x': No such file\nmake: [Makefile:9: clean] Error 1 (ignored)\ncc -o app a.c\n",
        "error: flaky\nmake: *** [Makefile:1: a] Error 1\nretrying\nBUILD SUCCESS\n",
        "test error_is_told ... ok\ntest result: ok. 1 passed; 0 failed; 0 ignored\n",
        "-- Looking for execinfo.h - not found\n-- Could NOT find Foo (missing: FOO)\n-- Configuring done\n",
        "dial tcp 127.0.0.1:1: connect: connection refused\n--- PASS: TestGone\nok  \texample.com/a\t0.1s\n",
        "OSError: [Errno 28] No space left on device\n==== 11 passed, 1 xfailed in 0.52s ====\n",
        "a.example:443... failed: Connection timed out.\nRetrying.\n200 OK\n",
        "curl: (7) Failed to connect to a.example\nWarning: Will retry in 1 seconds. 2 retries left.\n100  1k\n",
        "./configure: line 9: pkg-config: command not found\nchecking for rpl_malloc... no\nconfig.status: ok\n",
        "fatal: not a git repository\ncc -c a.c\n",
        "cc: error: unrecognized command line option '-fx'\n" + 70 * "CC a.o\n" + "make[1]: Leaving directory '/a'\n",
        "Could not connect to a.example:80\nW: They have been ignored, or old ones used instead.\nSetting up a (1)\n",
        "Error: connect ECONNREFUSED 127.0.0.1:80: Connection refused\nTests:       12 passed, 12 total\n",
        "gyp ERR! not ok\nnpm WARN optional SKIPPING OPTIONAL DEPENDENCY: a\nadded 300 packages in 20s\n",
        "lint: error: 3\nsh: 1: lint: not found\n\x1b[0KJob succeeded",
        'SKIPPING OPTIONAL DEPENDENCY: Unsupported platform for a@1.2.4: wanted {"os":"darwin"} (current: {})\n',
        "lint: error: 3\nsh: 1: lint: not found\n[0KJob succeeded",
        # GCC's ld warns in Chinese of a place in a file of Go.
        "# a/b\n/go/src/os/user/getgrouplist_unix.go:16: 警告：Using 'getgrouplist'\n",  # noqa: RUF001
    ],
)
def test_a_good_log_has_succeeded(log: str) -> None:
    assert cause_of(log) == ("succeeded", 0)


# As CMake's CheckIPOSupported shows what it tried, in the build of ninja.
SHOWN_TRIAL = """\
-- IPO / LTO not supported: <Change Dir: '/build/CMakeFiles/_CMakeLTOTest-CXX/bin'

Run Build Command(s): /usr/bin/cmake -E env VERBOSE=1 /usr/bin/gmake -f Makefile
[ 50%] Linking CXX static library libfoo.a
/usr/bin/llvm-ar: error: libfoo.a: Opaque pointers are only supported in -opaque-pointers mode (Producer: 'LLVM20.1.2' \
Reader: 'LLVM 14.0.6')
gmake[2]: *** [CMakeFiles/foo.dir/build.make:104: libfoo.a] Error 1
gmake: *** [Makefile:94: all] Error 2

>
"""


def test_what_a_configuration_shows_of_its_trials_is_no_failure() -> None:
    on = "-- Performing Test flag_color\n-- Configuring done\n"
    assert cause_of(f"{SHOWN_TRIAL}{on}[100%] Built target ninja\n") == ("succeeded", 0)
    assert cause_of(f"{SHOWN_TRIAL}{on}{FAILED}")[0] == "dev-package-missing"
    assert cause_of(SHOWN_TRIAL)[0] == "lto-llvm-version-mismatch", "where nothing follows, it may be what ended it"


def test_what_has_other_reasons_as_often_is_not_guessed() -> None:
    trial = "checking whether the C compiler works... no\nconfigure: error: C compiler cannot create executables\n"
    assert cause_of(f"checking for gcc... gcc\n{trial}")[0] == "libc-dev-missing"
    assert cause_of(f"+ ./configure LDFLAGS=-fuse-ld=mold\nchecking for gcc... gcc\n{trial}") == ("unknown", 0)
    link = "gcc -o app main.o libutil.a\nld: libutil.a: error adding symbols: file format not recognized\n"
    assert cause_of(f"{link}collect2: error: ld returned 1 exit status\n") == ("unknown", 0)
    packages = "dpkg-buildpackage: error: debian/rules binary subprocess returned exit status 2\n"
    assert cause_of(f"{packages}mv: cannot stat '../*.deb': No such file or directory\n") == ("unknown", 0)


def test_what_was_said_before_cmake_came_to_its_end_is_over() -> None:
    begin = "-- Found Git: /usr/bin/git\n/usr/bin/python3: No module named pmachine\n-- Performing Test HAVE_A\n"
    end = "FAILED: a.c.o\nerror: unknown target CPU 'znver4'\nninja: build stopped: subcommand failed.\n"
    generated = "-- Generating done (0.1s)\n-- Build files have been written to: /src/build\n"
    assert cause_of(f"{begin}{generated}{end}")[0] == "x86-flags-hardcoded"
    assert cause_of(f"{begin}-- Configuring incomplete, errors occurred!\n")[0] == "not-portability/missing-module"


def test_a_log_that_breaks_off_is_unknown() -> None:
    assert cause_of("cc -c a.c\ncc -c b") == ("unknown", 0)
    assert cause_of("cc -c a.c\n[output clipped, log limit 2MiB reached]\n") == ("unknown", 0)


def test_what_is_tried_again_may_fail_all_the_same() -> None:
    again = "curl: (7) Failed to connect to a.example\nWarning: Will retry in 1 seconds. 1 retries left.\n"
    assert cause_of(f"{again}curl: (7) Failed to connect to a.example\n") == ("not-portability/network", 1)


@pytest.mark.parametrize(
    "again",
    [
        "##[warning]Attempt 1 failed. Reason: Child_process exited with error code 7\n##[group]Attempt 2\n",
        "Attempt 2 of 3\n",
        'The command "make" failed. Retrying, 2 of 3.\n',
    ],
)
def test_of_a_step_that_is_run_again_the_last_failure_counts(again: str) -> None:
    before = "curl: (7) Failed to connect to a.example port 443 after 0 ms: Couldn't connect to server\n"
    log = f"{before}make: *** [Makefile:2: get] Error 7\n{again}{FAILED}make: *** [Makefile:5: all] Error 1\n"
    cause, line = cause_of(log)
    assert (cause, line) == ("dev-package-missing", log.splitlines().index(FAILED.splitlines()[0]) + 1)


def test_a_failed_step_is_not_forgiven_for_a_passed_test() -> None:
    assert cause_of(f"{FAILED}ok  \texample.com/a\t0.1s\n") == ("dev-package-missing", 1)


@pytest.mark.parametrize(
    "line",
    ["env: can't execute 'bash\r': No such file or directory", "./run.sh: 2: ./run.sh: \r: not found"],
)
def test_a_carriage_return_in_a_message_is_that_of_the_script(line: str) -> None:
    assert cause_of(f"{line}\n") == ("script-crlf-line-endings", 1)


@pytest.mark.parametrize(
    "overcome",
    [
        "sh: 1: bison: not found\n" + 70 * "cc -c a.c\n",
        "curl: (7) Failed to connect to a.example\nWarning: Will retry in 1 seconds.\n" + 70 * "make[1]: b\n",
        "dial tcp 127.0.0.1:1: connect: connection refused\nok  \texample.com/a\t0.1s\n",
        "a.c:1:10: fatal error: Python.h: No such file or directory\nSuccessfully installed a\n",
        "ERROR: Could not find a version that satisfies the requirement a==9\nSuccessfully installed a-8\n",
        (
            "checking how to run it... zig: error: version '.2.17' in target triple 'a.2.17' is invalid\n"
            "GNU/Linux ld.so\nchecking for stdio.h... yes\n"
        ),
        (
            "checking whether ld is GNU ld... yes\nzig: error: version '.2.17' in target triple 'a.2.17' is invalid\n"
            "checking whether the linker supports shared libraries... yes\n"
        ),
        "./configure: line 9: AX_ITS_OWN: command not found\nchecking for a... yes\nconfig.status: creating Makefile\n",
    ],
)
def test_what_the_build_got_over_is_not_why_it_failed_later(overcome: str) -> None:
    assert cause_of(overcome + FAILED) == ("dev-package-missing", overcome.count("\n") + 1)


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (
            "sh: 1: bison: not found\n" + 30 * "cc -c a.c\n" + "make: *** [Makefile:3: p.c] Error 127\n",
            "host-tool-missing",
        ),
        (
            "WARNING: Retrying after Temporary failure in name resolution\nERROR: Could not build wheels for a\n",
            "not-portability/network",
        ),
        (f"{FAILED}Successfully installed a\nmake: *** [Makefile:9: all] Error 2\n", "dev-package-missing"),
        (
            (
                "./configure: line 9: intltool-update: command not found\nchecking for intltool >= 0.35.0...  found\n"
                "configure: error: Your intltool is too old.  You need intltool 0.35.0 or later.\n"
            ),
            "host-tool-missing",
        ),
        (
            "checking for zlib... configure: error: zlib not found\n" + 5 * "checking for a... yes\n"
            "make: *** [Makefile:9: all] Error 2\n",
            "dev-package-missing",
        ),
    ],
)
def test_what_a_step_failed_of_is_not_forgotten(log: str, cause: str) -> None:
    assert cause_of(log) == (cause, 1)


def test_what_a_failed_configuration_did_not_make_is_no_cause() -> None:
    refused = "checking for frobs... configure: error: the frobnicator refuses to go on\n"
    missing = "make: *** No targets specified and no makefile found.  Stop.\n"
    assert cause_of(refused + missing) == ("unknown", 0)
    assert cause_of(missing) == ("not-portability/missing-source-file", 1)


def test_two_failures_are_two() -> None:
    log = (
        "/usr/bin/ld: cannot find -lfoo: No such file or directory\n"
        "make[1]: *** [Makefile:3: one] Error 1\n"
        "cc -c two.c\n"
        "two.c:1:10: fatal error: execinfo.h: No such file or directory\n"
        "make[1]: *** [Makefile:6: two.o] Error 1\n"
    )
    explanation = explain(io.BytesIO(log.encode()))
    assert [diagnosis.cause for diagnosis in explanation.diagnoses] == ["dev-package-missing", "glibc-only-header"]


def test_what_follows_from_a_failure_is_folded_under_it() -> None:
    explanation = explain(io.BytesIO(f"{FAILED}make: *** [Makefile:2: app] Error 1\n".encode()))
    (diagnosis,) = explanation.diagnoses
    assert [line.line for line in diagnosis.consequences] == [2, 3]


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        (
            (
                "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after"
                " connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]"
                " certificate verify failed: self-signed certificate in certificate chain (_ssl.c:1006)'))':"
                " /simple/pybind11/"
            ),
            "not-portability/corporate-proxy-tls",
        ),
        (
            "WARNING: 401 Error, Credentials not correct for https://packages.example.org/simple/pybind11/",
            "not-portability/access-denied",
        ),
    ],
)
def test_nothing_is_found_where_nobody_answers(refusal: str, cause: str) -> None:
    log = f"""{refusal}
ERROR: Could not find a version that satisfies the requirement pybind11>=2.12 (from versions: none)
ERROR: No matching distribution found for pybind11>=2.12
"""
    assert [diagnosis.cause for diagnosis in explain(io.BytesIO(log.encode())).diagnoses] == [cause]


@pytest.mark.parametrize("pattern", ["(?=x)abcd", "(?<!x)abcd", r"(abcd)\1"])
def test_what_cannot_run_in_linear_time_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="is refused"):
        compiled(pattern)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("cannot find -l(?P<library>[^ ]+)", {"cannot find -l"}),
        ("(?:undefined reference|multiple definition) of", {"undefined reference", "multiple definition"}),
        ("a+b*", set()),
        ("(?i)error: no", set()),
    ],
)
def test_the_texts_that_a_match_contains_are_read_off_its_pattern(pattern: str, found: set[str]) -> None:
    assert set(literals(pattern)) == found


@pytest.mark.parametrize(
    "log",
    [
        b"\x00\xff\xfe" * 1000,
        b"\x1b]0;" + b"A" * 100000,
        b"\x1b[" * 50000,
        b"(" * 100000,
        b"error: " * 50000,
        b"undefined reference to `" * 20000,
        bytes(range(256)) * 400,
        b"\r" * 100000,
        b"\x08" * 100000,
    ],
)
def test_junk_is_read_without_a_word(log: bytes) -> None:
    assert explain(io.BytesIO(log)).outcome in {"failed", "succeeded", "unknown"}


@pytest.mark.parametrize(
    ("target", "cause"),
    [("x86_64-unknown-linux-gnu", "dev-package-missing"), ("armv7-unknown-linux-gnueabihf", "target-library-missing")],
)
def test_captures_of_two_conditions_are_compared(target: str, cause: str) -> None:
    log = f"""Could not find directory of OpenSSL installation, and this `-sys` crate cannot
$HOST = x86_64-unknown-linux-gnu
$TARGET = {target}
"""
    assert cause_of(log) == (cause, 1)
