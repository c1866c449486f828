"""jq filters JSON, with regular expressions from the library in the sysroot, and passes its authors' own tests."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from programs.fetch import fetch_project

if TYPE_CHECKING:
    from programs.trial import BuiltProgram

PEOPLE = [{"name": name, "age": age} for name, age in [("Ada", 36), ("Grace", 85), ("Alan", 41), ("Ægir", 7)]]
SUMMARY = re.compile(rb"(\d+) of (\d+) tests passed \(0 malformed, \d+ skipped\)")


def test_jq_filters(program: BuiltProgram) -> None:
    query = '[.[] | select(.name | test("^a"; "i")) | {(.name | ascii_downcase): (.age * 2)}] | add'
    done = program.run("jq", "-c", query, stdin=json.dumps(PEOPLE).encode())
    assert (done.exit, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == {"ada": 72, "alan": 82}


def test_jq_captures_with_unicode_classes(program: BuiltProgram) -> None:
    query = r'map(.name | capture("(?<first>\\p{Lu})(?<rest>\\p{Ll}+)") | .rest + .first) | join(" ")'
    done = program.run("jq", "-r", query, stdin=json.dumps(PEOPLE).encode())
    assert (done.exit, done.stdout.decode()) == (0, "daA raceG lanA girÆ\n"), done.stderr


def test_jq_passes_its_own_tests(program: BuiltProgram) -> None:
    tests = fetch_project("jq") / "tests"
    inputs = {name: tests / name for name in ("jq.test", "onig.test", "base64.test", "modules")}
    for name in ("jq.test", "onig.test", "base64.test"):
        done = program.run("jq", "-L", "modules", "--run-tests", name, inputs=inputs)
        summary = SUMMARY.search(done.stdout)
        assert summary is not None, done.stdout[-2000:]
        assert summary[1] == summary[2], done.stdout[-2000:]
        assert done.exit == 0


def test_jq_points_at_bad_json(program: BuiltProgram) -> None:
    done = program.run("jq", ".", stdin=b'{"a": [1, 2}')
    assert done.exit == 5  # jq manual, "exit status": an error while it runs
    assert b"parse error" in done.stderr
