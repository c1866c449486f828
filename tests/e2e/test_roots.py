"""Real roots: made whole, and the catalogue answers as they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerDefSection, GNUVerSymSection
from elftools.elf.sections import SymbolTableSection

from everylinux.elf.file import ElfFacts
from everylinux.errors import EverylinuxError
from everylinux.images import catalogue
from everylinux.images.directory import DirectoryImage, DirectoryTree
from everylinux.loader import check_file
from everylinux.loader.risks.facts import described
from images.measured import measured_facts
from roots import make_root, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import Risk, Verdict

pytestmark = pytest.mark.e2e

# The short run: the roots of two suites and three kinds of CPU (64 and 32 bits, little and big endian).
MEASURED = [
    ("debian:12", "debian-bookworm-amd64", "linux/amd64"),
    ("debian:12", "debian-bookworm-armhf", "linux/arm/v7"),
    ("debian:13", "debian-trixie-s390x", "linux/s390x"),
    ("distroless/base-nossl-debian12", "distroless-base-bookworm-arm64", "linux/arm64"),
    ("distroless/cc-debian13", "distroless-cc-ssl-trixie-riscv64", "linux/riscv64"),
]


def whole_grid() -> list[tuple[str, str, str]]:
    known = measured_facts()
    return [
        (image.name, f"{image.flavour}-{image.suite}-{architecture}", known.platforms[architecture])
        for image in known.measured
        for architecture in image.architectures
    ]


def root_of(name: str) -> Path:
    try:
        return make_root(name)
    except EverylinuxError as error:
        pytest.skip(f"{name} cannot be made here: {error.message}")


def same_packages(name: str, root: str, platform: str) -> Path:
    """Return a root that is made of the packages that were measured."""
    path = root_of(root)
    if catalogue.open_entry(name).packages(platform) != read_manifest(root).packages:
        pytest.skip(f"the archive has newer packages than those measured for {name}: run tools/update_images.py")
    return path


def facts_of(file: ElfFile) -> tuple[object, ...]:
    """Return everything that a loader reads in a file, in no particular order."""
    undefined = {
        (one.name, one.version, one.library, one.weak, one.data is None, one.plt is None, one.copy)
        for one in file.undefined
    }
    exports = {name: set(found) for name, found in file.exports.items()}
    fields = {name: getattr(file, name) for name in ElfFacts.__struct_fields__}
    return fields, undefined, exports, file.tables.relocation_types


def compare(name: str, root: Path, platform: str) -> int:
    """Compare the image with the root, library by library; return how many there were."""
    real = DirectoryTree(root)
    compared = 0
    for path, file in catalogue.open_entry(name).tree(platform).libraries():
        entry = real.find(path)
        assert entry is not None, path
        assert facts_of(file) == facts_of(entry.elf()), path
        compared += 1
    return compared


@pytest.mark.parametrize(("name", "root", "platform"), MEASURED, ids=lambda value: value.replace("/", "-"))
def test_every_library_of_an_image_is_as_in_its_root(name: str, root: str, platform: str) -> None:
    # glibc alone has more than fifteen libraries.
    assert compare(name, same_packages(name, root, platform), platform) > 15


@pytest.mark.full
@pytest.mark.parametrize(("name", "root", "platform"), whole_grid(), ids=lambda value: value.replace("/", "-"))
def test_every_measured_image_is_as_its_root(name: str, root: str, platform: str) -> None:
    compare(name, same_packages(name, root, platform), platform)


@pytest.mark.parametrize(
    ("name", "root", "platform", "library"),
    [
        ("debian:12", "debian-bookworm-amd64", "linux/amd64", "libc.so.6"),
        ("debian:12", "debian-bookworm-armhf", "linux/arm/v7", "libstdc++.so.6"),
        ("debian:13", "debian-trixie-s390x", "linux/s390x", "libm.so.6"),
    ],
)
def test_symbols_are_those_that_another_reader_finds(name: str, root: str, platform: str, library: str) -> None:
    offered = {
        (symbol, export.version, export.hidden)
        for _, file in catalogue.open_entry(name).tree(platform).libraries()
        if file.soname == library
        for symbol, exports in file.exports.items()
        for export in exports
    }
    assert offered == symbols_by_pyelftools(next(same_packages(name, root, platform).glob(f"usr/lib/*/{library}")))


def symbols_by_pyelftools(path: Path) -> set[tuple[str, str | None, bool]]:
    """Return name, version and hidden bit of every definition that others may bind to."""
    found: set[tuple[str, str | None, bool]] = set()
    with path.open("rb") as stream:
        file = ELFFile(stream)
        versions = next(one for one in file.iter_sections() if isinstance(one, GNUVerSymSection))
        defined = next(one for one in file.iter_sections() if isinstance(one, GNUVerDefSection))
        names = {entry["vd_ndx"]: next(names).name for entry, names in defined.iter_versions()}
        symbols = next(one for one in file.iter_sections("SHT_DYNSYM") if isinstance(one, SymbolTableSection))
        for position, symbol in enumerate(symbols.iter_symbols()):
            index = versions.get_symbol(position)["ndx"]
            visible = symbol["st_info"]["bind"] != "STB_LOCAL" and symbol["st_shndx"] != "SHN_UNDEF"
            if not visible or index == "VER_NDX_LOCAL":
                continue
            number = 1 if index == "VER_NDX_GLOBAL" else index & 0x7FFF
            found.add((symbol.name, names[number] if number > 1 else None, number > 1 and bool(index & 0x8000)))
    return found


@pytest.mark.parametrize(("name", "root", "platform"), MEASURED[:3], ids=lambda value: value.replace("/", "-"))
def test_the_measured_packages_are_of_the_suite(name: str, root: str, platform: str) -> None:
    root_of(root)
    measured, made = catalogue.open_entry(name).packages(platform), read_manifest(root).packages
    # A point release changes what comes after the last hyphen, never the release of these.
    for package in ("libc6", "libgcc-s1", "libstdc++6", "coreutils"):
        assert measured[package].rpartition("-")[0] == made[package].rpartition("-")[0]


def loader_risks(verdict: Verdict) -> list[Risk]:
    """Return the risks of the loader's own: what programs open, the packages' scripts make, and no root has."""
    return [risk for risk in verdict.risks if risk.code not in described()]


def verdict(file: Path, image: object, platform: str) -> Verdict:
    return check_file(file, [image], platforms=[platform]).verdicts[0]  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("image", "root", "platform", "programs"),
    [
        ("debian:12", "debian-bookworm-amd64", "linux/amd64", "debian-trixie-amd64"),
        ("debian:13", "debian-trixie-s390x", "linux/s390x", "debian-bookworm-s390x"),
        ("distroless/base-nossl-debian12", "distroless-base-bookworm-arm64", "linux/arm64", "debian-bookworm-arm64"),
    ],
)
def test_a_name_and_its_root_give_the_same_answer(image: str, root: str, platform: str, programs: str) -> None:
    by_name, by_folder = catalogue.open_entry(image), DirectoryImage("root", same_packages(image, root, platform))
    seen = set()
    for file in sorted((root_of(programs) / "usr/bin").iterdir()):
        if file.is_symlink() or not file.is_file():
            continue
        named, real = (verdict(file, one, platform) for one in (by_name, by_folder))
        assert (named.verdict, told(named), loader_risks(named)) == (real.verdict, told(real), loader_risks(real)), file
        seen.add(named.verdict)
    # Programs of another suite fail on this one, scripts and those of the same libraries start.
    assert seen == {"ok", "fails"}


def told(found: Verdict) -> list[tuple[str, str]]:
    return [(reason.code, reason.subject) for reason in found.reasons]


def test_a_root_is_made_once_and_says_where_it_is_from() -> None:
    root = root_of("alpine-like-bookworm-amd64")
    made = root.stat().st_ino
    assert make_root("alpine-like-bookworm-amd64").stat().st_ino == made
    manifest = read_manifest("alpine-like-bookworm-amd64")
    assert set(manifest.packages) == {"busybox-static", "musl"} == set(manifest.digests)
    assert manifest.packages["musl"].startswith("1.2.3-")
    loader = DirectoryTree(root).find("/lib/libc.musl-x86_64.so.1")
    assert loader is not None
    assert loader.elf().loader is not None
    assert not (root / "etc/ld-musl-x86_64.path").exists()


def test_an_architecture_that_a_suite_lacks_is_one_clear_error() -> None:
    with pytest.raises(EverylinuxError, match="no root file system"):
        make_root("debian-bullseye-riscv64")
