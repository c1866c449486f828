"""`everylinux check`: would this start there, and if not why.

Steps: take the files (of folders, their ELF files) → open the images (the whole catalogue without any) → judge each
file on each image → report → exit code by what was found and is not allowed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from everylinux.elf.numbers import ELF_MAGIC
from everylinux.errors import NothingSelectedError, worst_exit_code
from everylinux.evidence import CheckReport
from everylinux.verbs.findings import exit_code_of, fail_codes, with_allowed
from everylinux.verbs.options import Common, common_options, existing_files, split_commas

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@click.command(name="check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-i", "--image", "images", multiple=True, help="An image; repeat, or separate with commas.")
@click.option("--platform", "platforms", multiple=True, help="Judge on this platform instead of the file's own.")
@click.option("--alone", is_flag=True, help="Take the file only, without what $ORIGIN reaches.")
@click.option("--cpu", metavar="LEVEL", help="The CPU's level, x86-64-v1 to x86-64-v4: no part of an image.")
@click.option("--fail-on", multiple=True, metavar="CODES", help="Reason codes that make the exit code 1, or none.")
@click.option("--facts-only", is_flag=True, help="Say what the files are and need; judge nothing.")
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
    common: Common,
) -> int:
    """Say on which images FILES would start, and why not elsewhere; nothing is executed."""
    from everylinux.images import EVERYTHING, open_images
    from everylinux.loader import check_file
    from everylinux.settings import load_settings

    settings = load_settings(Path.cwd(), config=common.config).check
    codes = fail_codes(split_commas(fail_on) or list(settings.fail_on))
    paths = _files(existing_files(files))
    chosen = split_commas(images) or list(settings.images) or [EVERYTHING]
    opened = [] if facts_only else open_images(chosen)
    wanted = [_platform(name) for name in split_commas(platforms)]
    checked = tuple(
        with_allowed(check_file(path, opened, platforms=wanted or None, alone=alone, cpu=cpu), settings)
        for path in paths
    )
    common.write(CheckReport(files=checked))
    return worst_exit_code([exit_code_of(one, codes) for file in checked for one in file.verdicts])


def _files(paths: Sequence[Path]) -> list[Path]:
    """Return the files to judge; a folder stands for the ELF files below it."""
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_elf_files(path) if path.is_dir() else [path]))
    if not found:
        raise NothingSelectedError("there is no ELF file below the folders named", hint="name the files themselves")
    return list(found)


def _elf_files(folder: Path) -> Iterator[Path]:
    for directory, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(directory, name)
            if not path.is_symlink() and path.is_file() and _begins_like_elf(path):
                yield path


def _begins_like_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(ELF_MAGIC)) == ELF_MAGIC


def _platform(name: str) -> str:
    """Return an OCI platform in its usual spelling; any spelling of a target is understood."""
    from everylinux.spelling import parse_targets

    return parse_targets(name)[0].platform
