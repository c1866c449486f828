"""`everylinux check`: would this start there, and if not why.

Steps: open the inputs (files, folders, packages, archives) → open the images (the whole catalogue without any) → judge
each file on each image, and each package by its files → report as they come → exit code by what was found and is not
allowed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from everylinux.errors import NothingSelectedError, worst_exit_code
from everylinux.evidence import CheckedFile, Package, Skipped
from everylinux.report import show_digests
from everylinux.report.facts import counted
from everylinux.verbs.check_jobs import Judge, Judging
from everylinux.verbs.findings import (
    exit_code_of,
    exit_code_of_package,
    fail_codes,
    package_with_allowed,
    with_allowed,
)
from everylinux.verbs.options import Common, common_options, image_option, registry_option, split_commas

if TYPE_CHECKING:
    from everylinux.report.interface import CheckSink
    from everylinux.settings import CheckSettings

INCOMPLETE = 7
PACKAGES_HINT = "name packages, or leave --packages-only out: it judges no files"
FILES_BETWEEN_NEWS = 1000


EXAMPLES = """\b
Examples:
  everylinux check ./app
  everylinux check dist/ --image debian:12,alpine:3.22
  everylinux check app.deb -o sarif=app.sarif
"""


@click.command(name="check", epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@image_option
@click.option("--platform", "platforms", multiple=True, help="Judge on this platform instead of the file's own.")
@click.option("--alone", is_flag=True, help="Take the file only, without what $ORIGIN reaches.")
@click.option("--cpu", metavar="LEVEL", help="The CPU's level, x86-64-v1 to x86-64-v4: no part of an image.")
@click.option("--fail-on", multiple=True, metavar="CODES", help="Reason codes that make the exit code 1, or none.")
@click.option("--facts-only", is_flag=True, help="Say what the files are and need; judge nothing, digest nothing.")
@click.option(
    "--packages-only", is_flag=True, help="Say whether what packages say of themselves is true (a wheel's tags)."
)
@registry_option
@common_options
def command(  # noqa: PLR0913 - one parameter a flag, as click passes them
    *,
    files: tuple[str, ...],
    images: tuple[str, ...],
    platforms: tuple[str, ...],
    alone: bool,
    cpu: str | None,
    fail_on: tuple[str, ...],
    facts_only: bool,
    packages_only: bool,
    plain_http: tuple[str, ...],
    common: Common,
) -> int:
    """Say on which images FILES would start, and why not elsewhere; nothing is executed.

    A FILE may be a folder, a wheel, a .deb, .rpm or .apk, an archive, an npm tarball, an OCI image or one in a registry
    (docker://HOST/NAME:TAG): the ELF files in it are judged, and whether what the package says of itself is true.
    """
    from everylinux.images import EVERYTHING, open_images
    from everylinux.inputs import group_inputs
    from everylinux.settings import load_settings

    loaded = load_settings(Path.cwd(), config=common.config)
    settings = loaded.check
    codes = fail_codes(split_commas(fail_on), settings)
    chosen = split_commas(images) or list(settings.images)
    reading_only = facts_only or packages_only
    access = common.access(loaded.images, plain_http)
    judge = Judge(
        images=[] if reading_only else open_images(chosen or [EVERYTHING], access),
        own_image=not chosen and not reading_only,
        platforms=[_platform(name) for name in split_commas(platforms)],
        alone=alone,
        cpu=cpu,
        digest=not reading_only and show_digests(common.outputs),
    )
    with common.open_check() as sink, Judging(None if packages_only else judge, common.jobs) as judging:
        wanted = (
            _Wanted("package", PACKAGES_HINT) if packages_only else _Wanted("ELF file", "name the files themselves")
        )
        check = _Check(wanted, settings, codes, sink, common)
        for group in group_inputs(files, access=access, platforms=judge.platforms):
            for found in judging.found(group):
                check.take(found)
        return check.end()


class _Wanted(msgspec.Struct, frozen=True):
    """What is looked for in what was named, and what to do where there is none."""

    what: str
    hint: str


class _Check(msgspec.Struct):
    """What was found so far; of the files themselves nothing is kept."""

    wanted: _Wanted
    settings: CheckSettings
    codes: frozenset[str] | None
    sink: CheckSink
    common: Common
    count: int = 0
    outcomes: set[int] = msgspec.field(default_factory=set)
    packages: list[Package] = msgspec.field(default_factory=list)
    skipped: list[Skipped] = msgspec.field(default_factory=list)

    def take(self, found: CheckedFile | Package | Skipped) -> None:
        """Report what was found, and remember what it means for the exit code."""
        match found:
            case CheckedFile():
                file = with_allowed(found, self.settings)
                self.outcomes |= {exit_code_of(verdict, self.codes) for verdict in file.verdicts}
                self.sink.add(file)
                self.count += 1
                if self.count % FILES_BETWEEN_NEWS == 0:
                    self.common.progress.say(f"{self.count} files judged")
            case Package():
                package = package_with_allowed(found, self.settings)
                self.outcomes.add(exit_code_of_package(package, self.codes))
                self.packages.append(package)
            case Skipped():
                self.skipped.append(found)
                if found.incomplete:
                    self.outcomes.add(INCOMPLETE)

    def end(self) -> int:
        """Finish the report and return the exit code."""
        if not self.count and not self.packages and INCOMPLETE not in self.outcomes:
            what = "; ".join(f"{one.why} ({counted(one.count)})" for one in self.skipped[:3])
            raise NothingSelectedError(
                f"there is no {self.wanted.what} in what was named",
                meaning=f"passed over: {what}" if what else "",
                hint=self.wanted.hint,
            )
        self.sink.end(self.packages, self.skipped)
        return worst_exit_code(sorted(self.outcomes))


def _platform(name: str) -> str:
    """Return an OCI platform in its usual spelling; any spelling of a target is understood."""
    from everylinux.spelling import parse_targets

    return parse_targets(name)[0].platform
