"""What was seen, and the verdict it means. The texts are those of the loaders, emulators and kernels themselves."""

from __future__ import annotations

import errno
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from everylinux.evidence import AskedBy
from everylinux.sandbox.emulator import Emulator, cpu_of_platform
from everylinux.sandbox.interface import Observation
from everylinux.sandbox.outcome import Subject, classify, refused_as_usage

PROGRAM = Subject(program="/app/it", interpreter="/lib64/ld-linux-x86-64.so.2", timeout=30.0)
EMULATED = Subject(
    program="/app/it",
    interpreter="/lib/ld-linux-aarch64.so.1",
    emulator=Emulator("qemu-aarch64", Path("/usr/bin/qemu-aarch64"), "7.2", cpu_of_platform("linux/arm64")),
)


@pytest.mark.parametrize(
    ("exit_status", "said", "code", "subject", "asked_by"),
    [
        (
            127,
            (
                "/app/it: error while loading shared libraries: libssl.so.3: cannot open shared object file: "
                "No such file or directory"
            ),
            "missing-library",
            "libssl.so.3",
            None,
        ),
        (
            1,
            "/app/it: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /app/it)",
            "symbol-version",
            "GLIBC_2.34",
            "/app/it",
        ),
        (
            127,
            "/app/it: symbol lookup error: /app/libx.so: undefined symbol: frobnicate, version X_1.0",
            "missing-symbol",
            "frobnicate",
            "/app/libx.so",
        ),
        (
            127,
            (
                "/app/it: relocation error: /app/it: symbol old, version V1 not defined in file libx.so.1 "
                "with link time reference"
            ),
            "missing-symbol",
            "old",
            "/app/it",
        ),
        (
            127,
            "/app/it: error while loading shared libraries: libx.so: wrong ELF class: ELFCLASS32",
            "exec-format",
            "libx.so",
            None,
        ),
        (
            127,
            (
                "/app/it: error while loading shared libraries: libx.so: cannot enable executable stack "
                "as shared object requires: Invalid argument"
            ),
            "executable-stack",
            "libx.so",
            None,
        ),
        (
            127,
            "/app/it: error while loading shared libraries: /app/l.so: cannot allocate memory in static TLS block",
            "static-tls",
            "/app/l.so",
            None,
        ),
        (
            127,
            "/app/it: error while loading shared libraries: libx.so: object file has no dynamic section",
            "corrupt-file",
            "libx.so",
            None,
        ),
        (
            127,
            "Error loading shared library libz.so.1: No such file or directory (needed by /app/it)",
            "missing-library",
            "libz.so.1",
            "/app/it",
        ),
        (
            127,
            "Error relocating /app/it: __asprintf_chk: symbol not found",
            "missing-symbol",
            "__asprintf_chk",
            "/app/it",
        ),
        (127, "Error relocating /app/it: unsupported relocation type 37", "abi-mismatch", "37", "/app/it"),
    ],
)
def test_a_loader_says_why(exit_status: int, said: str, code: str, subject: str, asked_by: str | None) -> None:
    outcome = classify(Observation(exit=exit_status, stderr=said.encode() + b"\n"), PROGRAM)
    assert outcome.verdict == "fails"
    (reason,) = outcome.reasons
    assert (reason.code, reason.subject, reason.message) == (code, subject, said)
    assert reason.asked_by == (AskedBy(file=asked_by) if asked_by else None)


def test_every_missing_library_of_musl_is_named_in_its_order() -> None:
    said = (
        b"Error loading shared library libb.so: No such file or directory (needed by /app/it)\n"
        b"Error loading shared library liba.so: No such file or directory (needed by /app/it)\n"
        b"Error relocating /app/it: b_call: symbol not found\n"
    )
    outcome = classify(Observation(exit=127, stderr=said), PROGRAM)
    assert [(reason.code, reason.subject) for reason in outcome.reasons] == [
        ("missing-library", "libb.so"),
        ("missing-library", "liba.so"),
        ("missing-symbol", "b_call"),
    ]


def test_a_warning_of_the_loader_comes_before_its_error() -> None:
    said = (
        b"/app/it: /lib/libx.so.1: no version information available (required by /app/it)\n"
        b"/app/it: symbol lookup error: /app/it: undefined symbol: gone\n"
    )
    assert classify(Observation(exit=127, stderr=said), PROGRAM).reasons[0].subject == "gone"


def test_so_does_a_warning_of_a_weak_version() -> None:
    said = (
        b"/app/it: /lib/libx.so.1: weak version `X_2' not found (required by /app/it)\n"
        b"/app/it: symbol lookup error: /app/it: undefined symbol: gone, version X_2\n"
    )
    assert classify(Observation(exit=127, stderr=said), PROGRAM).reasons[0].subject == "gone"


LOADER_WORDS = (
    b"error while loading shared libraries: libq.so: cannot open shared object file: No such file or directory"
)


@pytest.mark.parametrize(
    "seen",
    [
        Observation(exit=1),
        Observation(exit=127, stderr=b"sh: 1: foo: not found\n"),
        Observation(exit=127, stdout=b"hello\n", stderr=b"/app/it: " + LOADER_WORDS),
        Observation(exit=127, stderr=b"plugin: " + LOADER_WORDS),
        Observation(exit=3, stderr=b"/app/it: " + LOADER_WORDS),
        Observation(exit=0, stderr=b"/app/it: " + LOADER_WORDS),
        Observation(exit=127, stderr=b"starting\n/app/it: " + LOADER_WORDS),
    ],
    ids=["exit 1", "a shell's 127", "after output", "another program", "another status", "exit 0", "after a line"],
)
def test_what_started_has_started_whatever_it_says(seen: Observation) -> None:
    assert classify(seen, PROGRAM).verdict == "ok"


@pytest.mark.parametrize(
    ("number", "code", "subject"),
    [
        (errno.ENOENT, "no-interpreter", "/lib64/ld-linux-x86-64.so.2"),
        (errno.ENOEXEC, "exec-format", "/app/it"),
        (errno.EACCES, "not-executable", "/app/it"),
        (errno.ELIBBAD, "exec-format", "/lib64/ld-linux-x86-64.so.2"),
        (errno.EINVAL, "corrupt-file", "/app/it"),
    ],
)
def test_the_kernel_refuses(number: int, code: str, subject: str) -> None:
    (reason,) = classify(Observation(refused=number), PROGRAM).reasons
    assert (reason.code, reason.subject) == (code, subject)


def test_an_errno_that_is_not_the_files_fault_proves_nothing() -> None:
    assert classify(Observation(refused=errno.ETXTBSY), PROGRAM).verdict == "unknown"
    noexec = Subject(program="/app/it", no_execution=True)
    assert classify(Observation(refused=errno.EACCES), noexec).verdict == "unknown"


def test_a_damaged_file_that_the_kernel_kills_is_corrupt() -> None:
    damaged = Subject(program="/app/it", damage="a segment ends past the end of the file")
    outcome = classify(Observation(signal=signal.SIGBUS), damaged)
    assert [(reason.code, reason.note) for reason in outcome.reasons] == [("corrupt-file", damaged.damage)]


def test_carriage_returns_are_told() -> None:
    script = Subject(program="/app/run.sh", interpreter="/bin/sh\r", script=True)
    (reason,) = classify(Observation(refused=errno.ENOENT), script).reasons
    assert reason.code == "no-interpreter"
    assert "CRLF" in reason.note


@pytest.mark.parametrize(
    ("said", "interpreter"),
    [
        ("/usr/bin/env: 'node': No such file or directory", "/usr/bin/env"),
        ("env: can't execute 'node': No such file or directory", "/usr/bin/env"),
    ],
    ids=["coreutils", "busybox"],
)
def test_env_names_the_missing_command(said: str, interpreter: str) -> None:
    script = Subject(program="/app/run", interpreter=interpreter, script=True)
    (reason,) = classify(Observation(exit=127, stderr=said.encode() + b"\n"), script).reasons
    assert (reason.code, reason.subject) == ("missing-command", "node")


@pytest.mark.parametrize("said", ["invalid option -- 'S'", "unrecognized option: S"], ids=["glibc", "musl"])
def test_env_of_busybox_does_not_start_what_it_should_split(said: str) -> None:
    """As Debian's and Alpine's BusyBox 1.37 say it; its usage follows."""
    script = Subject(program="/app/run", interpreter="/usr/bin/env", script=True)
    heard = f"/usr/bin/env: {said}\nBusyBox v1.37.0 multi-call binary.\n".encode()
    outcome = classify(Observation(exit=1, stderr=heard), script)
    assert outcome.verdict == "fails"
    assert [(reason.code, reason.subject) for reason in outcome.reasons] == [("missing-command", "S")]


def test_a_signal_is_a_crash() -> None:
    (reason,) = classify(Observation(signal=signal.SIGSEGV, stdout=b"hello"), PROGRAM).reasons
    assert (reason.code, reason.subject) == ("crashed", "SIGSEGV")


@pytest.mark.parametrize(
    ("seen", "code", "subject"),
    [
        (Observation(timed_out=True), "timed-out", "30 s"),
        (Observation(timed_out=True, exceeded=frozenset({"processes"})), "resource-limit", "processes"),
        (Observation(exceeded=frozenset({"output"})), "resource-limit", "output"),
        (Observation(signal=signal.SIGKILL, exceeded=frozenset({"memory"})), "resource-limit", "memory"),
        (Observation(signal=signal.SIGXFSZ), "resource-limit", "file-size"),
    ],
)
def test_our_limits_are_told_apart_from_crashes(seen: Observation, code: str, subject: str) -> None:
    (reason,) = classify(seen, PROGRAM).reasons
    assert (reason.code, reason.subject) == (code, subject)


def test_a_limit_that_did_not_end_the_program_is_a_note() -> None:
    outcome = classify(Observation(exit=0, exceeded=frozenset({"memory"})), PROGRAM)
    assert outcome.verdict == "ok"
    assert "memory" in outcome.note


def test_the_emulators_word_for_a_missing_loader() -> None:
    said = b"qemu-aarch64: Could not open '/lib/ld-linux-aarch64.so.1': No such file or directory\n"
    (reason,) = classify(Observation(exit=255, stderr=said), EMULATED).reasons
    assert (reason.code, reason.subject) == ("no-interpreter", "/lib/ld-linux-aarch64.so.1")
    assert classify(Observation(exit=255, stderr=said), PROGRAM).verdict == "ok"


@pytest.mark.parametrize(
    "seen",
    [
        Observation(signal=signal.SIGSEGV),
        Observation(signal=signal.SIGABRT, stderr=b"**\nERROR:../../accel/tcg/cpu-exec.c:928:cpu_exec: assertion\n"),
        Observation(exit=1, stderr=b"qemu-aarch64: Unable to reserve 0x100000000 bytes of virtual address space\n"),
        Observation(exit=None, signal=signal.SIGKILL, exceeded=frozenset({"memory"})),
        Observation(exit=1, stderr=b"qemu-aarch64: allocate 134217728 bytes for jit buffer: Cannot allocate memory\n"),
        Observation(exit=1, stderr=b"Unhandled trap: 0x10007\n"),
        Observation(signal=signal.SIGABRT, stderr=b"qemu: unhandled CPU exception 0x10001 - aborting\nR0=0\n"),
        Observation(signal=signal.SIGABRT, stderr=b"qemu: qemu_thread_create: Resource temporarily unavailable\n"),
        Observation(signal=signal.SIGSEGV, stderr=b"QEMU internal SIGSEGV {code=MAPERR, addr=0x20}\n"),
    ],
)
def test_a_fault_of_the_emulator_is_not_the_programs(seen: Observation) -> None:
    outcome = classify(seen, EMULATED)
    assert outcome.verdict == "unknown"
    assert "qemu-aarch64" in outcome.note


@pytest.mark.parametrize(
    "said",
    [b"**\nERROR:../src/main.c:12:main: assertion failed: (a == b)\n", b"qemu: fatal: lies\n"],
    ids=["an assertion of GLib", "a forged fault"],
)
def test_what_only_looks_like_a_fault_of_the_emulator_is_the_programs(said: bytes) -> None:
    assert classify(Observation(exit=1, stderr=said), EMULATED).verdict == "ok"
    aborted = said + b"qemu: uncaught target signal 6 (Aborted) - core dumped\n"
    (reason,) = classify(Observation(signal=signal.SIGABRT, stderr=aborted), EMULATED).reasons
    assert (reason.code, reason.subject) == ("crashed", "SIGABRT")


def test_a_silent_death_is_the_programs_when_it_is_known_to_have_got_the_signal() -> None:
    died = Observation(signal=signal.SIGSEGV)
    assert classify(died, EMULATED).silent
    (reason,) = classify(died, replace(EMULATED, got_signal=True)).reasons
    assert (reason.code, reason.subject) == ("crashed", "SIGSEGV")


def test_a_signal_inside_the_emulation_is_the_programs() -> None:
    said = b"qemu: uncaught target signal 11 (Segmentation fault) - core dumped\n"
    (reason,) = classify(Observation(signal=signal.SIGSEGV, stderr=said), EMULATED).reasons
    assert (reason.code, reason.subject) == ("crashed", "SIGSEGV")


def test_a_wrong_cpu_model_is_the_users_mistake() -> None:
    said = b"qemu-aarch64: unable to find CPU model 'abacus'\n"
    assert "abacus" in classify(Observation(exit=1, stderr=said), EMULATED).misused


@pytest.mark.parametrize(
    ("exit_status", "said", "refused"),
    [
        (1, b"tool: unrecognized option '--version'\n", True),
        (2, b"flag provided but not defined: -version\nUsage of tool:\n", True),
        (64, b"usage: tool FILE\n", True),
        (2, b"mawk: not an option: --version\n", True),
        (2, b"Error: No such option: --version\n", True),
        (0, b"usage: tool FILE\n", False),
        (1, b"cannot connect to the database\n", False),
    ],
)
def test_an_option_refused_as_usage(exit_status: int, said: bytes, *, refused: bool) -> None:
    assert refused_as_usage(Observation(exit=exit_status, stderr=said)) is refused
