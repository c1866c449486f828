"""What is known of symbols that glibc and musl both have: facts that their headers and manuals state."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from everylinux import data
from everylinux.neutral.absent import tried_in_vain
from everylinux.neutral.symbols import corners, difference

WIDE = ("x86_64", "aarch64", "riscv64", "s390x", "powerpc64le")
NARROW = ("x86", "arm")


@pytest.mark.parametrize("cpu", [*WIDE, *NARROW])
@pytest.mark.parametrize(
    "symbol", ["malloc", "memcpy", "printf", "fopen", "qsort", "environ", "pthread_mutex_lock", "stdout"]
)
def test_what_the_standard_leaves_no_room_in(cpu: str, symbol: str) -> None:
    assert difference(cpu)[symbol] == ""


@pytest.mark.parametrize(
    ("symbol", "cpus", "word"),
    [
        # regex.h and glob.h of both: other members.
        ("regcomp", WIDE + NARROW, "re_pattern_buffer"),
        ("glob", WIDE + NARROW, "gl_flags"),
        # time_t of 32 bits in glibc's default, of 64 in musl since 1.2.0.
        ("time", NARROW, ""),
        ("clock_gettime", NARROW, "timespec"),
        ("stat", ("x86",), "stat"),
        # glibc's long double of powerpc64le is one of 16 bytes, musl's is a double.
        ("sinl", ("powerpc64le",), "long double"),
        # bits/sigaction.h of s390: the flags before the mask.
        ("sigaction", ("s390x",), "sa_flags"),
        ("strerror_r", WIDE + NARROW, "__xpg_strerror_r"),
        # enum of ftw.h in glibc, numbers from one in musl's
        ("nftw", WIDE + NARROW, "FTW_F"),
        # math.h and bits/fenv.h of both
        ("ilogb", ("aarch64", "s390x"), "FP_ILOGB0"),
        ("feraiseexcept", ("s390x",), "FE_INVALID"),
        # musl's src/sched: ENOSYS
        ("sched_setscheduler", WIDE + NARROW, "ENOSYS"),
    ],
)
def test_what_differs(symbol: str, cpus: tuple[str, ...], word: str) -> None:
    for cpu in cpus:
        assert difference(cpu)[symbol], cpu
        assert word in difference(cpu)[symbol]


@pytest.mark.parametrize("symbol", ["sinl", "sigaction", "stat", "clock_gettime", "localtime_r", "feraiseexcept"])
def test_what_differs_on_other_cpus_only(symbol: str) -> None:
    assert difference("x86_64")[symbol] == ""
    assert difference("aarch64")[symbol] == ""


@pytest.mark.parametrize(
    "symbol", ["setjmp", "_setjmp", "__sigsetjmp", "longjmp", "siglongjmp", "sysinfo", "hsearch_r"]
)
def test_what_one_libc_fills_in_and_reads(symbol: str) -> None:
    """Its members are the library's own, and there is room for them (setjmp.h, search.h of both)."""
    assert {difference(cpu)[symbol] for cpu in WIDE} == {""}


@pytest.mark.parametrize("symbol", ["__memcpy_chk", "qsort_r_of_nobody", "gnu_get_libc_version", "strlcpy_chk"])
def test_what_one_of_them_lacks_is_not_known(symbol: str) -> None:
    assert symbol not in difference("x86_64")


def test_what_was_judged_by_hand_has_its_reason_and_source() -> None:
    judged = tomllib.loads(data.read("neutral/known.toml").decode())
    names: list[str] = []
    for entry in (*judged["same"], *judged["differs"]):
        assert entry["why"]
        assert entry["source"]
        names += entry["symbols"].split()
    assert sorted(names) == sorted(set(names))
    for corner in corners():
        assert corner.what
        assert corner.source
        assert {difference("x86_64")[symbol] for symbol in corner.symbols.split()} == {""}
    compared = msgspec.json.decode(data.read("neutral/symbols.json"))
    assert {cpu for cpus, _ in compared["alike"] for cpu in cpus} == {*WIDE, *NARROW}


def test_what_is_tried_in_vain() -> None:
    """backtrace(3): a GNU extension; musl's headers declare the others, or each neutral module brings them."""
    names = tried_in_vain("x86_64")
    assert {"backtrace", "qsort_r", "getpid", "strerror_r", "gnu_get_libc_version", "malloc_trim"} & set(names) == {
        "backtrace"
    }
