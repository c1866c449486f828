"""The command line: parse, catch, print, exit; nothing else."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from everylinux import __version__

if TYPE_CHECKING:
    from everylinux.errors import EverylinuxError

# New objects between two searches for cycles. With the 700 that Python has itself, all that was imported is searched
# again and again before a verb has read its facts, and there are none.
GARBAGE_THRESHOLD = 200_000
INTERRUPTED = 130
TERMINATED = 143
BROKEN_PIPE = 141
BUG = 70


def main() -> NoReturn:
    """Run the command line and exit with the contract's exit code."""
    if sys.argv[1:] == ["--version"]:  # asked by every CI job: answered before anything is imported
        print(f"everylinux {__version__}")  # noqa: T201 - the one line that is printed without the report room
        sys.exit(0)
    code = _run(sys.argv[1:])
    gc.freeze()  # or Python searches all there is for cycles, more than once, before it ends
    sys.exit(code)


class TerminatedError(BaseException):
    """The run was ended from outside (SIGTERM); like KeyboardInterrupt, no handler of ordinary errors sees it."""


def _run(arguments: list[str]) -> int:
    import signal

    gc.set_threshold(GARBAGE_THRESHOLD)

    from everylinux.verbs import command_line

    signal.signal(signal.SIGTERM, _terminate)
    try:
        return int(command_line.main(arguments, prog_name="everylinux", standalone_mode=False) or 0)
    except BaseException as error:  # noqa: BLE001 - every way to end has its exit code, and none a traceback
        return _exit_code(error, arguments)


def _terminate(_signal: int, _frame: object) -> NoReturn:
    """Unwind as for Ctrl-C, so that children end and half-written files go, and exit as the shell expects."""
    raise TerminatedError


def _exit_code(error: BaseException, arguments: list[str]) -> int:
    """Say what happened and return its exit code."""
    import click

    from everylinux.errors import EverylinuxError, describe_os_error

    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.ClickException():
            error.show(sys.stderr)
            return 2
        case KeyboardInterrupt() | click.Abort() | TerminatedError():
            _print_line("interrupted; nothing half-written was left")
            # An interrupt inside a text that is executed (as data classes are made) would have `python -m` kill itself
            # at its end (Py_RunMain, exit_sigint): the next text that is evaluated takes that back.
            eval("None")  # noqa: S307
            return TERMINATED if isinstance(error, TerminatedError) else INTERRUPTED
        case BrokenPipeError() | SystemExit():  # the second is what rich makes of the first
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader is gone: say nothing more, not even at exit
            return BROKEN_PIPE
        case OSError():
            error = describe_os_error(error)
    if isinstance(error, EverylinuxError):
        _print_error(error)
        return error.exit_code
    from everylinux.crash import write_crash_report

    _print_line(f"a bug in everylinux: {type(error).__name__}: {error}")
    _print_line(f"hint: please report it with {write_crash_report(error, arguments)}")
    return BUG


def _print_error(error: EverylinuxError) -> None:
    _print_line(f"error: {error.message}")
    if error.meaning:
        _print_line(f"  {error.meaning}")
    if error.hint:
        _print_line("")
        _print_line(f"hint: {error.hint}")


def _print_line(text: str) -> None:
    from everylinux.report.text import printable

    print(printable(text), file=sys.stderr)  # noqa: T201 - the place where errors are printed


if __name__ == "__main__":
    main()
