"""Each symbol that the judge of neutral modules knows, shown at work on both libcs: the same, or not, as it says.

The groups of ``neutral_symbols`` are compiled once and run in real root file systems, two releases of each libc.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pytest
from shown_symbols import GLIBC, MUSL, SECONDS, SOURCES, Group, group_names, groups, read, run_in

from everylinux.elf.neutral import libc_family
from everylinux.evidence import CheckReport
from everylinux.loader.history import glibc_versions, musl_span
from everylinux.neutral.judge import refusals
from everylinux.neutral.symbols import corners, difference
from everylinux.toolchains.find import find
from roots import make_root

if TYPE_CHECKING:
    from pathlib import Path

CPUS = [
    pytest.param("x86_64", marks=pytest.mark.e2e),
    pytest.param("aarch64", marks=pytest.mark.full),
    pytest.param("s390x", marks=pytest.mark.full),
]
pytestmark = [
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(
        platform.machine() != "x86_64", reason="the roots are run on x86-64, by emulators for the others"
    ),
]
# Debian 11 has glibc 2.31; for s390x there is none of it.
# Not for links before glibc 2.32 (its NEWS).
SINCE_THEN = {"lchmod"}
OLDER = {"x86_64": ("debian-bullseye-amd64",), "aarch64": ("debian-bullseye-arm64",), "s390x": ()}
# What the compiler or the module's own object asks for by another name (TLS descriptors; newlocale).
BY_ANOTHER_NAME = {"__tls_get_addr", "newlocale", "pthread_atfork"}


@pytest.fixture(scope="module", params=CPUS)
def cpu(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def shown(cpu: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Group]:
    return groups(cpu, tmp_path_factory.mktemp(cpu))


@pytest.mark.parametrize("name", group_names())
def test_what_is_judged_the_same_is_the_same(cpu: str, name: str, shown: dict[str, Group]) -> None:
    group = shown[name]
    same = [symbol for symbol in sorted(group.symbols()) if difference(cpu).get(symbol) == ""]
    for root, given in group.shown.items():
        for symbol in same:
            assert given.lines.get(symbol) == group.shown["bookworm"].lines.get(symbol), f"{symbol} on {root}"


def test_what_is_judged_otherwise_is_not_the_same(cpu: str, shown: dict[str, Group]) -> None:
    for group in shown.values():
        for symbol in sorted(group.symbols()):
            if difference(cpu).get(symbol):
                assert differs(group, symbol, "lines"), symbol


def test_each_corner_is_one(shown: dict[str, Group]) -> None:
    stated = {symbol for corner in corners() for symbol in corner.symbols.split()}
    found = set()
    for group in shown.values():
        for symbol in group.shown["bookworm"].corners:
            assert symbol in group.own or differs(group, symbol, "corners"), symbol
            found.add(symbol)
    assert found == stated


def test_each_symbol_is_shown(cpu: str, shown: dict[str, Group]) -> None:
    lines = {symbol for group in shown.values() for symbol in group.symbols()}
    stated = {symbol for entry in unshown() if cpu in entry.get("cpus", [cpu]) for symbol in entry["symbols"].split()}
    listed = {symbol for symbol in difference(cpu) if glibc_versions(symbol, cpu) and musl_span(symbol, cpu)}
    assert sorted(listed - lines - stated) == []
    assert sorted(lines & stated) == []
    assert sorted(lines - set(difference(cpu))) == []


def test_the_libc_is_asked_for_what_is_shown(cpu: str, shown: dict[str, Group]) -> None:
    for group in shown.values():
        asked = {symbol.name for symbol in group.linked.undefined}
        assert group.symbols() <= asked | group.own | BY_ANOTHER_NAME
        # Where long double is the compiler's to count with, all that its library has comes along.
        assert cpu != "x86_64" or not group.own


def test_the_judge_refuses_what_differs_and_nothing_else(cpu: str, shown: dict[str, Group]) -> None:
    for group in shown.values():
        asked = {symbol for symbol in group.linked.undefined if not symbol.weak}
        wanted = {symbol.name for symbol in asked if difference(cpu).get(symbol.name)}
        assert {one.subject for one in refusals(group.linked)} == wanted


@pytest.mark.parametrize(
    "name", ["math", "threads", "terminal", "processes", "wide", "memory", "files", "time", "large"]
)
def test_libraries_of_their_own_are_loaded(cpu: str, name: str, shown: dict[str, Group]) -> None:
    """Before glibc 2.34 libm, libpthread, libdl and libutil were; CPython has those, and the module names librt."""
    group = shown[name]
    apart = {symbol.library for symbol in group.linked.undefined} & libc_family().not_in_python
    assert bool(apart) == (name in {"memory", "files", "time", "large"})
    for older in OLDER[cpu]:
        assert check(group.path, older) == ("ok", [])
        given = read(run_in(older, group.path, "gnu").stdout).lines
        other = {symbol for symbol in given if given[symbol] != group.shown["bookworm"].lines[symbol]}
        assert sorted(other - SINCE_THEN) == []


def test_what_is_not_shown_has_its_reason() -> None:
    assert all(entry["why"] for entry in unshown())


def check(path: Path, root: str) -> tuple[str, list[str]]:
    """Return what `check` says of a module in a root: the verdict, and the symbols that are missing there."""
    command = [
        sys.executable,
        "-m",
        "everylinux",
        "check",
        str(path),
        "--image",
        f"dir:{make_root(root)}",
        "-o",
        "json",
    ]
    done = subprocess.run(command, check=False, capture_output=True, timeout=SECONDS)
    (verdict,) = msgspec.json.decode(done.stdout, type=CheckReport).files[0].verdicts
    return verdict.verdict, [reason.subject for reason in verdict.reasons if reason.code == "missing-symbol"]


def differs(group: Group, symbol: str, which: Literal["lines", "corners"]) -> bool:
    """Return whether a release of glibc gives something else than one of musl."""
    ours = [getattr(group.shown[root], which).get(symbol) for root in GLIBC]
    theirs = [getattr(group.shown[root], which).get(symbol) for root in MUSL if root in group.shown]
    return any(one != other for one in ours for other in theirs)


def unshown() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((SOURCES / "unshown.toml").read_text())["unshown"]
    return found
