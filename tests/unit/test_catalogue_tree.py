"""A described tree resolves paths as the kernel does after chroot."""

from __future__ import annotations

from pathlib import Path

import pytest

from everylinux.elf.errors import NotElfError
from everylinux.elf.file import Identity
from everylinux.images.described import DescribedTree
from everylinux.images.stored import EntryFile, PathRow
from everylinux.images.stored import Platform as StoredPlatform

PLATFORM = "linux/amd64"


@pytest.fixture
def tree() -> DescribedTree:
    links = {
        "/bin": "usr/bin",
        "/usr/bin/sh": "dash",
        "/usr/bin/out": "../../../../usr/bin/dash",
        "/usr/bin/absolute": "/bin/dash",
        "/usr/bin/nowhere": "/nothing/here",
        "/loop": "/loop",
        "/usr/lib/{tuple}/liba.so": "../{tuple}/liba.so.1",
    }
    entry = EntryFile(
        name="test",
        platforms={PLATFORM: StoredPlatform(tuple="x86_64-linux-gnu", identity=Identity(62, 64, "little"))},
        sets=((PLATFORM,), ("linux/arm64",)),
        folders=(PathRow(0, {"/srv": ""}),),
        links=(PathRow(0, links), PathRow(1, {"/elsewhere": "bin"})),
        programs=(PathRow(0, {"/usr/bin/dash": ""}),),
        scripts=(PathRow(0, {"/usr/bin/hello": "#!/bin/sh\n"}),),
        files=(PathRow(0, {"/usr/lib/{tuple}/liba.so.1": "INPUT(-lb)"}),),
    )
    return DescribedTree(Path("unused"), entry, PLATFORM)


@pytest.mark.parametrize(
    ("path", "resolved"),
    [
        ("/bin/sh", "/usr/bin/dash"),
        ("/bin/out", "/usr/bin/dash"),
        ("/bin/absolute", "/usr/bin/dash"),
        ("//bin/./sh", "/usr/bin/dash"),
        ("/srv/../../../usr/bin/dash", "/usr/bin/dash"),
        ("/usr/lib/x86_64-linux-gnu/liba.so", "/usr/lib/x86_64-linux-gnu/liba.so.1"),
        ("/", "/"),
        ("/usr/", "/usr"),
    ],
)
def test_links_resolve_inside_the_image(tree: DescribedTree, path: str, resolved: str) -> None:
    entry = tree.find(path)
    assert entry is not None
    assert (entry.path, entry.resolved) == (path, resolved)


@pytest.mark.parametrize(
    "path", ["/usr/bin/nowhere", "/loop", "/bin/sh/..", "/bin/dash/x", "/elsewhere", "/usr/lib/{tuple}", "/missing"]
)
def test_what_is_not_there_is_not_found(tree: DescribedTree, path: str) -> None:
    assert tree.find(path) is None


def test_folders_are_those_on_the_way(tree: DescribedTree) -> None:
    assert tree.names("/") == ("bin", "loop", "srv", "usr")
    assert tree.names("/bin") == ("absolute", "dash", "hello", "nowhere", "out", "sh")
    assert tree.names("/usr/bin/dash") == ()
    usr = tree.find("/usr")
    assert usr is not None
    assert usr.directory
    assert not usr.executable


def test_files_tell_what_a_loader_reads(tree: DescribedTree) -> None:
    program, script, text = (tree.find(path) for path in ("/bin/sh", "/bin/hello", "/usr/lib/x86_64-linux-gnu/liba.so"))
    assert program is not None
    assert program.executable
    assert program.elf().identity.machine == 62
    assert script is not None
    assert script.executable
    assert script.head(9) == b"#!/bin/sh"
    assert text is not None
    assert not text.executable
    with pytest.raises(NotElfError):
        text.elf()
