"""Wheels as pip lays them down: what runs a file out of one needs the whole package, not its ELF files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.archives.budget import Budget
from everylinux.archives.errors import ArchiveError, RefusedError
from everylinux.archives.root import Root
from everylinux.archives.streams import open_regular
from everylinux.archives.zip import members
from everylinux.elf.numbers import ELF_MAGIC
from everylinux.errors import InputOutputError
from everylinux.inputs.interface import InputFile
from everylinux.inputs.packages import in_site
from everylinux.inputs.unpack import normal_name, read_head, shown
from everylinux.loader.subject import PackageRoot

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.inputs.scratch import Scratch


def lay_down(path: Path, scratch: Scratch) -> list[InputFile]:
    """Return what there is to judge and run: of a wheel its ELF files, as they are installed, or the file itself.

    A wheel gets a new folder of ``scratch``. Raises `InputOutputError` for one that cannot be read to its end, or that
    names places outside of it.
    """
    if path.suffix != ".whl":
        return [InputFile(str(path), "", path)]
    return _wheel(path, scratch.new_folder())


def _wheel(path: Path, folder: Path) -> list[InputFile]:
    package = PackageRoot(folder)
    found = []
    try:
        with open_regular(path) as file:
            budget = Budget(path.stat().st_size)
            root = Root(folder, budget)
            for member in members(file, budget, links=False):
                if member.kind != "file":
                    continue
                name = normal_name(member.name)
                place, mode = in_site(name, member.mode)
                head = read_head(member.content, len(ELF_MAGIC))
                place = root.file(place, mode, head, member.content)
                if head == ELF_MAGIC:
                    found.append(InputFile(str(path), shown(name), folder / place, package))
    except (ArchiveError, RefusedError) as error:
        raise InputOutputError(
            f"{path}: {error}", meaning="the wheel is damaged, or made to do harm", hint="make or download it again"
        ) from error
    return found
