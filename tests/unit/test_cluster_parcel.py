"""What travels to a worker, and what a worker makes of it; without any cluster."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from everylinux.cluster import delivery, store
from everylinux.cluster.delivery import GoneError, deliver
from everylinux.cluster.parcel import tree_of_files, tree_of_folder
from everylinux.errors import InputOutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORKER = "tcp://127.0.0.1:1"
NOT_UTF_8 = os.fsdecode(b"caf\xe9")


class Calls:
    """A worker in this process; notes what it is asked for."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.messages: list[list[store.Piece]] = []

    def __call__(self, worker: str, function: Callable[..., object], *arguments: object) -> object:
        assert worker == WORKER
        self.made.append(function.__name__)
        if function is store.take:
            self.messages.append(arguments[0])  # type: ignore[arg-type] # as it is called
        return function(*arguments)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setenv("EVERYLINUX_CACHE", str(cache))
    return cache


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "usr" / "lib").mkdir(parents=True)
    (root / "empty").mkdir(mode=0o700)
    (root / "run" / "secret").mkdir(parents=True)
    (root / "run" / "secret" / "file").write_text("not shown to any program")
    (root / "usr" / "lib" / "libx.so.1.0").write_bytes(b"library")
    os.link(root / "usr" / "lib" / "libx.so.1.0", root / "usr" / "lib" / "libx-hard.so")
    (root / "usr" / "lib" / "libx.so.1").symlink_to("libx.so.1.0")
    (root / "lib").symlink_to("/usr/lib")
    (root / "tool").write_bytes(b"library")
    (root / "tool").chmod(0o4751)
    (root / NOT_UTF_8).write_bytes(b"")
    os.mkfifo(root / "pipe")
    return root


def sent(tree_folder: Path) -> dict[str, object]:
    """Return what is in a folder: of each file its content and mode, of each link its target."""
    found: dict[str, object] = {}
    for path in sorted(tree_folder.rglob("*")):
        name = str(path.relative_to(tree_folder))
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_dir():
            found[name] = None
        else:
            found[name] = (path.read_bytes(), oct(path.stat().st_mode & 0o7777))
    return found


def test_a_folder_arrives_as_it_is_without_pipes_and_set_user_bits(root: Path) -> None:
    tree = tree_of_folder(root, empty=("run",))
    deliver(tree, WORKER, Calls(), print)
    there = store.folder(tree.name)
    assert sent(there) == {
        "empty": None,
        NOT_UTF_8: (b"", "0o644"),
        "lib": "/usr/lib",
        "run": None,
        "tool": (b"library", "0o751"),
        "usr": None,
        "usr/lib": None,
        "usr/lib/libx-hard.so": (b"library", "0o644"),
        "usr/lib/libx.so.1": "libx.so.1.0",
        "usr/lib/libx.so.1.0": (b"library", "0o644"),
    }
    libraries = there / "usr" / "lib"
    assert (libraries / "libx-hard.so").samefile(libraries / "libx.so.1.0")
    assert not (there / "tool").samefile(libraries / "libx.so.1.0")


def test_files_arrive_at_their_absolute_paths_and_links_as_what_they_lead_to(tmp_path: Path) -> None:
    program = tmp_path / "app" / "bin" / "program"
    library = tmp_path / "app" / "lib" / "libx.so.1"
    for path in (program, library):
        path.parent.mkdir(parents=True)
        path.write_bytes(path.name.encode())
    program.chmod(0o755)
    os.utime(program, ns=(1, 1234567890_000000001))
    (library.parent / "libx.so").symlink_to("libx.so.1")
    tree = tree_of_files([program, library, library.parent / "libx.so"])
    deliver(tree, WORKER, Calls(), print)
    there = store.folder(tree.name) / tmp_path.relative_to("/") / "app"
    assert (there / "bin" / "program").stat().st_mode & 0o777 == 0o755
    assert (there / "bin" / "program").stat().st_mtime_ns == 1234567890_000000001
    assert (there / "lib" / "libx.so").samefile(there / "lib" / "libx.so.1")
    assert not (there / "lib" / "libx.so").is_symlink()


def test_what_a_worker_has_is_not_sent_again(root: Path, tmp_path: Path) -> None:
    deliver(tree_of_folder(root), WORKER, Calls(), print)
    again = Calls()
    deliver(tree_of_folder(root), WORKER, again, print)
    assert again.made == ["lacks"]
    (tmp_path / "root" / "new").write_bytes(b"only this is new")
    changed = Calls()
    deliver(tree_of_folder(root), WORKER, changed, print)
    assert [piece.data for message in changed.messages for piece in message] == [b"only this is new"]


def test_messages_are_bounded_and_small_files_share_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "BYTES_IN_ONE_MESSAGE", 1000)
    contents = [bytes([number]) * 100 for number in range(25)] + [b"large" * 700, b"", b"x" * 1000]
    for number, content in enumerate(contents):
        (tmp_path / f"file-{number}").write_bytes(content)
    calls = Calls()
    tree = tree_of_files(tmp_path.glob("file-*"))
    deliver(tree, WORKER, calls, print)
    assert max(sum(len(piece.data) for piece in message) for message in calls.messages) <= 1000
    assert len(calls.messages) <= 12
    there = store.folder(tree.name) / tmp_path.relative_to("/")
    assert [(there / f"file-{number}").read_bytes() for number in range(len(contents))] == contents


def test_a_file_that_changes_while_it_is_sent_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    tree = tree_of_files([path])
    path.write_bytes(b"two")
    with pytest.raises(InputOutputError, match="changed while it was sent"):
        deliver(tree, WORKER, Calls(), print)
    assert not store.folder(tree.name).exists()
    assert list((store.folder("cluster/content")).glob("*")) == []


def test_a_file_is_not_there_before_its_last_part_came(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"onetwo").hexdigest()
    path = tmp_path / "file"
    path.write_bytes(b"onetwo")
    manifest = tree_of_files([path]).read().manifest
    store.take([store.Piece(digest, "a", 0, b"one", last=False)])
    assert store.wanted(manifest) == [digest]
    store.take([store.Piece(digest, "b", 0, b"", last=False), store.Piece(digest, "a", 3, b"two", last=True)])
    assert store.wanted(manifest) == []


def test_what_a_killed_client_left_goes_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"onetwo")
    manifest = tree_of_files([path]).read().manifest
    store.take([store.Piece("0" * 64, "a", 0, b"one", last=False)])
    content = store.folder("cluster/content")
    store.wanted(manifest)
    assert len(list(content.glob(".partial-*"))) == 1
    monkeypatch.setattr(store, "ABANDONED_AFTER_SECONDS", -1)
    store.wanted(manifest)
    assert list(content.glob(".partial-*")) == []


def test_a_tree_that_was_made_once_is_not_touched(root: Path) -> None:
    tree = tree_of_folder(root)
    deliver(tree, WORKER, Calls(), print)
    (store.folder(tree.name) / "mark").write_bytes(b"")
    store.make(tree.name, tree.read().manifest)
    assert (store.folder(tree.name) / "mark").exists()


def test_a_worker_that_goes_ends_the_delivery(root: Path) -> None:
    class Goes(Calls):
        def __call__(self, worker: str, function: Callable[..., object], *arguments: object) -> object:
            if function is store.take:
                raise GoneError
            return super().__call__(worker, function, *arguments)

    tree = tree_of_folder(root)
    with pytest.raises(GoneError):
        deliver(tree, WORKER, Goes(), print)
    assert store.lacks([tree.name]) == (tree.name,)


def test_a_folder_and_files_in_it_are_one(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "module.so").write_bytes(b"module")
    tree = tree_of_files([package, package / "module.so"])
    deliver(tree, WORKER, Calls(), print)
    assert (store.folder(tree.name) / package.relative_to("/") / "module.so").read_bytes() == b"module"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError, match="nothing-here") as raised:
        tree_of_files([tmp_path / "nothing-here"])
    assert raised.value.meaning == "it has to be sent to the cluster"
