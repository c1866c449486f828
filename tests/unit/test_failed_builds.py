"""What tables say of builds that failed: once for all targets that it happened to, with the next command."""

from __future__ import annotations

import io

from everylinux.evidence import Build, BuildReport, Diagnosis, ProposedFix
from everylinux.report.table import REPORTER


def shown(*builds: Build) -> str:
    stream = io.StringIO()
    REPORTER.render(BuildReport(builds=builds), stream, color=False)
    return stream.getvalue()


def failed(target: str, because: str, *, fix: str = "", project: str = ".") -> Build:
    log = f"dist/logs/{target}.log"
    fixes = (ProposedFix(title=fix),) if fix else ()
    diagnosis = Diagnosis(
        cause="a-cause", title="A title", answer="source", confidence="sure", because=because, fixes=fixes
    )
    return Build(
        target=target,
        project=project,
        kind="make",
        status="failed",
        log=log,
        problem=f"make failed for {target}",
        hint="do this",
        diagnoses=(diagnosis,) if because else (),
    )


def test_what_happened_to_several_targets_is_said_once() -> None:
    text = shown(failed("x-linux-gnu", "no zlib"), failed("y-linux-musl", "no zlib"), failed("z-linux-musl", "no curl"))
    assert text.count("FAILED") == 2
    assert "FAILED  x-linux-gnu, y-linux-musl: make failed for x-linux-gnu\n" in text
    assert "log: dist/logs/x-linux-gnu.log and 1 more beside it\n" in text
    assert "hint: do this\n" in text


def test_without_a_cause_the_words_count() -> None:
    assert shown(failed("x-linux-gnu", ""), failed("y-linux-musl", "")).count("FAILED") == 1


def test_where_there_is_a_fix_the_command_that_shows_it_is_told() -> None:
    assert "--fix" not in shown(failed("x", "no zlib"))
    assert "more: everylinux explain dist/logs/x.log --fix (" in shown(failed("x", "no zlib", fix="Bring it"))
    text = shown(failed("x", "no zlib", fix="Bring it", project="my project"))
    assert "more: everylinux explain dist/logs/x.log --project 'my project' --fix (" in text
