"""Archives for tests, made in memory; PACKAGES holds those that real tools made."""

from __future__ import annotations

import io
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.archives.streams import CHUNK

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from everylinux.archives.interface import Reader

__all__ = ["PACKAGES", "Text", "file_of", "linked", "tar_of", "whole", "zstd"]
PACKAGES = Path(__file__).parent / "packages"


class Text:
    """A reader over bytes that gives them in odd pieces."""

    def __init__(self, data: bytes, piece: int = 7) -> None:
        self._data = data
        self._piece = piece

    def read(self, count: int, /) -> bytes:
        count = min(count, self._piece)
        data, self._data = self._data[:count], self._data[count:]
        return data


def whole(reader: Reader | None) -> bytes:
    data = b""
    while reader is not None and (piece := reader.read(CHUNK)):
        data += piece
    return data


def tar_of(*members: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT, content: bytes = b"content") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for member in members:
            member.size = len(content) if member.isreg() else 0
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def file_of(name: str, mode: int = 0o644) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mode = mode
    return member


def linked(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member
