"""One file on one platform of one image: the kernel's checks, then the loader's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.neutral import is_neutral
from everylinux.elf.symbols import FileTables
from everylinux.evidence import Reason, Verdict, VerdictWord
from everylinux.loader.closure import Loaded
from everylinux.loader.glibc import Glibc
from everylinux.loader.host import offered_to
from everylinux.loader.kernel import Interpreter, check_library_pages, check_segments, check_system, find_interpreter
from everylinux.loader.musl import Musl
from everylinux.loader.outcome import Outcome
from everylinux.loader.platforms import interpreters_for, libc_of, platform_in, platform_name
from everylinux.loader.reasons import no_interpreter, perhaps, plain, risk
from everylinux.loader.script import interpreter_of, read_shebang
from everylinux.loader.subject import TooManyLookupsError, World
from everylinux.loader.unlisted import is_nowhere

if TYPE_CHECKING:
    from everylinux.elf.file import ElfFile
    from everylinux.images.interface import Entry, Image, Tree
    from everylinux.loader.subject import Subject

MOST_SCRIPTS = 5  # the kernel follows a chain of scripts so far (fs/exec.c, exec_binprm)
NOT_PROGRAMS = {
    "object": "a relocatable object file: it must be linked first",
    "archive": "a static library: it is linked into programs",
    "core": "a core dump",
    "foreign": "of a type that is neither a program nor a library",
}
# A C program that opens plugins: its own libraries, in the order of its needs.
HOST_LIBRARIES = ("libc.so.6", "libdl.so.2")
# What CPython is linked against besides, while they are libraries of their own (its configure.ac, LIBS and LIBM).
PYTHON_S_LIBRARIES = ("libm.so.6", "libpthread.so.0", "libutil.so.1")


def judge(subject: Subject, image: Image, platform: str, *, alone: bool, level: int = 0) -> Verdict:
    """Return the verdict of one file on one platform.

    ``level`` is the x86-64 level of the CPU, 0 for one that is not named.
    """
    outcome = Outcome()
    wanted = platform_name(subject.elf.identity) if subject.elf else platform
    there = platform_in(image, wanted, only=None if platform == wanted else platform)
    if there is None:
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
        outcome.add(plain("corrupt-file", subject.path, message), known=False)
    if subject.elf is not None and not outcome.reasons:
        _add_risks(subject, subject.elf, tree, outcome, alone=alone)
    if there != wanted and subject.elf is not None and there == "linux/arm64":
        outcome.add_risk(risk("exec-format", wanted, "not every arm64 CPU executes 32-bit ARM programs"))
    return _verdict(subject, image, there, outcome)


def _judge_on(subject: Subject, tree: Tree, *, alone: bool, level: int) -> Outcome:
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
        hint = f"chmod +x {subject.path}"
        outcome.add(plain("not-executable", subject.path, f"{subject.path}: Permission denied", hint))


def _verdict(subject: Subject, image: Image, platform: str, outcome: Outcome) -> Verdict:
    word: VerdictWord = "fails" if outcome.reasons else "unknown" if outcome.unknowns else "ok"
    reasons = [*outcome.reasons, *outcome.unknowns]
    if outcome.reasons:
        more = [perhaps(reason) for reason in outcome.unknowns if reason.code == "missing-library"]
        reasons = [*outcome.reasons, *more]
    return Verdict(
        image=image.name,
        platform=platform,
        verdict=word,
        reasons=_finished(reasons, subject, image, outcome),
        risks=tuple(outcome.risks),
        libraries=outcome.libraries,
    )


def _finished(reasons: list[Reason], subject: Subject, image: Image, outcome: Outcome) -> tuple[Reason, ...]:
    if not reasons:
        return ()
    from everylinux.loader.cures import finished

    return finished(reasons, image.name, subject.elf, outcome.libc)


def _judge_program(file: ElfFile, world: World, *, level: int) -> Outcome:
    """Judge what ``execve`` would do with an ELF file."""
    outcome = Outcome()
    name = world.path
    if file.kind in NOT_PROGRAMS:
        outcome.add(plain("exec-format", file.kind, f"{name}: Exec format error: {NOT_PROGRAMS[file.kind]}"))
        return outcome
    interpreter = None
    if file.interpreter is not None:
        interpreter = find_interpreter(file, world, outcome)
    if not outcome.reasons:
        check_segments(file, name, outcome)
        check_system(file, name, outcome)
    _check_end(file, name, outcome)
    if interpreter is None or outcome.reasons:
        _check_level(file, outcome, level)
        return outcome
    main = _judged(file, world, "the program")
    return _run(world, interpreter, main, outcome, level=level)


def _run(world: World, interpreter: Interpreter, main: Loaded, outcome: Outcome, *, level: int) -> Outcome:
    facts = interpreter.elf.loader
    if facts is None or facts.libc == "other":
        message = f"{interpreter.path} is neither glibc's nor musl's loader: its rules are not known"
        outcome.add(plain("no-interpreter", interpreter.path, message), known=False)
        return outcome
    if facts.libc == "musl":
        outcome.merge(Musl(world, interpreter, main).start())
    else:
        outcome.merge(Glibc(world, interpreter, main, level=level).start())
    _check_tables(main.elf, main.path, outcome)
    _check_level(main.elf, outcome, level)
    return outcome


def _judge_library(file: ElfFile, world: World, *, level: int) -> Outcome:
    """Judge what ``dlopen`` with RTLD_NOW would do with a shared object, in a C program of the image."""
    outcome = Outcome()
    interpreter = _loader_for(file, world.tree)
    if interpreter is None:
        paths = interpreters_for(file)
        # Android's libraries have no loader of their own in any image: the CPU's usual one is missed.
        expected = paths.get(libc_of(file) or "gnu") or paths["gnu"]
        path = expected[0] if expected else "ld.so"
        reason = no_interpreter(path, "the image has no loader for this CPU")
        outcome.add(reason, known=world.tree.complete or is_nowhere(path))
        return outcome
    main = _judged(file, world, "dlopen")
    facts = interpreter.elf.loader
    offered = offered_to(file, world.path)
    if facts is not None and facts.libc == "musl":
        outcome.merge(Musl(world, interpreter, main).open(offered))
    else:
        outcome.merge(Glibc(world, interpreter, main, level=level).open(_before(file), offered))
    _check_tables(file, world.path, outcome)
    check_library_pages(file, world.path, outcome)
    _check_end(file, world.path, outcome)
    _check_level(file, outcome, level)
    return outcome


def _before(file: ElfFile) -> tuple[str, ...]:
    """Return the libraries that are there before a shared object is opened.

    A neutral module is Python's, and names nothing that it takes from the process: CPython has the whole of libc.
    """
    return (*HOST_LIBRARIES, *PYTHON_S_LIBRARIES) if is_neutral(file) else HOST_LIBRARIES


def _judged(file: ElfFile, world: World, rule: str) -> Loaded:
    path = world.path
    same_file = "judged", path
    return Loaded(file, path, path, same_file, carried=world.carries, rule=rule, names={path}, judged=True)


def _loader_for(file: ElfFile, tree: Tree) -> Interpreter | None:
    """Return the image's loader for a shared object's CPU, its own libc's where there are several."""
    paths = interpreters_for(file)
    own = libc_of(file)
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


def _add_risks(subject: Subject, file: ElfFile, tree: Tree, outcome: Outcome, *, alone: bool) -> None:
    """Add what lets the file start there and may fail later."""
    from everylinux.loader.risks import Place, risks_on

    if subject.risk_evidence.expectations:
        world = World(tree, subject, alone=alone)
        for found in risks_on(subject.risk_evidence, Place(world, file, lambda: _loader_for(file, world.tree))):
            outcome.add_risk(found)


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
            hint = "begin it with #!/bin/sh" if subject.description == "a text file" else ""
            outcome.add(plain("exec-format", path, message, hint))
            return
        found: Entry | Reason = interpreter_of(shebang, tree, path)
        if isinstance(found, Reason):
            outcome.add(found, known=tree.complete)
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
