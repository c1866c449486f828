"""Changing bytes without knowing what they are, and the mutations of each kind of input.

A mutation takes a source of chance, the content to change in place, and another seed of the same kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

Mutation = Callable[["Random", bytearray, bytes], None]

LONGEST = 8 << 20
MOST_AT_ONCE = 4
# Where counts, sizes and offsets change their meaning.
EDGES = tuple(
    edge + distance
    for edge in (0, 1, 8, 0x7F, 0xFF, 0x1000, 0x7FFF, 0xFFFF, 1 << 20, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 47, (1 << 63) - 1)
    for distance in (-1, 0, 1)
)
# What names and paths may hold that somebody trips over.
TEXTS = (
    b"",
    b"/",
    b"..",
    b"../" * 40,
    b"a/" * 2000,
    b"$ORIGIN",
    b"${ORIGIN}/../lib:$LIB:${PLATFORM}",
    b"$" * 300,
    b":" * 5000,
    b"%s%n{0}{name}",
    b"\x1b[2J\x1b]0;title\x07",
    b"\r\n\t\x00\x7f",
    b"\xff\xfe\xed\xa0\x80",
    "\u202elib\u0000".encode(),
    b"[red]markup[/red]",
    b"<&\">'",
    b"libc.so.6",
    b"libc.musl-x86_64.so.1",
    b"/lib64/ld-linux-x86-64.so.2",
    b"/lib/ld-musl-x86_64.so.1",
    b"/proc/self/exe",
    b"/dev/zero",
    b"GLIBC_2.99999999999999999999",
    b"GLIBC_" + b"9" * 5000,
    b"GLIBC_2.\xd9\xa3",
    b"GLIBC_PRIVATE",
    b"A" * 70_000,
)


def mutate(random: Random, content: bytes, other: bytes, mutations: list[Mutation]) -> bytes:
    """Return the content after one to four mutations."""
    changed = bytearray(content)
    for _ in range(random.randint(1, MOST_AT_ONCE)):
        random.choice(mutations)(random, changed, other)
        del changed[LONGEST:]
    return bytes(changed)


def edge(random: Random, content: bytes | bytearray) -> int:
    """Return a number that is likely to be the wrong one: an edge of a type, or near the file's size."""
    if random.random() < 0.3:
        return len(content) // random.choice((1, 2, 4, 8, 24)) + random.randint(-2, 2)
    return random.choice(EDGES) if random.random() < 0.8 else random.getrandbits(random.choice((8, 16, 32, 64)))


def flip_bits(random: Random, content: bytearray, _other: bytes) -> None:
    """Flip some bits anywhere."""
    for _ in range(random.choice((1, 1, 1, 4, 32)) if content else 0):
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)


def set_word(random: Random, content: bytearray, _other: bytes) -> None:
    """Set a number of one to eight bytes anywhere to an edge."""
    size = random.choice((1, 2, 4, 8))
    if len(content) >= size:
        offset = random.randrange(len(content) - size + 1) // size * size
        value = edge(random, content) % (1 << 8 * size)
        content[offset : offset + size] = value.to_bytes(size, random.choice(("little", "big")))


def cut_off(random: Random, content: bytearray, _other: bytes) -> None:
    """End the file early: anywhere, or within its first kilobyte."""
    del content[random.randrange(min(len(content), random.choice((1024, len(content) or 1))) + 1) :]


def take_out(random: Random, content: bytearray, _other: bytes) -> None:
    """Take some bytes out, so that all after them moves."""
    start = random.randrange(len(content) + 1)
    del content[start : start + random.choice((1, 4, 8, 64, 4096))]


def put_in(random: Random, content: bytearray, _other: bytes) -> None:
    """Put bytes in: zeros, ones, a text many times, or a part of the same file once more."""
    start, size = random.randrange(len(content) + 1), random.choice((1, 4, 8, 64, 4096, 65536, 400_000))
    many = random.choice(
        (b"/", b"a/", b"/\0", b":", b"1.", b"A", b" ", b"[", b'{"a":', b"lib.so.1\0", bytes(content[:2]) or b"x")
    )
    fill = random.choice((b"\0" * size, b"\xff" * size, (many * size)[:size], bytes(content[start : start + size])))
    content[start:start] = fill


def splice(random: Random, content: bytearray, other: bytes) -> None:
    """Replace a part by the same, or another, part of another file."""
    size = random.choice((16, 64, 512, 4096, 1 << 20))
    target = random.randrange(len(content) + 1)
    source = target if random.random() < 0.5 else random.randrange(len(other) + 1)
    content[target : target + size] = other[source : source + size]


def put_text(random: Random, content: bytearray, _other: bytes) -> None:
    """Write a text that somebody trips over, in place or in between."""
    start, text = random.randrange(len(content) + 1), random.choice(TEXTS)
    end = start + (len(text) if random.random() < 0.7 else 0)
    content[start:end] = text


BYTES: list[Mutation] = [flip_bits, set_word, cut_off, take_out, put_in, splice, put_text]
