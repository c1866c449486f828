"""Which tags of a wheel are true: by the CPU, the libc, the libraries, versions and symbols of what is in it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from described_image import AARCH64, X86_64, library, with_undefined
from msgspec.structs import replace

from everylinux.elf.file import ElfFile, Identity, Notes, Undefined, VersionNeed
from everylinux.inputs.interface import UnpackedPackage
from everylinux.packages.architectures import architecture_of
from everylinux.packages.modules import Module
from everylinux.packages.policies import parse_platform, policies_of, tags_from
from everylinux.packages.wheel import judge_wheel

if TYPE_CHECKING:
    from everylinux.evidence import Package, Reason

ARM_HARD = Identity(40, 32, "little", flags=0x5000400)
ARM_SOFT = Identity(40, 32, "little", flags=0x5000200)
RISCV64 = Identity(243, 64, "little")


def libc6(*versions: str, needs: tuple[str, ...] = (), identity: Identity = X86_64, **fields: object) -> ElfFile:
    """Return a shared object for glibc that needs these versions, each for a symbol of its own."""
    file = library("", soname=None, needs=("libc.so.6", *needs), identity=identity, **fields)
    wanted = tuple(VersionNeed(_library(version), version) for version in versions)
    asked = (Undefined(f"f_{version}", version, _library(version)) for version in versions)
    return with_undefined(replace(file, version_needs=wanted), *asked)


def _library(version: str) -> str:
    known = {"GLIBCXX": "libstdc++.so.6", "CXXABI": "libstdc++.so.6", "GCC": "libgcc_s.so.1", "ZLIB": "libz.so.1"}
    return known.get(version.partition("_")[0], "libc.so.6")


def musl(*asks: str, relr: bool = False) -> ElfFile:
    file = library("", soname=None, needs=("libc.musl-x86_64.so.1",), relr=relr)
    return with_undefined(file, *(Undefined(name) for name in asks))


def static(identity: Identity = X86_64) -> ElfFile:
    return library("", soname=None, kind="static", identity=identity)


def exporting(file: ElfFile, *names: str) -> ElfFile:
    return replace(with_undefined(library("", *names), *file.undefined), **_headers(file))


def _headers(file: ElfFile) -> dict[str, object]:
    return {name: getattr(file, name) for name in ("identity", "needed", "version_needs", "soname", "notes", "relr")}


def module(path: str, file: ElfFile, libc: str | None) -> Module:
    return Module(path, file, architecture_of(file.identity), libc)


def gnu(path: str, file: ElfFile) -> Module:
    return module(path, file, "gnu")


def wheel(name: str, *modules: Module) -> Package:
    """Judge a wheel by the three last parts of its name, expanded as PEP 425 says."""
    tags = tuple("-".join(tag) for tag in itertools.product(*(part.split(".") for part in name.split("-"))))
    return judge_wheel(UnpackedPackage("w.whl", "", "wheel", Path("/nowhere"), tags=tags), modules)


def subjects(package: Package) -> list[str]:
    return [reason.subject for reason in package.reasons]


def only(package: Package) -> Reason:
    assert package.truth is False
    assert len(package.reasons) == 1, package.reasons
    assert package.reasons[0].code == "wheel-tag"
    return package.reasons[0]


# PEP 513, 571 and 599: the newest versions that each tag lets a wheel ask for.
@pytest.mark.parametrize(
    ("tag", "allowed", "refused"),
    [
        ("manylinux1", "GLIBC_2.5", "GLIBC_2.6"),
        ("manylinux1", "GLIBCXX_3.4.8", "GLIBCXX_3.4.10"),
        ("manylinux1", "CXXABI_1.3.1", "CXXABI_1.3.2"),
        ("manylinux2010", "GLIBC_2.12", "GLIBC_2.13"),
        ("manylinux2010", "GLIBCXX_3.4.13", "GLIBCXX_3.4.14"),
        ("manylinux2010", "CXXABI_1.3.3", "CXXABI_1.3.4"),
        ("manylinux2014", "GLIBC_2.17", "GLIBC_2.18"),
        ("manylinux2014", "GLIBCXX_3.4.19", "GLIBCXX_3.4.20"),
        ("manylinux2014", "CXXABI_1.3.7", "CXXABI_1.3.8"),
        ("manylinux2014", "GCC_4.8.0", "GCC_7.0.0"),
        ("manylinux_2_28", "GLIBC_2.28", "GLIBC_2.29"),
    ],
)
def test_each_tag_has_its_newest_versions(tag: str, allowed: str, refused: str) -> None:
    runtime = ("libstdc++.so.6", "libgcc_s.so.1")
    assert wheel(f"py3-none-{tag}_x86_64", gnu("p/m.so", libc6(allowed, needs=runtime))).truth is True
    reason = only(wheel(f"py3-none-{tag}_x86_64", gnu("p/m.so", libc6(refused, needs=runtime))))
    assert reason.subject == f"{tag}_x86_64"
    assert refused in reason.message
    assert reason.asked_by is not None
    assert (reason.asked_by.file, reason.asked_by.symbol) == ("p/m.so", f"f_{refused}")


def test_the_exact_floor_of_pep_600_is_true_and_the_next_policys_too() -> None:
    package = wheel("py3-none-manylinux_2_29_x86_64", gnu("m.so", libc6("GLIBC_2.29")))
    assert package.truth is True
    assert package.true_tags == ("manylinux_2_29_x86_64", "manylinux_2_31_x86_64")


def test_a_glibc_newer_than_every_policy_still_has_its_tag() -> None:
    package = wheel("py3-none-manylinux_2_40_x86_64", gnu("m.so", libc6("GLIBC_2.99")))
    assert subjects(package) == ["manylinux_2_40_x86_64"]
    assert package.true_tags == ("manylinux_2_99_x86_64",)


def test_older_names_come_with_the_exact_ones() -> None:
    assert tags_from("manylinux", (2, 17), "aarch64") == ("manylinux_2_17_aarch64", "manylinux2014_aarch64")
    assert tags_from("manylinux", (0,), "x86_64") == ("manylinux_2_5_x86_64", "manylinux1_x86_64")


def test_each_tag_of_a_set_is_judged() -> None:
    package = wheel("py3-none-manylinux2014_x86_64.manylinux_2_28_x86_64", gnu("m.so", libc6("GLIBC_2.28")))
    assert subjects(package) == ["manylinux2014_x86_64"]
    assert package.tags == ("manylinux2014_x86_64", "manylinux_2_28_x86_64")
    assert package.true_tags == ("manylinux_2_28_x86_64",)


def test_a_weak_version_need_does_not_count() -> None:
    file = replace(libc6("GLIBC_2.5"), version_needs=(VersionNeed("libc.so.6", "GLIBC_2.35", weak=True),))
    assert wheel("py3-none-manylinux1_x86_64", gnu("m.so", file)).truth is True


def test_a_library_of_the_system_must_be_one_that_the_tag_has() -> None:
    reason = only(wheel("py3-none-manylinux2014_x86_64", gnu("m.so", libc6("GLIBC_2.17", needs=("libssl.so.3",)))))
    assert "libssl.so.3" in reason.message
    assert only(wheel("py3-none-manylinux2014_x86_64", gnu("m.so", libc6(needs=("libmvec.so.1",))))).asked_by
    assert wheel("py3-none-manylinux_2_24_x86_64", gnu("m.so", libc6(needs=("libmvec.so.1",)))).truth is True
    assert wheel("py3-none-manylinux1_x86_64", gnu("m.so", libc6(needs=("ld-linux-x86-64.so.2",)))).truth is True


def test_without_a_portable_tag_the_plain_one_is_left() -> None:
    package = wheel("py3-none-manylinux2014_x86_64", gnu("m.so", libc6(needs=("libssl.so.3",))))
    assert package.true_tags == ("linux_x86_64",)
    assert wheel("py3-none-linux_x86_64", gnu("m.so", libc6(needs=("libssl.so.3",)))).truth is True


def test_what_the_wheel_brings_is_not_the_systems() -> None:
    user = libc6("GLIBC_2.17", needs=("libfoo-1a2b3c4d.so.1", "libstdc++-9f8e7d6c.so.6.0.33"))
    need = VersionNeed("libstdc++-9f8e7d6c.so.6.0.33", "GLIBCXX_3.4.32")
    user = replace(user, version_needs=(*user.version_needs, need))
    package = wheel(
        "py3-none-manylinux2014_x86_64",
        gnu("p/m.so", user),
        gnu("p.libs/libfoo-1a2b3c4d.so.1", libc6("GLIBC_2.14")),
        gnu("p.libs/libstdc++-9f8e7d6c.so.6.0.33", libc6("GLIBC_2.17")),
    )
    assert package.truth is True


def test_a_library_is_known_by_its_soname_too() -> None:
    brought = replace(libc6(), soname="libfoo.so.1")
    user = gnu("p/m.so", libc6(needs=("libfoo.so.1",)))
    assert wheel("py3-none-manylinux1_x86_64", user, gnu("p/libfoo.so.1.2.3", brought)).truth is True


def test_a_hosts_libpython_is_forbidden() -> None:
    reason = only(wheel("py3-none-manylinux2014_x86_64", gnu("m.so", libc6(needs=("libpython3.12.so.1.0",)))))
    assert "libpython3.12.so.1.0" in reason.message
    assert "do not link extensions with libpython" in reason.hint


def test_a_symbol_that_not_every_build_has_is_forbidden() -> None:
    # auditwheel's issues: zlib's inner functions are no part of its interface.
    file = with_undefined(libc6(needs=("libz.so.1",)), Undefined("inflate_table"))
    assert "inflate_table" in only(wheel("py3-none-manylinux_2_28_x86_64", gnu("m.so", file))).message
    # Without libz.so.1 it is the file's own business where it comes from.
    file = with_undefined(libc6(), Undefined("inflate_table"))
    assert wheel("py3-none-manylinux_2_28_x86_64", gnu("m.so", file)).truth is True


def test_dt_relr_needs_glibc_2_36() -> None:
    package = wheel("py3-none-manylinux_2_28_x86_64", gnu("m.so", libc6("GLIBC_2.17", relr=True)))
    assert "DT_RELR" in only(package).message
    assert package.true_tags[0] == "manylinux_2_36_x86_64"


def test_a_cpu_tag_means_the_oldest_cpu() -> None:
    file = replace(libc6("GLIBC_2.17"), notes=Notes(x86_level=3))
    reason = only(wheel("py3-none-manylinux2014_x86_64", gnu("m.so", file)))
    assert "x86-64-v3" in reason.message
    assert wheel("py3-none-linux_x86_64", gnu("m.so", file)).truth is True


def test_armv7l_means_hard_floats() -> None:
    assert wheel("py3-none-manylinux2014_armv7l", gnu("m.so", libc6(identity=ARM_HARD))).truth is True
    reason = only(wheel("py3-none-manylinux2014_armv7l", gnu("m.so", libc6(identity=ARM_SOFT))))
    assert "soft-float" in reason.message


def test_files_for_another_cpu_make_the_tag_false() -> None:
    package = wheel("py3-none-manylinux2014_x86_64", gnu("p/m.so", libc6("GLIBC_2.17", identity=AARCH64)))
    assert "aarch64" in only(package).message
    assert package.true_tags == ("manylinux_2_17_aarch64", "manylinux2014_aarch64")


def test_a_glibc_file_makes_a_musllinux_tag_false_and_the_reverse() -> None:
    assert "glibc" in only(wheel("py3-none-musllinux_1_2_x86_64", gnu("m.so", libc6("GLIBC_2.17")))).message
    package = wheel("py3-none-manylinux2014_x86_64", module("m.so", musl("puts"), "musl"))
    assert "musl" in only(package).message
    assert package.true_tags == ("musllinux_1_2_x86_64",)


def test_prebuilt_files_for_other_systems_may_lie_in_a_wheel() -> None:
    own = gnu("p/prebuilds/linux-x64/m.glibc.so", libc6("GLIBC_2.17"))
    others = (
        module("p/prebuilds/linux-x64/m.musl.so", musl("puts"), "musl"),
        module("p/prebuilds/android-arm64/m.so", library("", identity=AARCH64, soname=None), "android"),
        module("p/linux-riscv64/m.so", libc6("GLIBC_2.27", identity=RISCV64), "gnu"),
    )
    assert wheel("py3-none-manylinux2014_x86_64", own, *others).truth is True


def test_a_musl_file_in_a_glibc_wheel_that_says_nothing_of_itself_is_no_prebuilt_file() -> None:
    own = gnu("p/m.so", libc6("GLIBC_2.17"))
    package = wheel("py3-none-manylinux2014_x86_64", own, module("p/other.so", musl("puts"), "musl"))
    assert "p/other.so" in only(package).message


def test_an_extension_for_another_cpu_is_never_a_prebuilt_file() -> None:
    own = gnu("p/linux-x64/lib.so", libc6("GLIBC_2.17"))
    stray = exporting(libc6("GLIBC_2.17", identity=AARCH64), "PyInit_m")
    package = wheel("cp312-cp312-manylinux2014_x86_64", own, gnu("p/aarch64/m.so", stray))
    assert "p/aarch64/m.so" in only(package).message


def test_a_static_program_is_for_both_libcs() -> None:
    package = wheel("py3-none-manylinux1_x86_64.musllinux_1_1_x86_64", module("bin/tool", static(), None))
    assert package.truth is True
    assert package.true_tags == ("manylinux_2_5_x86_64", "manylinux1_x86_64", "musllinux_1_1_x86_64")


def test_musllinux_knows_musls_own_libraries_and_zlib_only() -> None:
    good = replace(musl("puts"), needed=("libc.musl-x86_64.so.1", "libz.so.1"))
    bad = replace(musl("puts"), needed=("libc.so", "libstdc++.so.6"))
    assert wheel("py3-none-musllinux_1_2_x86_64", module("m.so", good, "musl")).truth is True
    assert "libstdc++.so.6" in only(wheel("py3-none-musllinux_1_2_x86_64", module("m.so", bad, "musl"))).message


# musl's WHATSNEW: preadv2 in 1.2.5, DT_RELR in 1.2.4; alpine:3.17 has 1.2.3.
@pytest.mark.parametrize(("relr", "asked"), [(False, "preadv2"), (True, "puts")])
def test_a_musllinux_tag_means_every_musl_of_that_minor_release(asked: str, *, relr: bool) -> None:
    package = wheel("py3-none-musllinux_1_2_x86_64", module("m.so", musl(asked, relr=relr), "musl"))
    assert "1.2.3" in only(package).message
    assert package.true_tags == ("linux_x86_64",)


def test_what_the_oldest_mainstream_musl_has_is_granted() -> None:
    # musl's WHATSNEW: qsort_r in 1.2.3.
    assert wheel("py3-none-musllinux_1_2_x86_64", module("m.so", musl("qsort_r"), "musl")).truth is True


def test_a_neutral_module_may_name_a_library_that_musl_answers_to() -> None:
    """musl ldso/dynlink.c, load_library: librt.so.1 is the loader itself, whatever number the name ends in."""
    asks = (VersionNeed("libc.so.6", "GLIBC_2.17", weak=True),)
    file = library("", soname=None, needs=("librt.so.1",), version_needs=asks)
    tags = "cp311-cp311-manylinux_2_17_x86_64.musllinux_1_2_x86_64"
    assert wheel(tags, module("m.so", file, None)).truth is True
    other = library("", soname=None, needs=("libresolv.so.2",), version_needs=asks)
    assert "libresolv.so.2" in only(wheel("cp311-cp311-musllinux_1_2_x86_64", module("m.so", other, None))).message


def test_what_the_wheel_defines_itself_is_not_asked_of_musl() -> None:
    own = module("m.so", musl("preadv2"), "musl")
    brought = module("w.libs/libcompat.so", exporting(musl(), "preadv2"), "musl")
    assert wheel("py3-none-musllinux_1_2_x86_64", own, brought).truth is True


def test_any_means_no_file_for_one_cpu() -> None:
    package = wheel("py3-none-any", gnu("p/lib.so", libc6("GLIBC_2.17")))
    assert only(package).subject == "py3-none-any"
    assert package.true_tags == ("manylinux_2_17_x86_64", "manylinux2014_x86_64")
    pure = wheel("py3-none-any")
    assert (pure.truth, pure.true_tags) == (True, ("any",))


def test_tags_of_other_systems_are_not_judged() -> None:
    assert wheel("py3-none-win_amd64", gnu("lib.so", libc6("GLIBC_2.17"))).truth is None
    assert wheel("cp312-cp312-macosx_11_0_arm64").truth is None


def test_an_unknown_cpu_is_never_true() -> None:
    assert wheel("py3-none-manylinux2014_vax", gnu("m.so", libc6("GLIBC_2.17"))).truth is False


CPYTHON_312 = "m.cpython-312-x86_64-linux-gnu.so"


def extension(name: str, *asks: str) -> Module:
    file = exporting(libc6("GLIBC_2.17"), f"PyInit_{name.partition('.')[0]}")
    return gnu(f"p/{name}", with_undefined_and_exports(file, asks))


def with_undefined_and_exports(file: ElfFile, asks: tuple[str, ...]) -> ElfFile:
    return with_undefined(file, *file.undefined, *(Undefined(name) for name in asks))


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("cp312-cp312", CPYTHON_312),
        ("cp312-cp312", "m.abi3.so"),
        ("cp312-cp312", "m.so"),
        ("cp313-cp313t", "m.cpython-313t-x86_64-linux-gnu.so"),
        ("cp38-abi3", "m.abi3.so"),
        ("cp315-abi3.abi3t", "m.abi3t.so"),
        ("cp315-cp315t", "m.abi3t.so"),
        ("pp310-pypy310_pp73", "m.pypy310-pp73-x86_64-linux-gnu.so"),
        ("cp37-cp37m", "m.cpython-37m-x86_64-linux-gnu.so"),
    ],
)
def test_python_imports_an_extension_of_its_own_name(tag: str, name: str) -> None:
    assert wheel(f"{tag}-manylinux2014_x86_64", extension(name)).truth is True


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("cp311-cp311", CPYTHON_312),
        ("cp313-cp313t", "m.cpython-313-x86_64-linux-gnu.so"),
        ("cp313-cp313t", "m.abi3.so"),
        ("cp38-abi3", "m.cpython-38-x86_64-linux-gnu.so"),
        ("cp311-abi3", "m.abi3t.so"),
        ("cp315-abi3t", "m.abi3.so"),
        ("pp310-pypy310_pp73", CPYTHON_312),
    ],
)
def test_python_does_not_import_an_extension_named_for_another(tag: str, name: str) -> None:
    reason = only(wheel(f"{tag}-manylinux2014_x86_64", extension(name)))
    assert reason.subject == tag
    assert name in reason.message


def test_an_extension_for_several_pythons_may_lie_there_once_for_each() -> None:
    both = (extension(CPYTHON_312), extension("m.cpython-311-x86_64-linux-gnu.so"))
    assert wheel("cp311.cp312-cp311.cp312-manylinux2014_x86_64", *both).truth is True


def test_none_means_no_extension() -> None:
    reason = only(wheel("py3-none-manylinux2014_x86_64", extension(CPYTHON_312)))
    assert (reason.subject, reason.hint) == ("py3-none", "tag the wheel cp312-cp312")
    assert reason.asked_by is not None
    assert reason.asked_by.symbol == "PyInit_m"


def test_the_modules_of_a_python_that_the_wheel_brings_are_its_own_business() -> None:
    file = exporting(libc6("GLIBC_2.17"), "PyInit__ssl")
    own = gnu("python/lib/python3.12/lib-dynload/_ssl.cpython-312-x86_64-linux-gnu.so", file)
    assert wheel("py3-none-manylinux2014_x86_64", own).truth is True


def test_an_abi3_module_asks_for_the_stable_abi_only() -> None:
    reason = only(wheel("cp38-abi3-manylinux2014_x86_64", extension("m.abi3.so", "PyUnicode_AsUTF8")))
    assert reason.subject == "cp38-abi3"
    assert reason.asked_by is not None
    assert reason.asked_by.symbol == "PyUnicode_AsUTF8"


def test_an_abi3_module_asks_for_what_its_python_had() -> None:
    # docs.python.org: PyType_GetModuleState is in the stable ABI since 3.10.
    reason = only(wheel("cp38-abi3-manylinux2014_x86_64", extension("m.abi3.so", "PyType_GetModuleState")))
    assert "3.10" in reason.message
    assert "cp310-abi3" in reason.hint
    assert wheel("cp310-abi3-manylinux2014_x86_64", extension("m.abi3.so", "PyType_GetModuleState")).truth is True


def test_pypys_names_are_not_for_cpython() -> None:
    assert "PyPyList_New" in only(wheel("cp312-cp312-manylinux2014_x86_64", extension("m.so", "PyPyList_New"))).message


@pytest.mark.parametrize(
    ("tag", "kind", "cpu", "floor"),
    [
        ("manylinux_2_17_x86_64", "manylinux", "x86_64", (2, 17)),
        ("manylinux2014_aarch64", "manylinux", "aarch64", (2, 17)),
        ("manylinux1_i686", "manylinux", "i686", (2, 5)),
        ("musllinux_1_2_armv7l", "musllinux", "armv7l", (1, 2)),
        ("linux_riscv64", "linux", "riscv64", ()),
        ("any", "any", "", ()),
        ("win_amd64", "other", "", ()),
        ("android_21_arm64_v8a", "other", "", ()),
        ("manylinux_" + "9" * 5000 + "_1_x86_64", "other", "", ()),
    ],
)
def test_platform_tags_are_read(tag: str, kind: str, cpu: str, floor: tuple[int, ...]) -> None:
    found = parse_platform(tag)
    assert (found.kind, found.cpu, found.floor) == (kind, cpu, floor)


# PEP 599, "The manylinux2014 policy": the libraries that a wheel may link to.
PEP_599 = """libgcc_s.so.1 libstdc++.so.6 libm.so.6 libdl.so.2 librt.so.1 libc.so.6 libnsl.so.1 libutil.so.1
libpthread.so.0 libresolv.so.2 libX11.so.6 libXext.so.6 libXrender.so.1 libICE.so.6 libSM.so.6 libGL.so.1
libgobject-2.0.so.0 libgthread-2.0.so.0 libglib-2.0.so.0"""


def test_the_libraries_of_pep_599_are_there() -> None:
    since = policies_of("manylinux").libraries
    assert all(tuple(map(int, since[name].split("."))) <= (2, 17) for name in PEP_599.split())
