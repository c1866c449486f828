"""The table of `prove`: a host's answer stands beside the run's, in one line."""

from __future__ import annotations

import io
from typing import Any

import pytest

from everylinux.evidence import HostRun, ProveReport, Reason, Run
from everylinux.report.html import REPORTER as HTML
from everylinux.report.table import REPORTER as TABLE

REFUSED = Reason(code="missing-symbol", subject="PyNew", message="/app/m.so: undefined symbol: PyNew")


def report(**fields: Any) -> ProveReport:  # noqa: ANN401 - any field of a record
    host = HostRun(**({"host": "CPython", "version": "3.11.2", "module": "m", "verdict": "ok"} | fields))
    run = Run(
        path="m.so",
        sha256="",
        image="dir:root",
        platform="linux/amd64",
        verdict="ok",
        stdout="loaded\n",
        command=("/everylinux-tester", "/app/m.so"),
        host_runs=(host,),
    )
    return ProveReport(runs=(run,))


@pytest.mark.parametrize("reporter", [TABLE, HTML], ids=["table", "html"])
@pytest.mark.parametrize(
    ("fields", "verdict", "said"),
    [
        ({"imported": True}, "ok", "loaded; CPython 3.11.2 imports it"),
        (
            {"imported": False, "error": "ModuleNotFoundError: No module\nnamed numpy"},
            "ok",
            "loaded; CPython 3.11.2 loads it, and then: ModuleNotFoundError: No module named numpy",
        ),
        (
            {"verdict": "fails", "imported": False, "reasons": (REFUSED,)},
            "ok, host fails",
            "loaded; CPython 3.11.2 does not take it: missing-symbol: PyNew",
        ),
        (
            {"verdict": "unknown", "note": "it itself did not start"},
            "ok",
            "loaded; CPython 3.11.2 was not asked: it itself did not start",
        ),
    ],
)
def test_what_a_host_said_is_one_line(reporter: Any, fields: dict[str, Any], verdict: str, said: str) -> None:  # noqa: ANN401 - two formats
    stream = io.StringIO()
    reporter.render(report(**fields), stream, color=False)
    text = " ".join(stream.getvalue().split())
    assert all(word in text for word in said.split())
    assert verdict in text
    assert ("host fails" in text) == ("host fails" in verdict)
