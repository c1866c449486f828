"""`everylinux check`: would this start there, and if not why.

Steps: open the inputs (files, folders, packages, archives) → open the images (the whole catalogue without any) → judge
each file on each image, and each package by its files → report as they come → exit code by what was found and is not
allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from everylinux.errors import NothingSelectedError, worst_exit_code
from everylinux.evidence import CheckedFile
from everylinux.verbs.findings import (
    exit_code_of,
    exit_code_of_package,
    fail_codes,
    package_with_allowed,
    with_allowed,
)
from everylinux.verbs.options import Common, common_options, registry_option, split_commas
from everylinux.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import Package, Skipped
    from everylinux.images.interface import Image
    from everylinux.inputs import Batch, InputFile
    from everylinux.report.interface import CheckSink
    from everylinux.settings import CheckSettings

INCOMPLETE = 7
FILES_BETWEEN_NEWS = 1000


@click.command(name="check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-i", "--image", "images", multiple=True, help="An image; repeat, or separate with commas.")
@click.option("--platform", "platforms", multiple=True, help="Judge on this platform instead of the file's own.")
@click.option("--alone", is_flag=True, help="Take the file only, without what $ORIGIN reaches.")
@click.option("--cpu", metavar="LEVEL", help="The CPU's level, x86-64-v1 to x86-64-v4: no part of an image.")
@click.option("--fail-on", multiple=True, metavar="CODES", help="Reason codes that make the exit code 1, or none.")
@click.option("--facts-only", is_flag=True, help="Say what the files are and need; judge nothing, digest nothing.")
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
    plain_http: tuple[str, ...],
    common: Common,
) -> int:
    """Say on which images FILES would start, and why not elsewhere; nothing is executed.

    A FILE may be a folder, a wheel, a .deb, .rpm or .apk, an archive, an npm tarball, an OCI image or one in a registry
    (docker://HOST/NAME:TAG): the ELF files in it are judged, and whether what the package says of itself is true.
    """
    from everylinux.images import EVERYTHING, open_images
    from everylinux.inputs import open_inputs
    from everylinux.settings import load_settings

    loaded = load_settings(Path.cwd(), config=common.config)
    settings = loaded.check
    codes = fail_codes(split_commas(fail_on) or list(settings.fail_on))
    chosen = split_commas(images) or list(settings.images)
    access = common.access(loaded.images, plain_http)
    judge = _Judge(
        images=[] if facts_only else open_images(chosen or [EVERYTHING], access),
        own_image=not chosen and not facts_only,
        platforms=[_platform(name) for name in split_commas(platforms)],
        alone=alone,
        cpu=cpu,
        digest=not facts_only,
    )
    with common.open_check() as sink, Workers(judge, CheckedFile, count=common.jobs) as workers:
        check = _Check(settings, codes, sink, common)
        for batch in open_inputs(files, access=access, platforms=judge.platforms):
            check.take(batch, workers)
        return check.end()


@dataclass(frozen=True)
class _Job:
    """One file to judge, and the image that it came in where no other was named."""

    file: InputFile
    image: Image | None


@dataclass(frozen=True)
class _Judge:
    """How each file is judged: the function that the workers run."""

    images: Sequence[Image]
    own_image: bool
    platforms: Sequence[str]
    alone: bool
    cpu: str | None
    digest: bool

    def __call__(self, job: _Job) -> CheckedFile:
        from msgspec.structs import replace

        from everylinux.loader import check_file

        file = job.file
        checked = check_file(
            file.real if file.package else Path(file.path),
            [job.image] if job.image is not None and self.own_image else self.images,
            platforms=self.platforms or None,
            alone=self.alone,
            cpu=self.cpu,
            package=file.package,
            name=file.member,
            digest=self.digest,
        )
        return replace(checked, path=file.path, member=file.member) if file.member else checked


@dataclass
class _Check:
    """What was found so far; of the files themselves nothing is kept but for the package that is being read."""

    settings: CheckSettings
    codes: frozenset[str] | None
    sink: CheckSink
    common: Common
    count: int = 0
    outcomes: set[int] = field(default_factory=set)
    packages: list[Package] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def take(self, batch: Batch, workers: Workers[_Job, CheckedFile]) -> None:
        """Judge the files of a batch, then the package that they came in."""
        from msgspec.structs import replace

        members = []
        for checked in workers.run(_Job(file, batch.image) for file in batch.files):
            file = with_allowed(checked, self.settings)
            self.outcomes |= {exit_code_of(verdict, self.codes) for verdict in file.verdicts}
            self.sink.add(file)
            if batch.package is not None:
                members.append(replace(file, verdicts=()))
            self.count += 1
            if self.count % FILES_BETWEEN_NEWS == 0:
                self.common.progress.say(f"{self.count} files judged")
        if batch.package is not None:
            from everylinux.packages import judge_package

            package = package_with_allowed(judge_package(batch.package, members), self.settings)
            self.outcomes.add(exit_code_of_package(package, self.codes))
            self.packages.append(package)
        self.skipped += batch.skipped
        if batch.incomplete:
            self.outcomes.add(INCOMPLETE)

    def end(self) -> int:
        """Finish the report and return the exit code."""
        if not self.count and not self.packages and INCOMPLETE not in self.outcomes:
            what = "; ".join(f"{one.why} ({one.count} files)" for one in self.skipped[:3])
            raise NothingSelectedError(
                "there is no ELF file in what was named",
                meaning=f"passed over: {what}" if what else "",
                hint="name the files themselves",
            )
        self.sink.end(self.packages, self.skipped)
        return worst_exit_code(sorted(self.outcomes))


def _platform(name: str) -> str:
    """Return an OCI platform in its usual spelling; any spelling of a target is understood."""
    from everylinux.spelling import parse_targets

    return parse_targets(name)[0].platform
