"""What documents do not tell of a library is not held against it."""

from __future__ import annotations

import pytest

from everylinux.images import catalogue
from everylinux.loader.glibc.candidate import wants_executable_stack


@pytest.mark.parametrize(
    ("image", "path"), [("fedora:43", "/lib64/libz.so.1"), ("opensuse/tumbleweed", "/lib64/libz.so.1")]
)
def test_documented_library_asks_for_no_executable_stack(image: str, path: str) -> None:
    entry = catalogue.open_entry(image).tree("linux/amd64").find(path)
    assert entry is not None
    library = entry.elf()
    assert not library.complete
    assert not wants_executable_stack(library)
