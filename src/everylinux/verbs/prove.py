"""`everylinux prove`: run files in images and see.

Steps: take the files → choose the images (`scratch` for static files when none is named) → run each file in each
image, once for each of its smoke tests → attest → explain what failed → report.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from everylinux.errors import NothingSelectedError, worst_exit_code
from everylinux.evidence import ProveReport
from everylinux.inputs.scratch import Scratch
from everylinux.verbs.attest_flag import attest as attest_runs
from everylinux.verbs.attest_flag import attest_option
from everylinux.verbs.explained import explained_runs
from everylinux.verbs.findings import FAILS, host_failed, smoke_failed
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
    from collections.abc import Sequence

    from everylinux.evidence import Run
    from everylinux.inputs import InputFile

EXIT_CODES = {"ok": 0, "fails": FAILS, "unknown": 6}


EXAMPLES = """\b
Examples:
  everylinux prove ./app                                 # a static program, in an empty root
  everylinux prove ./app --image dir:rootfs -- --selftest
"""


@click.command(name="prove", epilog=EXAMPLES, cls=CommandWithRest, options_metavar="[OPTIONS]")
@click.argument("files", nargs=-1, required=True, metavar="FILE... [-- ARGS]")
@image_option
@click.option("--platform", help="The platform of the image (default: the one of the file's CPU).")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    help="Seconds that one run may take (default: 30; 120 under an emulator).",
)
@click.option("--cpu", metavar="MODEL", help="Run on this CPU model of the emulator, or x86-64-v1 to v3.")
@click.option("--alone", is_flag=True, help="Take the file only, without what $ORIGIN reaches.")
@click.option("--stdin", type=click.Path(path_type=Path), help="A file for standard input (default: empty).")
@attest_option
@sandbox_option
@registry_option
@common_options
def command(  # noqa: PLR0913 - one parameter a flag, as click passes them
    *,
    files: tuple[str, ...],
    images: tuple[str, ...],
    platform: str | None,
    timeout: float | None,
    cpu: str | None,
    alone: bool,
    stdin: Path | None,
    attest: Path | None,
    sandbox: str | None,
    plain_http: tuple[str, ...],
    common: Common,
) -> int:
    """Run FILES in images and see: the smoke tests of the settings, or `--version`; or what follows `--`."""
    from everylinux.cluster.proving import Proving
    from everylinux.images import at_hand, open_images
    from everylinux.sandbox import ProveRequest, read_smoke_tests, with_smoke_tests
    from everylinux.settings import load_settings, settings_folder
    from everylinux.spelling import parse_targets

    if platform:
        platform = parse_targets(platform, libc="musl")[0].platform
    loaded = load_settings(Path.cwd(), config=common.config)
    tests = read_smoke_tests(loaded.smoke, settings_folder(Path.cwd(), config=common.config))
    settings, access = loaded.prove, common.access(loaded.images, plain_http)
    with Scratch() as scratch:
        named = files_to_run(files, scratch)
        opened = open_images(split_commas(images) or list(settings.images) or _image_for(named), access)
        requests = [
            request
            for file in named
            for image in at_hand(opened, access)
            for request in with_smoke_tests(
                ProveRequest(
                    path=file.real,
                    image=image,
                    platform=platform,
                    arguments=rest(),
                    stdin=stdin,
                    timeout=timeout or settings.timeout,
                    alone=alone,
                    cpu=cpu,
                    sandbox=sandbox or settings.sandbox,
                ),
                tests,
            )
        ]
        with common.engine() as engine:
            runs = tuple(common.progress.follow(engine.run(Proving(), requests), len(requests), "runs"))
    runs = runs_as_named(runs, named)
    attest_runs(runs, attest, common)
    runs = explained_runs(runs)
    common.write(ProveReport(runs=runs))
    return _exit_code(runs)


def _image_for(files: Sequence[InputFile]) -> list[str]:
    """Return the empty image, in which static files alone can run; raises `NothingSelectedError` for others."""
    from everylinux.sandbox.program import read_program

    for file in files:
        facts = read_program(file.real).elf
        if facts is None or facts.interpreter or facts.needed:
            raise NothingSelectedError(
                f"no image was named, and {file.name} is not a static program",
                meaning="it needs files that only an image has",
                hint="name one: --image debian:12, which is fetched, or --image dir:PATH",
            )
    return ["scratch"]


def _exit_code(runs: Sequence[Run]) -> int:
    failed = [FAILS for run in runs if smoke_failed(run) or host_failed(run)]
    return worst_exit_code([EXIT_CODES[run.verdict] for run in runs] + failed)
