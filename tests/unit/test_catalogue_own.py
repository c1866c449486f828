"""Images of the user's own: measured from folders, kept in the user's catalogue, judged by name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.file import ElfFacts
from everylinux.errors import InputOutputError, NothingSelectedError, UsageError
from everylinux.images import catalogue
from everylinux.images.directory import DirectoryImage
from everylinux.images.environment import splits
from everylinux.images.own import add_image, remove_image
from everylinux.images.stored import file_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from everylinux.elf.file import Export
    from everylinux.images.interface import Entry


@pytest.fixture(autouse=True)
def _own_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    catalogue.forget()
    yield
    monkeypatch.undo()
    catalogue.forget()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a root with this machine's own C library, a program, a script and a text file among the libraries."""
    folder = tmp_path / "root"
    (folder / "usr/bin").mkdir(parents=True)
    (folder / "usr/lib").mkdir()
    (folder / "lib").symlink_to("usr/lib")
    shutil.copy(real_file("libc.so.6"), folder / "usr/lib/libc.so.6")
    (folder / "usr/lib/libtext.so").write_text("INPUT(-lc)")
    shutil.copy("/bin/true", folder / "usr/bin/true")
    (folder / "usr/bin/hello").write_text("#!/usr/bin/env sh\nexit 0\n")
    (folder / "usr/bin/hello").chmod(0o755)
    return folder


def real_file(name: str) -> Path:
    for line in Path("/proc/self/maps").read_text().splitlines():
        if line.endswith(f"/{name}") and " r-xp " in line:  # loaded; what other tests read is mapped, too
            return Path(line.split(maxsplit=5)[5])
    pytest.skip(f"this Python does not run on {name}")


def as_sets(exports: Mapping[str, tuple[Export, ...]]) -> dict[str, set[Export]]:
    return {name: set(found) for name, found in exports.items()}


def test_an_added_image_answers_as_its_folder_does(root: Path) -> None:
    listing = add_image("mine:1", f"dir:{root}", root)
    assert listing.provenance == "measured"
    real = DirectoryImage("real", root)
    image = catalogue.open_entry("mine:1")
    assert image.platforms() == real.platforms()
    described, folder = image.tree(image.platforms()[0]), real.tree(image.platforms()[0])
    for path in ("/lib/libc.so.6", "/usr/bin/true", "/usr/bin/hello", "/lib/libtext.so", "/lib/libm.so.6"):
        ours, theirs = described.find(path), folder.find(path)
        assert (ours is None) == (theirs is None)
        if ours and theirs:
            assert (ours.resolved, ours.executable, ours.directory) == (
                theirs.resolved,
                theirs.executable,
                theirs.directory,
            )
    libc, real_libc = described.find("/lib/libc.so.6"), folder.find("/lib/libc.so.6")
    assert libc is not None
    assert real_libc is not None
    assert what_elf_says(libc) == what_elf_says(real_libc)
    assert as_sets(libc.elf().exports) == as_sets(real_libc.elf().exports)
    script = described.find("/usr/bin/hello")
    assert script is not None
    assert script.head(100) == b"#!/usr/bin/env sh\n"


def test_what_programs_open_is_kept_or_known_to_be_lacking(root: Path) -> None:
    for name in ("etc/ssl/certs/ca-certificates.crt", "etc/nsswitch.conf", "usr/lib/locale/de_DE.utf8/LC_CTYPE"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("hosts: files\n")
    add_image("mine", "dir:x", root)
    image = catalogue.open_entry("mine")
    tree = image.tree(image.platforms()[0])
    real = DirectoryImage("real", root).tree(image.platforms()[0])
    kept = ("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs", "/etc/nsswitch.conf", "/usr/lib/locale/de_DE.utf8")
    for path in (*kept, "/etc/passwd", "/etc/pki/tls/cert.pem", "/usr/share/zoneinfo", "/usr/lib/locale/fr_FR.utf8"):
        assert (tree.find(path) is None) == (real.find(path) is None) == (path not in kept), path
        assert tree.lacks(path) == real.lacks(path), path
    entry = tree.find("/etc/nsswitch.conf")
    assert entry is not None
    assert entry.head(4096) == b"hosts: files\n"


def test_adding_again_replaces_the_whole_image(root: Path) -> None:
    add_image("mine", "dir:first", root)
    (root / "usr/lib/libtext.so").unlink()
    assert add_image("mine", "dir:second", root).source == "dir:second"
    image = catalogue.open_entry("mine")
    assert image.tree(image.platforms()[0]).find("/usr/lib/libtext.so") is None
    assert [path.name for path in catalogue.user_folder().iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "name", ["debian:12", "debian:bookworm", "debian", "all", "dir:x", "../x", "a b", "", "-x", "Mine"]
)
def test_names_that_mean_something_else_are_refused(name: str, root: Path) -> None:
    with pytest.raises(UsageError):
        add_image(name, "dir:x", root)
    assert not catalogue.user_folder().exists()


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(NothingSelectedError):
        add_image("mine", "dir:empty", empty)


def test_a_damaged_entry_is_one_clear_error(root: Path) -> None:
    add_image("mine", "dir:x", root)
    (catalogue.user_folder() / "mine" / "catalogue.json").write_bytes(b"\xff{")
    catalogue.forget()
    with pytest.raises(InputOutputError, match=r"catalogue\.json cannot be read"):
        catalogue.names()


def test_what_a_killed_run_left_is_not_read(root: Path) -> None:
    add_image("mine", "dir:x", root)
    (catalogue.user_folder() / ".partial-other.1234").mkdir()
    catalogue.forget()
    assert "mine" in catalogue.names()
    assert "other" not in catalogue.names()


def test_links_out_of_the_folder_are_not_followed(root: Path) -> None:
    (root / "usr/local").mkdir()
    (root / "usr/local/lib").symlink_to("/usr/lib")
    (root / "usr/lib/libout.so").symlink_to("../../../../../../../etc/passwd")
    add_image("mine", "dir:x", root)
    image = catalogue.open_entry("mine")
    tree = image.tree(image.platforms()[0])
    assert tree.find("/usr/lib/libout.so") is None
    assert tree.names("/usr/local/lib") == tree.names("/usr/lib")


def test_hostile_folders_are_measured_or_refused_but_never_crash(root: Path) -> None:
    os.mkfifo(root / "usr/lib/libpipe.so")
    (root / os.fsdecode(b"usr/lib/lib\xff.so")).symlink_to(os.fsdecode(b"\xff\xfe"))
    (root / os.fsdecode(b"usr/bin/\xff")).write_bytes(b"#!\xff\x00")
    (root / os.fsdecode(b"usr/bin/\xff")).chmod(0o755)
    (root / "usr/lib/libempty.so").write_bytes(b"")
    (root / "usr/lib/libcut.so").write_bytes((root / "usr/lib/libc.so.6").read_bytes()[:5000])
    (root / "usr/lib/libheader.so").write_bytes(b"\x7fELF" + b"\xff" * 60)
    (root / "usr/lib/up.so").symlink_to("..")
    (root / "usr/lib/round.so").symlink_to("round.so")
    deep = root / "usr/lib" / "/".join(["d"] * 100)
    deep.mkdir(parents=True)
    add_image("mine", "dir:x", root)
    image = catalogue.open_entry("mine")
    tree = image.tree(image.platforms()[0])
    real = DirectoryImage("real", root).tree(image.platforms()[0])
    for path in ("/lib/libempty.so", "/lib/libcut.so", "/lib/libheader.so", "/lib/round.so", "/lib/libc.so.6"):
        ours, theirs = tree.find(path), real.find(path)
        assert (ours is None) == (theirs is None), path
        if ours and theirs:
            assert what_elf_says(ours) == what_elf_says(theirs), path


def what_elf_says(entry: Entry) -> object:
    try:
        elf = entry.elf()
        return {name: getattr(elf, name) for name in ElfFacts.__struct_fields__}
    except (NotElfError, CorruptElfError):
        return "not usable"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("entries/*.json", (b'"libraries":', b'"nothing":')),
        ("entries/*.json", (b'"sets":', b'"nothing":')),
        ("entries/*.json", (b"linux/", b"linux-")),
        ("libraries/libc.so.6.json", (b'"id":"', b'"id":"x')),
        ("libraries/libc.so.6.json", (b'"sets":[', b'"sets":[], "nothing":[')),
        ("libraries/libc.so.6.json", (b"{", b"[")),
        ("catalogue.json", (b"{", b"")),
        ("catalogue.json", (b"{", b'{"deep":' + b"[" * 50_000)),
        ("libraries/libc.so.6.json", (b"{", b'{"deep":' + b"[" * 50_000)),
    ],
)
def test_a_damaged_entry_is_one_clear_error_or_judged_by_what_is_left(
    kind: str, change: tuple[bytes, bytes], root: Path
) -> None:
    from everylinux.images import open_images
    from everylinux.loader import check_file

    add_image("mine", "dir:root", root)
    (path,) = catalogue.user_folder().glob(f"*/{kind}")
    content = path.read_bytes()
    assert change[0] in content.replace(b'": ', b'":')
    path.write_bytes(content.replace(b'": ', b'":').replace(*change, 1))
    catalogue.forget()
    try:
        check_file(root / "usr/bin/true", open_images(["mine"]))
    except InputOutputError as error:
        assert str(path.parent.parent) in error.message or path.name in error.message  # noqa: PT017 - one of the two


def test_an_added_image_keeps_whether_its_env_splits_a_first_line(root: Path) -> None:
    """The long options of coreutils' env stand in its file as they are; in ``true`` there is none of them."""
    shutil.copy("/bin/true", root / "usr/bin/env")
    add_image("old:1", "dir:x", root)
    with (root / "usr/bin/env").open("ab") as file:
        file.write(b"split-string")
    add_image("new:1", "dir:x", root)
    told = []
    for image in (catalogue.open_entry("old:1"), catalogue.open_entry("new:1")):
        env = image.tree(image.platforms()[0]).find("/usr/bin/env")
        assert env is not None
        told.append(splits(env))
    assert told == [False, True]


def test_an_added_image_is_removed_as_a_whole(root: Path) -> None:
    add_image("mine", "dir:x", root)
    add_image("mine:2", "dir:x", root)
    assert remove_image("mine").source == "dir:x"
    assert "mine" not in catalogue.names()
    assert [path.name for path in catalogue.user_folder().iterdir()] == [file_name("mine:2").removesuffix(".json")]


@pytest.mark.parametrize("name", ["debian:12", "debian:bookworm", "scratch", "mine"])
def test_what_was_not_added_is_not_removed(name: str) -> None:
    with pytest.raises(UsageError):
        remove_image(name)
    assert "debian:12" in catalogue.names()
