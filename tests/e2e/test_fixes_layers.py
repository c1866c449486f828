"""Builds where the machine allows no layers: what toolchains keep is there, and cannot be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everylinux.cache import cache_directory
from everylinux.fixes import room
from everylinux.fixes.room import Room
from everylinux.toolchains.find import find

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
]


def test_without_layers_they_are_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (".cargo/registry", "project/.git"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text("as it was\n")
    monkeypatch.setenv("EVERYLINUX_CACHE", str(cache_directory()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(room, "can_be_layered", lambda _: False)
    with Room(tmp_path / "project") as one:
        ran = one.run(["cat ~/.cargo/registry/file .git/file; echo x > .git/file; echo x > ~/.cargo/registry/new"])
        log = one.log.read_text()
    assert not ran.passed
    assert log.startswith("as it was\nas it was\n")
    assert log.count("Read-only file system") == 2
