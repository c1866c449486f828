"""`everylinux explain`: why a build or a start failed, from its log.

Steps: a cause was named: print its text → otherwise read the log → what failed, why, and what cures it → report.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from everylinux.errors import UsageError, describe_os_error, nothing_at
from everylinux.verbs.findings import FAILS, UNKNOWN
from everylinux.verbs.options import Common, common_options

if TYPE_CHECKING:
    from everylinux.evidence import Explanation

STANDARD_INPUT = "-"
EXIT_CODES = {"failed": FAILS, "succeeded": 0, "unknown": UNKNOWN}


@click.command(name="explain")
@click.argument("log", default=STANDARD_INPUT, metavar="[LOG|-|CAUSE]")
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The folder of the project that failed: its own causes (.everylinux/causes) count, too.",
)
@common_options
def command(*, log: str, project: Path | None, common: Common) -> int:
    """Say why the build or start failed whose output is LOG (by default standard input), and what cures it.

    With the name of a cause instead of a file: say what it is.
    """
    if log != STANDARD_INPUT and not Path(log).exists():
        return _tell(log)
    explanation = _explained(log, project)
    common.write(explanation)
    return EXIT_CODES[explanation.outcome]


def _tell(name: str) -> int:
    from everylinux.diagnosis.texts import text_of

    try:
        text = text_of(name)
    except UsageError as error:
        if "/" in name or "." in name:
            raise nothing_at(name) from error
        raise
    click.echo(text, nl=False)
    return 0


def _explained(log: str, project: Path | None) -> Explanation:
    from everylinux.diagnosis import explain

    if log == STANDARD_INPUT:
        if sys.stdin.isatty():
            raise UsageError("there is no log", hint="name a file, or pipe one in: make 2>&1 | everylinux explain")
        return explain(sys.stdin.buffer, project=project)
    try:
        with Path(log).open("rb") as stream:
            return explain(stream, project=project)
    except OSError as error:
        raise describe_os_error(error) from error
