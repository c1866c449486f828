"""Lua runs a script that reads, computes, and writes and reads back a file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from programs.trial import BuiltProgram

SCRIPT = Path(__file__).with_name("script.lua")
NUMBERS = [3, 1, 4, 1, 5, 9, 2, 6, 53, 58]


def test_lua_runs_a_script(program: BuiltProgram) -> None:
    done = program.run(
        "lua",
        "script.lua",
        stdin="".join(f"{number}\n" for number in NUMBERS).encode(),
        inputs={"script.lua": SCRIPT},
    )
    assert (done.exit, done.stderr) == (0, b"")
    descending = ",".join(str(number) for number in sorted(NUMBERS, reverse=True))
    smallest, next_smallest = sorted(NUMBERS)[:2]
    assert done.stdout.decode().splitlines() == [
        f"{sum(NUMBERS)}\t{math.prod(NUMBERS)}\t{math.sqrt(sum(NUMBERS)):.17g}",
        # The coroutine reads the table after it was sorted.
        f"{descending}\t{smallest}\t{next_smallest}",
        "EvErylinuX\t10",
        "7\ttrue",
        f"{0xCAFEBABE}\t-2\t0.1\t15",
    ]


def test_luac_compiles_what_lua_runs(program: BuiltProgram, tmp_path: Path) -> None:
    source = tmp_path / "answer.lua"
    source.write_text("print(6 * 7)")
    compiled = program.run("luac", "-o", "/dev/stdout", "answer.lua", inputs={"answer.lua": source})
    assert (compiled.exit, compiled.stdout[:4]) == (0, b"\x1bLua"), compiled.stderr
    assert program.run("lua", "-", stdin=compiled.stdout).stdout == b"42\n"
