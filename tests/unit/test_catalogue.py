"""The catalogue that is shipped: what its data say, checked against other sources than itself."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from everylinux.errors import UsageError
from everylinux.images import catalogue, open_images
from everylinux.images.stored import file_name
from everylinux.target import Cpu, facts, version_key
from images.abilists import glibc_symbols
from images.crosscheck import read_differences
from roots.declaration import declaration

if TYPE_CHECKING:
    from everylinux.elf.file import ElfFile
    from everylinux.images.described import DescribedTree

# Debian's release notes and package tracker; the distributions' release notes.
GLIBC_RELEASES = {
    "debian:10": "2.28",
    "debian:11": "2.31",
    "debian:12": "2.36",
    "debian:13": "2.41",
    "distroless/cc-debian12": "2.36",
    "ubuntu:18.04": "2.27",
    "ubuntu:22.04": "2.35",
    "ubi:7": "2.17",
    "ubi:9": "2.34",
    "amazonlinux:2": "2.26",
    "fedora:41": "2.40",
    "ubuntu:26.04": "2.43",
    "fedora:45": "2.44",
    "busybox:glibc": "2.41",
}
# GCC's documentation of libstdc++: the newest node of GCC 10, 12, 14, 8 and 4.8.
RUNTIMES = {
    "debian:11": "3.4.28",
    "debian:12": "3.4.30",
    "debian:13": "3.4.33",
    "ubuntu:18.04": "3.4.25",
    "ubi:7": "3.4.19",
    "ubuntu:26.04": "3.4.35+",
}
# glibc's NEWS: the release in which each of these was added.
ADDED_TO_GLIBC = {
    "free_sized": "2.43",
    "strlcpy": "2.38",
    "closefrom": "2.34",
    "statx": "2.28",
    "getrandom": "2.25",
    "qsort_r": "2.8",
}
# The newest release in the ABI lists of the installed wheel.
NEWEST_LISTED = max(since for names in glibc_symbols().values() for added in names.values() for since in added)
# In the ABI lists, but only in libc_malloc_debug.so.0 since glibc 2.34 (NEWS).
MOVED_OUT = {"malloc_get_state", "malloc_set_state"}
# Part of libanl until glibc 2.34 (NEWS), which the ABI lists leave out.
MOVED_IN = {"gai_cancel", "gai_error", "gai_suspend", "getaddrinfo_a"}


LIBCS = {"glibc": "gnu", "musl": "musl"}


def cpu_of(platform: str) -> Cpu | None:
    return next((cpu for cpu in facts().cpus if cpu.platform == platform), None)


def every_tree() -> list[tuple[str, str]]:
    return [(name, platform) for name in catalogue.names() for platform in catalogue.open_entry(name).platforms()]


def test_the_families_of_base_images_are_there() -> None:
    groups = catalogue.groups()
    assert groups["debian"] == ("debian:10", "debian:11", "debian:12", "debian:13")
    assert groups["alpine"] == tuple(f"alpine:3.{minor}" for minor in range(17, 25))
    assert set(groups["all"]) == set(catalogue.names()) > set(groups["distroless"])
    assert catalogue.names()[0] == "scratch"


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("debian:bookworm-slim", "debian:12"),
        ("docker.io/library/debian:trixie", "debian:13"),
        ("gcr.io/distroless/cc-debian12", "distroless/cc-debian12"),
        ("distroless/static", "distroless/static-debian13"),
        ("registry.access.redhat.com/ubi9", "ubi:9"),
        ("ubuntu:jammy", "ubuntu:22.04"),
    ],
)
def test_usual_spellings_name_the_same_image(spelling: str, name: str) -> None:
    assert catalogue.canonical_name(spelling) == name


def test_an_unknown_name_suggests_close_ones() -> None:
    with pytest.raises(UsageError, match="no image 'debain:12'") as caught:
        catalogue.open_entry("debain:12")
    assert "debian:12" in caught.value.meaning


def test_a_platform_that_an_image_does_not_have_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        catalogue.open_entry("debian:11").tree("linux/riscv64")


def test_every_entry_has_the_digest_that_the_list_names() -> None:
    for name, listing in catalogue.listings().items():
        content = (catalogue.shipped_folder() / "entries" / file_name(name)).read_bytes()
        assert hashlib.sha256(content).hexdigest() == listing.digest
        assert listing.date
        assert listing.source


@pytest.mark.parametrize(
    ("name", "platform"),
    [pair for pair in every_tree() if cpu_of(pair[1]) and catalogue.listings()[pair[0]].libc in LIBCS],
)
def test_every_dynamic_image_has_the_loader_at_the_path_that_programs_name(name: str, platform: str) -> None:
    libc = LIBCS[catalogue.listings()[name].libc]
    cpu = cpu_of(platform)
    assert cpu is not None
    entry = catalogue.open_entry(name).tree(platform).find(cpu.libcs[libc].interpreter)
    assert entry is not None
    assert entry.executable
    file = entry.elf()
    assert (file.identity.machine, file.identity.bits, file.identity.endian) == (
        cpu.elf.machine,
        cpu.elf.bits,
        cpu.elf.endian,
    )
    loader = file.loader
    assert loader is not None
    assert loader.libc == libc


@pytest.mark.parametrize(("name", "platform"), every_tree())
def test_every_image_finds_its_own_libraries(name: str, platform: str) -> None:
    tree = catalogue.open_entry(name).tree(platform)
    folders = {path.rpartition("/")[0] for path, _ in tree.libraries()}
    offered = {entry for folder in folders for entry in tree.names(folder)}
    needed = {need for path, file in tree.libraries() if "/security/" not in path for need in file.needed}
    assert needed <= offered | {"libc.so"}


@pytest.mark.parametrize(("name", "release"), GLIBC_RELEASES.items())
def test_the_release_of_glibc_is_the_one_that_was_announced(name: str, release: str) -> None:
    assert catalogue.listings()[name].releases["glibc"] == release


@pytest.mark.parametrize(("name", "release"), RUNTIMES.items())
def test_the_cpp_runtime_is_that_of_its_gcc(name: str, release: str) -> None:
    assert catalogue.listings()[name].releases["GLIBCXX"] == release


@pytest.mark.parametrize("name", [name for name in GLIBC_RELEASES if "/" not in name])
@pytest.mark.parametrize(("symbol", "since"), ADDED_TO_GLIBC.items())
def test_a_symbol_is_there_from_the_release_that_added_it(name: str, symbol: str, since: str) -> None:
    found = exports_of(catalogue.open_entry(name).tree("linux/amd64"), "libc.so.6")
    assert (symbol in found) == (version_key(GLIBC_RELEASES[name]) >= version_key(since))


@pytest.mark.parametrize("name", [name for name in catalogue.names() if catalogue.listings()[name].libc == "glibc"])
def test_the_public_symbols_of_glibc_are_those_of_the_abi_lists(name: str) -> None:
    release = catalogue.listings()[name].releases["glibc"].removesuffix("+")
    limit = min((*version_key(release), 0), NEWEST_LISTED)
    image = catalogue.open_entry(name)
    for platform in image.platforms():
        cpu = cpu_of(platform)
        if cpu is None:
            continue
        target = f"{cpu.name}-linux-{cpu.libcs['gnu'].abi}"
        everywhere = {
            symbol for (listed_for, _), known in glibc_symbols().items() if listed_for == target for symbol in known
        }
        offered, listed = set(), set()
        for path, file in image.tree(platform).libraries():
            soname = file.soname or path.rpartition("/")[2]
            short = "ld" if soname.startswith("ld") else soname.removeprefix("lib").partition(".so")[0]
            known = glibc_symbols().get((target, short), {})
            listed |= {(symbol, since) for symbol, added in known.items() for since in added if since <= limit}
            offered |= public_symbols(file) if known else set()
        assert {symbol for symbol, _ in listed - offered} <= MOVED_OUT
        more = {symbol for symbol, since in offered - listed if since <= limit}
        # An image without librt still has librt's old versions of what moved into libc.
        assert more <= (MOVED_IN if name != "busybox:glibc" else MOVED_IN | everywhere)


def public_symbols(file: ElfFile) -> set[tuple[str, tuple[int, ...]]]:
    """Return the symbols under glibc's numbered nodes, without the marks that stand for the nodes themselves."""
    found = set()
    for symbol, exports in file.exports.items():
        for export in exports:
            numbers = (export.version or "").removeprefix("GLIBC_")
            if numbers[:1].isdigit() and symbol != export.version and "_version_placeholder" not in symbol:
                version = version_key(numbers)
                found.add((symbol, (*version, 0)[:3]))
    return found


def exports_of(tree: DescribedTree, soname: str) -> set[str]:
    return {symbol for _, file in tree.libraries() if file.soname == soname for symbol in file.exports}


def test_a_release_newer_than_any_measured_one_has_what_its_release_adds() -> None:
    # glibc 2.44, sysdeps/unix/sysv/linux/x86_64/64/libc.abilist and libm.abilist add symbols; older versions stay.
    tree = catalogue.open_entry("fedora:45").tree("linux/amd64")
    nodes = {file.soname: file.version_definitions for _, file in tree.libraries()}
    assert {"GLIBC_2.43", "GLIBC_2.44"} & {*nodes["libc.so.6"], *nodes["libm.so.6"]} >= {"GLIBC_2.43"}
    for _, file in tree.libraries():
        for symbol, exports in file.exports.items():
            defaults = [export for export in exports if not export.hidden and export.version]
            assert len(defaults) <= 1, (file.soname, symbol)


def test_what_documents_tell_was_compared_with_what_was_measured() -> None:
    differences = read_differences()
    # Debian's releases of glibc and musl by suite; the newest has nothing newer to be derived from.
    releases = {"glibc": {"bullseye": "2.31", "bookworm": "2.36", "trixie": "2.41"}}
    releases["musl"] = {"bullseye": "1.2.2", "bookworm": "1.2.3", "trixie": "1.2.5", "sid": "1.2.6"}
    suites = declaration().suites
    for libc, by_suite in releases.items():
        for suite, release in by_suite.items():
            newer = suites.get({"bullseye": "bookworm", "bookworm": "trixie", "trixie": "sid"}.get(suite, suite), ())
            for cpu in facts().cpus:
                if cpu.debian in suites[suite] and (libc == "musl" or cpu.debian in newer):
                    assert f"{libc} {release} {cpu.debian}" in differences.found
    explained = {one.name: one for one in differences.explanations}
    assert all(one.because for one in explained.values())
    assert set().union(*differences.found.values()) == explained.keys() == differences.examples.keys()


def test_differences_of_public_symbols_never_decide_a_verdict() -> None:
    # What only one of the two builds has is private, found in libc all the same, or Debian's own patch of musl.
    for name, examples in read_differences().examples.items():
        public = [one for one in examples if "@GLIBC_2" in one]
        assert not public or name in {
            "default",
            "moved-to-libc",
            "marks",
            "placeholders",
            "clock-compatibility",
            "memalign",
        }


@pytest.mark.parametrize(
    ("name", "there", "lacking"),
    [
        # The official images: tzdata is in Debian's, not in Ubuntu's before 24.04; certificates are in neither.
        ("debian:12", ("/usr/share/zoneinfo", "/etc/passwd", "/usr/lib/locale/C.utf8"), ("/etc/ssl/certs", "/etc/pki")),
        ("ubuntu:22.04", ("/etc/passwd",), ("/etc/ssl/certs/ca-certificates.crt", "/usr/share/zoneinfo/Europe")),
        ("distroless/static-debian12", ("/etc/ssl/certs/ca-certificates.crt", "/usr/share/zoneinfo"), ("/bin/sh",)),
        ("alpine:3.20", ("/etc/ssl/certs/ca-certificates.crt", "/bin/sh"), ("/usr/share/zoneinfo", "/usr/lib/locale")),
        ("ubi:9", ("/etc/pki/tls/certs/ca-bundle.crt",), ()),
        ("busybox:glibc", ("/bin/sh", "/etc/nsswitch.conf", "/tmp"), ("/etc/ssl/certs", "/usr/share/zoneinfo")),  # noqa: S108 - a folder of images
        ("scratch", (), ("/etc/passwd", "/tmp", "/bin/sh")),  # noqa: S108 - a folder of images
    ],
)
def test_what_programs_open_is_there_or_known_to_be_lacking(
    name: str, there: tuple[str, ...], lacking: tuple[str, ...]
) -> None:
    (image,) = open_images([name])
    tree = image.tree((image.platforms() or ("linux/amd64",))[0])
    for path in there:
        assert tree.find(path) is not None, path
        assert not tree.lacks(path), path
    for path in lacking:
        assert tree.find(path) is None, path
        assert tree.lacks(path), path


def test_what_is_not_documented_is_not_known_to_be_lacking() -> None:
    tree = catalogue.open_entry("ubi:9").tree("linux/amd64")
    assert not tree.lacks("/usr/share/zoneinfo")
    assert not tree.lacks("/etc/nsswitch.conf")
    assert not tree.lacks("/usr/lib64/libanything.so.1")


def test_the_order_of_name_services_is_kept() -> None:
    entry = catalogue.open_entry("debian:12").tree("linux/amd64").find("/etc/nsswitch.conf")
    assert entry is not None
    assert b"hosts:          files dns" in entry.head(4096)


def test_a_symbol_lives_where_it_lived_in_that_release() -> None:
    # glibc 2.34 NEWS: libpthread became part of libc.
    before = exports_of(catalogue.open_entry("ubi:8").tree("linux/s390x"), "libc.so.6")
    after = exports_of(catalogue.open_entry("ubi:9").tree("linux/s390x"), "libc.so.6")
    assert "pthread_create" not in before
    assert "pthread_create" in after


@pytest.mark.parametrize("cpu", ["x86_64", "x86", "aarch64", "arm"])
def test_musl_offers_what_its_release_notes_say(cpu: str) -> None:
    # musl WHATSNEW: 1.2.3 adds qsort_r, 1.2.5 adds statx, preadv2 and pwritev2; 1.2.4 takes the LFS64 names away.
    assert catalogue.musl_versions(cpu) == ("1.2.2", "1.2.3", "1.2.4", "1.2.5", "1.2.6")
    symbols = {version: catalogue.musl_symbols(version, cpu) for version in catalogue.musl_versions(cpu)}
    added = {"qsort_r": "1.2.3", "statx": "1.2.5", "preadv2": "1.2.5", "pwritev2": "1.2.5", "renameat2": "1.2.6"}
    for name, since in added.items():
        assert [version for version in symbols if name in symbols[version]] == [
            version for version in symbols if version_key(version) >= version_key(since)
        ]
    assert [version for version in symbols if "fopen64" in symbols[version]] == ["1.2.2", "1.2.3"]
    # musl has never had fts; Debian's patches add it.
    assert not any("fts_open" in names for names in symbols.values())
    assert all("crypt" in names for names in symbols.values())


@pytest.mark.parametrize(("cpu", "macro"), [("aarch64", "ARCH_aarch64"), ("powerpc64le", "ARCH_powerpc64")])
def test_musl_offers_what_the_compiler_links_against(cpu: str, macro: str) -> None:
    # The stub that zig links dynamic programs against; its other CPUs lack some names that only their assembly has.
    musl = resources.files("ziglang").joinpath("lib/libc/musl")
    assert musl.joinpath("src/internal/version.h").read_text().split() == ["#define", "VERSION", '"1.2.5"']
    command = [sys.executable, "-m", "ziglang", "cc", "-E", "-P", "-x", "assembler-with-cpp", f"-D{macro}", "-DPTR64"]
    stub = subprocess.run([*command, str(musl / "libc.S")], check=True, capture_output=True, text=True).stdout
    names = set(re.findall(r"^\s*\.(?:weak|globl)\s+(\S+)", stub, re.MULTILINE))
    assert catalogue.musl_symbols("1.2.5", cpu) == names


def test_an_unknown_release_of_musl_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"musl 1\.1\.9") as caught:
        catalogue.musl_symbols("1.1.9", "x86_64")
    assert "1.2.5" in caught.value.hint
