"""Scripts: the first line, the interpreter it names, and what ``env`` looks up (Linux fs/binfmt_script.c)."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.evidence import AskedBy, Reason
from everylinux.images.environment import splits
from everylinux.loader.reasons import no_interpreter, plain

if TYPE_CHECKING:
    from everylinux.images.interface import Entry, Tree

BUFFER = 256  # bytes of the first line that the kernel reads (BINPRM_BUF_SIZE since Linux 5.1)
BLANKS = b" \t"
# Options of GNU coreutils' env that came with -S, with which they are one word (NEWS of 8.30).
SPLITTING = re.compile(r"-[i0]*[Sv].*|--(?:split-string|debug)\b.*", re.DOTALL)
# What BusyBox's env takes as one word (coreutils/env.c): -S is not among it, whatever the release.
BUSYBOX_OPTIONS = re.compile(r"-(?:[i0]*(?:u.*)?|-.*)", re.DOTALL)
REFUSED = "env -"  # and the option that it does not know
BUSYBOX = ("/bin/busybox", "/usr/bin/busybox")
ASH = ("/bin/ash", "/usr/bin/ash")
SEARCH_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


class Shebang(msgspec.Struct, frozen=True):
    """A script's first line: the interpreter's path, and the one argument that the kernel passes on."""

    interpreter: str
    argument: str


def read_shebang(head: bytes) -> Shebang | None:
    """Return the first line as the kernel reads it; ``None`` when it names no interpreter.

    It ends at the first newline of the buffer or, when there is none, at its end: then the interpreter's name must end
    before, or else it may have been cut off (load_script).
    """
    text = head[:BUFFER].partition(b"\0")[0]
    line, newline, _ = text[2:].partition(b"\n")
    interpreter, _, argument = line.strip(BLANKS).replace(b"\t", b" ").partition(b" ")
    cut_off = not newline and len(text) == BUFFER and not argument and line[-1:] not in {b" ", b"\t"}
    if not interpreter or cut_off:
        return None
    decoded = [part.decode("utf-8", "backslashreplace") for part in (interpreter, argument.lstrip(b" "))]
    return Shebang(*decoded)


def interpreter_of(shebang: Shebang, tree: Tree, script: str) -> Entry | Reason:
    """Return the program that runs a script in an image, or why there is none."""
    absolute = shebang.interpreter.startswith("/")
    entry = tree.find(shebang.interpreter) if absolute else None
    if entry is None:
        note = "the first line of the script names it" + ("" if absolute else ", below the current folder")
        reason = no_interpreter(shebang.interpreter, note)
        hint = _line_ends(reason.subject) or "install it in the image"
        return plain(reason.code, reason.subject, reason.message, hint, reason.note)
    if entry.directory or not entry.executable:
        return plain("not-executable", shebang.interpreter, f"{shebang.interpreter}: Permission denied")
    if posixpath.basename(shebang.interpreter) != "env":
        return entry
    return _by_env(entry, shebang.argument, tree, script)


def is_refusal(reason: Reason) -> bool:
    """Return whether ``env`` is there and refuses its argument: however little else is known of an image."""
    return reason.code == "missing-command" and reason.subject.startswith(REFUSED)


def _by_env(env: Entry, argument: str, tree: Tree, script: str) -> Entry | Reason:
    """Return the program that ``env`` starts, or why there is none."""
    if argument.startswith("-") and not BUSYBOX_OPTIONS.fullmatch(argument) and _is_busybox(env, tree):
        option = argument.lstrip("-i0")[:1]
        hint = "name the interpreter's own path in the first line, or install coreutils in the image"
        return plain(
            "missing-command", f"{REFUSED}{option}", f"env: unrecognized option: {option}", hint, "it is BusyBox's"
        )
    if SPLITTING.fullmatch(argument) and not splits(env):
        option = argument.lstrip("-i0")[:1]
        hint = "name the interpreter's own path in the first line, or take an image with coreutils 8.30 or newer"
        message = f"env: invalid option -- '{option}'"
        return plain("missing-command", f"{REFUSED}{option}", message, hint, "it is older than coreutils 8.30")
    name = command_of_env(argument)
    if name is None:
        return env
    found = find_command(tree, name)
    if found is not None:
        return found
    message = f"env: '{name}': No such file or directory"
    hint = _line_ends(name) or f"install {name} in the image"
    return Reason(code="missing-command", subject=name, message=message, asked_by=AskedBy(file=script), hint=hint)


def _line_ends(name: str) -> str:
    """Return what cures a name that ends with a carriage return."""
    return "the file has Windows line ends: convert it with dos2unix" if name.endswith("\r") else ""


def _is_busybox(env: Entry, tree: Tree) -> bool:
    """Return whether ``env`` is BusyBox's; where only documents tell of it, whether its shell is there."""
    box = next((found for found in map(tree.find, BUSYBOX) if found is not None), None)
    if box is not None:
        return box.same_file == env.same_file
    return not env.head(1) and any(tree.find(path) is not None for path in ASH)


def command_of_env(argument: str) -> str | None:
    """Return the command that ``env`` starts; ``None`` when its argument names none.

    Without ``-S`` the whole argument is one word, as the kernel passes it.
    """
    if not argument:
        return None
    if not argument.startswith("-"):
        return argument
    if not argument.startswith("-S"):
        return None
    words = argument.removeprefix("-S").split()
    return next((word for word in words if "=" not in word and not word.startswith("-")), None)


def find_command(tree: Tree, name: str) -> Entry | None:
    """Look a command up along the usual PATH of an image."""
    paths = [name] if name.startswith("/") else [posixpath.join(folder, name) for folder in SEARCH_PATH]
    for path in paths:
        entry = tree.find(path)
        if entry is not None and entry.executable and not entry.directory:
            return entry
    return None
