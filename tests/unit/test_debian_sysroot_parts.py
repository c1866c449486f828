"""Sysroots of Debian packages: their spelling, what is taken out of packages, and that nothing leads out of them."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest
from archive_samples import file_of, linked, tar_of

from everylinux.errors import BuildFailedError, InputOutputError, UsageError
from everylinux.progress import Progress
from everylinux.spelling import parse_targets
from everylinux.toolchains.debian_client import DownloadedPackage
from everylinux.toolchains.sysroot.debian import DebianPackages, check_target, make_sysroot, unpack_packages
from everylinux.toolchains.sysroot.floor import TooNew, cure, explained, problem_of_needs
from everylinux.toolchains.sysroot.folder import open_sysroot, parse_sysroot

GNU = parse_targets("x86_64-linux-gnu.2.36")[0]
LIBRARIES = "usr/lib/x86_64-linux-gnu"


def deb(path: Path, *members: tarfile.TarInfo, content: bytes = b"content") -> DownloadedPackage:
    """Write a package as deb(5) has it; its name is that of the file."""
    control = tar_of(file_of("./control"), content=f"Package: {path.stem}\nVersion: 1\n".encode())
    parts = {"debian-binary": b"2.0\n", "control.tar": control, "data.tar": tar_of(*members, content=content)}
    written = b"!<arch>\n"
    for name, part in parts.items():
        written += (
            f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(part):<10}`\n".encode() + part + b"\n" * (len(part) % 2)
        )
    path.write_bytes(written)
    return DownloadedPackage(path.stem, "1", path)


def symlink(name: str, target: str) -> tarfile.TarInfo:
    return linked(name, target, tarfile.SYMTYPE)


def unpacked(folder: Path, *packages: DownloadedPackage) -> Path:
    root = folder / "root"
    root.mkdir()
    unpack_packages(packages, root, "bookworm", "amd64")
    return root


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() or path.is_symlink()}


def test_the_spelling_of_debian_packages() -> None:
    assert parse_sysroot("debian:12=libssl-dev, zlib1g-dev,zlib1g-dev") == DebianPackages(
        "12", ("libssl-dev", "zlib1g-dev")
    )
    assert str(parse_sysroot("debian:sid=libstdc++-14-dev")) == "debian:sid=libstdc++-14-dev"
    assert parse_sysroot("folders/debian") == Path("folders/debian")
    assert parse_sysroot("./debian:12") == Path("debian:12")


@pytest.mark.parametrize(
    "text",
    [
        *("debian:", "debian:12", "debian:12=", "debian:12=,", "debian:=zlib1g-dev", "debian:12=-o", "debian:12=a/b"),
        *(
            "debian:../x=zlib1g-dev",
            "debian:-t=zlib1g-dev",
            "debian:12=zlib1g-dev:arm64",
            "debian:12=Zlib",
            "debian:1=zz",
        ),
    ],
)
def test_what_names_no_debian_packages(text: str) -> None:
    with pytest.raises(UsageError, match="Debian"):
        parse_sysroot(text)


def test_targets_that_debian_has_no_libraries_for() -> None:
    wanted = DebianPackages("12", ("zlib1g-dev",))
    with pytest.raises(UsageError, match="gnu targets only") as caught:
        check_target(wanted, parse_targets("x86_64-linux-musl")[0])
    assert "__tls_get_addr" in caught.value.meaning
    with pytest.raises(UsageError, match="no packages for riscv64") as caught:
        check_target(wanted, parse_targets("riscv64-linux-gnu")[0])
    assert "debian:13" in caught.value.hint
    check_target(wanted, GNU)
    check_target(DebianPackages("a-suite-of-tomorrow", ("zlib1g-dev",)), parse_targets("riscv64-linux-gnu")[0])


def test_headers_and_libraries_are_taken_and_nothing_else(tmp_path: Path) -> None:
    taken = {
        "usr/include/a.h",
        "usr/include/x86_64-linux-gnu/a-config.h",
        f"{LIBRARIES}/liba.a",
        f"{LIBRARIES}/liba.so.1.2",
        f"{LIBRARIES}/pkgconfig/a.pc",
        f"{LIBRARIES}/cmake/a/a-config.cmake",
        f"{LIBRARIES}/a-2.0/include/a-numbers.h",
        "usr/share/pkgconfig/a-data.pc",
    }
    others = {"usr/bin/a", "usr/share/doc/a/copyright", "etc/a.conf", "usr/lib/python3/a.py", "usr/lib/a/helper"}
    root = unpacked(tmp_path, deb(tmp_path / "liba-dev.deb", *(file_of(f"./{name}") for name in taken | others)))
    assert files(root) == taken | {"lib"}
    assert (root / "lib").readlink() == Path("usr/lib")


def test_what_the_compiler_brings_is_left_out(tmp_path: Path) -> None:
    names = ("libc6", "libc6-dev", "linux-libc-dev", "libgcc-s1", "libgcc-12-dev", "libstdc++6", "libstdc++-12-dev")
    packages = [deb(tmp_path / f"{name}.deb", file_of(f"usr/include/{name}.h")) for name in names]
    root = unpacked(tmp_path, *packages, deb(tmp_path / "libgomp1.deb", file_of(f"{LIBRARIES}/libgomp.so.1")))
    assert files(root) == {f"{LIBRARIES}/libgomp.so.1", "lib"}


def test_links_stay_inside(tmp_path: Path) -> None:
    package = deb(
        tmp_path / "liba.deb",
        file_of("lib/x86_64-linux-gnu/liba.so.1.2"),
        symlink("lib/x86_64-linux-gnu/liba.so.1", "liba.so.1.2"),
        symlink(f"{LIBRARIES}/liba.so", "/lib/x86_64-linux-gnu/liba.so.1"),
        symlink(f"{LIBRARIES}/libgone.so", "/lib/x86_64-linux-gnu/libgone.so.1"),
        symlink(f"{LIBRARIES}/libhost.so", "/etc/passwd"),
        symlink(f"{LIBRARIES}/libup.so", "../../../../../../../../etc/passwd"),
        symlink(f"{LIBRARIES}/libloop.so", "libloop.so"),
        symlink("usr/include/top", "/"),
    )
    root = unpacked(tmp_path, package)
    assert files(root) - {"lib", "usr/include/top"} == {f"{LIBRARIES}/liba.so{end}" for end in ("", ".1", ".1.2")}
    assert (root / LIBRARIES / "liba.so").readlink() == Path("liba.so.1.2")
    assert (root / "usr/include/top").resolve() == root.resolve()


def test_members_that_would_lie_elsewhere(tmp_path: Path) -> None:
    package = deb(
        tmp_path / "liba.deb",
        symlink("usr/include/out", str(tmp_path / "outside")),
        file_of("usr/include/out/a.h"),
        file_of("../../usr/include/up.h"),
        file_of("usr/include/../../../up/usr/include/side.h"),
        linked("usr/include/hard.h", str(tmp_path / "secret"), tarfile.LNKTYPE),
    )
    (tmp_path / "outside").mkdir()
    (tmp_path / "secret").write_text("secret")
    before = {path for path in tmp_path.rglob("*") if path.name != "root"}
    root = unpacked(tmp_path, package)
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(root)} == before
    assert not any(path.read_bytes() == b"secret" for path in root.rglob("*") if path.is_file())
    assert (root / "usr/include/up.h").is_file()


def test_a_linker_script_names_its_files_by_where_they_are(tmp_path: Path) -> None:
    script = (
        "/* GNU ld script, see /usr/share/doc */\nOUTPUT_FORMAT(elf64-x86-64)\n"
        "GROUP(/lib/x86_64-linux-gnu/liba.so.1 /usr/lib/deep/libb.a, AS_NEEDED( /lib64/gone.so.2 -lmd ))\n"
    )
    root = unpacked(
        tmp_path,
        deb(tmp_path / "liba.deb", file_of("lib/x86_64-linux-gnu/liba.so.1"), file_of("usr/lib/deep/libb.a")),
        deb(tmp_path / "liba-dev.deb", file_of(f"{LIBRARIES}/liba.so"), content=script.encode()),
    )
    assert (root / LIBRARIES / "liba.so").read_text().splitlines()[::2] == [
        "/* GNU ld script, see /usr/share/doc */",
        "GROUP(liba.so.1 ../deep/libb.a, AS_NEEDED( gone.so.2 -lmd ))",
    ]


def test_a_damaged_package_is_one_clear_error(tmp_path: Path) -> None:
    package = deb(tmp_path / "liba.deb", file_of("usr/include/a.h"))
    package.path.write_bytes(package.path.read_bytes()[:-1600])
    with pytest.raises(InputOutputError, match=r"liba\.deb") as caught:
        unpacked(tmp_path, package)
    assert "remove" in caught.value.hint


def test_offline_only_what_was_made_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", os.devnull)
    wanted = DebianPackages("12", ("zlib1g-dev",))
    with pytest.raises(InputOutputError, match="not in the cache") as caught:
        make_sysroot(wanted, GNU, Progress(quiet=True), offline=True)
    assert "--offline" in caught.value.hint


def test_a_root_whose_lib_is_a_link_has_each_folder_once(tmp_path: Path) -> None:
    (tmp_path / LIBRARIES).mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    found = open_sysroot(tmp_path, GNU)
    assert [str(folder.relative_to(tmp_path)) for folder in found.libraries] == [LIBRARIES, "usr/lib"]


def test_what_a_build_is_told_about_libraries_that_are_too_new() -> None:
    target = parse_targets("x86_64-linux-gnu.2.31")[0]
    newer = (TooNew("liba.so.1", "2.36"), TooNew("libb.so.2", "2.34"))
    linker = BuildFailedError("make failed: ld.lld: error: undefined reference: dlsym@GLIBC_2.34", hint="the log")
    told = explained(linker, newer, target)
    assert told.message.startswith("liba.so.1, libb.so.2 of the sysroot need glibc 2.36")
    assert told.message.endswith("cannot keep the floor 2.31")
    assert told.meaning == linker.message
    compiler = BuildFailedError("make failed: a.c:1: error: expected ';'")
    assert explained(compiler, newer, target) is compiler
    assert explained(linker, (), target) is linker
    assert cure(newer, target).startswith("raise the floor: x86_64-linux-gnu.2.36; or take the packages of debian:11,")


def test_a_file_that_asks_for_a_library_that_is_too_new() -> None:
    program = Path("/proc/self/exe").resolve()
    asked = problem_of_needs(program, "python", (TooNew("libc.so.6", "2.36"),))
    assert asked == "python needs libc.so.6 of the sysroot, which needs glibc 2.36"
    assert problem_of_needs(program, "python", (TooNew("libother.so.1", "2.36"),)) is None
