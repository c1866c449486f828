"""A Go program that carries SQLite's C code queries a database, and Go sees the errors of C."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from programs.trial import BuiltProgram

STATEMENTS = (
    "CREATE TABLE words(word TEXT, length INTEGER)",
    'INSERT INTO words SELECT value, length(value) FROM json_each(\'["ein","zwei","drei","fünf"]\')',
    "SELECT length, group_concat(word, '+') FROM (SELECT * FROM words ORDER BY word) GROUP BY length ORDER BY length",
    "SELECT 9223372036854775807, 0.1 + 0.2 > 0.3, hex(x'c0ffee'), NULL",
)


def test_go_queries_sqlite(program: BuiltProgram) -> None:
    done = program.run("gosqlite", *STATEMENTS)
    assert (done.exit, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == ["3|ein", "4|drei+fünf+zwei", "9223372036854775807|1|C0FFEE|"]


def test_an_error_of_c_reaches_go(program: BuiltProgram) -> None:
    done = program.run("gosqlite", "SELECT * FROM nowhere")
    assert (done.exit, done.stderr) == (1, b"no such table: nowhere\n")
