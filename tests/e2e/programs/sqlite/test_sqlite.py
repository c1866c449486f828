"""SQLite's shell makes a database on disk, closes it, opens it again and queries it; Python's sqlite3 reads it too."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from programs.trial import BuiltProgram

MAKE = """
CREATE TABLE squares(number INTEGER PRIMARY KEY, square INTEGER, name TEXT);
WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 1000)
INSERT INTO squares SELECT n, n * n, printf('%04d', n) FROM count;
CREATE INDEX by_name ON squares(name);
"""
QUERIES = (
    "SELECT count(*), sum(square), max(name) FROM squares",
    "SELECT number FROM squares WHERE name = '0042'",
    "SELECT name, round(avg(square) OVER (ORDER BY number ROWS 2 PRECEDING), 6) FROM squares LIMIT 5",
    "SELECT round(1e0 / 3, 10), abs(-9223372036854775807), 'ä' || upper('b'), json_extract('{\"a\":[1,2]}', '$.a[1]')",
    "PRAGMA integrity_check",
)


def test_sqlite_queries_a_database(program: BuiltProgram) -> None:
    script = "\n".join([".open squares.db", MAKE, ".open squares.db", *(f"{query};" for query in QUERIES)])
    done = program.run("shell", stdin=script.encode())
    assert (done.exit, done.stderr) == (0, b"")
    database = sqlite3.connect(":memory:")
    database.executescript(MAKE)
    expected = ["|".join(str(value) for value in row) for query in QUERIES for row in database.execute(query)]
    assert done.stdout.decode().splitlines() == expected


def test_sqlite_writes_a_database_that_others_read(program: BuiltProgram, tmp_path: Path) -> None:
    make = "PRAGMA page_size = 512; CREATE TABLE t(x); INSERT INTO t VALUES ('ü'), (2.5), (x'00ff');"
    done = program.run("shell", "small.db", stdin=f"{make}\nSELECT hex(readfile('small.db'));\n".encode())
    assert (done.exit, done.stderr) == (0, b"")
    copy = tmp_path / "small.db"
    copy.write_bytes(bytes.fromhex(done.stdout.decode()))
    assert sqlite3.connect(copy).execute("SELECT x FROM t").fetchall() == [("ü",), (2.5,), (b"\x00\xff",)]


def test_sqlite_names_an_error(program: BuiltProgram) -> None:
    done = program.run("shell", "-bail", stdin=b"SELECT * FROM nowhere;\n")
    assert done.exit == 1
    assert b"no such table: nowhere" in done.stderr
