"""What was proven of a file, as an in-toto statement that others can sign, store and ask for.

One Statement v1 (in-toto attestation framework, spec/v1/statement.md) a file, with the predicate
``test-result`` v0.1 (spec/predicates/test-result.md). The file is named by its digest, so the statement holds wherever
the file is copied to. It carries no time: the same runs give the same statement.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from everylinux import __version__
from everylinux.cache import write_atomically
from everylinux.errors import describe_os_error
from everylinux.report.text import with_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from everylinux.evidence import HostRun, Run

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
ENDING = ".test-result.intoto.json"
PASSED, WARNED, FAILED = "PASSED", "WARNED", "FAILED"
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]")
_LONGEST_NAME = 100
_RESULTS = {"ok": PASSED, "unknown": WARNED, "fails": FAILED}
Json = dict[str, Any]


def write_attestations(runs: Iterable[Run], folder: Path) -> list[Path]:
    """Write a statement for each file that was run into ``folder``, each replaced as a whole; return their paths.

    Raises `InputOutputError` for a folder that cannot be written to.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in _by_file(runs):
            path = folder / _file_name(file[0])
            write_atomically(path, msgspec.json.format(msgspec.json.encode(statement(file)), indent=2) + b"\n")
            written.append(path)
    except OSError as error:
        raise describe_os_error(error) from error
    return written


def statement(runs: Sequence[Run]) -> Json:
    """Return the statement about one file from all its runs.

    ``PASSED`` is said only when every run started and did what its smoke test expects; a run that could not be made
    is a warning, and never a pass.
    """
    tests: dict[str, list[str]] = {PASSED: [], WARNED: [], FAILED: []}
    safe = [with_lines(run) for run in runs]
    for run in safe:
        tests[_result(run)].append(_name(run))
        for host in run.host_runs:
            tests[_RESULTS[host.verdict]].append(_host_name(run, host))
    return {
        "_type": STATEMENT,
        "subject": [{"name": _base_name(safe[0]), "digest": {"sha256": safe[0].sha256}}],
        "predicateType": PREDICATE,
        "predicate": {
            "result": next((result for result in (FAILED, WARNED) if tests[result]), PASSED),
            "configuration": _configuration(safe),
            "passedTests": tests[PASSED],
            "warnedTests": tests[WARNED],
            "failedTests": tests[FAILED],
        },
    }


def _by_file(runs: Iterable[Run]) -> list[list[Run]]:
    found: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        if run.sha256:  # a file that could not even be read has no digest to be named by
            found.setdefault((_base_name(run), run.sha256), []).append(run)
    return list(found.values())


def _result(run: Run) -> str:
    if run.verdict == "ok" and run.smoke is not None and not run.smoke.passed:
        return FAILED
    return _RESULTS[run.verdict]


def _name(run: Run) -> str:
    """Return a test's name: where it was made, and what was asked."""
    where = f"{run.image} {run.platform}"
    if run.smoke is not None:
        return f"{where}: smoke {run.smoke.number}"
    return " ".join([f"{where}: starts", *(["with"] if run.command[1:] else []), *run.command[1:]])


def _host_name(run: Run, host: HostRun) -> str:
    return f"{run.image} {run.platform}: {host.host} {host.version} loads {host.module}"


def _configuration(runs: Sequence[Run]) -> list[Json]:
    """Return what the tests were made with and on, as resource descriptors: this program, images, emulators."""
    found: dict[str, Json] = {"everylinux": {"name": "everylinux", "annotations": {"version": __version__}}}
    for run in runs:
        digest = _DIGEST.fullmatch(run.image_digest)
        image: Json = {"name": run.image}
        if digest:
            image["digest"] = {"sha256": digest[1]}
        annotations: Json = {
            "platform": run.platform,
            "sandbox": run.sandbox or "none",
            "emulator": run.emulator or "none",
            "limits": dict(run.limits),
        }
        found.setdefault(f"{run.image} {run.platform} {run.emulator}", image | {"annotations": annotations})
    return list(found.values())


def _base_name(run: Run) -> str:
    return run.path.rpartition("/")[2]


def _file_name(run: Run) -> str:
    """Return the name of the statement's file: the file's own, and the digest that tells namesakes apart."""
    name = _UNSAFE.sub("_", _base_name(run)).lstrip(".")[:_LONGEST_NAME]
    return f"{name or 'file'}.{run.sha256}{ENDING}"
