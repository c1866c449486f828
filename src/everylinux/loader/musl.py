"""musl's loader: one file that is the C library too (ldso/dynlink.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.elf.relocations import machine_facts
from everylinux.loader.closure import Loaded, Outcome
from everylinux.loader.kernel import check_pages
from everylinux.loader.musl_search import MuslSearch, Refusal, is_c_library, is_large_file_name
from everylinux.loader.reasons import missing_library, missing_symbol, plain, refused_library
from everylinux.loader.symbols import Scope, look_up_musl
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from everylinux.elf.file import Undefined
    from everylinux.evidence import Reason
    from everylinux.loader.kernel import Interpreter
    from everylinux.loader.subject import World

LARGE_FILE_SINCE = (1, 2, 4)
RELR_SINCE = (1, 2, 4)


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
        self._search = MuslSearch(world, self._loader)
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
        problem = self._search.problem(self._main.elf, self._main.path)
        if problem is not None:
            self.outcome.add(plain(problem.code, problem.path, f"{problem.path}: {problem.problem}"))
            return self.outcome
        if is_c_library(self._main.elf):
            return self.outcome
        self._search.loaded.append(self._loader)
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
        self._search.loaded.append(root)
        for file in files:
            for name in file.elf.needed:
                found = self._search.find(name, file)
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


def _order(symbol: Undefined) -> tuple[int, int]:
    """Order symbols as musl meets them: those of the PLT first (reloc_all)."""
    if symbol.plt is not None:
        return 0, symbol.plt
    return (1, symbol.data) if symbol.data is not None else (2, 0)
