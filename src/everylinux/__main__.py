"""The command line: parse, catch, print, exit; nothing else."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from everylinux import __version__

if TYPE_CHECKING:
    from everylinux.errors import EverylinuxError

INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line and exit with the contract's exit code."""
    if sys.argv[1:] == ["--version"]:  # asked by every CI job: answered before anything is imported
        print(f"everylinux {__version__}")  # noqa: T201 - the one line that is printed without the report room
        sys.exit(0)
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    import click

    from everylinux.errors import EverylinuxError, worst_exit_code
    from everylinux.verbs import command_line

    try:
        return int(command_line.main(arguments, prog_name="everylinux", standalone_mode=False) or 0)
    except EverylinuxError as error:
        _print_error(error)
        return error.exit_code
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        return 2
    except (KeyboardInterrupt, click.Abort):
        _print_line("interrupted; nothing half-written was left")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader is gone: say nothing more, least of all at exit
        return 141
    except OSError as error:
        from everylinux.errors import describe_os_error

        _print_error(describe_os_error(error))
        return worst_exit_code([7])
    except Exception as error:  # noqa: BLE001 - whatever is left is a bug of ours: one line and a report file
        from everylinux.crash import write_crash_report

        _print_line(f"a bug in everylinux: {type(error).__name__}: {error}")
        _print_line(f"hint: please report it with {write_crash_report(error, arguments)}")
        return 70


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
