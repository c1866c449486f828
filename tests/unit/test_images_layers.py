"""Layers and archives as images: what containers would see, and nothing outside of the folder, whatever they hold."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import random
import subprocess
import sys
import tarfile
import threading
from typing import TYPE_CHECKING

import pytest
from archive_samples import PACKAGES, Text, file_of, linked, tar_of, zstd

from everylinux.archives import tar
from everylinux.archives.budget import Budget
from everylinux.archives.errors import ArchiveError, DamagedError, LimitError, UnsupportedError
from everylinux.archives.streams import Stream
from everylinux.errors import InputOutputError, UsageError
from everylinux.images import directories_of, open_images
from everylinux.images.blobs import ArchiveBlobs, FolderBlobs
from everylinux.images.layers import apply_layer
from everylinux.images.oci import read_images, unpack_image

if TYPE_CHECKING:
    from pathlib import Path

HELLO = {
    "etc",
    "etc/ld.so.conf.d",
    "etc/ld.so.conf.d/hello.conf",
    "link",
    "link/inside",
    "usr",
    "usr/bin",
    "usr/bin/hello",
    "usr/bin/hello-again",
    "usr/bin/hello-script",
    "usr/lib64",
    "usr/lib64/libhello.so.1",
    "usr/lib64/libhello.so.1.0",
}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "deep" / "root"
    folder.mkdir(parents=True)
    return folder


def below(path: Path) -> set[str]:
    return {found.relative_to(path).as_posix() for found in path.rglob("*")}


def folder_of(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = tarfile.DIRTYPE
    return member


def apply(root: Path, *members: tarfile.TarInfo, whiteouts: bool = True, content: bytes = b"content") -> None:
    data = tar_of(*members, content=content)
    budget = Budget(len(data))
    apply_layer(tar.members(Stream(Text(data, 1 << 16)), budget), root, budget, whiteouts=whiteouts)


def test_a_whiteout_takes_a_file_of_lower_layers_away(root: Path) -> None:
    apply(root, file_of("a/one"), file_of("a/two"), file_of("b/three"))
    apply(root, file_of("a/.wh.one"), file_of(".wh.b"), file_of(".wh.never"))
    assert below(root) == {"a", "a/two"}


@pytest.mark.parametrize("first", [True, False])
def test_an_opaque_folder_hides_only_lower_layers_wherever_its_mark_stands(root: Path, *, first: bool) -> None:
    apply(root, file_of("a/old"), file_of("a/deep/old"), file_of("a/kept/old"))
    mark, new = file_of("a/.wh..wh..opq"), [file_of("a/new"), file_of("a/kept/new")]
    apply(root, *([mark, *new] if first else [*new, mark]))
    assert below(root) == {"a", "a/new", "a/kept", "a/kept/new"}


def test_a_whiteout_never_hides_its_own_layer(root: Path) -> None:
    apply(root, file_of("a/old"))
    apply(root, file_of("a/new"), file_of(".wh.a"), file_of("b"), file_of(".wh.b"))
    assert below(root) == {"a", "a/new", "b"}


def test_later_layers_replace_files_links_and_folders(root: Path) -> None:
    apply(root, file_of("a"), file_of("b/inner"), linked("c", "b", tarfile.SYMTYPE), folder_of("d"))
    apply(root, folder_of("a"), file_of("b"), folder_of("c"), linked("d", "a", tarfile.SYMTYPE))
    assert (root / "a").is_dir()
    assert (root / "b").is_file()
    assert (root / "c").is_dir()
    assert not (root / "c").is_symlink()
    assert (root / "d").is_symlink()


def test_members_are_reached_through_links_of_lower_layers_as_after_chroot(root: Path) -> None:
    apply(root, folder_of("usr/lib"), linked("lib", "/usr/lib", tarfile.SYMTYPE), file_of("usr/lib/old"))
    apply(root, file_of("lib/new", 0o4755), file_of("lib/.wh.old"))
    assert below(root) == {"lib", "usr", "usr/lib", "usr/lib/new", "lib/new"} - {"lib/new"}
    assert (root / "usr/lib/new").stat().st_mode & 0o7777 == 0o755


def test_a_hard_link_reaches_a_file_of_a_lower_layer(root: Path) -> None:
    apply(root, file_of("a"))
    apply(root, linked("b", "a", tarfile.LNKTYPE), linked("a", "a", tarfile.LNKTYPE))
    assert (root / "a").stat().st_ino == (root / "b").stat().st_ino


@pytest.mark.parametrize("target", ["none", "none/deep/file", "folder"])
def test_a_hard_link_to_nothing_is_damage(root: Path, target: str) -> None:
    with pytest.raises(DamagedError, match="hard link to a file that is not there"):
        apply(root, folder_of("folder"), linked("b", target, tarfile.LNKTYPE))


@pytest.mark.parametrize("name", ["a/.wh.", "a/.wh..", "a/.wh..."])
def test_a_whiteout_of_nothing_is_damage(root: Path, name: str) -> None:
    apply(root, file_of("a/b"))
    with pytest.raises(DamagedError, match="cannot be unpacked"):
        apply(root, file_of(name))
    assert below(root) == {"a", "a/b"}


def test_in_a_single_root_whiteouts_are_plain_names(root: Path) -> None:
    apply(root, file_of("a"), file_of(".wh.a"), whiteouts=False)
    assert below(root) == {"a", ".wh.a"}


@pytest.mark.parametrize(
    "members",
    [
        [file_of("../../escaped")],
        [file_of("a/../../../escaped")],
        [file_of("../.wh.secret")],
        [linked("out", "/", tarfile.SYMTYPE), file_of("out/escaped")],
        [linked("out", "../..", tarfile.SYMTYPE), file_of("out/escaped"), file_of("out/.wh.secret")],
        [linked("out", "..", tarfile.SYMTYPE), file_of("out/.wh..wh..opq")],
        [linked("one", "two", tarfile.SYMTYPE), linked("two", "/..", tarfile.SYMTYPE), file_of("one/escaped")],
        [linked("stolen", "../../secret", tarfile.LNKTYPE)],
        [linked("s", "../../secret", tarfile.SYMTYPE), linked("stolen", "s", tarfile.LNKTYPE), file_of("s")],
        [linked("s", "../../secret", tarfile.SYMTYPE), file_of("s")],
        [linked("loop", "loop", tarfile.SYMTYPE), file_of("loop/x")],
        [file_of("x" * 300)],
        [file_of("/".join("abcdefgh" for _ in range(20)))],
        [file_of("a"), file_of("a/b")],
        [file_of(".."), folder_of("..")],
        [linked("empty", "", tarfile.SYMTYPE)],
    ],
    ids=lambda members: "+".join(member.name[:20] for member in members),
)
def test_nothing_is_written_linked_or_removed_outside(
    root: Path, tmp_path: Path, members: list[tarfile.TarInfo]
) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "deep" / "beside").write_text("beside")
    before = {name for name in below(tmp_path) if not name.startswith("deep/root/")}
    try:
        apply(root, *members)
    except DamagedError as error:
        assert "cannot be unpacked" in str(error)  # noqa: PT017 - an error is one of two right outcomes
    assert {name for name in below(tmp_path) if not name.startswith("deep/root/")} == before
    assert (tmp_path / "secret").read_text() == "secret"
    inside = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    assert "secret" not in {path.read_text() for path in inside}


@pytest.mark.parametrize("seed", range(20))
def test_layers_of_chance_stay_inside(root: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance that can be repeated
    (tmp_path / "secret").write_text("secret")
    parts = ["a", "b", "c", "..", ".", "", ".wh.a", ".wh.b", ".wh..wh..opq", ".wh.", ".wh...", "secret"]
    targets = ["a", "b/c", "..", "../../secret", "/", "/a", "/../../secret", "../..", "a/../../..", str(tmp_path)]

    def member() -> tarfile.TarInfo:
        name = "/".join(chance.choice(parts) for _ in range(chance.randint(1, 4)))
        match chance.randrange(5):
            case 0:
                return folder_of(name)
            case 1:
                return linked(name, chance.choice(targets), tarfile.SYMTYPE)
            case 2:
                return linked(name, chance.choice(targets), tarfile.LNKTYPE)
            case _:
                return file_of(name)

    before = {name for name in below(tmp_path) if not name.startswith("deep/root/")}
    for _ in range(60):
        with contextlib.suppress(DamagedError):
            apply(root, *[member() for _ in range(chance.randint(1, 6))])
    assert {name for name in below(tmp_path) if not name.startswith("deep/root/")} == before
    assert (tmp_path / "secret").read_text() == "secret"
    assert (tmp_path / "secret").stat().st_nlink == 1


def test_devices_and_pipes_are_left_out(root: Path) -> None:
    members = [tarfile.TarInfo(name) for name in ("null", "pipe")]
    members[0].type, members[1].type = tarfile.CHRTYPE, tarfile.FIFOTYPE
    apply(root, *members)
    assert below(root) == set()


def test_a_chain_of_links_without_end_ends(root: Path) -> None:
    members = [linked(f"l{number}", f"l{number + 1}/l{number + 1}", tarfile.SYMTYPE) for number in range(60)]
    with pytest.raises(DamagedError, match="loop of links"):
        apply(root, *members, file_of("l0/x"))


class Layout:
    """Writes an OCI layout by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs/sha256").mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        self.manifests: list[dict[str, object]] = []

    def blob(self, content: bytes, kind: str = "") -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        path = self.folder / "blobs/sha256" / digest
        if not path.exists():
            path.write_bytes(content)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(content)}

    def image(
        self, *layers: bytes, machine: str = "amd64", variant: str = "", tag: str = "", system: str = "linux"
    ) -> None:
        platform = {"os": system, "architecture": machine, "variant": variant}
        config = self.blob(json.dumps({**platform, "rootfs": {"type": "layers", "diff_ids": []}}).encode())
        manifest = self.blob(json.dumps({"config": config, "layers": [self.blob(one) for one in layers]}).encode())
        named = {"annotations": {"org.opencontainers.image.ref.name": tag}} if tag else {}
        self.manifests.append({**manifest, "platform": platform, **named})

    def write(self) -> str:
        (self.folder / "index.json").write_text(json.dumps({"manifests": self.manifests}))
        return f"oci:{self.folder}"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "layout")


@pytest.mark.parametrize("name", ["image-oci.tar", "image-docker.tar", "image-zstd.tar"])
@pytest.mark.parametrize("compress", [None, gzip.compress, zstd.compress])
def test_images_of_real_tools_are_unpacked_as_containers_see_them(tmp_path: Path, name: str, compress: object) -> None:
    path = PACKAGES / name
    if compress is not None:
        path = tmp_path / name
        path.write_bytes(compress((PACKAGES / name).read_bytes()))  # type: ignore[operator]
    (image,) = open_images([f"oci:{path}"])
    (folder,) = directories_of(image)
    assert below(folder) == HELLO
    assert (image.name, image.platforms()) == (f"oci:{path}", ("linux/amd64",))
    found = image.tree("linux/amd64").find("/usr/lib64/libhello.so.1")
    assert found is not None
    assert found.elf().soname == "libhello.so.1"
    assert image.tree("linux/amd64").find("/usr/bin/hello").executable  # type: ignore[union-attr]


def test_an_image_is_unpacked_once_for_its_content(tmp_path: Path) -> None:
    (first,) = directories_of(open_images([f"oci:{PACKAGES}/image-oci.tar"])[0])
    (again,) = directories_of(open_images([f"other=oci:{PACKAGES}/image-oci.tar"])[0])
    assert first == again
    assert {path.name.split("-")[0] for path in (tmp_path / "cache/images").iterdir() if path.is_dir()} == {"oci"}


def test_two_threads_that_want_one_image_make_it_once() -> None:
    found: list[Path] = []

    def use() -> None:
        found.extend(directories_of(open_images([f"oci:{PACKAGES}/image-docker.tar"])[0]))

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert below(found[0]) == HELLO


def test_a_killed_run_leaves_no_half_image(tmp_path: Path) -> None:
    program = """
import os, signal, sys
from everylinux.images import archive, open_images
def killed(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
archive.unpack_image = killed
open_images([sys.argv[1]])
"""
    done = subprocess.run([sys.executable, "-c", program, f"oci:{PACKAGES}/image-oci.tar"], check=False)
    assert done.returncode == -9
    assert any(path.name.startswith(".partial-") for path in (tmp_path / "cache/images").iterdir())
    (folder,) = directories_of(open_images([f"oci:{PACKAGES}/image-oci.tar"])[0])
    assert below(folder) == HELLO
    assert not any(path.name.startswith(".partial-") for path in folder.parent.iterdir())


def test_each_platform_of_an_index_is_its_own_root(layout: Layout) -> None:
    layout.image(tar_of(file_of("amd")))
    layout.image(gzip.compress(tar_of(file_of("arm"))), machine="arm64", variant="v8")
    layout.image(tar_of(file_of("seven")), machine="arm", variant="v7")
    layout.image(tar_of(file_of("window")), system="windows")
    layout.image(tar_of(file_of("signature")), machine="unknown", system="unknown")
    (image,) = open_images([layout.write()])
    assert image.platforms() == ("linux/amd64", "linux/arm64", "linux/arm/v7")
    assert image.tree("linux/arm64").find("/arm") is not None
    assert image.tree("linux/amd64").find("/arm") is None
    with pytest.raises(KeyError):
        image.tree("linux/s390x")


def test_an_index_in_an_index_is_followed(layout: Layout) -> None:
    layout.image(tar_of(file_of("a")))
    inner = json.dumps({"manifests": layout.manifests}).encode()
    layout.manifests = [layout.blob(inner, "application/vnd.oci.image.index.v1+json")]
    (image,) = open_images([layout.write()])
    assert [below(folder) for folder in directories_of(image)] == [{"a"}]


def test_a_tag_chooses_one_of_several_images(layout: Layout) -> None:
    layout.image(tar_of(file_of("old")), tag="1")
    layout.image(tar_of(file_of("new")), tag="2")
    reference = layout.write()
    with pytest.raises(UsageError, match="several images"):
        open_images([reference])
    (image,) = open_images([f"{reference}:2"])
    assert [below(folder) for folder in directories_of(image)] == [{"new"}]
    with pytest.raises(UsageError, match="no image '3'"):
        open_images([f"{reference}:3"])


def test_every_blob_is_compared_with_its_digest(layout: Layout) -> None:
    layer = tar_of(file_of("a"))
    layout.image(layer)
    del layout.manifests[0]["platform"]  # so that the configuration has to tell it
    reference = layout.write()
    for path in sorted((layout.folder / "blobs/sha256").iterdir()):
        content = path.read_bytes()
        changed = (
            content.replace(b"content", b"another")
            .replace(b"amd64", b"arm64")
            .replace(b'"layers": [{', b'"layers":  [{')
        )
        assert changed != content
        path.write_bytes(changed)
        with pytest.raises(InputOutputError, match=r"not what its digest names"):
            list(directories_of(open_images([reference])[0]))
        path.unlink()
        with pytest.raises(InputOutputError, match="missing"):
            list(directories_of(open_images([reference])[0]))
        path.write_bytes(content)
    assert len(directories_of(open_images([reference])[0])) == 1


def test_a_docker_archive_is_compared_with_the_digests_of_its_configuration(tmp_path: Path) -> None:
    data = (PACKAGES / "image-docker.tar").read_bytes()
    path = tmp_path / "changed.tar"
    path.write_bytes(data.replace(b"second\n", b"SECOND\n"))
    assert path.read_bytes() != data
    with pytest.raises(InputOutputError, match="not what its digest names"):
        open_images([f"oci:{path}"])


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("{", "malformed"),
        ('{"manifests": 1}', "malformed"),
        ("[" * 100_000, "malformed"),
        ('{"manifests": []}', "no image for Linux"),
        ('{"manifests": [{"digest": "sha256:../../../etc/passwd"}]}', "no digest"),
        ('{"manifests": [{"digest": "sha256:' + "0" * 64 + '"}]}', "missing"),
        ('{"manifests": [' + ",".join(['{"digest": "x"}'] * 1000) + "]}", "more images"),
        ('{"manifests": ["' + "x" * (5 << 20) + '"]}', "too long"),
    ],
    ids=range(8),
)
def test_an_index_that_lies_is_one_clear_error(layout: Layout, index: str, message: str) -> None:
    reference = layout.write()
    (layout.folder / "index.json").write_text(index)
    with pytest.raises(InputOutputError, match=message):
        open_images([reference])


def test_a_layout_of_links_and_pipes_leads_nowhere(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"secret": 1}')
    reference = layout.write()
    (layout.folder / "index.json").unlink()
    os.mkfifo(layout.folder / "index.json")
    with pytest.raises(InputOutputError, match="not a regular file"):
        open_images([reference])
    (layout.folder / "index.json").unlink()
    (layout.folder / "index.json").symlink_to(tmp_path / "secret")
    with pytest.raises(InputOutputError, match="malformed"):
        open_images([reference])


def test_layers_without_end_are_bounded(layout: Layout, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("everylinux.archives.budget.ALLOWANCE", 16 << 20)
    bomb = gzip.compress(tar_of(file_of("a"), content=bytes(1 << 20)))
    digest = {"digest": f"sha256:{hashlib.sha256(bomb).hexdigest()}"}
    layout.image(*[bomb] * 499)
    layout.write()
    with FolderBlobs(layout.folder) as blobs:
        (image,) = read_images(blobs)
        with pytest.raises(LimitError, match="larger than"):
            unpack_image(blobs, image, root, Budget(1))
    manifest = layout.blob(json.dumps({"config": digest, "layers": [digest] * 501}).encode())
    layout.manifests = [{**manifest, "platform": {"os": "linux", "architecture": "amd64"}}]
    layout.write()
    with FolderBlobs(layout.folder) as blobs, pytest.raises(DamagedError, match="501 layers"):
        read_images(blobs)


def test_an_image_only_for_another_system_is_told(layout: Layout) -> None:
    layout.image(tar_of(file_of("a")), system="windows")
    layout.write()
    with FolderBlobs(layout.folder) as blobs, pytest.raises(UnsupportedError, match="no image for Linux"):
        read_images(blobs)


def test_links_in_an_archive_of_an_image_end(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(
        tar_of(linked("manifest.json", "manifest.json", tarfile.SYMTYPE), linked("a", "b", tarfile.LNKTYPE))
    )
    with ArchiveBlobs(path, Budget(0), tmp_path) as blobs:
        assert blobs.open("manifest.json") is None
        assert blobs.open("a") is None
        with pytest.raises(ArchiveError, match="neither"):
            read_images(blobs)


def test_a_root_file_system_in_an_archive_is_an_image(tmp_path: Path) -> None:
    path = tmp_path / "root.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add("/bin/true", "usr/bin/true")
        archive.addfile(linked("bin", "usr/bin", tarfile.SYMTYPE))
    (image,) = open_images([f"mine=tar:{path}"])
    assert image.name == "mine"
    assert image.tree("linux/amd64").find("/bin/true") is not None


def test_what_cannot_be_opened_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        open_images([f"tar:{tmp_path}/none.tar"])
    with pytest.raises(UsageError, match="there is no file"):
        open_images([f"oci:{tmp_path}/none"])
    for name in ("image-oci.tar", "image-docker.tar"):
        with pytest.raises(UsageError, match="is a container image"):
            open_images([f"tar:{PACKAGES / name}"])
    broken = tmp_path / "broken.tar"
    broken.write_bytes(b"no archive at all" * 100)
    with pytest.raises(InputOutputError, match=r"broken\.tar: a header in it has a wrong check sum"):
        open_images([f"tar:{broken}"])
    with pytest.raises(InputOutputError, match="neither"):
        open_images([f"oci:{tmp_path}"])
    assert not any(path.is_dir() for path in (tmp_path / "cache/images").iterdir())
