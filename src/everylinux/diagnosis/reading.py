"""A log of any size and encoding as chunks of UTF-8 that end where a line ends.

Only one chunk is held at a time. Logs in UTF-16 (what a redirection in PowerShell writes) are recoded; all other
encodings are left as they are: what tools say about failures is ASCII.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHUNK_BYTES = 256 << 10
PROBE_BYTES = 4096
# The share of NUL bytes on one side of the pairs that makes a text UTF-16: ASCII in UTF-16 has one in each pair.
UTF16_SHARE = 0.4
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def read_chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the whole log: whole lines, but for the end of the log and for a line longer than a chunk, in pieces."""
    probe = stream.read(PROBE_BYTES)
    encoding, mark = _encoding(probe)
    recode = _recoder(encoding)
    held = recode(probe[mark:], final=False)
    while True:
        read = stream.read(CHUNK_BYTES)
        held += recode(read, final=not read)
        if not read:
            yield held
            return
        if len(held) < CHUNK_BYTES:
            continue
        end = held.rfind(b"\n") + 1 or len(held)
        content, held = held[:end], held[end:]
        yield content


def _encoding(probe: bytes) -> tuple[str, int]:
    """Return the encoding, and the length of the mark before the text."""
    for mark, encoding in _MARKS.items():
        if probe.startswith(mark):
            return encoding, len(mark)
    pairs = len(probe) // 2
    if pairs and probe[1::2].count(0) > UTF16_SHARE * pairs and not probe[::2].count(0):
        return "utf-16-le", 0
    if pairs and probe[::2].count(0) > UTF16_SHARE * pairs and not probe[1::2].count(0):
        return "utf-16-be", 0
    return "utf-8", 0


def _recoder(encoding: str) -> Callable[..., bytes]:
    if encoding == "utf-8":
        return lambda data, final: data  # noqa: ARG005 - the shape of a decoder
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    return lambda data, final: decoder.decode(data, final).encode(errors="replace")
