"""`everylinux explain`: why a build or a start failed, from its log.

Steps: a cause was named, or all with --list: print the text → otherwise read the log → what failed, why, and what
cures it → with --fix, --verify or --apply: see `explain_fixes` → report.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from everylinux.errors import UsageError, describe_os_error, nothing_at
from everylinux.verbs.explain_fixes import Fixing, fix_flags, take_back, with_fixes
from everylinux.verbs.findings import FAILS, UNKNOWN
from everylinux.verbs.options import Common, common_options
from everylinux.verbs.rest import CommandWithRest

if TYPE_CHECKING:
    from everylinux.diagnosis import Examined

STANDARD_INPUT = "-"
EXIT_CODES = {"failed": FAILS, "succeeded": 0, "unknown": UNKNOWN}


EXAMPLES = """\b
Examples:
  make 2>&1 | everylinux explain
  everylinux explain build.log --verify --apply -- make
  everylinux explain musl-lfs64-symbols
  everylinux explain --list
"""


@click.command(name="explain", epilog=EXAMPLES, cls=CommandWithRest, options_metavar="[OPTIONS]")
@click.argument("log", default=STANDARD_INPUT, metavar="[LOG|-|CAUSE] [-- BUILD COMMAND]")
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The folder of the project that failed: its own causes count, too, and its files tell more.",
)
@click.option("--list", "listing", is_flag=True, help="List all causes that there are, with your own.")
@fix_flags
@common_options
def command(*, log: str, project: Path | None, listing: bool, fixing: Fixing, common: Common) -> int:
    """Say why the build or start failed whose output is LOG (by default standard input), and what cures it.

    With the name of a cause instead of a file: say what it is. What follows `--` is the build's command, for --fix,
    --verify and --apply, which want the project (default: this folder).
    """
    if listing:
        _require_plain(common)
        return _list(project)
    if fixing.undo:
        return take_back(project or Path(), common)
    if not log or (log != STANDARD_INPUT and not Path(log).exists()):
        _require_plain(common)
        return _tell(log, project or Path())
    if not fixing.wanted:
        explanation = _examined(log, project).explanation
    else:
        project = project or Path()
        examined = None if log == STANDARD_INPUT and sys.stdin.isatty() and fixing.verify else _examined(log, project)
        explanation = with_fixes(examined, project, fixing, common)
    common.write(explanation)
    return EXIT_CODES[explanation.outcome]


def _require_plain(common: Common) -> None:
    """Raise `UsageError` where another format or a file was asked for: what causes are is text for readers."""
    if any(output.format != "table" or output.path for output in common.outputs):
        raise UsageError(
            "what a cause is can be told as text only",
            hint="leave -o out; of a log, `everylinux explain LOG -o json` gives the record",
        )


def _tell(name: str, project: Path) -> int:
    from everylinux.diagnosis.texts import text_of
    from everylinux.report.text import printable

    try:
        text = text_of(name, project)
    except UsageError as error:
        if not name or "/" in name or "." in name:
            raise nothing_at(name) from error
        raise UsageError(error.message, hint=f"{error.hint}; `everylinux explain --list` lists all causes") from error
    click.echo(printable(text), nl=False)
    return 0


def _list(project: Path | None) -> int:
    """Print the causes in the order of their ids, each with its title, as lines that line tools can read."""
    from everylinux.diagnosis.own import knowledge

    causes = sorted(knowledge(project).index.causes, key=lambda cause: cause.id)
    width = max(len(cause.id) for cause in causes)
    click.echo("\n".join(f"{cause.id:<{width}}  {cause.title}" for cause in causes))
    return 0


def _examined(log: str, project: Path | None) -> Examined:
    from everylinux.diagnosis import examine

    if log == STANDARD_INPUT:
        if sys.stdin.isatty():
            raise UsageError("there is no log", hint="name a file, or pipe one in: make 2>&1 | everylinux explain")
        return examine(sys.stdin.buffer, project=project)
    try:
        with Path(log).open("rb") as stream:
            return examine(stream, project=project)
    except OSError as error:
        raise describe_os_error(error) from error
