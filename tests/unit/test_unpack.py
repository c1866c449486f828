"""Unpacking packages into roots: nothing is written outside, whatever a package holds."""

from __future__ import annotations

import contextlib
import io
import shutil
import tarfile
from typing import TYPE_CHECKING

import pytest

from everylinux.errors import InputOutputError, UsageError
from roots.declaration import all_names, declaration, parse_name
from roots.unpack import inside, unpack

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is only on Debian systems")


def make_package(path: Path, members: list[tarfile.TarInfo]) -> Path:
    """Write a Debian package (deb(5): an ar archive of a version, control and data) that holds these members."""
    data = tar_of(members)
    control = tarfile.TarInfo("./control")
    control_text = b"Package: hostile\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: none\n"
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar": tar_of([control], {"./control": control_text}),
        "data.tar": data,
    }
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, content in parts.items():
            file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode())
            file.write(content + b"\n" * (len(content) % 2))
    return path


def tar_of(members: list[tarfile.TarInfo], contents: dict[str, bytes] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for member in members:
            content = (contents or {}).get(member.name, b"content") if member.isreg() else b""
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def regular(name: str, mode: int = 0o644) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode = mode
    return member


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "deep" / "root"
    folder.mkdir(parents=True)
    return folder


def everything_below(path: Path) -> set[str]:
    return {found.relative_to(path).as_posix() for found in path.rglob("*")}


def test_files_links_and_folders_are_unpacked(root: Path, tmp_path: Path) -> None:
    members = [regular("./usr/bin/tool", 0o4755), link("./usr/bin/other", "tool"), link("./bin", "usr/bin")]
    unpack(make_package(tmp_path / "a.deb", [*members, regular("./bin/late")]), root, ())
    assert everything_below(root) == {"bin", "usr", "usr/bin", "usr/bin/tool", "usr/bin/other", "usr/bin/late"}
    assert (root / "usr/bin/tool").stat().st_mode & 0o7777 == 0o755


def test_patterns_leave_out_files_and_folders(root: Path, tmp_path: Path) -> None:
    members = [regular("./usr/share/doc/a/b"), regular("./usr/lib/x/gconv/c"), regular("./usr/lib/x/d")]
    unpack(make_package(tmp_path / "a.deb", members), root, ("usr/share/doc", "usr/lib/*/gconv"))
    assert {name for name in everything_below(root) if (root / name).is_file()} == {"usr/lib/x/d"}


@pytest.mark.parametrize(
    "members",
    [
        [regular("../../escaped")],
        [regular("./a/../../../escaped")],
        [link("./out", "/"), regular("./out/escaped")],
        [link("./out", "../.."), regular("./out/escaped")],
        [link("./one", "two"), link("./two", "/.."), regular("./one/escaped")],
        [link("./escaped", "../../../secret", tarfile.LNKTYPE)],
    ],
    ids=["dots", "dots inside", "absolute link", "relative link", "chain of links", "hard link"],
)
def test_nothing_is_written_or_linked_outside(root: Path, tmp_path: Path, members: list[tarfile.TarInfo]) -> None:
    (tmp_path / "secret").write_text("secret")
    package = make_package(tmp_path / "hostile.deb", members)
    before = {name for name in everything_below(tmp_path) if not name.startswith("deep/root/")}
    with contextlib.suppress(InputOutputError):
        unpack(package, root, ())
    after = {name for name in everything_below(tmp_path) if not name.startswith("deep/root/")}
    assert after == before
    escaped = root / "escaped"
    assert not escaped.is_file() or escaped.read_text() != "secret"


def test_a_file_in_the_place_of_a_folder_is_an_error(root: Path, tmp_path: Path) -> None:
    members = [regular("./a"), regular("./a/b")]
    with pytest.raises(InputOutputError, match="damaged"):
        unpack(make_package(tmp_path / "a.deb", members), root, ())


def test_a_loop_of_links_is_an_error(root: Path, tmp_path: Path) -> None:
    members = [link("./a", "b"), link("./b", "a"), regular("./a/file")]
    with pytest.raises(InputOutputError, match="too many links"):
        unpack(make_package(tmp_path / "a.deb", members), root, ())


def test_a_damaged_package_is_one_clear_error(root: Path, tmp_path: Path) -> None:
    package = tmp_path / "broken.deb"
    package.write_bytes(b"!<arch>\nnot a package")
    with pytest.raises(InputOutputError, match=r"broken\.deb is damaged"):
        unpack(package, root, ())


def test_a_device_node_is_left_out(root: Path, tmp_path: Path) -> None:
    device = tarfile.TarInfo("./dev/null")
    device.type = tarfile.CHRTYPE
    unpack(make_package(tmp_path / "a.deb", [device]), root, ())
    assert not (root / "dev/null").exists()


def test_paths_resolve_as_after_chroot(root: Path) -> None:
    (root / "usr").mkdir()
    (root / "lib").symlink_to("/usr")
    assert inside(root, "lib/../../..") == root
    assert inside(root, "lib/a") == root / "usr" / "a"


def test_every_declared_root_has_a_name_that_reads_back() -> None:
    assert all(parse_name(str(name)) == name for name in all_names())
    assert {parse_name(name).flavour for name in declaration().default} <= set(declaration().flavours)


@pytest.mark.parametrize("name", ["debian", "debian-bookworm", "debian-bookworm-vax", "x-bookworm-amd64", "../x", ""])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        parse_name(name)
