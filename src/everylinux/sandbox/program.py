"""The file that is to be run: what the kernel would read in it, and for which CPU and platform it is."""

from __future__ import annotations

import functools
import hashlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux import elf
from everylinux.errors import InputOutputError, UsageError, describe_os_error
from everylinux.loader.platforms import ALSO_EXECUTES, platform_in, platform_name
from everylinux.sandbox.emulator import ForeignCpu, cpu_of_file, cpu_of_platform
from everylinux.spelling import native_cpu

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.elf import ElfFile
    from everylinux.images.interface import Image
    from everylinux.target import Cpu

# BINPRM_BUF_SIZE in include/uapi/linux/binfmts.h: the kernel reads no more of a script's first line.
_FIRST_LINE = 256


@dataclass(frozen=True, kw_only=True)
class Program:
    """One file. ``path`` has no link in it; ``elf`` is ``None`` for what no loader can read."""

    path: Path
    sha256: str
    elf: ElfFile | None = None
    script_interpreter: str | None = None
    problem: str = ""

    @property
    def script(self) -> bool:
        """Whether it begins with ``#!``."""
        return self.script_interpreter is not None

    @property
    def interpreter(self) -> str | None:
        """What the kernel starts for it: a dynamic loader, or the interpreter of a script."""
        return self.script_interpreter or (self.elf.interpreter if self.elf else None)

    @property
    def damage(self) -> str:
        """What is wrong with it, in one sentence."""
        if self.elf is None:
            return self.problem
        return self.elf.damage or ("a segment runs past the end of the file" if self.elf.truncated else "")

    @property
    def shared_object(self) -> bool:
        """Whether it is made to be loaded, not started."""
        return self.elf is not None and self.elf.kind == "shared-object"

    @property
    def platform(self) -> str | None:
        """The platform of its ELF header, also of a CPU that is no target; ``None`` for scripts and other files."""
        return platform_name(self.elf.identity) if self.elf else None

    @property
    def known_cpu(self) -> bool:
        """Whether its CPU is one that this program knows how to name; a script's is the image's."""
        return self.elf is None or cpu_of_file(self.elf.identity) is not None


def read_program(path: Path) -> Program:
    """Read a file; a link stands for the file it points to.

    Raises `UsageError` for a folder, device or pipe, `InputOutputError` for a file that cannot be read.
    """
    try:
        real = path.resolve(strict=True)
        status = real.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{path} is not a regular file", hint="name the program itself")
        return _read(real, status.st_size, status.st_mtime_ns, status.st_ino)
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {path}", hint="paths are taken from the current folder") from error
    except OSError as error:
        raise describe_os_error(error) from error


@functools.lru_cache(maxsize=1024)
def _read(path: Path, *version: int) -> Program:
    """Read one version of a file once, for as many images as it is run in."""
    del version
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        head = file.read(_FIRST_LINE)
    if head.startswith(b"#!"):
        return Program(path=path, sha256=sha256, script_interpreter=script_interpreter(head))
    try:
        return Program(path=path, sha256=sha256, elf=elf.read(path))
    except (elf.NotElfError, elf.CorruptElfError) as error:
        return Program(
            path=path, sha256=sha256, problem=error.message if isinstance(error, elf.CorruptElfError) else ""
        )


def script_interpreter(head: bytes) -> str:
    """Return what the kernel would start for a script (fs/binfmt_script.c): the first word after ``#!``.

    Blanks and tabs end it, a carriage return does not.
    """
    line = head[2:].split(b"\n")[0].replace(b"\t", b" ").strip(b" ")
    return line.split(b" ")[0].decode(errors="replace")


def choose_platform(program: Program, image: Image, asked: str | None) -> str | None:
    """Return the platform of the image on which the file is run; ``None`` when the image has none for it.

    It is the one that `check` judges on: the one asked for, else the one of the file's CPU; scripts take this
    machine's where the image has it, else the image's usual one.
    """
    wanted = asked or program.platform
    if wanted:
        return platform_in(image, wanted)
    mine = native_cpu().platform
    offered = image.platforms()
    return mine if mine in offered or not offered else offered[0]


def executing_cpu(program: Program, platform: str) -> Cpu | ForeignCpu | None:
    """Return the CPU to run it on: the file's where the platform's kernels execute it, ``None`` where they do not.

    Raises `UsageError` for the platform of a CPU that nothing here knows.
    """
    if program.elf is None or program.platform is None:
        return cpu_of_platform(platform)
    executed = program.platform == platform or program.platform in ALSO_EXECUTES.get(platform, ())
    return cpu_of_file(program.elf.identity) if executed else None


def require_readable(path: Path) -> None:
    """Raise `InputOutputError` for a file that is named as standard input and cannot be read."""
    if not path.is_file() or not os.access(path, os.R_OK):
        raise InputOutputError(f"cannot read {path}", hint="--stdin takes a regular file")
