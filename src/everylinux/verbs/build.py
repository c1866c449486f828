"""`everylinux build`: one project for many targets.

Steps: settings and targets → build for each target → what the logs of failed ones say → report.
With --advise, --apply or --undo: see `build_advice`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from everylinux.cache import write_atomically
from everylinux.errors import UsageError, nothing_at, worst_exit_code
from everylinux.evidence import BuildReport
from everylinux.settings import FILE_NAME, commented_file, load_settings
from everylinux.verbs.build_flags import build_flags
from everylinux.verbs.explained import explained
from everylinux.verbs.options import Common, common_options
from everylinux.verbs.rest import CommandWithRest, all_arguments, rest

if TYPE_CHECKING:
    from everylinux.verbs.build_flags import BuildFlags


EXAMPLES = """\b
Examples:
  everylinux build                                   # this machine's CPU, on both libcs
  everylinux build . --target arm64,s390x --libc musl
  everylinux build . --target amd64 --libc gnu.2.31 --sysroot debian:11=libssl-dev
  everylinux build . --target arm64 -- -DWITH_TESTS=OFF
"""


@click.command(name="build", epilog=EXAMPLES, cls=CommandWithRest)
@click.argument("project", metavar="[PATH]", default=".")
@click.option("--init", is_flag=True, help=f"Write a commented {FILE_NAME} into PATH and build nothing.")
@click.option(
    "--advise", "what", flag_value="advise", help="Say what a Cargo build will lack and what cures it; build nothing."
)
@click.option("--apply", "what", flag_value="apply", help="Make the change that --advise shows, then build.")
@click.option("--undo", "what", flag_value="undo", help="Take the change of the last --apply back; build nothing.")
@build_flags
@common_options
def command(*, project: str, init: bool, what: str | None, flags: BuildFlags, common: Common) -> int:
    """Build the project in PATH (by default this folder) for every target.

    What follows `--` goes to cargo build, go build, configure, CMake, Meson or make.
    """
    from everylinux.builders import build_project

    if not project:
        raise nothing_at(project)  # Path would take it for the current folder
    path = Path(project)
    if init:
        return _write_settings(path / FILE_NAME, common)
    settings = load_settings(path, config=common.config)
    request = flags.request(path, rest(), settings.build, common)
    if what is not None:
        from everylinux.verbs.build_advice import INSTEAD

        return INSTEAD[what](request, common)
    builds = explained(build_project(request, common.progress), request.sysroot)
    _note_failure(path, failed=any(build.status == "failed" for build in builds))
    common.write(BuildReport(builds=builds))
    return worst_exit_code([build.exit_code for build in builds])


def _note_failure(path: Path, *, failed: bool) -> None:
    """Keep the command of a build that failed, for `explain --verify`."""
    from everylinux.fixes.recorded import arguments_without, forget_failed, remember_failed

    if failed:
        remember_failed(path, arguments_without(path, all_arguments()))
    else:
        forget_failed(path)


def _write_settings(path: Path, common: Common) -> int:
    if path.exists():
        raise UsageError(f"{path} is there already", hint="edit it, or remove it first")
    write_atomically(path, commented_file().encode())
    common.progress.say(f"wrote {path}")
    return 0
