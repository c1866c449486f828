"""`everylinux build --advise`, `--apply` and `--undo`: what a Cargo project will lack, and the change that cures it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click
import msgspec

from everylinux.errors import worst_exit_code
from everylinux.evidence import Build, BuildReport
from everylinux.verbs.explained import explained

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everylinux.advice import Change, Outlook
    from everylinux.builders.interface import BuildRequest
    from everylinux.evidence import Advice
    from everylinux.verbs.options import Common

FINDINGS = 1
# A change may show what was hidden behind the thing that it cures.
MOST_CHANGES = 3


def advise(request: BuildRequest, common: Common) -> int:
    """Report what the builds will meet, and show the change that would be made; nothing is built."""
    from everylinux.builders import outlooks

    found = outlooks(request, common.progress)
    builds = [
        Build(
            target=name,
            project=str(request.path),
            kind="cargo",
            status="advised",
            advice=outlook.advice,
            exit_code=FINDINGS if outlook.missing else 0,
        )
        for name, outlook in found.items()
    ]
    change = _change(found.values())
    if change is not None:
        _show(change)
        common.progress.say("--apply makes this change and builds")
    common.write(BuildReport(builds=tuple(builds)))
    return worst_exit_code([build.exit_code for build in builds])


def apply(request: BuildRequest, common: Common) -> int:
    """Make the changes that cure what is missing, then build; advice is verified where that build passed."""
    from everylinux.advice import verified
    from everylinux.builders import build_project, outlooks

    advice: dict[str, list[Advice]] = {}
    for _ in range(MOST_CHANGES):
        found = outlooks(request, common.progress)
        for name, outlook in found.items():
            advice.setdefault(name, []).extend(outlook.missing)
        change = _change(found.values())
        if change is None:
            break
        _show(change)
        change.apply()
        common.progress.say("changed; --undo takes it back")
        request = replace(
            request, args=(*request.args, *(each for each in change.arguments if each not in request.args))
        )
    else:
        common.progress.say(f"more than {MOST_CHANGES} changes would be needed")
    builds = []
    for build in explained(build_project(request, common.progress), request.sysroot):
        cured = tuple(advice.get(build.target, ()))
        if build.status != "failed":
            cured = verified(cured)
        names = {each.crate for each in cured}
        rest = tuple(each for each in build.advice if each.crate not in names)
        builds.append(msgspec.structs.replace(build, advice=(*cured, *rest)))
    common.write(BuildReport(builds=tuple(builds)))
    return worst_exit_code([build.exit_code for build in builds])


def take_back(request: BuildRequest, common: Common) -> int:
    """Take the last change back."""
    from everylinux.advice import undo
    from everylinux.builders.detect import detect

    project = detect(request.path, request.kind, common.progress)[1]
    for path in undo((project.folder / project.marker).resolve().parent):
        common.progress.say(f"as it was before: {path}")
    return 0


def _change(found: Iterable[Outlook]) -> Change | None:
    """Return the first change: targets lack the same for the same reason, and what is left shows afterwards."""
    return next((outlook.change for outlook in found if outlook.missing and outlook.change), None)


def _show(change: Change) -> None:
    """Print what changes in the manifests, to standard error: standard output carries the report."""
    from everylinux.report.text import printable

    for line in change.diff().splitlines():
        click.echo(printable(line), err=True)


# What is done instead of a build, by the value of the flag that asks for it.
INSTEAD = {"advise": advise, "apply": apply, "undo": take_back}
