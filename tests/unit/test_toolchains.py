"""What aims a build at a target: the sysroot's folders, the environment, pkg-config, the floors of musl."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from everylinux.errors import UsageError
from everylinux.spelling import parse_targets
from everylinux.toolchains.cmake import toolchain_file
from everylinux.toolchains.find import find
from everylinux.toolchains.meson import cross_file
from everylinux.toolchains.musl import newer_symbols
from everylinux.toolchains.native_program import argument_facts
from everylinux.toolchains.runtime import BY_NAME
from everylinux.toolchains.sysroot.folder import Sysroot, open_sysroot
from everylinux.toolchains.wiring import Wiring, wire
from everylinux.toolchains.zig import Zig

TARGET = parse_targets("aarch64-linux-musl")[0]


def wiring(folder: Path, sysroot: Sysroot | None = None) -> Wiring:
    """The commands of a target around a program that is none: nothing here runs a compiler."""
    program = folder / "version" / "everylinux-cc"
    program.parent.mkdir()
    program.write_text("")
    return wire(folder / "tools", TARGET, Zig(folder / "zig", "0", folder / "cache"), program, sysroot)


def fill(base: Path, *names: str) -> Path:
    for name in names:
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("prefix=/usr\nName: a\nDescription: a\nVersion: 7\nCflags: -I${prefix}/include\nLibs: -la\n")
    return base


def test_folders_of_a_sysroot_laid_out_as_debian_does(tmp_path: Path) -> None:
    base = fill(tmp_path, "usr/include/a.h", "usr/include/aarch64-linux-musl/b.h", "usr/lib/aarch64-linux-musl/liba.a")
    found = open_sysroot(base, TARGET)
    assert [folder.relative_to(base) for folder in found.includes] == [
        Path("usr/include/aarch64-linux-musl"), Path("usr/include"),
    ]  # fmt: skip
    assert [folder.relative_to(base) for folder in found.libraries] == [
        Path("usr/lib/aarch64-linux-musl"),
        Path("usr/lib"),
    ]


def test_one_sysroot_for_several_targets(tmp_path: Path) -> None:
    fill(tmp_path, "aarch64-linux-musl/include/a.h", "x86_64-linux-musl/include/a.h")
    assert open_sysroot(tmp_path, TARGET).includes == (tmp_path / "aarch64-linux-musl/include",)


def test_a_sysroot_with_nothing_in_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither headers nor libraries"):
        open_sysroot(tmp_path, TARGET)
    with pytest.raises(UsageError, match="there is no folder"):
        open_sysroot(tmp_path / "nowhere", TARGET)


def pkg_config(folder: Path, sysroot: Sysroot | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    if find("pkg-config") is None:
        pytest.skip("pkg-config is not on this machine")
    command: list[str | Path] = [wiring(folder, sysroot).command("pkg-config"), *arguments]
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PKG_CONFIG_PATH": "/usr/lib/pkgconfig"},
    )


def test_pkg_config_prints_paths_inside_a_root(tmp_path: Path) -> None:
    base = fill(tmp_path / "root", "usr/include/a.h", "usr/lib/pkgconfig/a.pc")
    done = pkg_config(tmp_path, open_sysroot(base, TARGET), "--cflags", "--libs", "a")
    assert done.stdout.split() == [f"-I{base}/usr/include", "-la"]


def test_pkg_config_follows_an_installation_that_was_moved(tmp_path: Path) -> None:
    base = fill(tmp_path / "root", "include/a.h", "lib/pkgconfig/a.pc")
    done = pkg_config(tmp_path, open_sysroot(base, TARGET), "--cflags", "a")
    assert [os.path.normpath(flag[2:]) for flag in done.stdout.split()] == [f"{base}/include"]


def test_pkg_config_sees_nothing_of_this_machine(tmp_path: Path) -> None:
    listed = pkg_config(tmp_path, None, "--list-all").stdout.splitlines()
    assert {line.split()[0] for line in listed} <= {"pkg-config", "pkgconf"}, "its own virtual packages only"


def test_the_environment_shows_nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "PKG_CONFIG_PATH", "CMAKE_PREFIX_PATH", "DESTDIR"):
        monkeypatch.setenv(name, "/usr/include")
    monkeypatch.setenv("CFLAGS", "-O3")
    environment = wiring(tmp_path).environment()
    assert "/usr/include" not in environment.values()
    assert environment["CFLAGS"] == "-O3"
    assert environment["CC"] == str(tmp_path / "tools/cc")
    assert environment["PATH"].startswith(str(tmp_path / "tools/prefixed"))


def test_files_for_cmake_and_meson_name_the_machine(tmp_path: Path) -> None:
    wired = wiring(tmp_path)
    assert "set(CMAKE_SYSTEM_PROCESSOR aarch64)" in toolchain_file(wired)
    assert "set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)" in toolchain_file(wired)
    assert "cpu_family = 'aarch64'" in cross_file(wired)
    assert "endian = 'little'" in cross_file(wired)


def test_a_symbol_newer_than_the_floor() -> None:
    """musl's release notes: 1.2.5 added preadv2, 1.2.3 qsort_r."""
    wanted = {"preadv2", "qsort_r", "printf", "of_another_library"}
    assert newer_symbols(wanted, parse_targets("x86_64-linux-musl.1.2.5")[0]) == []
    assert newer_symbols(wanted, parse_targets("x86_64-linux-musl.1.2.3")[0]) == ["preadv2"]
    assert newer_symbols(wanted, parse_targets("x86_64-linux-musl.1.2.2")[0]) == ["preadv2", "qsort_r"]


def test_types_are_compared_the_same_way_in_the_runtime_and_in_what_is_compiled() -> None:
    assert BY_NAME in argument_facts().compiler.first_cxx


def test_no_linker_argument_is_both_taken_by_zig_and_left_out_for_another_reason() -> None:
    names = [argument.name for argument in argument_facts().linker]
    assert len(names) == len(set(names))
    known = set(names)
    assert all(argument.same_as in known for argument in argument_facts().linker if argument.same_as)
