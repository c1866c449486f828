"""Archive formats: what other programs write is read alike, and what is damaged or made to do harm ends cleanly."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import io
import lzma
import os
import random
import shutil
import subprocess
import tarfile
import tracemalloc
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, Literal

import pytest
from archive_samples import PACKAGES, Text, file_of, linked, tar_of, whole, zstd

from everylinux.archives import ar, cpio, rpm, tar
from everylinux.archives import budget as budget_module
from everylinux.archives import zip as zip_format
from everylinux.archives.budget import Budget
from everylinux.archives.compression import decompressed
from everylinux.archives.errors import ArchiveError, DamagedError, LimitError, UnsupportedError
from everylinux.archives.streams import FilePart, Stream, open_regular

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from everylinux.archives.interface import Member

# What the tests allow instead of hundreds of megabytes.
ALLOWANCE = 16 << 20
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    "bzip2": bz2.compress,
    "zstd": lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}),
}


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget_module, "ALLOWANCE", ALLOWANCE)


def read_tar(data: bytes, budget: Budget | None = None) -> list[tuple[Member, bytes]]:
    budget = budget or Budget(len(data))
    return [(member, whole(member.content)) for member in tar.members(Stream(Text(data, 1 << 20)), budget)]


def in_memory(path: Path, data: bytes) -> BinaryIO:
    path.write_bytes(data)
    return open_regular(path)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_members_are_those_that_pythons_tarfile_wrote(form: int) -> None:
    long = "/".join(["folder-of-a-long-name"] * 6 + ["file"])
    members = [file_of("a", 0o755), file_of(long), linked("s", "a", tarfile.SYMTYPE), linked("h", "a", tarfile.LNKTYPE)]
    if form != tarfile.USTAR_FORMAT:
        members += [file_of("n" * 240), linked("l", "t" * 240, tarfile.SYMTYPE), file_of("ünïcode")]
    folder = tarfile.TarInfo("d")
    folder.type = tarfile.DIRTYPE
    data = tar_of(*members, folder, form=form)
    found = read_tar(data)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        expected = archive.getmembers()
    kinds = {
        tarfile.REGTYPE: "file",
        tarfile.SYMTYPE: "symlink",
        tarfile.LNKTYPE: "hardlink",
        tarfile.DIRTYPE: "directory",
    }
    assert [(one.name.rstrip("/"), one.kind, one.mode, one.size, one.target) for one, _ in found] == [
        (one.name, kinds[one.type], one.mode, one.size, one.linkname) for one in expected
    ]
    assert {content for one, content in found if one.kind == "file"} == {b"content"}


def test_tar_of_the_system_is_read_as_pythons_tarfile_reads_it(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "deep" / ("x" * 150)).mkdir(parents=True)
    (tree / "deep" / ("x" * 150) / ("y" * 120)).write_bytes(os.urandom(1000))
    (tree / "link").symlink_to("z" * 130)
    os.mkfifo(tree / "pipe")
    with (tree / "sparse").open("wb") as file:
        file.truncate(1 << 20)
        file.seek(1 << 19)
        file.write(b"data")
    for form in ("v7", "ustar", "gnu", "posix"):
        sparse = ["--sparse"] if form in ("gnu", "posix") else []
        options = ["--exclude=./deep", "--exclude=./link", "--exclude=./pipe"] if form in ("v7", "ustar") else []
        data = subprocess.run(
            ["tar", f"--format={form}", *sparse, *options, "-C", tree, "-c", "."], stdout=subprocess.PIPE, check=True
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            expected = [(one.name.rstrip("/"), one.isreg(), one.size) for one in archive.getmembers()]
        found = [(one.name.rstrip("/"), one.kind == "file", one.size) for one, _ in read_tar(data)]
        assert found == expected, form


SPARSE_FORMATS = {
    "old GNU": ["--format=gnu"],
    "0.0": ["--format=posix", "--sparse-version=0.0"],
    "0.1": ["--format=posix", "--sparse-version=0.1"],
    "1.0": ["--format=posix", "--sparse-version=1.0"],
}


@pytest.mark.parametrize("options", SPARSE_FORMATS.values(), ids=SPARSE_FORMATS)
@pytest.mark.parametrize("pieces", [0, 1, 3, 90])
def test_a_sparse_file_is_read_with_its_holes(options: list[str], pieces: int, tmp_path: Path) -> None:
    """GNU tar's manual, "Storing Sparse Files": the old header has room for 4 pieces, each block behind it for 21."""
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        for number in range(pieces):
            file.seek(number << 16)
            file.write(os.urandom(4096))
        file.truncate((pieces << 16) + 12_345)
    (tmp_path / "after").write_bytes(b"after")
    data = subprocess.run(
        ["tar", *options, "--sparse", "-C", tmp_path, "-c", "sparse", "after"], stdout=subprocess.PIPE, check=True
    ).stdout
    assert len(data) < path.stat().st_size or not pieces
    assert [(one.name, one.size, content) for one, content in read_tar(data)] == [
        ("sparse", path.stat().st_size, path.read_bytes()),
        ("after", 5, b"after"),
    ]


@pytest.mark.parametrize(
    "sparse",
    [
        {"GNU.sparse.map": "0,7,3,4", "GNU.sparse.size": "20"},
        {"GNU.sparse.map": "0,9", "GNU.sparse.size": "20"},
        {"GNU.sparse.map": "0,7", "GNU.sparse.size": "6"},
        {"GNU.sparse.map": "0,7,8", "GNU.sparse.size": "20"},
        {"GNU.sparse.map": "0,x", "GNU.sparse.size": "20"},
        {"GNU.sparse.map": "0,7"},
        {"GNU.sparse.map": ",".join(["0,0"] * 70_000), "GNU.sparse.size": "20"},
        {"GNU.sparse.major": "1", "GNU.sparse.realsize": "20"},
    ],
)
def test_a_sparse_file_whose_pieces_cannot_be_is_damaged(sparse: dict[str, str]) -> None:
    member = file_of("sparse")
    member.pax_headers = sparse
    with pytest.raises(DamagedError):
        read_tar(tar_of(member))


def test_a_tar_archive_that_is_cut_off_anywhere_is_damaged_or_shorter() -> None:
    data = tar_of(file_of("a"), file_of("n" * 300), file_of("c"))
    names = [one.name for one, _ in read_tar(data)]
    for end in range(0, len(data) - 1024, 64):
        try:
            found = [one.name for one, _ in read_tar(data[:end])]
        except DamagedError:
            continue
        assert found == names[: len(found)]
        assert end % 512 == 0 or found == names


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_numbers_in_base_256_and_in_extended_headers_are_sizes(form: Literal[1, 2]) -> None:
    big = file_of("big")
    big.size = 9 << 30
    found = tar.members(Stream(Text(big.tobuf(form), 512)), Budget(0))
    assert next(found).size == 9 << 30
    with pytest.raises(DamagedError):
        next(found)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("a wrong check sum", lambda header: header[:148] + b"0000001\0" + header[156:]),
        ("a negative size", lambda header: with_sum(header[:124] + b"\xff" * 12 + header[136:])),
        ("a size that is none", lambda header: with_sum(header[:124] + b"99999999999\0" + header[136:])),
        ("a size beyond the end", lambda header: with_sum(header[:124] + b"77777777777\0" + header[136:])),
    ],
)
def test_a_header_that_lies_is_damage(name: str, damage: Callable[[bytes], bytes]) -> None:
    data = tar_of(file_of("a"), form=tarfile.USTAR_FORMAT)
    assert len(read_tar(data)) == 1, name
    with pytest.raises(DamagedError):
        read_tar(damage(data[:512]) + data[512:])


def with_sum(header: bytes) -> bytes:
    total = sum(header[:148]) + 8 * 32 + sum(header[156:])
    return header[:148] + b"%06o\0 " % total + header[156:]


@pytest.mark.parametrize("text", [b"99999 path=x\n", b"path=x\n", b"0 path=x\n", b"3 x\n", b"9" * 600 + b" path=x\n"])
def test_an_extended_header_that_is_malformed_is_damage(text: bytes) -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, len(text)
    data = header.tobuf(tarfile.USTAR_FORMAT) + text + bytes(-len(text) % 512) + tar_of(file_of("a"))
    with pytest.raises(DamagedError, match="extended header"):
        read_tar(data)


def test_an_extended_header_of_any_size_costs_no_memory() -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1 << 33
    tracemalloc.start()
    try:
        with pytest.raises(DamagedError, match="too long"):
            read_tar(header.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 16))
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("small_budget")
def test_headers_without_end_do_not_pile_up() -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 0
    block = header.tobuf(tarfile.GNU_FORMAT)

    class Endless:
        def read(self, count: int, /) -> bytes:
            return block[:count]

    with pytest.raises(LimitError):
        list(tar.members(Stream(Endless()), Budget(0)))


@pytest.mark.parametrize("name", COMPRESSORS)
@pytest.mark.parametrize("piece", [1, 13, 1 << 16])
def test_what_is_compressed_comes_back(name: str, piece: int) -> None:
    data = bytes(range(256)) * 20 + b"a" * 100_000
    packed = COMPRESSORS[name](data)
    assert whole(decompressed(Text(packed, piece), Budget(len(packed)))) == data


@pytest.mark.parametrize("name", sorted(COMPRESSORS.keys() - {"lzma"}))
def test_several_frames_and_zeros_after_them_are_one_stream(name: str) -> None:
    compress = COMPRESSORS[name]
    packed = compress(b"one") + compress(b"") + compress(b"two") + bytes(512)
    assert whole(decompressed(Text(packed, 5), Budget(len(packed)))) == b"onetwo"
    with pytest.raises(DamagedError, match="follows"):
        whole(decompressed(Text(compress(b"one") + b"something", 5), Budget(0)))


@pytest.mark.parametrize("name", COMPRESSORS)
def test_compressed_data_that_is_cut_off_or_changed_is_damage(name: str) -> None:
    data = random.Random(2).randbytes(3000)  # noqa: S311 - chance that can be repeated
    packed = COMPRESSORS[name](data)
    for end in range(8, len(packed) - 8, len(packed) // 40):
        with pytest.raises(DamagedError):
            whole(decompressed(Text(packed[:end], 1 << 16), Budget(0)))
    if name != "lzma":  # it has no check sum
        changed = bytearray(packed)
        changed[len(packed) // 2] ^= 0x10
        with pytest.raises(DamagedError):
            assert whole(decompressed(Text(bytes(changed), 1 << 16), Budget(0))) == data


@pytest.mark.parametrize("name", ["xz", "zstd", "bzip2", "gzip"])
@pytest.mark.usefixtures("small_budget")
def test_a_bomb_ends_at_its_budget_with_little_memory(name: str) -> None:
    packed = COMPRESSORS[name](bytes(6 << 20)) * 4
    tracemalloc.start()
    try:
        with pytest.raises(LimitError, match="larger than"):
            decompressed(Text(packed, 1 << 16), Budget(1)).drain()
        assert tracemalloc.get_traced_memory()[1] < len(packed) + (16 << 20)
    finally:
        tracemalloc.stop()


def test_a_frame_that_wants_gigabytes_of_memory_is_refused() -> None:
    wide = bytearray(lzma.compress(b"x"))
    # The block header's dictionary size (xz-file-format.txt, 5.3.1), 3 GiB, with its check sum.
    wide[16] = 39
    wide[20:24] = zlib.crc32(wide[12:20]).to_bytes(4, "little")
    with pytest.raises(LimitError, match="memory"):
        whole(decompressed(Text(bytes(wide), 1 << 16), Budget(0)))
    # A frame header by hand (RFC 8878, 3.1.1.1): no single segment, a window of 2 GiB.
    long = zstd.compress(b"")[:4] + bytes([0x00, (31 - 10) << 3]) + b"\x01\x00\x00"
    with pytest.raises(ArchiveError):
        whole(decompressed(Text(long, 1 << 16), Budget(0)))


def test_a_zip_archive_gives_its_members(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("bin/run")
        info.external_attr = 0o100755 << 16
        archive.writestr(info, b"program")
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, b"bin/run")
        archive.writestr("folder/", b"")
    with open_regular(path) as file:
        found = [
            (one.name, one.kind, one.mode, one.target, whole(one.content))
            for one in zip_format.members(file, Budget(0), links=True)
        ]
        plain = [one.kind for one in zip_format.members(file, Budget(0), links=False)]
    assert found == [
        ("bin/run", "file", 0o755, "", b"program"),
        ("link", "symlink", 0o777, "bin/run", b""),
        ("folder/", "directory", 0o775, "", b""),
    ]
    assert plain == ["file", "file", "directory"]


def test_a_zip_archive_with_a_changed_file_or_a_huge_list_ends_cleanly(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", b"content")
    data = buffer.getvalue()
    with in_memory(tmp_path / "changed", data.replace(b"content", b"CONTENT")) as file, pytest.raises(DamagedError):
        [whole(one.content) for one in zip_format.members(file, Budget(0), links=True)]
    end = data.rindex(b"PK\5\6")
    huge = data[: end + 12] + (1 << 30).to_bytes(4, "little") + data[end + 16 :]
    with in_memory(tmp_path / "huge", huge) as file, pytest.raises(LimitError, match="list of members"):
        list(zip_format.members(file, Budget(0), links=True))
    for cut in range(0, len(data) - 1, 3):
        with in_memory(tmp_path / "cut", data[:cut]) as file, pytest.raises(DamagedError):
            list(zip_format.members(file, Budget(0), links=True))


def test_an_encrypted_member_is_told_not_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", b"content")
    data = bytearray(buffer.getvalue())
    for magic, at in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        data[data.index(magic) + at] |= 1
    with in_memory(tmp_path / "a", bytes(data)) as file:
        (member,) = zip_format.members(file, Budget(0), links=True)
    assert (member.kind, member.note) == ("special", "encrypted")


@pytest.mark.parametrize("payload", ["gzdio", "xzdio", "zstdio"])
def test_an_rpm_of_rpmbuild_gives_its_header_and_its_files(payload: str) -> None:
    with open_regular(PACKAGES / f"hello-{payload}.rpm") as file:
        header, part = rpm.read_header(file)
        found = [
            (one.name, one.kind, one.target, whole(one.content)[:4])
            for one in rpm.members(header, part, Budget(100_000))
        ]
    assert (header.name, header.version, header.architecture) == ("hello", "1.5-2", "x86_64")
    assert sorted(one for one in found if one[1] != "directory") == [
        ("./etc/ld.so.conf.d/hello.conf", "file", "", b"/opt"),
        ("./usr/bin/hello", "hardlink", "./usr/bin/hello-again", b""),  # rpm writes the content with the last name
        ("./usr/bin/hello-again", "file", "", b"\x7fELF"),
        ("./usr/bin/hello-script", "file", "", b"#!/b"),
        ("./usr/lib64/libhello.so.1", "symlink", "libhello.so.1.0", b""),
        ("./usr/lib64/libhello.so.1.0", "file", "", b"\x7fELF"),
        ("./usr/share/doc/hello/README", "file", "", b"a te"),
    ]


def test_an_rpm_that_is_cut_off_or_changed_ends_cleanly(tmp_path: Path) -> None:
    data = (PACKAGES / "hello-gzdio.rpm").read_bytes()

    def read(changed: bytes) -> None:
        with in_memory(tmp_path / "x.rpm", changed) as file:
            header, part = rpm.read_header(file)
            for member in rpm.members(header, part, Budget(len(data))):
                whole(member.content)

    read(data)
    for end in range(0, len(data), 197):
        with pytest.raises(ArchiveError):
            read(data[:end])
    chance = random.Random(3)  # noqa: S311 - chance that can be repeated
    for _ in range(100):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            changed[chance.randrange(len(data))] = chance.randrange(256)
        with contextlib.suppress(ArchiveError):
            read(bytes(changed))


def test_an_rpm_whose_payload_is_not_what_its_header_names_is_damaged(tmp_path: Path) -> None:
    data = (PACKAGES / "hello-zstdio.rpm").read_bytes()
    payload = data.index(b"\x28\xb5\x2f\xfd")
    digest = hashlib.sha256(data[payload:]).hexdigest().encode()
    assert data.count(digest) == 1
    with in_memory(tmp_path / "x.rpm", data.replace(digest, b"0" * 64)) as file:
        header, part = rpm.read_header(file)
        with pytest.raises(DamagedError, match="digest"):
            list(rpm.members(header, part, Budget(len(data))))


def cpio_header(name: str, mode: int = 0o100644, size: int = 0, links: int = 1, inode: int = 1) -> bytes:
    fields = [inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, len(name) + 1, 0]
    text = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return text + bytes(-len(text) % 4)


def test_a_cpio_archive_that_is_no_rpms_is_bounded_too() -> None:
    def read(data: bytes) -> list[str]:
        return [one.name for one in cpio.members(Stream(Text(data, 999)), Budget(0))]

    last = cpio_header("TRAILER!!!")
    assert read(cpio_header("a") + last) == ["a"]
    # The names of one file whose content never comes are an empty file.
    assert read(cpio_header("a", links=2) + cpio_header("b", links=2) + last) == ["a", "b"]
    for data in (b"070702", cpio_header("a", size=0xFFFFFFFF), cpio_header("a", 0o120777, 1 << 20) + bytes(1 << 20)):
        with pytest.raises(DamagedError):
            read(data)
    with pytest.raises(UnsupportedError):
        read(b"07070X" + bytes(200))


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is only on Debian systems")
def test_a_package_of_dpkg_deb_is_an_ar_archive(tmp_path: Path) -> None:
    control = tmp_path / "tree/DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text("Package: a\nVersion: 1\nArchitecture: all\nMaintainer: n\nDescription: d\n")
    package = tmp_path / "a.deb"
    subprocess.run(["dpkg-deb", "-b", tmp_path / "tree", package], check=True, capture_output=True)
    with open_regular(package) as file:
        found = {one.name: whole(one.content) for one in ar.members(file, Budget(0))}
    assert found["debian-binary"] == b"2.0\n"
    assert [name.partition(".")[0] for name in found] == ["debian-binary", "control", "data"]
    data = package.read_bytes()
    for end in (4, 20, 70, 100, len(data) - 40):
        with in_memory(tmp_path / "cut", data[:end]) as file, pytest.raises(DamagedError):
            list(ar.members(file, Budget(0)))


def test_opening_what_is_no_regular_file_never_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        open_regular(tmp_path / "pipe")


def test_parts_of_one_file_are_read_in_turn(tmp_path: Path) -> None:
    with in_memory(tmp_path / "a", b"0123456789") as file:
        one, two = FilePart(file, 0, 5), FilePart(file, 5, 5)
        assert [one.read(2), two.read(2), one.read(9), two.read(9), one.read(1)] == [b"01", b"56", b"234", b"789", b""]
        with pytest.raises(DamagedError):
            FilePart(file, 5, 6)
