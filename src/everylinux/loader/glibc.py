"""glibc's loader: what is loaded, which versions and symbols it finds (elf/rtld.c, dl-load.c, dl-version.c)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from everylinux.evidence import AskedBy
from everylinux.loader.closure import Loaded, Outcome
from everylinux.loader.glibc_search import HWCAPS, GlibcSearch, Refused
from everylinux.loader.kernel import check_pages
from everylinux.loader.reasons import missing_library, missing_symbol, plain, refused_library, risk, symbol_version
from everylinux.loader.symbols import Scope, look_up_glibc, not_in_libraries
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from everylinux.elf.file import Undefined
    from everylinux.evidence import Reason
    from everylinux.loader.kernel import Interpreter
    from everylinux.loader.subject import World

RELR_VERSION = "GLIBC_ABI_DT_RELR"
RELR_SINCE = (2, 36)
STRICT_EXECSTACK_SINCE = (2, 41)
LENIENT_VERSIONS_SINCE = (2, 41)
# elf/dl-tls.c: the room for initial-exec TLS of libraries that are opened later, in bytes.
STATIC_TLS_SURPLUS = 1664


class Glibc:
    """One start (or dlopen) under the glibc of an image."""

    def __init__(self, world: World, interpreter: Interpreter, main: Loaded, *, level: int) -> None:
        self.outcome = Outcome()
        self._world = world
        self._main = main
        loader = Loaded(
            interpreter.elf,
            interpreter.path,
            interpreter.path,
            interpreter.entry.same_file,
            rule="the interpreter",
            names={interpreter.path, interpreter.elf.soname or interpreter.path},
        )
        self._loader = loader
        self._level = level
        self._search = GlibcSearch(world, loader, main, level=level)
        self._failed = False
        self._missing: set[str] = set()

    def start(self) -> Outcome:
        """Start a program: load its closure, check versions, relocate dependencies first and the program last."""
        files = self._load(self._main)
        self._check_versions(files)
        self._check_relr(files)
        self._check_levels(files)
        scope = Scope(files)
        for file in reversed(files):
            self._relocate(file, scope, now=file.elf.bind_now)
        return self.outcome

    def open(self, host_libraries: Sequence[str], offered: Callable[[str], bool]) -> Outcome:
        """Open a shared object from a C program with RTLD_NOW; the program's own libraries are loaded before."""
        host_files: list[Loaded] = []
        for name in host_libraries:
            found = self._search.find(name, None)
            if isinstance(found, Loaded):
                host_files += [file for file in self._load(found) if file not in host_files]
        refusal = self._search.refuses(self._main, dlopen=True)
        if refusal is not None:
            self.outcome.add(plain(refusal.code, self._main.path, f"{self._main.path}: {refusal.problem}"))
            return self.outcome
        files = self._load(self._main)
        added = [file for file in files if file not in host_files and file is not self._loader]
        self._check_versions(added)
        self._check_relr(added)
        self._check_levels(added)
        scope = Scope([*host_files, *added], offered)
        for file in reversed(added):
            self._relocate(file, scope, now=True)
        self._check_dlopen(added)
        return self.outcome

    def _load(self, root: Loaded) -> list[Loaded]:
        """Load breadth first; the loader itself is there from the start, but in scope only when it is needed."""
        files = [root]
        self._search.loaded[:] = (
            [*self._search.loaded, root] if root not in self._search.loaded else self._search.loaded
        )
        for file in files:
            for name in file.elf.needed:
                found = self._search.find(name, file)
                if isinstance(found, Loaded):
                    if found not in files:
                        files.append(found)
                        check_pages(found.elf, found.path, self.outcome)
                        if found.rule.startswith(HWCAPS) and not self._level:
                            message = f"{name} is there only for better CPUs: {found.path}"
                            self.outcome.add_risk(risk("cpu-isa-level", found.rule.partition("/")[2], message))
                elif isinstance(found, Refused):
                    self._add_missing(refused_library(found.code, name, file.path, found.problem, found.path))
                else:
                    self._add_missing(missing_library(name, file.path, found), known=self._world.tree.complete)
        return files

    def _add_missing(self, reason: Reason, *, known: bool = True) -> None:
        self._failed = True
        self._missing.add(reason.subject)
        self.outcome.add(reason, known=known)

    def _check_versions(self, files: Sequence[Loaded]) -> None:
        known = [*files, *(file for file in self._search.loaded if file not in files)]
        for file in files:
            for need in file.elf.version_needs:
                provider = next((one for one in known if need.library in one.names), None)
                if provider is None:
                    if not self._failed:
                        searched = ["nowhere: only the version table asks for it"]
                        self._add_missing(missing_library(need.library, file.path, searched))
                    continue
                if not provider.elf.version_definitions or need.version in provider.elf.version_definitions:
                    continue
                if need.weak or need.version == provider.elf.soname:
                    continue
                symbol = next(
                    (
                        one.name
                        for one in file.elf.undefined
                        if (one.library, one.version) == (need.library, need.version)
                    ),
                    None,
                )
                family = need.version.rpartition("_")[0]
                newest_asked = f"{family}_{file.elf.floor().get(family, need.version.rpartition('_')[2])}"
                asker = AskedBy(file=file.path, symbol=symbol)
                there = _newest(provider, need.version)
                reason = symbol_version(need.version, provider.path, asker, there, newest_asked)
                self.outcome.add(reason, known=provider.elf.complete)

    @cached_property
    def _release(self) -> tuple[int, ...]:
        facts = self._loader.elf.loader
        if facts is not None and facts.version is not None:
            return version_key(facts.version)
        # Before 2.34 the loader's strings do not tell: the newest version of the C library does.
        libc = next((file for file in self._search.loaded if "libc.so.6" in file.names), self._loader)
        newest = _newest(libc, "GLIBC_2")
        return version_key(newest.removeprefix("GLIBC_")) if newest else (2, 0)

    def _check_relr(self, files: Sequence[Loaded]) -> None:
        """DT_RELR: unknown before 2.36, where it is passed over and the process crashes on what was not relocated."""
        packed = [file for file in files if file.elf.relr and file is not self._loader]
        if not packed:
            return
        understood = self._release >= RELR_SINCE
        for file in packed:
            needs = file.elf.version_needs
            if not understood:
                message = f"{file.path} has DT_RELR relocations, which glibc before 2.36 does not apply: it crashes"
            elif (
                needs
                and any(name.startswith("libc.so.") for name in file.elf.needed)
                and not any(need.version == RELR_VERSION for need in needs)
                and not self._is_libc(file)
            ):
                message = f"{file.path}: DT_RELR without GLIBC_ABI_DT_RELR dependency"
            else:
                continue
            self.outcome.add(
                plain("relr-unsupported", file.path, message, hint="link it with -z nopack-relative-relocs")
            )

    def _is_libc(self, file: Loaded) -> bool:
        return "libc.so.6" in file.names

    def _check_levels(self, files: Sequence[Loaded]) -> None:
        for file in files:
            wanted = file.elf.notes.x86_level or 1
            if wanted > self._level > 0:
                message = f"{file.path}: CPU ISA level is lower than required"
                self.outcome.add(plain("cpu-isa-level", f"x86-64-v{wanted}", message))

    def _relocate(self, file: Loaded, scope: Scope, *, now: bool) -> None:
        if file is self._loader or not file.elf.complete:
            return
        strict = self._release < LENIENT_VERSIONS_SINCE
        libraries = [one for one in scope.files if one is not self._main]
        for symbol in not_in_libraries(file, libraries, strict=strict):
            if (self._failed and symbol.version is None) or self._explained(symbol):
                continue
            answer = look_up_glibc(symbol, scope, file, strict=strict)
            if answer != "found":
                self._add_symbol(symbol, file, answer, at_start=now or symbol.moment == "start")

    def _explained(self, symbol: Undefined) -> bool:
        """Whether a reason that is already there says all: its library or its version is missing."""
        return symbol.library in self._missing or self.outcome.has("symbol-version", symbol.version)

    def _add_symbol(self, symbol: Undefined, file: Loaded, answer: str, *, at_start: bool) -> None:
        if answer == "abort":
            message = f"{symbol.library} has no symbol versions, and this glibc aborts when {symbol.name} is looked up"
            self.outcome.add(plain("abi-mismatch", symbol.name, message))
            return
        reason = missing_symbol(symbol.name, symbol.version, file.path, musl=False)
        if answer == "unknown":
            self.outcome.add(reason, known=False)
        elif at_start:
            self.outcome.add(reason)
        else:
            message = f"{reason.message}: found out only when {file.path} first calls it"
            self.outcome.add_risk(risk("missing-symbol", symbol.name, message, reason.hint))

    def _check_dlopen(self, files: Sequence[Loaded]) -> None:
        """Add what only libraries that are opened later run into: executable stacks, static TLS."""
        wanted = 0
        for file in files:
            if self._search.wants_executable_stack(file.elf) and self._release >= STRICT_EXECSTACK_SINCE:
                message = f"{file.path}: cannot enable executable stack as shared object requires"
                hint = "link it with -z noexecstack"
                self.outcome.add(plain("executable-stack", file.path, message, hint))
            if file.elf.static_tls and file.elf.tls is not None:
                wanted += file.elf.tls.size
        if wanted > STATIC_TLS_SURPLUS:
            message = f"{self._main.path}: cannot allocate memory in static TLS block"
            hint = "build it without -ftls-model=initial-exec, or preload it"
            self.outcome.add(plain("static-tls", self._main.path, message, hint))


def _newest(provider: Loaded, like: str) -> str:
    """Return the newest version of the same family that a library has."""
    family = like.rpartition("_")[0] + "_"
    numbers = [
        version
        for version in provider.elf.version_definitions
        if version.startswith(family) and version.removeprefix(family).replace(".", "").isdecimal()
    ]
    return max(numbers, key=lambda version: version_key(version.removeprefix(family)), default="")
