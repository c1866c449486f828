"""One file on one platform of one image: the kernel's checks, then the loader's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.magic import COMPRESSED, EMPTY, TEXT
from everylinux.elf.neutral import is_neutral, libc_family
from everylinux.elf.symbols import FileTables
from everylinux.evidence import Reason, Verdict, VerdictWord
from everylinux.loader.closure import Loaded
from everylinux.loader.glibc.release import release_of
from everylinux.loader.glibc.rules import Glibc
from everylinux.loader.host import loaded_by_hosts, offered_to
from everylinux.loader.kernel import (
    Interpreter,
    Stopped,
    check_library_pages,
    check_segments,
    check_system,
    find_interpreter,
)
from everylinux.loader.musl.rules import Musl
from everylinux.loader.outcome import Outcome
from everylinux.loader.platforms import interpreters_for, libc_of, platform_in, platform_name
from everylinux.loader.reasons import no_interpreter, perhaps, plain, risk
from everylinux.loader.script import interpreter_of, is_refusal, read_shebang
from everylinux.loader.shared import answer_once, answers_of
from everylinux.loader.subject import TooManyLookupsError, World, outcome_before
from everylinux.loader.unlisted import is_nowhere
from everylinux.target import version_key

if TYPE_CHECKING:
    from everylinux.elf.file import ElfFile
    from everylinux.evidence import Risk
    from everylinux.images.interface import Entry, Image, Tree
    from everylinux.loader.cures import Cures
    from everylinux.loader.subject import Subject

MOST_SCRIPTS = 5  # the kernel follows a chain of scripts so far (fs/exec.c, exec_binprm)
NOT_PROGRAMS = {
    "object": "a relocatable object file: it must be linked first",
    "archive": "a static library: it is linked into programs",
    "core": "a core dump",
    "foreign": "of a type that is neither a program nor a library",
}
# What no program is, and what can be done about it.
OTHER_HINTS = {
    TEXT: "begin it with #!/bin/sh",
    COMPRESSED: "unpack it, and check what comes out",
    EMPTY: "make it or get it again: nothing is in it",
}
# A C program that opens plugins: its own libraries, in the order of its needs.
HOST_LIBRARIES = ("libc.so.6", "libdl.so.2")


def judge(subject: Subject, image: Image, platform: str, *, alone: bool, level: int = 0) -> Verdict:
    """Return the verdict of one file on one platform.

    ``level`` is the x86-64 level of the CPU, 0 for one that is not named.
    """
    wanted = platform_name(subject.elf.identity) if subject.elf else platform
    there = platform_in(image, wanted, only=None if platform == wanted else platform)
    if there is None:
        outcome = Outcome()
        message = f"{image.name} has no {wanted}: Exec format error"
        hint = f"build the file for {', '.join(image.platforms())}, or take an image with {wanted}"
        if platform in image.platforms():
            message = f"{platform} does not execute files for {wanted}: Exec format error"
            hint = f"build the file for {platform}"
        _check_mode(subject, outcome)
        outcome.add(plain("exec-format", wanted, message, hint))
        return _verdict(subject, image, platform, outcome)
    tree = image.tree(there)
    try:
        outcome = _judge_on(subject, tree, alone=alone, level=level)
    except TooManyLookupsError:
        message = f"{subject.path}: it makes its loader look for more files than can be judged"
        outcome = Outcome()
        outcome.add(plain("corrupt-file", subject.path, message), known=False)
    risks: tuple[Risk, ...] = ()
    if subject.elf is not None and not outcome.reasons and subject.risk_evidence.expectations:
        risks = _risks(subject, subject.elf, tree, alone=alone)
    if there != wanted and subject.elf is not None and there == "linux/arm64":
        risks = (*risks, risk("exec-format", wanted, "not every arm64 CPU executes 32-bit ARM programs"))
    if risks:
        outcome = outcome.copied()  # other images have the same one
        for found in risks:
            outcome.add_risk(found)
    return _verdict(subject, image, there, outcome)


def _judge_on(subject: Subject, tree: Tree, *, alone: bool, level: int) -> Outcome:
    """Return the outcome, the same one for all images where the file meets the same."""
    before: Outcome | None = outcome_before(subject, tree, alone=alone, level=level)
    if before is not None:
        return before
    world = World(tree, subject, alone=alone)
    if subject.elf is not None and subject.elf.kind == "shared-object":
        return _judge_library(subject.elf, world, level=level)
    outcome = Outcome()
    _check_mode(subject, outcome)
    if subject.elf is None:
        _judge_other(subject, world.tree, outcome)
        return outcome
    judged = _judge_program(subject.elf, world, level=level)
    if not outcome.reasons:
        return judged
    outcome.merge(judged)
    return outcome


def _check_mode(subject: Subject, outcome: Outcome) -> None:
    """Add that a program may not be executed: what the kernel looks at first, before the format (fs/exec.c)."""
    library = subject.elf is not None and subject.elf.kind == "shared-object"
    if not library and not subject.executable:
        if subject.elf is None:
            no_program = not subject.head.startswith(b"#!") and subject.description != TEXT
        else:
            no_program = subject.elf.kind in NOT_PROGRAMS
        before = " before it is packed" if subject.package and not subject.package.installed else ""
        hint = "" if no_program else f"chmod +x {subject.path}{before}"
        outcome.add(plain("not-executable", subject.path, f"{subject.path}: Permission denied", hint))


def _verdict(subject: Subject, image: Image, platform: str, outcome: Outcome) -> Verdict:
    told = subject.told.get(outcome)
    if told is None:
        told = subject.told[outcome] = _Told(outcome, subject.elf)
    return Verdict(
        image=image.name,
        platform=platform,
        verdict=told.word,
        reasons=told.reasons(image.name),
        risks=told.risks,
        libraries=outcome.libraries,
    )


class _Told:
    """What verdicts say of one outcome."""

    def __init__(self, outcome: Outcome, file: ElfFile | None) -> None:
        reasons = [*outcome.reasons, *outcome.unknowns]
        if outcome.reasons:
            more = [perhaps(reason) for reason in outcome.unknowns if reason.code == "missing-library"]
            reasons = [*outcome.reasons, *more]
        self.word: VerdictWord = "fails" if outcome.reasons else "unknown" if outcome.unknowns else "ok"
        self.risks = tuple(outcome.risks)
        self._reasons = tuple(reasons)
        self._cures: Cures | None = None
        if reasons and file is not None:
            from everylinux.loader.cures import Cures

            self._cures = Cures(reasons, file, outcome.libc)

    def reasons(self, image: str) -> tuple[Reason, ...]:
        """Return the reasons with what cures them on an image."""
        return self._reasons if self._cures is None else self._cures.on(image)


def _judge_program(file: ElfFile, world: World, *, level: int) -> Outcome:
    """Judge what ``execve`` would do with an ELF file."""
    if file.kind in NOT_PROGRAMS:
        outcome = Outcome()
        message = f"{world.path}: Exec format error: {NOT_PROGRAMS[file.kind]}"
        outcome.add(plain("exec-format", file.kind, message))
        return outcome
    interpreter = None if file.interpreter is None else find_interpreter(file, world)
    if not isinstance(interpreter, Interpreter):
        stopped = interpreter
        return world.once(file, stopped, level, lambda: _by_kernel(file, world.path, stopped, level=level))
    by_kernel = world.kept((world.path, file), lambda: _by_kernel(file, world.path))
    if by_kernel.reasons:
        return _by_kernel(file, world.path, level=level)
    facts = interpreter.elf.loader
    if facts is None or facts.libc == "other":
        message = f"{interpreter.path} is neither glibc's nor musl's loader: its rules are not known"
        outcome = by_kernel.copied()
        outcome.add(plain("no-interpreter", interpreter.path, message), known=False)
        return outcome
    rules = _rules(world, interpreter, _judged(file, world, "the program"), level=level)
    closure = rules.closure()
    started = partial(_started, file, world.path, by_kernel, level=level)
    return world.once(file, closure, level, lambda: started(rules.start(closure)))


def _by_kernel(file: ElfFile, name: str, stopped: Stopped | None = None, *, level: int | None = None) -> Outcome:
    """Return what the kernel objects to; with a ``level`` no loader is asked after it."""
    outcome = Outcome()
    if stopped is not None:
        outcome.add(stopped.reason, known=stopped.known)
    if not outcome.reasons:
        check_segments(file, name, outcome)
        check_system(file, name, outcome)
    _check_end(file, name, outcome)
    if level is not None:
        _check_level(file, outcome, level)
    return outcome


def _started(file: ElfFile, name: str, by_kernel: Outcome, by_loader: Outcome, *, level: int) -> Outcome:
    outcome = by_kernel.copied()
    outcome.merge(by_loader)
    _check_tables(file, name, outcome)
    _check_level(file, outcome, level)
    return outcome


def _judge_library(file: ElfFile, world: World, *, level: int) -> Outcome:
    """Judge what ``dlopen`` with RTLD_NOW would do with a shared object, in a C program of the image."""
    interpreter = _loader_for(file, world.tree)
    if interpreter is None:
        stopped = _without_loader(file, world.tree)
        return world.once(file, stopped, level, lambda: _stopped(stopped))
    rules = _rules(world, interpreter, _judged(file, world, "dlopen"), level=level)
    refusal = rules.refusal()
    if refusal is not None:
        return _opened(file, world.path, refusal, level=level)
    outcome = _open(file, world, rules, _before(file, interpreter), level=level)
    if all(reason.code != "missing-symbol" for reason in outcome.reasons):
        return outcome
    # Which host it is a plugin of is asked only here: of most files all symbols are found without it.
    more = _not_merged(loaded_by_hosts(file, world.path), interpreter)
    if not more:
        return outcome
    rules = _rules(world, interpreter, _judged(file, world, "dlopen"), level=level)
    return _open(file, world, rules, (*_before(file, interpreter), *more), level=level)


def _open(file: ElfFile, world: World, rules: Glibc | Musl, before: tuple[str, ...], *, level: int) -> Outcome:
    """Judge an opening in a process that has these libraries already."""
    closure = rules.closure(before)
    offered = offered_to(file, world.path)
    return world.once(
        file, closure, level, lambda: _opened(file, world.path, rules.open(closure, offered), level=level)
    )


def _without_loader(file: ElfFile, tree: Tree) -> Stopped:
    paths = interpreters_for(file)
    # Android's libraries have no loader of their own in any image: the CPU's usual one is missed.
    expected = paths.get(libc_of(file) or "gnu") or paths["gnu"]
    path = expected[0] if expected else "ld.so"
    libc = "glibc or musl" if is_neutral(file) or file.notes.inside else "musl" if libc_of(file) == "musl" else "glibc"
    reason = no_interpreter(path, "the image has no loader for this CPU", take=f"{libc} and a program that opens it")
    return Stopped(reason, known=tree.complete or is_nowhere(path))


def _stopped(stopped: Stopped) -> Outcome:
    outcome = Outcome()
    outcome.add(stopped.reason, known=stopped.known)
    return outcome


def _opened(file: ElfFile, name: str, by_loader: Outcome, *, level: int) -> Outcome:
    outcome = Outcome()
    outcome.merge(by_loader)
    _check_tables(file, name, outcome)
    check_library_pages(file, name, outcome)
    _check_end(file, name, outcome)
    _check_level(file, outcome, level)
    return outcome


def _rules(world: World, interpreter: Interpreter, main: Loaded, *, level: int) -> Glibc | Musl:
    facts = interpreter.elf.loader
    if facts is not None and facts.libc == "musl":
        return Musl(world, interpreter, main)
    return Glibc(world, interpreter, main, level=level)


def _before(file: ElfFile, loader: Interpreter) -> tuple[str, ...]:
    """Return the libraries that are there before a shared object is opened.

    A neutral module is Python's, and names nothing that it takes from the process: CPython has the whole of libc.
    """
    return _not_merged(libc_family().python, loader) if is_neutral(file) else HOST_LIBRARIES


def _not_merged(libraries: tuple[str, ...], loader: Interpreter) -> tuple[str, ...]:
    """Return which parts of the C library a host still needs: an image's own was linked with the image's release."""
    family = libc_family()
    if release_of(loader.elf, None) < version_key(family.merged_since):
        return libraries
    return tuple(name for name in libraries if name not in family.merged)


def _judged(file: ElfFile, world: World, rule: str) -> Loaded:
    path = world.path
    same_file = "judged", path
    return Loaded(file, path, path, same_file, carried=world.carries, rule=rule, names={path}, judged=True)


def _loader_for(file: ElfFile, tree: Tree) -> Interpreter | None:
    """Return the image's loader for a shared object's CPU, its own libc's where there are several."""
    own = libc_of(file)
    key = file.identity.architecture, own
    return answer_once(answers_of(tree, "loaders"), key, lambda: _find_loader(file, own, tree))


def _find_loader(file: ElfFile, own: str | None, tree: Tree) -> Interpreter | None:
    paths = interpreters_for(file)
    known = [path for libc in sorted(paths, key=lambda libc: libc != own) for path in paths[libc]]
    for path in known or _loaders_in(tree):
        entry = tree.find(path)
        if entry is None or entry.directory:
            continue
        try:
            loader = entry.elf()
        except (NotElfError, CorruptElfError):
            continue
        if loader.identity.architecture == file.identity.architecture and loader.loader is not None:
            return Interpreter(path, entry, loader)
    return None


def _loaders_in(tree: Tree) -> list[str]:
    """Return what looks like a loader, for a CPU whose loaders' paths are not in our facts."""
    folders = ("/lib64", "/lib", "/lib32", "/libn32")
    return [
        f"{folder}/{name}" for folder in folders for name in tree.names(folder) if name.startswith(("ld-", "ld.so"))
    ]


def _check_tables(file: ElfFile, name: str, outcome: Outcome) -> None:
    """Add what is wrong in the symbol tables: a loader that follows them leaves the file, and crashes."""
    if isinstance(file.tables, FileTables) and file.tables.damage:
        hint = "the file is damaged: get it again"
        outcome.add(plain("corrupt-file", name, f"{name}: {file.tables.damage}", hint))


def _check_end(file: ElfFile, name: str, outcome: Outcome) -> None:
    """Add a risk for a file whose last bytes are missing: memory shows zeros up to the end of the page."""
    if file.cut_short and not outcome.reasons:
        message = f"{name} ends before its last segment does: what is missing reads as zeros"
        outcome.add_risk(risk("corrupt-file", name, message, "the file is cut off: get it again"))


def _check_level(file: ElfFile, outcome: Outcome, level: int) -> None:
    wanted = file.notes.x86_level or 1
    if wanted > max(level, 1) and all(reason.code != "cpu-isa-level" for reason in outcome.reasons):
        message = f"it needs a CPU of level x86-64-v{wanted}"
        outcome.add_risk(risk("cpu-isa-level", f"x86-64-v{wanted}", message, "build it with -march=x86-64"))


def _risks(subject: Subject, file: ElfFile, tree: Tree, *, alone: bool) -> tuple[Risk, ...]:
    """Return what lets the file start there and may fail later."""
    from everylinux.loader.risks import Place, risks_on

    world = World(tree, subject, alone=alone)
    return risks_on(subject.risk_evidence, Place(world, file, lambda: _loader_for(file, world.tree)))


def _judge_other(subject: Subject, tree: Tree, outcome: Outcome) -> None:
    """Judge what is not ELF: a script by its first line, anything else is no program."""
    head, path = subject.head, subject.path
    if subject.damage:
        outcome.add(plain("corrupt-file", path, f"{path}: {subject.damage}"))
        return
    for _ in range(MOST_SCRIPTS):
        shebang = read_shebang(head) if head.startswith(b"#!") else None
        if shebang is None:
            message = f"{path}: Exec format error: {subject.description} is not a Linux program"
            hint = OTHER_HINTS.get(subject.description, "")
            outcome.add(plain("exec-format", path, message, hint))
            return
        found: Entry | Reason = interpreter_of(shebang, tree, path)
        if isinstance(found, Reason):
            outcome.add(found, known=tree.complete or is_refusal(found))
            return
        head, path = found.head(256), found.path
        if not head.startswith(b"#!"):
            _judge_interpreter(found, tree, subject, outcome)
            return
    outcome.add(plain("exec-format", subject.path, "Too many levels of scripts that start scripts"))


def _judge_interpreter(entry: Entry, tree: Tree, subject: Subject, outcome: Outcome) -> None:
    """Judge the program that runs a script: it lies in the image, and so does all it needs."""
    try:
        file = entry.elf()
    except NotElfError:
        if tree.complete and entry.head(1):
            outcome.add(plain("exec-format", entry.path, f"{entry.path}: Exec format error"))
        return
    except CorruptElfError as error:
        outcome.add(plain("corrupt-file", entry.path, error.message))
        return
    world = World(tree, subject, alone=True)
    world.path = entry.resolved
    outcome.merge(_judge_program(file, world, level=0))
