"""In which release a symbol came: checked against the libcs' own release notes, not against the data."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from everylinux.elf.file import Identity
from everylinux.loader.history import (
    cpu_name,
    gcc_history,
    glibc_history,
    glibc_versions,
    is_new,
    musl_history,
    musl_since,
    release_of,
    symbol_note,
    version_note,
)
from everylinux.target import facts, version_key

# glibc's NEWS, section "Version N": what it says was added, on CPUs that are older than that release.
ADDED = {
    "qsort_r": "2.8",
    "getrandom": "2.25",
    "reallocarray": "2.26",
    "statx": "2.28",
    "fcntl64": "2.28",
    "gettid": "2.30",
    "_Fork": "2.34",
    "closefrom": "2.34",
    "arc4random": "2.36",
    "pidfd_open": "2.36",
    "strlcpy": "2.38",
    "__isoc23_strtol": "2.38",
    "stdc_bit_ceil_ull": "2.39",
    "free_sized": "2.43",
}
# NEWS: the ports that were added, by the release that added them.
PORTS = {"aarch64": "2.17", "powerpc64le": "2.17", "riscv64": "2.27", "loongarch64": "2.36"}
# NEWS 2.34: libpthread, libdl, libutil and libanl became part of libc; 2.17: the clock_ functions left librt.
MOVED = {
    "pthread_create": ("pthread", "2.34"),
    "dlopen": ("dl", "2.34"),
    "openpty": ("util", "2.34"),
    "getaddrinfo_a": ("anl", "2.34"),
    "shm_open": ("rt", "2.34"),
    "clock_gettime": ("rt", "2.17"),
}


@pytest.mark.parametrize(("symbol", "release"), ADDED.items())
def test_a_symbol_is_first_in_the_release_whose_news_name_it(symbol: str, release: str) -> None:
    assert glibc_versions(symbol, "x86_64") == {"c": (release,)}
    assert is_new(f"GLIBC_{release}", symbol, "x86_64")
    note = version_note(f"GLIBC_{release}", symbol, "x86_64")
    assert note.startswith(f"{symbol} is first in glibc {release} (")


@pytest.mark.parametrize(("symbol", "home"), MOVED.items())
def test_a_symbol_that_moved_is_said_to_have_moved(symbol: str, home: tuple[str, str]) -> None:
    library, release = home
    note = version_note(f"GLIBC_{release}", symbol, "x86_64")
    assert note.startswith(f"{symbol} is in lib{library} before glibc {release} (")
    assert note.endswith(", in libc since")
    assert not is_new(f"GLIBC_{release}", symbol, "x86_64")


@pytest.mark.parametrize(("cpu", "release"), PORTS.items())
def test_what_is_as_old_as_a_port_is_not_called_new(cpu: str, release: str) -> None:
    assert version_note(f"GLIBC_{release}", "puts", cpu).startswith(f"glibc for {cpu} begins with {release} (")
    assert "GLIBC_" not in symbol_note("puts", "musl", "1.2.5", cpu)


def test_a_new_version_of_an_old_symbol_is_told_apart_from_a_new_symbol() -> None:
    # 2.34 NEWS and csu/Versions: __libc_start_main no longer runs constructors of static programs.
    note = version_note("GLIBC_2.34", "__libc_start_main", "x86_64")
    assert (
        note
        == "this version of __libc_start_main is first in glibc 2.34 (August 2021); an older one is there since 2.2.5"
    )
    assert not is_new("GLIBC_2.34", "__libc_start_main", "x86_64")


def test_the_first_version_of_a_symbol_may_differ_by_cpu() -> None:
    # 2.14 NEWS: the new memcpy is x86_64's alone; aarch64 came in 2.17.
    assert glibc_versions("memcpy", "x86_64") == {"c": ("2.2.5", "2.14")}
    assert glibc_versions("memcpy", "aarch64") == {"c": ("2.17",)}
    assert glibc_versions("memcpy", "x86") == {"c": ("2.0",)}
    # 2.34 NEWS: 64-bit time on 32-bit CPUs only.
    assert "c" in glibc_versions("__clock_gettime64", "arm")
    assert glibc_versions("__clock_gettime64", "x86_64") == {}


@pytest.mark.parametrize(
    ("version", "release"),
    [
        # https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html, and the nodes' own numbers in libgcc-std.ver.in
        ("GLIBCXX_3.4.19", ("GCC", "4.8.3")),
        ("GLIBCXX_3.4.21", ("GCC", "5.1")),
        ("GLIBCXX_3.4.30", ("GCC", "12.1")),
        ("CXXABI_1.3.9", ("GCC", "5.1")),
        ("CXXABI_1.3.13", ("GCC", "11.1")),
        ("GCC_3.0", ("GCC", "3.0")),
        ("GCC_4.2.0", ("GCC", "4.2")),
        ("GCC_12.0.0", ("GCC", "12.1")),
        ("GLIBC_ABI_DT_RELR", ("glibc", "2.36")),
        ("GLIBC_2.2.5", ("glibc", "2.2.5")),
        ("OPENSSL_3.0.0", ("", "")),
        ("GLIBC_9.99", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_version_has_the_release_that_brought_it(version: str, release: tuple[str, str]) -> None:
    assert release_of(version) == release


def test_every_node_that_gcc_has_belongs_to_one_family_in_order() -> None:
    for family in ("GLIBCXX", "CXXABI"):
        nodes = [node for node in gcc_history().nodes if node.startswith(f"{family}_")]
        numbers = [version_key(node.rpartition("_")[2]) for node in nodes]
        releases = [version_key(gcc_history().nodes[node]) for node in nodes]
        assert numbers == sorted(numbers)
        assert releases == sorted(releases)


@pytest.mark.parametrize(
    ("symbol", "first"),
    # musl's WHATSNEW
    [
        ("qsort_r", "1.2.3"),
        ("statx", "1.2.5"),
        ("preadv2", "1.2.5"),
        ("renameat2", "1.2.6"),
    ],
)
@pytest.mark.parametrize("cpu", [cpu.name for cpu in facts().cpus])
def test_musl_has_a_symbol_since_the_release_that_added_it(symbol: str, first: str, cpu: str) -> None:
    assert musl_since(symbol, cpu) == first
    assert symbol_note(symbol, "musl", "1.2.2", cpu).startswith(f"it is first in musl {first}")


def test_what_musl_never_had_names_glibc() -> None:
    # glibc 2.1 NEWS: backtrace; musl has no execinfo.h.
    assert musl_since("backtrace", "x86_64") is None
    note = symbol_note("backtrace", "musl", "1.2.5", "x86_64")
    assert note.startswith("no musl has it")
    assert note.endswith("glibc has it since 2.1")


def test_what_musl_took_away_is_said_so() -> None:
    # WHATSNEW 1.2.4: the LFS64 names are no longer there to link against.
    assert symbol_note("fopen64", "musl", "1.2.5", "x86_64").startswith("musl has it up to 1.2.3 only")


def test_what_no_libc_has_gets_no_sentence() -> None:
    for symbol in ("SSL_new", "_ZN3foo3barEv", "", " ", "puts gets"):
        assert symbol_note(symbol, "musl", "1.2.5", "x86_64") == ""
        assert symbol_note(symbol, "gnu", "2.36", "x86_64") == ""
        assert version_note("OPENSSL_3.0.0", symbol, "x86_64") == ""


def test_a_symbol_of_another_library_names_it() -> None:
    assert symbol_note("dlopen", "gnu", "2.31", "x86_64").startswith("it is in libdl before glibc 2.34 (August 2021)")
    assert symbol_note("sin", "gnu", "2.36", "x86_64").startswith("it is in glibc's libm")
    assert symbol_note("strlcpy", "gnu", "2.36", "x86_64") == "it is first in glibc 2.38 (August 2023)"


def test_cpus_are_known_by_what_their_elf_headers_say() -> None:
    # System V ABI supplements: e_machine, class and byte order.
    assert cpu_name(Identity(258, 64, "little")) == "loongarch64"
    assert cpu_name(Identity(8, 32, "big")) == "mips"
    assert cpu_name(Identity(8, 64, "little")) == "mips64el"
    assert cpu_name(Identity(62, 32, "little")) == "x32"
    assert cpu_name(Identity(1, 32, "big")) == ""
    for cpu in facts().cpus:
        assert cpu_name(Identity(cpu.elf.machine, cpu.elf.bits, cpu.elf.endian)) == cpu.name


def test_the_data_are_well_formed() -> None:
    glibc, musl, gcc = glibc_history(), musl_history(), gcc_history()
    for history in (glibc, musl, gcc):
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", history.date)
        assert all(history.sources.values())
        assert all(re.fullmatch(r"(?:19|20)\d\d-[01]\d|", month) for month in history.releases.values())
        assert list(history.releases) == sorted(history.releases, key=version_key)
    assert glibc.births.keys() == glibc.cpus.keys()
    for row in glibc.rows:
        assert row.since.keys() <= glibc.releases.keys()
        assert list(row.since) == sorted(row.since, key=version_key)
        assert all(0 <= cpu < len(glibc.cpus) for cpus in row.since.values() for cpu in cpus)
    for span in musl.rows:
        assert {span.first, span.last} <= {"", *musl.releases}
    assert set(gcc.nodes.values()) <= gcc.releases.keys()


def test_nothing_is_read_before_it_is_asked_for() -> None:
    code = (
        "import everylinux.loader.history as history, time\n"
        "for read in (history.glibc_history, history.musl_history, history.gcc_history):\n"
        "    assert read.cache_info().currsize == 0\n"
        "best = 9.0\n"
        "for _ in range(5):\n"
        "    history.glibc_history.cache_clear()\n"
        "    start = time.perf_counter(); history.glibc_history()\n"
        "    best = min(best, time.perf_counter() - start)\n"
        "print(best)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert float(done.stdout) < 0.03  # 1 ms where nothing else runs
