"""`everylinux matrix`: the main job. Both answers for every file on every image, side by side.

Steps: build (a project) or take the files → open the images → check each file on each image → prove each file on each
image, once for each of its smoke tests → attest → explain what failed → compare → report.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from everylinux.errors import NoProjectError, NothingSelectedError, UsageError, nothing_at, worst_exit_code
from everylinux.evidence import Cell, MatrixReport, same_answer
from everylinux.inputs.scratch import Scratch
from everylinux.settings import Settings, load_settings, settings_folder
from everylinux.verbs.attest_flag import attest as attest_runs
from everylinux.verbs.attest_flag import attest_option
from everylinux.verbs.build_flags import BuildFlags, build_flags
from everylinux.verbs.explained import explained, explained_runs
from everylinux.verbs.findings import (
    UNKNOWN,
    exit_code_of,
    exit_code_of_run,
    exit_code_of_smoke,
    fail_codes,
    smoke_failed,
    with_allowed,
)
from everylinux.verbs.options import (
    Common,
    common_options,
    files_to_run,
    image_option,
    registry_option,
    runs_as_named,
    sandbox_option,
    split_commas,
)
from everylinux.verbs.rest import CommandWithRest, rest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from everylinux.evidence import Build, CheckedFile, Run
    from everylinux.images.interface import Image
    from everylinux.inputs import InputFile
    from everylinux.sandbox.smoke import SmokeTest

DISAGREEMENT = 1
DEFAULT_IMAGES = ("scratch", "alpine", "debian", "distroless")


@dataclass(frozen=True)
class _Work:
    """What there is to judge: files, each with the target that it was built for, and the builds that made them.

    Of a wheel it is the files inside.
    """

    files: Sequence[tuple[InputFile, str]]
    builds: tuple[Build, ...] = ()


@dataclass(frozen=True)
class _RunOptions:
    """How each file is run."""

    arguments: tuple[str, ...] | None
    timeout: float | None
    alone: bool
    sandbox: str
    tests: tuple[SmokeTest, ...]


EXAMPLES = """\b
Examples:
  everylinux matrix . --target all --image scratch,debian:12
  everylinux matrix ./app --image dir:rootfs -- --version
"""


@click.command(name="matrix", epilog=EXAMPLES, cls=CommandWithRest, options_metavar="[OPTIONS]")
@click.argument("paths", nargs=-1, metavar="[PATH | FILE...] [-- ARGS]")
@image_option
@click.option("--platform", help="The platform of the images (default: the one of each file's CPU).")
@click.option("--timeout", type=click.FloatRange(min=0.1), help="Seconds that one run may take (default: 30).")
@click.option("--alone", is_flag=True, help="Take each file only, without what $ORIGIN reaches.")
@click.option("--fail-on", multiple=True, metavar="CODES", help="Reason codes that make the exit code 1, or none.")
@attest_option
@sandbox_option
@registry_option
@build_flags
@common_options
def command(  # noqa: PLR0913 - one parameter a flag, as click passes them
    *,
    paths: tuple[str, ...],
    images: tuple[str, ...],
    platform: str | None,
    timeout: float | None,
    alone: bool,
    fail_on: tuple[str, ...],
    attest: Path | None,
    sandbox: str | None,
    plain_http: tuple[str, ...],
    flags: BuildFlags,
    common: Common,
) -> int:
    """Build a project (PATH, by default this folder), or take FILEs; check and prove them; show both answers.

    What follows `--` goes to the project's build, or to the program when FILEs are given.
    """
    from everylinux.images import at_hand, open_images
    from everylinux.sandbox import read_smoke_tests

    project = _is_project(paths)
    start = Path(paths[0]) if project and paths else Path()
    settings = load_settings(start, config=common.config)
    tests = read_smoke_tests(settings.smoke, settings_folder(start, config=common.config))
    codes = fail_codes(split_commas(fail_on), settings.check)
    access = common.access(settings.images, plain_http)
    named = split_commas(images) or list(settings.prove.images or settings.check.images)
    opened = open_images(named or DEFAULT_IMAGES, access)
    with common.engine():
        pass  # a cluster that does not answer is told before anything is built
    options = _RunOptions(
        arguments=None if project else rest(),
        timeout=timeout or settings.prove.timeout,
        alone=alone,
        sandbox=sandbox or settings.prove.sandbox,
        tests=tests,
    )
    with Scratch() as scratch:
        work = (
            _build(start, flags, settings, common, scratch)
            if project
            else _Work([(file, "") for file in files_to_run(paths, scratch)])
        )
        checked = [with_allowed(file, settings.check) for file in _check(work, opened, platform, common, alone=alone)]
        # Images are fetched for whoever names them; the usual ones are more than anybody would want to wait for.
        runs = _prove(work, at_hand(opened, access) if named else opened, checked, common, options)
    attest_runs((run for row in runs for several in row for run in several), attest, common)
    cells = tuple(_cells(work, checked, [[explained_runs(several) for several in row] for row in runs]))
    common.write(MatrixReport(builds=work.builds, files=tuple(checked), cells=cells))
    if work.builds and not cells and not any(build.exit_code for build in work.builds):
        raise NothingSelectedError(
            "nothing that was built is compiled: there is nothing to judge or to run",
            meaning="a wheel without extensions runs wherever its Python does",
            hint="name the files that are kept with --artifact, or another kind of project with --kind",
        )
    return _exit_code(work, cells, codes)


def _is_project(paths: tuple[str, ...]) -> bool:
    """Return whether a project was named: one folder, or nothing; raises `UsageError` for a mixture."""
    if "" in paths:
        raise nothing_at("")  # Path would take it for the current folder
    folders = [path for path in paths if Path(path).is_dir()]
    if folders and len(paths) > 1:
        raise UsageError(
            f"{folders[0]} is a folder, given among other paths",
            hint="matrix takes one project's folder, or any number of files",
        )
    return not paths or bool(folders)


def _build(start: Path, flags: BuildFlags, settings: Settings, common: Common, scratch: Scratch) -> _Work:
    from everylinux.builders import build_project
    from everylinux.inputs.wheels import lay_down

    request = flags.request(start, rest(), settings.build, common)
    try:
        builds = explained(build_project(request, common.progress), request.sysroot)
    except NoProjectError as error:
        hint = f"{error.hint}; or name the files that are to be judged: everylinux matrix {start}/*"
        raise UsageError(error.message, meaning=error.meaning, hint=hint) from error
    made = [(Path(file.path), build.target) for build in builds for file in build.files]
    return _Work([(file, target) for path, target in made for file in lay_down(path, scratch)], builds)


def _check(
    work: _Work, images: Sequence[Image], platform: str | None, common: Common, *, alone: bool
) -> Iterator[CheckedFile]:
    from everylinux.evidence import CheckedFile
    from everylinux.loader import check_file
    from everylinux.workers import Workers

    platforms = [platform] if platform else None

    def judge(file: InputFile) -> CheckedFile:
        package, name = file.package, file.member
        return file.of(check_file(file.real, images, platforms=platforms, alone=alone, package=package, name=name))

    with Workers(judge, CheckedFile, count=common.jobs) as workers:
        yield from workers.run(file for file, _ in work.files)


def _prove(
    work: _Work, images: Sequence[Image], checked: Sequence[CheckedFile], common: Common, options: _RunOptions
) -> Sequence[Sequence[tuple[Run, ...]]]:
    """Run each file wherever it was judged; one row a file, in the order of its verdicts, of its runs there."""
    from everylinux.cluster.proving import Proving
    from everylinux.sandbox import ProveRequest, with_smoke_tests

    by_name = {image.name: image for image in images}
    requests = [
        [
            with_smoke_tests(
                ProveRequest(
                    path=given.real,
                    image=by_name[verdict.image],
                    platform=verdict.platform,
                    arguments=options.arguments,
                    timeout=options.timeout,
                    alone=options.alone,
                    sandbox=options.sandbox,
                ),
                options.tests,
            )
            for verdict in file.verdicts
        ]
        for (given, _), file in zip(work.files, checked, strict=True)
    ]
    every = [request for row in requests for several in row for request in several]
    pairs = sum(map(len, requests))
    common.progress.say(f"running {pairs} pair{'' if pairs == 1 else 's'} of a file and an image")
    with common.engine() as engine:
        seen = tuple(common.progress.follow(engine.run(Proving(tolerant=True), every), len(every), "runs"))
    runs = iter(runs_as_named(seen, [file for file, _ in work.files]))
    return [[tuple(next(runs) for _ in several) for several in row] for row in requests]


def _cells(work: _Work, checked: Sequence[CheckedFile], runs: Sequence[Sequence[tuple[Run, ...]]]) -> Iterator[Cell]:
    for (given, target), file, row in zip(work.files, checked, runs, strict=True):
        for verdict, several in zip(file.verdicts, row, strict=True):
            run, *others = sorted(several, key=_goodness)
            yield Cell(
                path=given.name,
                sha256=file.sha256 or "",
                target=target or _target_of(file),
                image=verdict.image,
                platform=verdict.platform,
                check=verdict,
                prove=run,
                agree=same_answer(verdict, run),
                other_runs=tuple(others),
            )


def _goodness(run: Run) -> int:
    """Return a number by which the runs of one file on one image are sorted, the worst first."""
    if run.verdict != "ok":
        return ("fails", "unknown").index(run.verdict)
    return 3 - smoke_failed(run)


def _target_of(file: CheckedFile) -> str:
    """Return what a given file was built for, as far as it tells: CPU, libc and floor."""
    if file.arch is None:
        return file.kind
    libc = {"glibc": "gnu"}.get(file.libc or "", file.libc or "static")
    floor = file.floor.get("GLIBC")
    return f"{file.arch}-linux-{libc}" + (f".{floor}" if floor else "")


def _exit_code(work: _Work, cells: Sequence[Cell], codes: frozenset[str] | None) -> int:
    outcomes = [build.exit_code for build in work.builds]
    for cell in cells:
        outcomes.append(exit_code_of(cell.check, codes))
        if cell.prove is not None and any(map(smoke_failed, (cell.prove, *cell.other_runs))):
            outcomes.append(exit_code_of_smoke(codes))
        if cell.prove is not None:
            outcomes.append(exit_code_of_run(cell.prove, cell.check, codes))
        if cell.agree is False:
            outcomes.append(DISAGREEMENT)
        elif cell.agree is None:
            outcomes.append(UNKNOWN)
    return worst_exit_code(outcomes)
