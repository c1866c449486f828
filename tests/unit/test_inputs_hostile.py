"""Archives made to do harm: nothing outside is written or read, every run ends, memory and disk are bounded."""

from __future__ import annotations

import gzip
import io
import random
import stat
import struct
import tarfile
import time
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import pytest
from archive_samples import PACKAGES, file_of, linked, tar_of

from everylinux.images.directory import DirectoryTree
from everylinux.inputs import Batch, group_inputs, open_inputs

PROGRAM = Path("/bin/true").read_bytes()
SECRET = b"\x7fELF secret of this machine"


@pytest.fixture(autouse=True)
def unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which inputs are unpacked; whatever is tried, only there is written."""
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("everylinux.archives.budget.ALLOWANCE", 16 << 20)
    (tmp_path / "secret").write_bytes(SECRET)
    return tmp_path / "cache/unpacked"


def run(path: Path) -> tuple[dict[str, bytes], dict[str, str], bool]:
    """Return the files to judge with their content, what was skipped, and whether anything could not be read."""
    outside = {one for one in path.parent.rglob("*") if "cache" not in one.parts}
    files: dict[str, bytes] = {}
    skipped: dict[str, str] = {}
    incomplete = False
    for batch in open_inputs([str(path)]):
        for one in batch.files:
            assert one.member not in files
            files[one.member] = one.real.read_bytes()
            assert one.package is not None
            assert one.real.resolve() == one.real
            assert one.real.is_relative_to(one.package.directory)
            assert stat.S_IMODE(one.real.stat().st_mode) & ~0o755 == 0
        skipped |= {one.why: one.member for one in batch.skipped}
        incomplete = incomplete or batch.incomplete
    assert in_memory(path) == (files, skipped, incomplete)
    assert {one for one in path.parent.rglob("*") if "cache" not in one.parts} == outside
    assert list((path.parent / "cache/unpacked").iterdir()) == [] if (path.parent / "cache").exists() else True
    assert SECRET not in files.values()
    return files, skipped, incomplete


def in_memory(path: Path) -> tuple[dict[str, bytes], dict[str, str], bool]:
    """Return the same where a wheel's files stay in memory."""
    files: dict[str, bytes] = {}
    skipped: dict[str, str] = {}
    incomplete = False
    for group in group_inputs([str(path)]):
        for batch in [group] if isinstance(group, Batch) else group.open(held=True):
            for one in batch.files:
                assert one.package is not None
                held = one.package.content_of(one.real)
                assert (held is None) == (path.suffix != ".whl" and ".whl" not in one.member)
                files[one.member] = bytes(held.content) if held else one.real.read_bytes()
            skipped |= {one.why: one.member for one in batch.skipped}
            incomplete = incomplete or batch.incomplete
    return files, skipped, incomplete


def tar_at(path: Path, *members: tarfile.TarInfo, content: bytes = PROGRAM) -> Path:
    path.write_bytes(tar_of(*members, content=content))
    return path


def zip_at(path: Path, *members: tuple[str, bytes, int]) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # zipfile warns of names that come twice
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return path


OUTSIDE = "its name leads out of the archive"


def test_names_that_lead_out_are_left_out_and_the_rest_is_judged(tmp_path: Path) -> None:
    bad = ["../evil", "a/../../evil", "..", "a/b/../../../evil"]
    for path in (
        tar_at(tmp_path / "a.tar", *[file_of(name) for name in [*bad, "good", "/absolute"]]),
        zip_at(tmp_path / "a.zip", *[(name, PROGRAM, 0o100644) for name in [*bad, "good", "/absolute"]]),
        zip_at(tmp_path / "a-1-py3-none-any.whl", *[(name, PROGRAM, 0o100644) for name in [*bad, "good", "/absolute"]]),
    ):
        files, skipped, incomplete = run(path)
        assert files == {"good": PROGRAM, "absolute": PROGRAM}
        assert OUTSIDE in skipped
        assert not incomplete


def test_a_wheels_schemes_lead_nowhere_else(tmp_path: Path) -> None:
    names = ["x.data/scripts/../../../evil", "x.data/data/../evil", "x.data/data//etc/evil", "x.data/other/y"]
    files, skipped, _ = run(zip_at(tmp_path / "x-1-py3-none-any.whl", *[(name, PROGRAM, 0o100644) for name in names]))
    assert files.keys() == {"x.data/data/etc/evil", "x.data/other/y"}
    assert OUTSIDE in skipped


@pytest.mark.parametrize(
    "links",
    [
        [("out", "../../..")],
        [("out", "/")],
        [("one", "/.."), ("out", "one/../..")],
        [("out", "./../../../../../../../../..")],
    ],
)
def test_nothing_is_written_through_links(tmp_path: Path, links: list[tuple[str, str]]) -> None:
    members = [linked(name, target, tarfile.SYMTYPE) for name, target in links]
    escaped = str(tmp_path / "escaped")
    files, _, _ = run(tar_at(tmp_path / "a.tar", *members, file_of("out" + escaped), file_of("out/x")))
    assert set(files.values()) == {PROGRAM}
    assert not Path(escaped).exists()


def test_a_link_is_replaced_not_followed_when_its_name_comes_again(tmp_path: Path) -> None:
    secret = str(tmp_path / "secret")
    files, skipped, _ = run(
        tar_at(
            tmp_path / "a.tar", linked("x", secret, tarfile.SYMTYPE), file_of("x"), linked("y", "x", tarfile.LNKTYPE)
        )
    )
    assert set(files.values()) == {PROGRAM}
    assert "named twice in the archive: the last one counts" in skipped


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.SYMTYPE])
def test_no_link_reaches_a_file_of_this_machine(tmp_path: Path, kind: bytes) -> None:
    secret = str(tmp_path / "secret")
    targets = [secret, secret[1:], "../" * 20 + secret[1:], "via" + secret]
    links = [linked(f"lib{number}.so", target, kind) for number, target in enumerate(targets)]
    path = tar_at(tmp_path / "a.tar", linked("via", "/", tarfile.SYMTYPE), *links, file_of("program"))
    files, _, _ = run(path)
    assert files == {"program": PROGRAM}
    for batch in open_inputs([str(path)]):
        assert batch.package is not None
        tree = DirectoryTree(batch.package.directory)
        assert [tree.find(f"/lib{number}.so") for number in range(len(targets))] == [None] * len(targets)


def test_devices_and_pipes_are_told(tmp_path: Path) -> None:
    members = []
    for name, kind in (("null", tarfile.CHRTYPE), ("disk", tarfile.BLKTYPE), ("pipe", tarfile.FIFOTYPE)):
        member = tarfile.TarInfo(name)
        member.type, member.devmajor, member.devminor = kind, 1, 3
        members.append(member)
    files, skipped, _ = run(tar_at(tmp_path / "a.tar", *members, file_of("x")))
    assert files == {"x": PROGRAM}
    assert skipped == {"a device": "", "a pipe": "pipe"}


def test_a_program_with_holes_is_judged_and_holes_count_as_they_unpack(tmp_path: Path) -> None:
    """bsdtar stores each file with holes as a sparse one, and linkers leave holes between segments."""
    for size, whole in ((1 << 20, True), (1 << 40, False)):
        member = file_of("x")
        member.pax_headers = {"GNU.sparse.map": f"0,{len(PROGRAM)}", "GNU.sparse.size": str(size)}
        path = tar_at(tmp_path / "a.tar", member)
        if whole:
            assert run(path)[0] == {"x": PROGRAM + bytes(size - len(PROGRAM))}
        else:
            assert "larger than" in str(run(path)[1])


def test_of_two_members_of_one_name_the_last_counts(tmp_path: Path) -> None:
    other = PROGRAM + b"2"
    for path in (
        zip_at(tmp_path / "a.zip", ("x", PROGRAM, 0o100644), ("./x", other, 0o100755), ("X", PROGRAM, 0o100644)),
        zip_at(
            tmp_path / "b.zip",
            ("x", PROGRAM, 0o100644),
            ("y//../x", other, 0o100755),
            ("x", other, 0o100644),
            ("X", PROGRAM, 0o100644),
        ),
    ):
        files, skipped, _ = run(path)
        assert files == {"x": other, "X": PROGRAM}
        assert skipped["named twice in the archive: the last one counts"] == "x"


def test_a_file_in_the_place_of_a_folder_costs_only_itself(tmp_path: Path) -> None:
    files, skipped, _ = run(tar_at(tmp_path / "a.tar", file_of("a"), file_of("a/b"), file_of("c/d"), file_of("c")))
    assert files == {"a": PROGRAM, "c": PROGRAM}
    assert skipped["its folder is a file"] == "a/b"


def test_names_no_file_system_takes_cost_only_themselves(tmp_path: Path) -> None:
    names = ["n" * 256, "/".join(["d" * 200] * 30), "/".join("d" * 1000), "x" * 5000]
    files, skipped, _ = run(tar_at(tmp_path / "a.tar", *[file_of(name) for name in names], file_of("x")))
    assert files == {"x": PROGRAM}
    assert list(skipped) == ["its name is too long"]


def test_a_control_file_of_spaces_costs_no_time(tmp_path: Path) -> None:
    control = b"Package: x" + b" " * 900_000 + b"y\n" + b"a: \n" * 20_000
    parts = {"debian-binary": b"2.0\n", "control.tar": tar_of(file_of("control"), content=control)}
    parts["data.tar"] = tar_of(file_of("x"), content=PROGRAM)
    path = tmp_path / "a.deb"
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, content in parts.items():
            file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode())
            file.write(content + b"\n" * (len(content) % 2))
    before = time.monotonic()
    files, _, incomplete = run(path)
    assert (files, incomplete) == ({"x": PROGRAM}, False)
    assert time.monotonic() - before < 20
    for batch in open_inputs([str(path)]):
        assert batch.package is not None
        assert len(batch.package.name) <= 256


def test_an_encrypted_member_makes_the_answer_incomplete(tmp_path: Path) -> None:
    path = zip_at(tmp_path / "a.zip", ("x", PROGRAM, 0o100644))
    data = bytearray(path.read_bytes())
    for magic, at in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        data[data.index(magic) + at] |= 1
    path.write_bytes(data)
    assert run(path) == ({}, {"encrypted": "x"}, True)


def test_a_bomb_is_told_and_never_written_out(tmp_path: Path, unpacked: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("huge.so", b"\x7fELF" + bytes(40 << 20))
    before = time.monotonic()
    files, skipped, incomplete = run(path)
    assert (files, incomplete) == ({}, True)
    (why,) = skipped
    assert why.startswith("larger than ")
    assert time.monotonic() - before < 20
    assert sum(one.stat().st_size for one in unpacked.rglob("*")) == 0


def test_bombs_in_bombs_share_one_budget(tmp_path: Path) -> None:
    layer = gzip.compress(tar_of(file_of("x.so"), content=b"\x7fELF" + bytes(3 << 20)))
    inner = tar_of(*[file_of(f"{number}.tgz") for number in range(10)], content=layer)
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tar_of(*[file_of(f"{number}.tar") for number in range(10)], content=inner)))
    files, skipped, incomplete = run(path)
    assert incomplete
    assert any(why.startswith("larger than ") for why in skipped)
    assert len(files) < 10


def test_a_quine_of_archives_ends(tmp_path: Path) -> None:
    data = b"\x7fELF"
    for _ in range(12):
        data = tar_of(file_of("a.tar"), content=data)
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    files, skipped, incomplete = run(path)
    assert (files, incomplete) == ({}, True)
    assert skipped == {"archives deeper than 3 in each other": "a.tar!/a.tar!/a.tar"}


def test_a_large_file_streams(tmp_path: Path) -> None:
    path = tar_at(tmp_path / "a.tar.gz", file_of("x"), content=b"\x7fELF" + bytes(12 << 20))
    path.write_bytes(gzip.compress(path.read_bytes(), 1))
    next(iter(open_inputs([str(path)])))
    tracemalloc.start()
    try:
        for batch in open_inputs([str(path)]):
            assert len(list(batch.files)) == 1
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_overlapping_members_of_a_zip_archive_are_bounded(tmp_path: Path) -> None:
    """One compressed file that a thousand entries point to (a "better zip bomb")."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("x", b"\x7fELF" + bytes(1 << 20))
    data = buffer.getvalue()
    start = data.index(b"PK\1\2")
    end = data.index(b"PK\5\6")
    entries = data[start:end] * 1000
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1000, 1000, len(entries), start, 0)
    path = tmp_path / "a.zip"
    path.write_bytes(data[:start] + entries + tail)
    files, skipped, incomplete = run(path)
    assert (files, incomplete) == ({}, True)
    assert next(iter(skipped)).startswith("larger than ")


def test_a_damaged_archive_among_others_costs_only_itself(tmp_path: Path) -> None:
    good = tar_at(tmp_path / "good.tar", file_of("x"))
    bad = tmp_path / "bad.tar"
    bad.write_bytes(good.read_bytes()[: len(PROGRAM) // 2])
    garbage = zip_at(tmp_path / "garbage.zip", ("x", PROGRAM, 0o100644))
    content = bytearray(garbage.read_bytes())
    content[100:200] = bytes(100)
    garbage.write_bytes(content)
    found = [
        ([one.member for one in batch.files], [(one.path, one.why) for one in batch.skipped], batch.incomplete)
        for batch in open_inputs([str(bad), str(garbage), str(good)])
    ]
    assert found[0] == ([], [(str(bad), "it ends too early")], True)
    assert found[1][0] == []
    assert found[1][1][0][0] == str(garbage)
    assert found[1][2]
    assert found[2:] == [(["x"], [], False)]


def samples(tmp_path: Path) -> dict[str, bytes]:
    wheel = zip_at(tmp_path / "s.zip", ("a/x.so", PROGRAM[:500], 0o100755), ("s-1.dist-info/WHEEL", b"Tag: a-b-c", 0))
    return {
        "a.whl": wheel.read_bytes(),
        "a.tar": tar_of(
            file_of("a/x.so"), linked("l", "a", tarfile.SYMTYPE), file_of("n" * 200), content=PROGRAM[:500]
        ),
        "a.tgz": gzip.compress(tar_of(file_of("a/x.so"), content=PROGRAM[:500])),
        "a.rpm": (PACKAGES / "hello-zstdio.rpm").read_bytes(),
        "a.apk": (PACKAGES / "hello.apk").read_bytes(),
        "oci.tar": (PACKAGES / "image-oci.tar").read_bytes(),
        "docker.tar": (PACKAGES / "image-docker.tar").read_bytes(),
    }


@pytest.mark.parametrize("name", ["a.whl", "a.tar", "a.tgz", "a.rpm", "a.apk", "oci.tar", "docker.tar"])
def test_changed_archives_never_crash(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)  # noqa: S311 - chance that can be repeated
    data = samples(tmp_path)[name]
    (tmp_path / "x").mkdir()
    for _ in range(40):
        changed = bytearray(data)
        for _ in range(chance.choice([1, 1, 2, 5, 20])):
            at = chance.randrange(len(changed))
            match chance.randrange(4):
                case 0:
                    changed[at] = chance.randrange(256)
                case 1:
                    changed[at : at + 4] = chance.choice([b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"])
                case 2:
                    del changed[at : at + chance.randrange(600)]
                case 3:
                    changed[at:at] = changed[: chance.randrange(600)]
            if not changed:
                break
        path = tmp_path / "x" / name
        path.write_bytes(changed)
        for batch in open_inputs([str(path)]):
            list(batch.files)
    assert {one.name for one in tmp_path.iterdir()} == {"cache", "x", "secret", "s.zip"}
