"""Whether a system's or npm's package holds files for the CPU and libc that it declares."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from described_image import AARCH64, I386, X86_64, library

from everylinux.elf.file import Identity
from everylinux.evidence import CheckedFile
from everylinux.inputs.interface import UnpackedPackage
from everylinux.packages import judge_package
from everylinux.packages.architectures import architecture_of, mentions_cpu, mentions_libc
from everylinux.packages.declared import judge_declared
from everylinux.packages.modules import Module

PPC64LE = Identity(21, 64, "little")


def module(path: str, identity: Identity = X86_64, libc: str | None = "gnu") -> Module:
    return Module(path, library("", soname=None, identity=identity), architecture_of(identity), libc)


def package(kind: str, arch: str, directory: Path = Path("/nowhere")) -> UnpackedPackage:
    return UnpackedPackage("p", "", kind, directory, arch=arch)


def npm(folder: Path, **manifest: object) -> UnpackedPackage:
    (folder / "package").mkdir()
    (folder / "package" / "package.json").write_text(json.dumps({"name": "p", "version": "1.0.0", **manifest}))
    return package("npm", "", folder)


@pytest.mark.parametrize(
    ("kind", "arch", "identity"),
    [
        ("deb", "amd64", X86_64),
        ("deb", "arm64", AARCH64),
        ("deb", "i386", I386),
        ("deb", "ppc64el", PPC64LE),
        ("rpm", "aarch64", AARCH64),
        ("rpm", "i686", I386),
        ("rpm", "x86_64", X86_64),
        ("apk", "x86", I386),
        ("apk", "ppc64le", PPC64LE),
    ],
)
def test_the_declared_cpu_is_that_of_the_files(kind: str, arch: str, identity: Identity) -> None:
    assert judge_declared(package(kind, arch), [module("usr/bin/x", identity)]).truth is True


@pytest.mark.parametrize(("kind", "arch"), [("deb", "arm64"), ("rpm", "ppc64le"), ("apk", "aarch64"), ("deb", "all")])
def test_a_file_for_another_cpu_makes_it_false(kind: str, arch: str) -> None:
    judged = judge_declared(package(kind, arch), [module("usr/bin/x")])
    assert judged.truth is False
    (reason,) = judged.reasons
    assert (reason.code, reason.subject) == ("exec-format", arch)
    assert reason.asked_by is not None
    assert reason.asked_by.file == "usr/bin/x"


def test_a_64_bit_package_may_hold_32_bit_programs_for_the_same_kernel() -> None:
    # Debian's libc6-i386 is for amd64.
    assert judge_declared(package("deb", "amd64"), [module("usr/lib32/libc.so.6", I386)]).truth is True
    assert judge_declared(package("deb", "i386"), [module("usr/lib/libc.so.6", X86_64)]).truth is False


def test_files_whose_path_names_their_cpu_are_meant_for_it() -> None:
    # Debian's libc6-arm64-cross is for all.
    cross = module("usr/aarch64-linux-gnu/lib/libc.so.6", AARCH64)
    assert judge_declared(package("deb", "all"), [cross]).truth is True


def test_without_a_known_declaration_there_is_nothing_to_judge() -> None:
    assert judge_declared(package("deb", ""), [module("usr/bin/x")]).truth is None
    assert judge_declared(package("deb", "hurd-amd64"), [module("usr/bin/x")]).truth is None
    assert judge_declared(package("tar", ""), [module("usr/bin/x")]).truth is None


def test_npm_names_cpus_as_node_does(tmp_path: Path) -> None:
    declared = npm(tmp_path, os=["linux"], cpu=["x64"])
    assert judge_declared(declared, [module("package/a.node")]).truth is True
    judged = judge_declared(declared, [module("package/a.node", AARCH64)])
    assert [reason.code for reason in judged.reasons] == ["exec-format"]


def test_npm_may_say_which_cpus_are_not_meant(tmp_path: Path) -> None:
    declared = npm(tmp_path, cpu="!arm64")
    assert judge_declared(declared, [module("package/a.node")]).truth is True
    assert judge_declared(declared, [module("package/a.node", AARCH64)]).truth is False


def test_npm_may_name_the_libc(tmp_path: Path) -> None:
    declared = npm(tmp_path, libc=["musl"])
    assert judge_declared(declared, [module("package/a.node", libc="musl")]).truth is True
    assert judge_declared(declared, [module("package/tool", libc=None)]).truth is True
    judged = judge_declared(declared, [module("package/a.node", libc="gnu")])
    assert [(reason.code, reason.subject) for reason in judged.reasons] == [("abi-mismatch", "musl")]


@pytest.mark.parametrize("manifest", [{}, {"os": ["darwin"], "cpu": ["x64"]}])
def test_npm_without_a_word_about_linux_is_not_judged(tmp_path: Path, manifest: dict[str, object]) -> None:
    assert judge_declared(npm(tmp_path, **manifest), [module("package/a.node", AARCH64)]).truth is None


@pytest.mark.parametrize("text", ["{", '{"cpu": 7}', "[" * 100_000, '{"cpu": ["x64", {"deep": 1}]}'])
def test_a_manifest_that_cannot_be_read_declares_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "package.json").write_text(text)
    assert judge_declared(package("npm", "", tmp_path), [module("a.node", AARCH64)]).truth is None


def test_x86_is_no_part_of_x86_64() -> None:
    x86 = architecture_of(I386)
    x86_64 = architecture_of(X86_64)
    assert x86 is not None
    assert x86_64 is not None
    assert not mentions_cpu("prebuilds/linux-x86_64/m.node", x86)
    assert not mentions_cpu("prebuilds/linux-x86-64/m.node", x86)
    assert mentions_cpu("prebuilds/linux-x86/m.node", x86)
    assert mentions_cpu("prebuilds/linux-x64/m.node", x86_64)
    assert not mentions_cpu("lib/arms/m.so", x86_64)
    assert mentions_libc("prebuilds/linux-x64/m.musl.node", "musl")
    assert not mentions_libc("lib/x86_64/muslin.so", "musl")


def checked(member: str) -> CheckedFile:
    return CheckedFile(path="p", member=member, sha256="", kind="shared-object", arch=None, libc=None, interpreter=None)


def test_files_are_read_where_they_lie_and_never_outside(tmp_path: Path) -> None:
    program = Path(shutil.which("true") or "/bin/true").resolve()
    root = tmp_path / "root"
    (root / "usr/bin").mkdir(parents=True)
    shutil.copyfile(program, tmp_path / "outside")
    (root / "usr/bin/link").symlink_to(tmp_path / "outside")
    (root / "usr/bin/damaged").write_bytes(b"\x7fELF\x02")
    wrong = UnpackedPackage("p", "inner.deb", "deb", root, arch="s390x")
    members = ("usr/bin/link", "usr/bin/damaged", "usr/bin/gone", "../outside")
    files = [checked(f"inner.deb!/{name}") for name in members]
    assert judge_package(wrong, files).truth is True
    shutil.copyfile(program, root / "usr/bin/real")
    judged = judge_package(wrong, [*files, checked("inner.deb!/usr/bin/real"), checked("usr/bin/real")])
    assert [reason.asked_by.file for reason in judged.reasons if reason.asked_by] == ["usr/bin/real"]


def test_a_wheels_file_is_found_where_pip_puts_it(tmp_path: Path) -> None:
    program = Path(shutil.which("true") or "/bin/true").resolve()
    (tmp_path / "bin").mkdir()
    shutil.copyfile(program, tmp_path / "bin/tool")
    wheel = UnpackedPackage("w.whl", "", "wheel", tmp_path, tags=("py3-none-any",))
    judged = judge_package(wheel, [checked("tool-1.0.data/scripts/tool")])
    assert judged.truth is False
    assert judged.reasons[0].asked_by is not None
    assert judged.reasons[0].asked_by.file == "tool-1.0.data/scripts/tool"
