"""From arguments to files: what is opened, how files are named, what is passed over and why, and that nothing stays."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from archive_samples import PACKAGES, file_of, linked, tar_of, zstd

from everylinux.errors import UsageError
from everylinux.images import open_images
from everylinux.inputs import open_inputs
from everylinux.loader import check_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from everylinux.inputs import Batch

# A whole ELF file, small enough to be packed a hundred times.
PROGRAM = Path("/bin/true").read_bytes()
NOBODY = 65534


@pytest.fixture(autouse=True)
def unpacked(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which inputs are unpacked."""
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("EVERYLINUX_CACHE", str(cache))
    return cache / "unpacked"


def opened(*paths: Path | str, all_files: bool = False) -> list[tuple[Batch, list[tuple[str, str]]]]:
    found = []
    for batch in open_inputs([str(path) for path in paths], all_files=all_files):
        files = [(one.path, one.member) for one in batch.files]
        found.append((batch, files))
    return found


def names(*paths: Path | str, all_files: bool = False) -> list[tuple[str, str]]:
    return [file for _, files in opened(*paths, all_files=all_files) for file in files]


def skipped(*paths: Path | str) -> dict[str, tuple[int, str, str]]:
    records = [record for batch, _ in opened(*paths) for record in batch.skipped]
    found = {record.why: (record.count, record.path, record.member) for record in records}
    assert len(found) == len(records)
    return found


def zip_of(path: Path, members: dict[str, bytes], modes: dict[str, int] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = ((modes or {}).get(name, 0o644) | 0o100000) << 16
            archive.writestr(info, content)
    return path


def tar_file(path: Path, members: dict[str, bytes], *others: tarfile.TarInfo, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            member = file_of(name, 0o755)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in others:
            archive.addfile(member)
    return path


def test_named_files_are_judged_whatever_they_are(tmp_path: Path) -> None:
    contents = {"text": b"a text", "empty": b"", "script": b"#!/bin/sh\n", "a.o": PROGRAM[:16] + b"\1\0" + PROGRAM[18:]}
    contents["library.a"] = b"!<arch>\n"
    contents["page.gz"] = gzip.compress(b"a page" * 1000)
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    paths = [tmp_path / name for name in contents]
    ((batch, files),) = opened(*paths)
    assert files == [(str(path), "") for path in paths]
    assert (batch.package, batch.skipped, batch.incomplete) == (None, [], False)


def test_of_a_folder_the_elf_files_are_judged_and_the_rest_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "b").write_bytes(PROGRAM)
    (folder / "sub/a").write_bytes(PROGRAM)
    for name in ("1", "2", "3"):
        (folder / f"text{name}").write_text("text")
    (folder / "script").write_text("#!/bin/sh\n")
    (folder / "libx.a").write_bytes(b"!<arch>\n")
    (folder / "x.o").write_bytes(PROGRAM[:16] + b"\1\0" + PROGRAM[18:])
    (folder / "core").write_bytes(PROGRAM[:16] + b"\4\0" + PROGRAM[18:])
    (folder / "x.exe").write_bytes(b"MZ" + bytes(100))
    os.mkfifo(folder / "pipe")
    assert names(folder) == [(f"{folder}/b", ""), (f"{folder}/sub/a", "")]
    assert skipped(folder) == {
        "core dumps": (1, f"{folder}/core", ""),
        "not ELF: text files and data": (3, str(folder), ""),
        "object files: they are linked into programs, or loaded by the kernel": (1, f"{folder}/x.o", ""),
        "programs of other systems": (1, f"{folder}/x.exe", ""),
        "scripts: they are judged when they are named": (1, f"{folder}/script", ""),
        "sockets, pipes and devices": (1, f"{folder}/pipe", ""),
        "static libraries: they are linked into programs": (1, f"{folder}/libx.a", ""),
    }
    everything = {Path(path).name for path, _ in names(folder, all_files=True)}
    assert everything == {"a", "b", "text1", "text2", "text3", "script", "libx.a", "x.o", "core", "x.exe"}


def test_links_are_not_followed_and_a_file_with_two_names_is_judged_once(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x").write_bytes(PROGRAM)
    (folder / "out").symlink_to(tmp_path / "outside")
    (folder / "file").symlink_to("/bin/true")
    (folder / "self").symlink_to(".")
    (folder / "nowhere").symlink_to("nothing")
    (folder / "one").write_bytes(PROGRAM)
    (folder / "two").hardlink_to(folder / "one")
    assert names(folder) == [(f"{folder}/one", "")]
    assert skipped(folder) == {"links: what they lead to is judged where it lies": (4, str(folder), "")}


def test_a_file_is_judged_once_when_it_is_named_beside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_bytes(PROGRAM)
    (tmp_path / "sub/b").write_bytes(PROGRAM)
    assert sorted(names(tmp_path, tmp_path / "a", tmp_path / "sub", tmp_path)) == [
        (f"{tmp_path}/a", ""),
        (f"{tmp_path}/sub/b", ""),
    ]


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """Return a folder that everyone may enter, and run the test as a user who may not read everything."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        user = os.geteuid()
        if user == 0:
            os.seteuid(NOBODY)
        yield Path(folder)
        os.seteuid(user)


def test_what_may_not_be_read_is_told(unprivileged: Path) -> None:
    owner = os.geteuid()
    if os.getuid() == 0:
        os.seteuid(0)
    (unprivileged / "locked").mkdir(mode=0)
    (unprivileged / "file").write_bytes(PROGRAM)
    (unprivileged / "file").chmod(0)
    os.seteuid(owner)
    ((batch, files),) = opened(unprivileged)
    assert (files, batch.incomplete) == ([], True)
    assert [(one.why, one.count) for one in batch.skipped] == [("unreadable: permission denied", 2)]
    ((named, none),) = opened(unprivileged / "file")
    assert (none, named.incomplete) == ([], True)


def test_a_folder_too_deep_for_the_system_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(PROGRAM)
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(30):  # deeper than PATH_MAX, which only relative paths can reach
        os.mkdir("d" * 200, dir_fd=handle)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(handle)
    ((batch, files),) = opened(tmp_path)
    assert (files, batch.incomplete) == ([(f"{tmp_path}/file", "")], True)
    assert [one.why for one in batch.skipped] == ["unreadable: file name too long"]


def test_paths_that_lead_to_nothing_or_to_a_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "nowhere").symlink_to("nothing")
    (tmp_path / "loop").symlink_to("loop")
    for name, message in {
        "none": "does not exist",
        "nowhere": "leads nowhere",
        "pipe": "not a regular file",
        "loop": "cannot be opened",
        "none/below": "does not exist",
    }.items():
        with pytest.raises(UsageError, match=message):
            list(open_inputs([str(tmp_path / name)]))


def test_a_wheel_lies_as_pip_installs_it(tmp_path: Path) -> None:
    wheel = zip_of(
        tmp_path / "demo-1.0-1-cp311.cp312-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        {
            "demo/_x.abi3.so": PROGRAM,
            "demo/__init__.py": b"",
            "demo.libs/libz.so.1": PROGRAM,
            "demo-1.0.data/scripts/demo": PROGRAM,
            "demo-1.0.data/data/lib/libdata.so": PROGRAM,
            "demo-1.0.data/purelib/pure/_y.so": PROGRAM,
            "demo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: cp311-abi3-linux_x86_64\n",
        },
        {"demo/_x.abi3.so": 0o755},
    )
    ((batch, files),) = opened(wheel)
    package = batch.package
    assert package is not None
    assert len(files) == 5
    assert (package.kind, package.name, package.version) == ("wheel", "demo", "1.0")
    assert package.tags == (
        "cp311-abi3-manylinux_2_17_x86_64",
        "cp311-abi3-manylinux2014_x86_64",
        "cp312-abi3-manylinux_2_17_x86_64",
        "cp312-abi3-manylinux2014_x86_64",
    )


def test_the_places_and_modes_of_a_wheels_files(tmp_path: Path) -> None:
    members = {
        "demo/_x.so": PROGRAM,
        "demo.libs/libz.so.1": PROGRAM,
        "demo-1.data/scripts/demo": PROGRAM,
        "demo-1.data/data/lib/libdata.so": PROGRAM,
        "demo-1.data/purelib/pure/_y.so": PROGRAM,
    }
    wheel = zip_of(tmp_path / "demo-1-py3-none-any.whl", members, {"demo.libs/libz.so.1": 0o755})
    places: dict[str, tuple[str, int]] = {}
    for batch in open_inputs([str(wheel)]):
        assert batch.package is not None
        places |= {
            one.member: (one.real.relative_to(batch.package.directory).as_posix(), one.real.stat().st_mode & 0o777)
            for one in batch.files
        }
    site = "lib/python3/site-packages"
    assert places == {
        "demo/_x.so": (f"{site}/demo/_x.so", 0o644),
        "demo.libs/libz.so.1": (f"{site}/demo.libs/libz.so.1", 0o755),
        "demo-1.data/scripts/demo": ("bin/demo", 0o755),
        "demo-1.data/data/lib/libdata.so": ("lib/libdata.so", 0o644),
        "demo-1.data/purelib/pure/_y.so": (f"{site}/pure/_y.so", 0o644),
    }


def test_a_wheel_of_another_name_has_the_tags_of_its_wheel_file(tmp_path: Path) -> None:
    wheel = zip_of(
        tmp_path / "renamed.whl",
        {"a.so": PROGRAM, "demo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\nTag: py2-none-any\n"},
    )
    ((batch, _),) = opened(wheel)
    assert batch.package is not None
    assert (batch.package.name, batch.package.version) == ("demo", "1.0")
    assert batch.package.tags == ("py3-none-any", "py2-none-any")


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("hello-gzdio.rpm", ("rpm", "hello", "1.5-2", "x86_64")),
        ("hello-zstdio.rpm", ("rpm", "hello", "1.5-2", "x86_64")),
        ("hello.apk", ("apk", "hello", "1.5.0-r2", "x86_64")),
    ],
)
def test_packages_of_real_tools_are_installed_into_the_image(name: str, facts: tuple[str, ...]) -> None:
    for batch in open_inputs([str(PACKAGES / name)]):
        package = batch.package
        assert package is not None
        assert (package.kind, package.name, package.version, package.arch) == facts
        files = {one.member: one for one in batch.files}
        program = files["usr/bin/hello"]
        assert files.keys() - {"usr/bin/hello-again"} == {"usr/bin/hello", "usr/lib64/libhello.so.1.0"}
        assert program.package is not None
        assert program.package.installed
        assert program.real.stat().st_mode & 0o111
        assert check_file(program.real, [], package=program.package).needed == ("libhello.so.1",)
        assert (package.directory / "usr/lib64/libhello.so.1").readlink() == Path("libhello.so.1.0")
        assert not (package.directory / "usr/share").exists()


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is only on Debian systems")
@pytest.mark.parametrize("compression", ["none", "gzip", "xz", "zstd"])
def test_a_debian_package_is_installed_into_the_image(tmp_path: Path, compression: str) -> None:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        "Package: demo\nVersion: 2:1.0-3\nArchitecture: amd64\nMaintainer: nobody\nDescription: none\n"
    )
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/demo").write_bytes(PROGRAM)
    (tree / "usr/bin/run").write_text("#!/usr/bin/demo\n")
    (tree / "usr/bin/run").chmod(0o755)
    (tree / "etc/ld.so.conf.d").mkdir(parents=True)
    (tree / "etc/ld.so.conf.d/demo.conf").write_text("/opt/demo")
    (tree / "usr/share").mkdir()
    (tree / "usr/share/data").write_text("data")
    package = tmp_path / "demo.deb"
    done = subprocess.run(["dpkg-deb", f"-Z{compression}", "-b", tree, package], check=False, capture_output=True)
    if done.returncode:
        pytest.skip(f"this dpkg-deb cannot write {compression}")
    for batch in open_inputs([str(package)]):
        found = batch.package
        assert found is not None
        assert (found.kind, found.name, found.version, found.arch) == ("deb", "demo", "2:1.0-3", "amd64")
        assert [one.member for one in batch.files] == ["usr/bin/demo"]
        there = {path.relative_to(found.directory).as_posix() for path in found.directory.rglob("*") if path.is_file()}
        assert there == {"usr/bin/demo", "usr/bin/run", "etc/ld.so.conf.d/demo.conf"}


def test_a_package_of_arch_linux_is_installed_into_the_image_too(tmp_path: Path) -> None:
    told = b"# Generated by makepkg\npkgname = demo\npkgver = 1.0-2\narch = x86_64\ndepend = glibc\n"
    members = {".BUILDINFO": b"format = 2\n", ".PKGINFO": told, "usr/bin/demo": PROGRAM}
    path = tmp_path / "demo-1.0-2-x86_64.pkg.tar.zst"
    path.write_bytes(zstd.compress(tar_file(tmp_path / "plain", members).read_bytes()))
    for batch in open_inputs([str(path)]):
        found = batch.package
        assert found is not None
        assert (found.kind, found.name, found.version, found.arch) == ("tar", "demo", "1.0-2", "x86_64")
        assert [one.package is not None and one.package.installed for one in batch.files] == [True]


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not on this machine")
def test_a_tarball_of_npm_pack_is_a_package(tmp_path: Path) -> None:
    manifest = {"name": "@scope/demo", "version": "1.2.3", "cpu": ["x64", "arm64"], "files": ["prebuilds"]}
    (tmp_path / "package.json").write_text(json.dumps(manifest))
    (tmp_path / "prebuilds").mkdir()
    (tmp_path / "prebuilds/demo.node").write_bytes(PROGRAM)
    subprocess.run(["npm", "pack", "--offline", "--silent"], cwd=tmp_path, check=True, capture_output=True)
    ((batch, files),) = opened(tmp_path / "scope-demo-1.2.3.tgz")
    assert batch.package is not None
    assert (batch.package.kind, batch.package.name, batch.package.version) == ("npm", "@scope/demo", "1.2.3")
    assert batch.package.arch == "x64,arm64"
    assert [member for _, member in files] == ["package/prebuilds/demo.node"]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz", "w:bz2"])
def test_a_tar_archive_of_every_compression_is_opened(tmp_path: Path, mode: str) -> None:
    path = tar_file(tmp_path / "a.bin", {"x/program": PROGRAM, "x/text": b"text"}, mode=mode)
    for batch in open_inputs([str(path)]):
        assert batch.package is not None
        assert batch.package.kind == "tar"
        ((name, real, root),) = [(one.member, one.real, one.package) for one in batch.files]
        assert (name, real.read_bytes()) == ("x/program", PROGRAM)
        assert root is not None
        assert not root.installed


def test_a_tar_archive_of_zstd_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(zstd.compress(tar_file(tmp_path / "plain", {"program": PROGRAM}).read_bytes()))
    assert names(path) == [(str(path), "program")]


def test_archives_in_archives_are_batches_of_their_own_three_deep(tmp_path: Path) -> None:
    inner = tar_file(tmp_path / "c.tgz", {"d": PROGRAM, "e.zip": b"PK\x05\x06" + bytes(18)}, mode="w:gz").read_bytes()
    middle = zip_of(tmp_path / "demo-1-py3-none-any.whl", {"b.so": PROGRAM, "c.tgz": inner}).read_bytes()
    outer = tar_file(tmp_path / "a.tar", {"dist/demo-1-py3-none-any.whl": middle, "program": PROGRAM})
    found = opened(outer)
    assert [files for _, files in found] == [
        [(str(outer), "program")],
        [(str(outer), "dist/demo-1-py3-none-any.whl!/b.so")],
        [(str(outer), "dist/demo-1-py3-none-any.whl!/c.tgz!/d")],
    ]
    assert [batch.package and (batch.package.kind, batch.package.member) for batch, _ in found] == [
        ("tar", ""),
        ("wheel", "dist/demo-1-py3-none-any.whl"),
        ("tar", "dist/demo-1-py3-none-any.whl!/c.tgz"),
    ]
    deepest, _ = found[-1]
    assert deepest.incomplete
    assert [(one.why, one.member) for one in deepest.skipped] == [
        ("archives deeper than 3 in each other", "dist/demo-1-py3-none-any.whl!/c.tgz!/e.zip")
    ]


def test_a_conda_package_is_an_archive_of_archives(tmp_path: Path) -> None:
    inner = zstd.compress(tar_file(tmp_path / "inner", {"lib/libdemo.so": PROGRAM}).read_bytes())
    told = zstd.compress(tar_file(tmp_path / "info", {"info/index.json": b"{}"}).read_bytes())
    path = zip_of(
        tmp_path / "demo-1-0.conda", {"metadata.json": b"{}", "pkg-demo.tar.zst": inner, "info.tar.zst": told}
    )
    assert names(path) == [(str(path), "pkg-demo.tar.zst!/lib/libdemo.so")]


def test_packages_in_a_folder_come_after_its_loose_files(tmp_path: Path) -> None:
    tar_file(tmp_path / "a.tar.gz", {"x": PROGRAM}, mode="w:gz")
    zip_of(tmp_path / "c.zip", {"text": b"text"})
    (tmp_path / "d.gz").write_bytes(gzip.compress(b"text" * 2000))
    (tmp_path / "z").write_bytes(PROGRAM)
    assert names(tmp_path) == [(f"{tmp_path}/z", ""), (f"{tmp_path}/a.tar.gz", "x")]
    assert skipped(tmp_path) == {
        "archives without any ELF file": (1, f"{tmp_path}/c.zip", ""),
        "not ELF: text files and data": (1, f"{tmp_path}/d.gz", ""),
    }


def test_damaged_compressed_data_counts_only_where_it_was_an_archive(tmp_path: Path) -> None:
    for name in ("page.1.gz", "source.tar.gz"):
        (tmp_path / name).write_bytes(gzip.compress(b"")[:10] + b"\xff" * 100)
    found = skipped(tmp_path)
    assert found.pop("compressed, but no archive") == (1, f"{tmp_path}/page.1.gz", "")
    ((why, named),) = found.items()
    assert why.startswith("it cannot be decompressed: ")
    assert named == (1, f"{tmp_path}/source.tar.gz", "")
    assert [batch.incomplete for batch, _ in opened(tmp_path)] == [False, True]


def test_a_named_archive_without_elf_files_is_still_told(tmp_path: Path) -> None:
    ((batch, files),) = opened(zip_of(tmp_path / "a.zip", {"text": b"text"}))
    assert batch.package is not None
    assert (batch.package.kind, files, batch.incomplete) == ("zip", [], False)
    assert [(one.why, one.member) for one in batch.skipped] == [("not ELF: text files and data", "text")]


@pytest.mark.parametrize("name", ["image-oci.tar", "image-docker.tar", "image-zstd.tar"])
def test_a_container_image_is_judged_on_itself(name: str) -> None:
    for batch in open_inputs([f"oci:{PACKAGES / name}"]):
        assert batch.package is not None
        assert (batch.package.kind, batch.package.arch) == ("oci", "linux/amd64")
        assert batch.image is not None
        files = {one.member: one for one in batch.files}
        # Of two names of one file the first counts.
        assert sorted(files) == ["usr/bin/hello", "usr/lib64/libhello.so.1.0"]
        checked = check_file(files["usr/bin/hello"].real, [batch.image], package=files["usr/bin/hello"].package)
        assert [(one.platform, one.image) for one in checked.verdicts] == [("linux/amd64", f"oci:{PACKAGES / name}")]
        why = {one.why: one.member for one in batch.skipped}
        assert why["links: what they lead to is judged where it lies"] == "usr/lib64/libhello.so.1"


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_other_archives_have_a_manifest_too(tmp_path: Path, name: str) -> None:
    members = {"manifest.json": b'{"manifest_version": 3}', "oci-layout": b"plan", "x": PROGRAM}
    path = tar_file(tmp_path / name, members, mode="w:gz" if name.endswith("gz") else "w")
    assert names(path) == [(str(path), "x")]


def test_nothing_of_a_batch_stays(tmp_path: Path, unpacked: Path) -> None:
    path = tar_file(tmp_path / "a.tar", {"x": PROGRAM})
    batches = open_inputs([str(path), str(PACKAGES / "hello.apk"), str(PACKAGES / "image-oci.tar")])
    for batch in batches:
        assert batch.package is not None
        assert batch.package.directory.is_dir()
        assert [folder.stat().st_mode & 0o777 for folder in unpacked.iterdir()] == [0o700]
        if batch.package.kind == "apk":
            break
    batches.close()  # type: ignore[attr-defined]
    assert list(unpacked.iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path, unpacked: Path) -> None:
    program = """
import os, signal, sys
from everylinux.inputs import open_inputs
for batch in open_inputs(sys.argv[1:]):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    path = tar_file(tmp_path / "a.tar", {"x": PROGRAM})
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(unpacked.iterdir())) == 1
    for _ in open_inputs([str(path)]):
        # Only the folder of this run, which is in use.
        assert len(list(unpacked.iterdir())) == 1
    assert list(unpacked.iterdir()) == []


def test_a_folder_of_many_files_costs_no_memory(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:02}").mkdir()
        for name in range(50):
            (tmp_path / f"{number:02}" / str(name)).write_bytes(b"\x7fELF" + bytes(60))

    def count(paths: Iterable[Path]) -> tuple[int, int]:
        tracemalloc.start()
        total = sum(1 for batch in open_inputs([str(path) for path in paths]) for _ in batch.files)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return total, peak

    count([tmp_path / "00"])  # what is imported and remembered once
    few, small = count([tmp_path / "00"])
    # The least of a few: now and then the interpreter lays out its table of interned names (pathlib's) anew.
    many, large = min((count([tmp_path]) for _ in range(5)), key=lambda counted: counted[1])
    assert (few, many) == (50, 2000)
    assert large < small + 100_000


def test_a_full_disk_is_one_clear_error_and_nothing_stays(tmp_path: Path, unpacked: Path) -> None:
    path = tar_file(tmp_path / "a.tar", {"x": b"\x7fELF" + bytes(1 << 20)})
    program = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
sys.argv = ["everylinux", "check", "--image", "scratch", sys.argv[1]]
from everylinux.__main__ import main
sys.exit(main())
"""
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False, capture_output=True, text=True)
    assert done.returncode == 7
    assert done.stdout == ""
    assert done.stderr.count("error: ") == 1
    assert "Traceback" not in done.stderr
    assert list(unpacked.iterdir()) == []


def test_an_archive_of_many_links_and_texts_keeps_only_what_judging_needs(tmp_path: Path) -> None:
    others = [linked(f"l{number}", f"l{number + 1}", tarfile.SYMTYPE) for number in range(50)]
    path = tar_file(tmp_path / "a.tar", {**{f"t{number}": b"text" for number in range(200)}, "x": PROGRAM}, *others)
    for batch in open_inputs([str(path)]):
        assert [one.member for one in batch.files] == ["x"]
        assert batch.package is not None
        assert sum(1 for found in batch.package.directory.iterdir() if not found.is_symlink()) == 1
        assert {one.why: one.count for one in batch.skipped} == {
            "links: what they lead to is judged where it lies": 50,
            "not ELF: text files and data": 200,
        }


def test_names_that_are_no_utf_8_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tar_of(file_of("caf\udce9"), form=tarfile.GNU_FORMAT, content=PROGRAM))
    assert names(path) == [(str(path), "caf\\xe9")]


@pytest.mark.parametrize(
    ("magic", "name"),
    [
        (b"7z\xbc\xaf\x27\x1c\0\4", "7-Zip"),
        (b"Rar!\x1a\7\1\0", "RAR"),
        (b"hsqs", "SquashFS"),
        (b"ADB.pckg", "apk-tools 3"),
    ],
)
def test_an_archive_that_is_not_read_is_told(magic: bytes, name: str, tmp_path: Path) -> None:
    """7zFormat.txt, RARLAB's technote.txt, squashfs_fs.h, apk-v3.5.scd: how each begins. What is in it may be ELF."""
    (tmp_path / "packed").write_bytes(magic + bytes(600))
    for named in (tmp_path, tmp_path / "packed"):
        batches = list(open_inputs([str(named)]))
        assert [file for batch in batches for file in batch.files] == []
        (skipped,) = [one for batch in batches for one in batch.skipped]
        assert name in skipped.why
        assert skipped.incomplete


def test_what_an_appimage_has_behind_its_program_is_told(tmp_path: Path) -> None:
    """AppImage specification: the magic at offset 8 of the ELF header."""
    program = bytearray(Path("/bin/true").read_bytes())
    program[8:11] = b"AI\2"
    (tmp_path / "App").write_bytes(program)
    for named in (tmp_path, tmp_path / "App"):
        told = [([file.path for file in batch.files], batch.skipped) for batch in open_inputs([str(named)])]
        assert [path for paths, _ in told for path in paths] == [str(tmp_path / "App")]
        (skipped,) = [one for _, skipped in told for one in skipped]
        assert "--appimage-extract" in skipped.why
        assert skipped.incomplete


def test_a_module_of_the_jdk_is_a_zip_archive_behind_a_mark(tmp_path: Path) -> None:
    """OpenJDK jdk.internal.jmod.JmodFile: JM and the version, four bytes, then the zip archive."""
    with zipfile.ZipFile(tmp_path / "zip", "w") as file:
        file.write("/bin/true", "bin/true")
    (tmp_path / "java.base.jmod").write_bytes(b"JM\1\0" + (tmp_path / "zip").read_bytes())
    batches = open_inputs([str(tmp_path / "java.base.jmod")])
    assert [file.member for batch in batches for file in batch.files] == ["bin/true"]


def test_a_mode_is_to_be_changed_before_a_file_is_packed(tmp_path: Path) -> None:
    """What an archive says counts when it is unpacked: ``chmod`` of a member changes nothing."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("bin/true", PROGRAM)
    hints = [
        reason.hint
        for batch in open_inputs([str(tmp_path / "a.zip")])
        for file in batch.files
        for reason in check_file(file.real, open_images(["scratch"]), package=file.package, name=file.member)
        .verdicts[0]
        .reasons
        if reason.code == "not-executable"
    ]
    assert hints == ["chmod +x bin/true before it is packed"]
