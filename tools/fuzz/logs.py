"""Logs to fuzz `explain` with: those of the gallery and the examples of all causes, and what makes a log hostile."""

from __future__ import annotations

import importlib
import io
import re
import tomllib
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.diagnosis import explain
from everylinux.evidence import Explanation
from everylinux.report import FORMATS, FORMATS_OF_FINDINGS
from fuzz.mutations import BYTES, Mutation

if TYPE_CHECKING:
    from random import Random

    from fuzz.room import Room

TOP = Path(__file__).resolve().parents[2]
CASES = TOP / "tests" / "failures" / "cases"
CAUSES = TOP / "src" / "everylinux" / "data" / "causes"
# What a terminal obeys, and what turns the direction of writing around.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
OFFERED = tuple(name for name in FORMATS if name not in FORMATS_OF_FINDINGS)
ESCAPES = (
    b"\x1b[31m",
    b"\x1b[2J\x1b[H",
    b"\x1b]0;title\x07",
    b"\x1b]8;;http://a.example\x1b\\here\x1b]8;;\x1b\\",
    b"\x1bP1$r\x1b\\",
    b"\x1b[999999999999999999999C",
    b"\x1b[",
    b"\x1b",
    b"\x9b31m",
    b"\xc2\x9b31m",
    b"\r",
    b"\x08" * 9,
    b"\x00",
    b"\x07",
    "\u202e".encode(),
    "\u2066".encode(),
    "\u2028".encode(),
    "\ufeff".encode(),
    b"\xed\xa0\x80",
    b"\xff\xfe",
)
# What patterns capture, nest and repeat.
TEXTS = (
    b"error: ",
    b"undefined reference to `",
    b"make: *** [",
    b"(" * 3000,
    b"['\"`",
    b"a" * 20_000,
    b"/" * 9000,
    b"{library}{0}%s%n",
    b"[red]x[/red]<script>|",
    b"https://user:secret@a.example/",
    b"\t" * 5000,
    b"9" * 5000,
    "\u00e9\u4e2d\U0001f600".encode() * 500,
)
WRAPPERS = (
    b"2026-01-02T03:04:05.1234567Z ",
    b"#12 3.456 ",
    b"app-1  | ",
    b"[2026-01-02T03:04:05.123Z] ",
    b"npm ERR! ",
    b"| ",
    b"\x1b[36m[12:13:14]\x1b[0m ",
)
LONG = 300_000
# What is left of the speed on the worst of logs, on a busy machine.
LOG_RATE = 2_000_000
# A pattern that matches everywhere is tried so many times before it is given up: what hundreds of them cost at most.
LOG_SECONDS = 1.0


def run(_room: Room, log: bytes) -> bytes:
    """Explain a log; the answer is checked, and written in one of the formats."""
    explanation = explain(io.BytesIO(log))
    encoded = msgspec.json.encode(explanation)
    if msgspec.json.decode(encoded, type=Explanation) != explanation:
        raise AssertionError("it is not what was written")
    told = [evidence for each in explanation.diagnoses for evidence in (*each.evidence, *each.consequences)]
    told += [explanation.best] if explanation.best else []
    for evidence in told:
        if not 1 <= evidence.line <= explanation.lines:
            raise AssertionError(f"line {evidence.line} of {explanation.lines}")
    if (explanation.outcome == "failed") != bool(explanation.diagnoses):
        raise AssertionError(f"{explanation.outcome} with {len(explanation.diagnoses)} diagnoses")
    name = OFFERED[zlib.crc32(encoded) % len(OFFERED)]
    stream = io.StringIO()
    importlib.import_module(f"everylinux.report.{name}").REPORTER.render(explanation, stream, color=False)
    if unsafe := CONTROL.search(stream.getvalue()):
        raise AssertionError(f"{name} has the character {unsafe[0]!r}")
    return encoded


def seeds(_room: Room) -> dict[str, bytes]:
    """Return the gallery's logs, and the examples and confusers of the shipped causes."""
    found = {path.parent.name: path.read_bytes() for path in sorted(CASES.glob("*/log.txt"))}
    for path in sorted(CAUSES.rglob("*.toml")):
        cause = tomllib.loads(path.read_text(encoding="utf-8"))
        for number, example in enumerate((*cause.get("example", ()), *cause.get("confuser", ()))):
            found[f"{path.stem}-{number}"] = example["log"].replace(">>> ", "").encode()
    return found


def _place(random: Random, content: bytearray) -> int:
    return random.randrange(len(content) + 1)


def put_escape(random: Random, content: bytearray, _other: bytes) -> None:
    """Put in what a terminal obeys, in some places."""
    for _ in range(random.choice((1, 3, 30))):
        at = _place(random, content)
        content[at:at] = random.choice(ESCAPES) * random.choice((1, 1, 1, 200))


def put_text(random: Random, content: bytearray, _other: bytes) -> None:
    """Put in what patterns look for, or what is long."""
    at = _place(random, content)
    content[at:at] = random.choice(TEXTS) * random.choice((1, 1, 5))


def join_lines(random: Random, content: bytearray, _other: bytes) -> None:
    """Make one line of many, or begin with one that does not end."""
    if random.random() < 0.5:
        content[:] = content.replace(b"\n", random.choice((b"", b" ", b"\r", b"\x00", b"\x0b", "\u2028".encode())))
    else:
        content[:0] = random.choice((b"x", b"error ", b"\x00", b"ab:")) * (LONG // 4)


def repeat_line(random: Random, content: bytearray, _other: bytes) -> None:
    """Say one thing very often."""
    lines = bytes(content).splitlines(keepends=True)
    if lines:
        at = random.randrange(len(lines))
        line = lines[at][:2000]
        lines[at:at] = [line] * min(LONG // (len(line) or 1), random.choice((2, 50, 1000, 5000)))
        content[:] = b"".join(lines)


def mix(random: Random, content: bytearray, other: bytes) -> None:
    """Interleave the lines of two logs, as parallel steps do, or pieces of their lines."""
    ours, theirs = bytes(content).splitlines(keepends=True), other.splitlines(keepends=True)
    content.clear()
    while ours or theirs:
        lines = ours if ours and (not theirs or random.random() < 0.5) else theirs
        line = lines.pop(0)
        content += line[: random.randrange(len(line) + 1)] if random.random() < 0.05 else line


def wrap(random: Random, content: bytearray, _other: bytes) -> None:
    """Put the same before each line, as CI does, once or nested, and end lines in another way."""
    before = b"".join(random.choice(WRAPPERS) for _ in range(random.choice((1, 1, 2, 9))))
    end = random.choice((b"\n", b"\r\n", b"\r\r\n", b"\x1b[0m\n", b" \n"))
    content[:] = b"".join(before + line + end for line in bytes(content).splitlines())


def recode(random: Random, content: bytearray, _other: bytes) -> None:
    """Write it in another encoding, with or without a mark, also only in part."""
    encoding = random.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32", "latin-1", "utf-7"))
    start = random.choice((0, 0, _place(random, content)))
    content[start:] = bytes(content[start:]).decode(errors="ignore").encode(encoding, errors="ignore")
    del content[len(content) - random.choice((0, 0, 1)) :]


def grow_numbers(random: Random, content: bytearray, _other: bytes) -> None:
    """Make numbers impossible."""
    number = random.choice((b"0", b"-1", b"9" * 40, b"18446744073709551616", b"1e999", b"9" * 5000))
    content[:] = re.sub(rb"\d+", number, bytes(content), count=random.choice((1, 5, 0)))


LOGS: list[Mutation] = [put_escape, put_text, join_lines, repeat_line, mix, wrap, recode, grow_numbers, *BYTES]
