"""The table of `matrix`: a disagreement cannot be overlooked."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from msgspec.structs import replace

from everylinux.evidence import Cell, HostRun, MatrixReport, Reason, Run, Verdict, same_answer
from everylinux.report import markdown
from everylinux.report.table import REPORTER

if TYPE_CHECKING:
    import pytest

    from everylinux.report.interface import Reporter


def shown(cell: Cell) -> str:
    stream = io.StringIO()
    REPORTER.render(MatrixReport(cells=(cell,)), stream, color=False)
    return stream.getvalue()


def cell(check: Verdict, run: Run | None) -> Cell:
    return Cell(
        path="dist/app",
        sha256="",
        target="x86_64-linux-musl",
        image=check.image,
        platform=check.platform,
        check=check,
        prove=run,
        agree=same_answer(check, run),
    )


MISSING = Reason(code="missing-library", subject="libz.so.1", message="libz.so.1: cannot open shared object file")
STARTS = Verdict(image="dir:/roots/debian", platform="linux/amd64", verdict="ok")
FAILS = Verdict(image="dir:/roots/debian", platform="linux/amd64", verdict="fails", reasons=(MISSING,))


def run(verdict: str, *reasons: Reason, note: str = "") -> Run:
    return Run(
        path="dist/app",
        sha256="",
        image="dir:/roots/debian",
        platform="linux/amd64",
        verdict=verdict,  # type: ignore[arg-type]  # a word given by the test
        reasons=reasons,
        note=note,
    )


def test_agreement_needs_two_answers() -> None:
    assert same_answer(STARTS, run("ok")) is True
    assert same_answer(FAILS, run("fails", MISSING)) is True
    assert same_answer(STARTS, run("fails", MISSING)) is False
    assert same_answer(STARTS, run("unknown")) is None
    assert same_answer(STARTS, None) is None


LATE = Reason(code="timed-out", subject="30 s", message="it still ran after 30 seconds")
REFUSED = Reason(code="missing-symbol", subject="PyNew", message="m.so: undefined symbol: PyNew")


def test_what_a_limit_ended_had_started() -> None:
    assert same_answer(STARTS, run("fails", LATE)) is True
    assert same_answer(FAILS, run("fails", LATE)) is False
    text = shown(cell(STARTS, run("fails", LATE)))
    assert "ok / timed-out" in text
    assert "1 agree, 0 disagree" in text


def test_what_a_host_of_the_image_says() -> None:
    python = HostRun(host="CPython", version="3.11.2", module="m", verdict="ok", imported=True)
    assert "host" not in shown(cell(STARTS, replace(run("ok"), host_runs=(python,))))
    refused = replace(python, verdict="fails", imported=False, reasons=(REFUSED,))
    text = shown(cell(STARTS, replace(run("ok"), host_runs=(refused,))))
    assert "ok / host failed" in text
    assert "host: CPython 3.11.2 does not take it: missing-symbol: PyNew" in text
    without = replace(python, imported=False, error="ModuleNotFoundError: No module named 'numpy'")
    text = shown(cell(STARTS, replace(run("ok"), host_runs=(without,))))
    assert "ok / ran" in text
    assert "host: CPython 3.11.2 loads it, and then: ModuleNotFoundError: No module named 'numpy'" in text


def test_a_disagreement_is_loud() -> None:
    text = shown(cell(STARTS, run("fails", MISSING)))
    assert "!! ok / failed !!" in text
    assert "!! DISAGREE !! dist/app on dir:/roots/debian (linux/amd64)" in text
    assert "the run said: libz.so.1: cannot open shared object file" in text
    assert "bug of everylinux" in text
    assert "0 agree, 1 disagree, 0 not proven" in text


def test_what_could_not_be_proven_says_why() -> None:
    text = shown(cell(STARTS, run("unknown", note="no emulator: apt-get install qemu-user-static")))
    assert "ok / unknown" in text
    assert "unknown: no emulator: apt-get install qemu-user-static" in text


def test_hostile_names_do_not_reach_the_terminal() -> None:
    hostile = Reason(code="missing-library", subject="a\x1b[2Jb", message="a\x1b[2Jb: cannot open\x07")
    text = shown(cell(Verdict(image="i", platform="p", verdict="fails", reasons=(hostile,)), run("fails", hostile)))
    assert "\x1b" not in text
    assert "\x07" not in text


ALPINES = tuple(f"alpine:3.{release}" for release in range(17, 25))
DEBIANS = ("debian:10", "debian:11", "debian:12", "debian:13")


def on_many_images(reporter: Reporter = REPORTER) -> str:
    stream = io.StringIO()
    cells = [cell(replace(FAILS, image=image), run("fails", MISSING)) for image in ALPINES]
    cells += [cell(replace(STARTS, image=image), run("unknown", note="no network")) for image in DEBIANS]
    reporter.render(MatrixReport(cells=tuple(cells)), stream, color=False)
    return stream.getvalue()


def test_images_that_have_no_room_beside_each_other_are_named_by_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    lines = on_many_images().splitlines()
    assert lines[0].split() == ["file", "target", "answer", "images"]
    assert lines[1].split(maxsplit=2) == ["app", "x86_64-linux-musl", "missing-library / failed  alpine (all 8)"]
    assert lines[2].strip() == "ok / unknown              debian (all 4)"


def test_pages_name_images_by_answer_where_they_are_too_many_for_columns() -> None:
    text = on_many_images(markdown.REPORTER)
    assert "| file | target | answer | images |" in text
    assert "| dist/app | x86_64-linux-musl | missing-library / failed | alpine (all 8) |" in text
    assert "| dist/app | x86_64-linux-musl | ok / unknown | debian (all 4) |" in text
    assert "Each answer: what check predicted / what the run did." in text


def test_images_that_have_room_are_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    assert on_many_images().split()[:4] == ["file", "target", "alpine:3.17", "alpine:3.18"]


def test_images_with_the_same_reason_are_told_together() -> None:
    text = on_many_images()
    assert "    on alpine (all 8): x86_64-linux-musl\n" in text
    assert "unknown: no network\n    on debian (all 4): x86_64-linux-musl\n" in text


def test_images_that_lack_different_platforms_are_told_apart() -> None:
    def lacking(image: str, has: str, wanted: str) -> Cell:
        message = f"{image} has no {wanted}: Exec format error"
        reason = Reason(code="exec-format", subject="app", message=message, hint=f"build it for {has}")
        verdict = Verdict(image=image, platform=wanted, verdict="fails", reasons=(reason,))
        return replace(cell(verdict, None), target=wanted)

    cells = (lacking("one", "linux/arm64", "linux/amd64"), lacking("two", "linux/amd64", "linux/arm64"))
    stream = io.StringIO()
    REPORTER.render(MatrixReport(cells=cells), stream, color=False)
    text = stream.getvalue()
    assert (
        "one has no linux/amd64: Exec format error\n    on one: linux/amd64\n    hint: build it for linux/arm64" in text
    )
    assert (
        "two has no linux/arm64: Exec format error\n    on two: linux/arm64\n    hint: build it for linux/amd64" in text
    )
