"""What the kernel checks before any loader runs: mode, format, machine, interpreter, segments (Linux fs/binfmt_*.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.relocations import machine_facts
from everylinux.loader.reasons import no_interpreter, plain, risk
from everylinux.loader.releases import kernels
from everylinux.loader.shared import answer_once, answers_of
from everylinux.loader.unlisted import is_nowhere

if TYPE_CHECKING:
    from everylinux.elf.file import ElfFile, Identity
    from everylinux.evidence import Reason
    from everylinux.images.interface import Entry, Tree
    from everylinux.loader.outcome import Outcome
    from everylinux.loader.subject import World

SMALLEST_PAGE = 4096


class Interpreter(msgspec.Struct, frozen=True):
    """The loader that the kernel starts: its path as the file has it, and what is there."""

    path: str
    entry: Entry
    elf: ElfFile


class Stopped(msgspec.Struct, frozen=True):
    """Why a start ends before any loader: ``known`` is ``False`` where documents do not tell whether it does."""

    reason: Reason
    known: bool = True


def check_segments(file: ElfFile, name: str, outcome: Outcome) -> None:
    """Add what is wrong with the segments of a program."""
    if file.truncated or file.damage:
        problem = file.damage or "a segment runs past the end of the file"
        outcome.add(
            plain("corrupt-file", name, f"{name}: {problem}", hint="the file is cut off or damaged: get it again")
        )
    check_pages(file, name, outcome)
    kernel = file.notes.kernel
    if kernel is not None and file.notes.system == 0 and kernel[:2] > kernels()[0]:
        version = ".".join(map(str, kernel))
        outcome.add_risk(risk("kernel-too-old", version, f"{name} wants Linux {version} or newer"))


def check_system(file: ElfFile, name: str, outcome: Outcome) -> None:
    """Add that a program is made for another system: Linux starts it, and its system calls mean something else there.

    A program with an interpreter names that system's, which is not there.
    """
    if file.other_system:
        message = f"{name} is a program of {file.other_system}: on Linux it crashes at its first system call"
        outcome.add(plain("abi-mismatch", file.other_system, message, hint="build it for Linux"))


def check_pages(file: ElfFile, name: str, outcome: Outcome) -> None:
    """Add whether the segments of a program can be mapped with the pages that kernels of this CPU use (elf_map)."""
    if 0 < file.alignment < SMALLEST_PAGE:
        outcome.add(_not_aligned(name))
    _check_large_pages(file, name, outcome)


def check_library_pages(file: ElfFile, name: str, outcome: Outcome) -> None:
    """Add likewise whether a library can be used that its loader has not refused: musl refuses no offset."""
    if file.displaced:
        outcome.add(_not_aligned(name))
    _check_large_pages(file, name, outcome)


def _not_aligned(name: str) -> Reason:
    message = f"{name}: ELF load command address/offset not page-aligned"
    return plain("page-size", name, message, hint="link it again with -z max-page-size=65536")


def _check_large_pages(file: ElfFile, name: str, outcome: Outcome) -> None:
    """Add a risk for segments that only kernels with small pages can map."""
    facts = machine_facts(file.identity.machine, file.identity.bits)
    largest = max(facts.pages) if facts else SMALLEST_PAGE
    if SMALLEST_PAGE <= file.alignment < largest:
        outcome.add_risk(
            risk(
                "page-size",
                str(file.alignment),
                f"{name} cannot be mapped by kernels with pages of more than {file.alignment // 1024} KiB",
                hint=f"link it with -z max-page-size={largest}",
            )
        )


def find_interpreter(file: ElfFile, world: World) -> Interpreter | Stopped:
    """Return the program's interpreter, or why the kernel cannot start it."""
    path = file.interpreter or ""
    if not path:
        # load_elf_binary in fs/binfmt_elf.c; separate debug information has such a segment, without its bytes.
        return Stopped(
            plain("exec-format", world.path, f"{world.path}: Exec format error: its interpreter has no name")
        )
    key = path, file.identity.architecture
    return answer_once(
        answers_of(world.tree, "interpreters"), key, lambda: _interpreter_at(path, file.identity, world.tree)
    )


def _interpreter_at(path: str, identity: Identity, tree: Tree) -> Interpreter | Stopped:
    entry = tree.find(path) if path.startswith("/") else None
    if entry is None:
        return Stopped(no_interpreter(path), known=tree.complete or is_nowhere(path))
    if entry.directory or not entry.executable:
        return Stopped(plain("not-executable", path, f"{path}: Permission denied", f"chmod +x {path} in the image"))
    try:
        loader = entry.elf()
    except (NotElfError, CorruptElfError) as error:
        return Stopped(plain("exec-format", path, f"{path}: the interpreter cannot be used: {error.message}"))
    if loader.identity.architecture != identity.architecture:
        return Stopped(plain("exec-format", path, f"{path}: the interpreter is for another CPU", "repair the image"))
    return Interpreter(path, entry, loader)
