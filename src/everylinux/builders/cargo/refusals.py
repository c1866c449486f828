"""Why ``cargo build`` failed, as one error: cargo's refusal of the project, or what went wrong in the build."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.errors import BuildFailedError
from everylinux.reading import read_tail
from everylinux.toolchains.rust.cargo_errors import cargo_error

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.errors import EverylinuxError

READ_BYTES = 256 << 10
SHOWN_CHARACTERS = 300
# What cargo prints once it has begun to build.
_BEGUN = re.compile(r"^ +(?:Compiling|Fresh|Checking|Running) ", re.MULTILINE)
SCRIPT = re.compile(r"^error: failed to run custom build command for `([^`]+)`", re.MULTILINE)
# rustc's errors, each with the place on the next line; and those of its back end, which it does not outlive.
_COMPILER = re.compile(r"^(error(?:\[E\d+\])?: .+|rustc-LLVM ERROR: .+)(?:\n +--> (\S+))?", re.MULTILINE)
# How a compiler ended that was ended: often for want of memory.
_ENDED = re.compile(r"^  process didn't exit successfully: `.*` \((signal: [^)]+)\)$", re.MULTILINE)
_LINKING = re.compile(r"^error: linking with `[^`]*` failed", re.MULTILINE)
# What stands before a compiler's own words: a build script hands them on (The Cargo Book, "Build Scripts"), or rustc.
_BEFORE = re.compile(r"^(?:cargo::?warning=|= note:\s+)")
# What a compiler, a linker or a tool says, the most telling first; it is believed wherever it stands.
_TOOLS = tuple(
    re.compile(form)
    for form in (
        r"^everylinux: .+",
        r"^[^\s:][^:]{0,300}:\d+:(?:\d+:)? (?:fatal )?error: .+",
        r"^(?:ld\.lld: )?error: undefined symbol: .+",
        r"^(?:ld\.lld|zig|clang)?:? ?error: .+",
        r"^CMake Error.*",
    )
)
# What a build script says itself.
_SCRIPTS = tuple(
    re.compile(form)
    for form in (
        r"^.*\bcommand not found\b.*|^.*\bis `\S+` not installed\?.*|^.*No such file or directory \(os error 2\).*",
        r"^(?!.*RUST_BACKTRACE).*\b(?:error|Error|could not find|Could not find|not found|unable to)\b.*",
        r"^.*panicked at .*",
    )
)


def build_error(log: Path, start: int) -> EverylinuxError:
    """Return the error for what cargo wrote into the log after byte ``start``."""
    text = output_after(log, start)
    if not _BEGUN.search(text) and "\nerror: could not compile" not in text:
        return cargo_error(text)
    if script := SCRIPT.search(text):
        output, _, errors = said_by(script, text).partition("--- stderr")
        told = _found(_TOOLS, errors) or _found(_TOOLS, output) or _found(_SCRIPTS, errors) or _last(errors or output)
        return BuildFailedError(f"the build script of {script[1].split(' (')[0]} failed: {told}")
    if linking := _LINKING.search(text):
        return BuildFailedError(f"linking failed: {_found(_TOOLS, text[linking.end() :]) or _last(text)}")
    first = _COMPILER.search(text)
    where = f"{first[2]}: " if first and first[2] else ""
    ended = f" ({signal[1]})" if (signal := _ENDED.search(text)) else ""
    return BuildFailedError(f"cargo build failed: {where}{_short(first[1]) if first else _last(text)}{ended}")


def said_by(script: re.Match[str], text: str) -> str:
    """Return what a build script that failed said, without what another one said after it."""
    rest = text[script.end() :]
    another = SCRIPT.search(rest)
    return rest[: another.start()] if another else rest


def output_after(log: Path, start: int) -> str:
    """Return the end of what was written into a log after byte ``start``."""
    return read_tail(log, start, READ_BYTES).decode(errors="replace")


def _found(forms: tuple[re.Pattern[str], ...], text: str) -> str:
    """Return the first line that has the most telling of the forms that any line has, else nothing."""
    lines = _lines(text)
    for form in forms:
        for number, line in enumerate(lines):
            if form.match(line):
                # What a panic says stands on the line after the one that says where.
                return _short(lines[number + 1] if "panicked at" in line and number + 1 < len(lines) else line)
    return ""


def _last(text: str) -> str:
    lines = _lines(text)
    return _short(lines[-1]) if lines else "it printed nothing"


def _lines(text: str) -> list[str]:
    return [_BEFORE.sub("", line.strip()) for line in text.splitlines() if line.strip()]


def _short(line: str) -> str:
    return " ".join(line.split())[:SHOWN_CHARACTERS]
