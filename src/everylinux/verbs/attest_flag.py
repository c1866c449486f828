"""The flag ``--attest [DIR]`` of the verbs that run files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from everylinux.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from everylinux.evidence import Run
    from everylinux.verbs.options import Common

DEFAULT_FOLDER = "dist/attestations"


def attest_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flag, and hand the folder to the verb as ``attest`` (``None``: not asked for)."""
    return click.option(
        "--attest",
        is_flag=False,
        flag_value=DEFAULT_FOLDER,
        metavar="[DIR]",
        callback=_folder,
        help=f"Write an in-toto statement for each file into DIR (default: {DEFAULT_FOLDER}).",
    )(function)


def attest(runs: Iterable[Run], folder: Path | None, common: Common) -> None:
    """Write the statements where they were asked for."""
    if folder is None:
        return
    from everylinux.attest import write_attestations

    written = write_attestations(runs, folder)
    common.progress.say(f"wrote {len(written)} attestation{'' if len(written) == 1 else 's'} to {folder}")


def _folder(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    del context, parameter
    if value is None:
        return None
    if Path(value).is_file():
        raise UsageError(
            f"--attest takes a folder, and {value} is a file",
            hint=f"write --attest={DEFAULT_FOLDER}, or give --attest after the files",
        )
    return Path(value)
