"""musl's loader: one file that is the C library too (ldso/dynlink.c)."""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.relocations import machine_facts
from everylinux.loader.closure import Loaded, Outcome, Place
from everylinux.loader.kernel import check_pages
from everylinux.loader.reasons import missing_library, missing_symbol, plain, refused_library
from everylinux.loader.search_path import musl_places
from everylinux.loader.symbols import Scope, look_up_musl
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from everylinux.elf.file import ElfFile, Undefined
    from everylinux.evidence import Reason
    from everylinux.images.interface import Entry
    from everylinux.loader.kernel import Interpreter
    from everylinux.loader.subject import World

LARGE_FILE_SINCE = (1, 2, 4)
RELR_SINCE = (1, 2, 4)


class _Names(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    large_file: frozenset[str]
    itself: frozenset[str]


class Refusal(NamedTuple):
    """A file that musl found first and cannot use."""

    code: str
    problem: str
    path: str


@functools.cache
def _names() -> _Names:
    data = resources.files("everylinux.data.musl").joinpath("names.json").read_bytes()
    return msgspec.json.decode(data, type=_Names)


def is_itself(name: str) -> bool:
    """Return whether musl answers to a library's name itself: ``libc.so.6``, ``libpthread.so.0``."""
    return name.startswith("lib") and name[3:].partition(".")[0] in _names().itself and "." in name


def is_large_file_name(name: str) -> bool:
    """Return whether the loader resolves a name to the one without ``64`` (only in relocations, not when linking)."""
    return name == "readdir64_r" or (name.endswith("64") and name[:-2] in _names().large_file)


class Musl:
    """One start (or dlopen) under the musl of an image."""

    def __init__(self, world: World, interpreter: Interpreter, main: Loaded) -> None:
        self.outcome = Outcome()
        self._world = world
        self._main = main
        self._loader = Loaded(
            interpreter.elf, interpreter.path, "libc.so", interpreter.entry.same_file, rule="musl itself"
        )
        facts = interpreter.elf.loader
        self._release = version_key(facts.version) if facts and facts.version else (0,)
        self._default_directories = facts.directories if facts else ()
        self._system_places: list[Place] | None = None
        self._files: list[Loaded] = []
        self._failed = False
        self._missing: set[str] = set()

    def start(self) -> Outcome:
        """Start a program: load all, then relocate the libraries in the order they were loaded, the program last."""
        files = self._load(self._main)
        scope = Scope(files)
        for file in (*files[1:], files[0]):
            self._relocate(file, scope)
        self._check_relr(files)
        return self.outcome

    def open(self, offered: Callable[[str], bool]) -> Outcome:
        """Open a shared object from a C program, which has loaded nothing but musl; stops at the first problem."""
        problem = self._problem(self._main.elf, self._main.path)
        if problem is not None:
            self.outcome.add(plain(problem.code, problem.path, f"{problem.path}: {problem.problem}"))
            return self.outcome
        if _is_c_library(self._main.elf):
            return self.outcome
        self._files = [self._loader]
        files = self._load(self._main)
        added = [file for file in files if file is not self._loader]
        scope = Scope([self._loader, *added], offered)
        for file in added:
            self._relocate(file, scope)
            self._check_static_tls(file)
        self._check_relr(added)
        return self.outcome

    def _load(self, root: Loaded) -> list[Loaded]:
        files = [root]
        if root not in self._files:
            self._files.append(root)
        for file in files:
            for name in file.elf.needed:
                found = self._find(name, file)
                if isinstance(found, Loaded):
                    if found not in files:
                        files.append(found)
                        check_pages(found.elf, found.path, self.outcome)
                elif isinstance(found, Refusal):
                    self._add_missing(refused_library(found.code, name, file.path, found.problem, found.path))
                else:
                    self._add_missing(missing_library(name, file.path, found), known=self._world.tree.complete)
        return files

    def _add_missing(self, reason: Reason, *, known: bool = True) -> None:
        self._failed = True
        self._missing.add(reason.subject)
        self.outcome.add(reason, known=known)

    def _find(self, name: str, asker: Loaded) -> Loaded | Refusal | list[str]:
        if is_itself(name) or name == self._loader.path:
            return self._loader
        searched: list[str] = []
        if "/" in name:
            entry, carried = self._world.find(name, carried=False)
            return self._open(entry, name, asker, carried=carried, rule="its path") if entry else [name]
        for file in self._files[1:]:
            if name in file.names:
                return file
        for place in self._places(asker):
            searched.append(place.directory if place.rule == "system path" else f"{place.directory} ({place.rule})")
            entry, carried = self._world.find(place.path_of(name), carried=place.carried)
            if entry is not None:
                return self._open(entry, name, asker, carried=carried, rule=place.rule)
        return searched

    def _places(self, asker: Loaded) -> Iterator[Place]:
        file: Loaded | None = asker
        while file is not None:
            # A later RUNPATH replaces RPATH; both are inherited (decode_dyn, load_library).
            written = file.elf.runpath if file.elf.runpath is not None else file.elf.rpath
            if written:
                yield from musl_places(written, file, f"RPATH of {file.path}")
            file = file.loader
        yield from self._system()

    def _system(self) -> list[Place]:
        """Return the folders of ``/etc/ld-musl-ARCH.path``, or else those that are compiled in."""
        if self._system_places is None:
            folder, _, name = self._loader.path.rpartition("/")
            prefix = folder.rpartition("/")[0]
            entry = self._world.tree.find(f"{prefix}/etc/{name.removesuffix('.so.1')}.path")
            if entry is not None and not entry.directory:
                written = entry.head(1 << 20).decode("utf-8", "backslashreplace")
                parts = [part for line in written.split("\n") for part in line.split(":")]
            else:
                parts = list(self._default_directories)
            self._system_places = [Place(part, carried=False, rule="system path") for part in parts if part]
        return self._system_places

    def _open(self, entry: Entry, name: str, asker: Loaded, *, carried: bool, rule: str) -> Loaded | Refusal:
        """Take the first file that exists, whatever it is."""
        for file in self._files[1:]:
            if file.same_file == entry.same_file:
                file.names.add(name)
                return file
        try:
            elf = entry.elf()
        except (NotElfError, CorruptElfError):
            return Refusal("exec-format", "Exec format error", entry.path)
        problem = self._problem(elf, entry.path)
        if problem is not None:
            return problem
        if _is_c_library(elf):
            return self._loader
        loaded = Loaded(elf, entry.path, name, entry.same_file, asker, carried, rule, {name.rpartition("/")[2]})
        self._files.append(loaded)
        return loaded

    def _problem(self, elf: ElfFile, path: str) -> Refusal | None:
        mine, theirs = self._loader.elf.identity, elf.identity
        if theirs.bits != mine.bits or theirs.endian != mine.endian or elf.kind in {"object", "core"}:
            return Refusal("exec-format", "Exec format error", path)
        if not elf.dynamic:
            return Refusal("exec-format", "Exec format error", path)
        if elf.truncated or elf.damage:
            return Refusal("corrupt-file", elf.damage or "a segment runs past the end of the file", path)
        if theirs.machine != mine.machine:
            return Refusal("abi-mismatch", "its relocations are another CPU's", path)
        return None

    def _relocate(self, file: Loaded, scope: Scope) -> None:
        if file is self._loader or not file.elf.complete:
            return
        for symbol in sorted(file.elf.undefined, key=_order):
            # A copied symbol is defined in the asking file itself: not weak any more, whatever it was.
            if (
                symbol.moment == "never"
                or (symbol.weak and not symbol.copy)
                or (self._failed and symbol.version is None)
            ):
                continue
            answer = self._look_up(symbol, scope, file)
            if answer != "found" and symbol.library not in self._missing:
                reason = missing_symbol(symbol.name, None, file.path, musl=True)
                self.outcome.add(reason, known=answer != "unknown")
        self._check_relocation_types(file)

    def _look_up(self, symbol: Undefined, scope: Scope, file: Loaded) -> str:
        answer = look_up_musl(symbol.name, scope, file, copy=symbol.copy)
        if answer != "found" and self._release >= LARGE_FILE_SINCE and is_large_file_name(symbol.name):
            name = "readdir_r" if symbol.name == "readdir64_r" else symbol.name[:-2]
            return look_up_musl(name, Scope([self._loader]), file, copy=False)
        return answer

    def _check_relocation_types(self, file: Loaded) -> None:
        facts = machine_facts(file.elf.identity.machine, file.elf.identity.bits)
        if facts is None or not facts.musl:
            return
        for kind in sorted(file.elf.tables.relocation_types - set(facts.musl)):
            what = "R_IRELATIVE" if kind == facts.irelative else str(kind)
            message = f"Error relocating {file.path}: unsupported relocation type {kind}"
            hint = "it uses indirect functions (ifunc), which musl does not have: build it for musl"
            self.outcome.add(plain("abi-mismatch", what, message, hint if kind == facts.irelative else ""))

    def _check_static_tls(self, file: Loaded) -> None:
        facts = machine_facts(file.elf.identity.machine, file.elf.identity.bits)
        if facts is None or file.elf.tls is None or not file.elf.tables.relocation_types & set(facts.initial_tls):
            return
        message = f"Error relocating {file.path}: initial-exec TLS resolves to dynamic definition in {file.path}"
        hint = "build it without -ftls-model=initial-exec"
        self.outcome.add(plain("static-tls", file.path, message, hint))

    def _check_relr(self, files: Sequence[Loaded]) -> None:
        if self._release >= RELR_SINCE:
            return
        for file in files:
            if file.elf.relr and file is not self._loader:
                message = f"{file.path} has DT_RELR relocations, which musl before 1.2.4 does not apply: it crashes"
                hint = "link it with -z nopack-relative-relocs"
                self.outcome.add(plain("relr-unsupported", file.path, message, hint))


def _is_c_library(elf: ElfFile) -> bool:
    """Return whether a file is a C library: musl never maps a second one, and answers itself (load_library)."""
    return "__libc_start_main" in elf.exports and "stdin" in elf.exports


def _order(symbol: Undefined) -> tuple[int, int]:
    """Order symbols as musl meets them: those of the PLT first (reloc_all)."""
    if symbol.plt is not None:
        return 0, symbol.plt
    return (1, symbol.data) if symbol.data is not None else (2, 0)
