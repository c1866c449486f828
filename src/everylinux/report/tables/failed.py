"""The builds that failed, for people: what happened and what cures it once, for all targets that it happened to."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from everylinux.report.tables.explain import changes_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from everylinux.evidence import Build, Diagnosis


def render_failed(builds: Iterable[Build], console: Console) -> None:
    """Write a block for each way in which builds failed: targets, problem, log, hint, causes with their fixes."""
    alike: dict[tuple[object, ...], list[Build]] = {}
    for build in builds:
        if build.status == "failed":
            alike.setdefault(_what_happened(build), []).append(build)
    for several in alike.values():
        build = several[0]
        targets = ", ".join(each.target for each in several)
        console.print(f"\nFAILED  {targets}: {build.problem}", style="red", soft_wrap=True)
        others = f" and {len(several) - 1} more beside it" if len(several) > 1 else ""
        if build.log:
            console.print(f"        log: {build.log}{others}", soft_wrap=True)
        if build.hint:
            console.print(f"        hint: {build.hint}", soft_wrap=True)
        for diagnosis in build.diagnoses:
            _diagnosis(diagnosis, console)
        if any(diagnosis.fixes for diagnosis in build.diagnoses):
            place = "" if build.project == "." else f" --project {shlex.quote(build.project)}"
            console.print(
                f"        more: everylinux explain {shlex.quote(build.log)}{place} --fix"
                " (what the fixes change; --verify tries them in a copy, --apply makes the edit)",
                soft_wrap=True,
            )


def _what_happened(build: Build) -> tuple[object, ...]:
    """Return what builds that failed alike have in common; where no cause is known, their words."""
    causes = tuple((each.cause, each.because, tuple(each.fixes)) for each in build.diagnoses)
    return (build.hint, causes or build.problem.replace(build.target, ""))


def _diagnosis(diagnosis: Diagnosis, console: Console) -> None:
    console.print(f"        cause: {diagnosis.cause}: {diagnosis.because or diagnosis.title}", soft_wrap=True)
    for line in diagnosis.evidence:
        console.print(f"        line {line.line}: {line.text}", soft_wrap=True)
    for fix in diagnosis.fixes:
        changes = changes_of(fix)
        told = f": {'; '.join(changes)}" if changes else ""
        console.print(f"        fix: {fix.title}{told}", soft_wrap=True)
