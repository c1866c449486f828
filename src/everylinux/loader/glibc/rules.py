"""glibc's loader: what is loaded, which versions and symbols it finds (elf/rtld.c, dl-load.c, dl-version.c)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from everylinux.elf.relocations import machine_facts
from everylinux.evidence import AskedBy
from everylinux.loader.closure import Loaded, load_closure
from everylinux.loader.glibc.candidate import wants_executable_stack
from everylinux.loader.glibc.release import FAMILY, is_of_release, newest_version, release_of
from everylinux.loader.glibc.search import DEFAULT_RULES, HWCAPS, LIBC, GlibcSearch
from everylinux.loader.outcome import Outcome
from everylinux.loader.reasons import missing_symbol, plain, risk, symbol_version, unneeded_library
from everylinux.loader.releases import glibc_releases
from everylinux.loader.shared import shared_closure
from everylinux.loader.static_tls import without_room
from everylinux.loader.symbols import Scope, Told, brought_by, glibc_bindings, look_up_glibc, offers_nothing
from everylinux.loader.unlisted import is_perhaps_taken_over
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from everylinux.elf.file import Undefined, VersionNeed
    from everylinux.loader.closure import Closure
    from everylinux.loader.kernel import Interpreter
    from everylinux.loader.static_tls import Wanted
    from everylinux.loader.subject import World
    from everylinux.loader.symbols import Brought, Unbound

RELR_VERSION = "GLIBC_ABI_DT_RELR"
INITIALIZER = "__libc_early_init"
RELR_HINT = "link it with -z nopack-relative-relocs"


class Glibc:
    """One start (or dlopen) under the glibc of an image."""

    def __init__(self, world: World, interpreter: Interpreter, main: Loaded, *, level: int) -> None:
        self.outcome = Outcome()
        self._world = world
        self._main = main
        self._loader = Loaded(
            interpreter.elf,
            interpreter.path,
            interpreter.path,
            interpreter.entry.same_file,
            rule="the interpreter",
            names={interpreter.path, interpreter.elf.soname or interpreter.path},
        )
        self._level = level
        self._failed = False
        self._no_room: Wanted | None = None

    def closure(self, host_libraries: tuple[str, ...] = ()) -> Closure:
        """Return what a start loads, or what is loaded when a C program with ``host_libraries`` opens the file."""
        how = self._loader.path, self._level, host_libraries
        return shared_closure(self._world, self._main, how, lambda: self._load(host_libraries))

    def start(self, closure: Closure) -> Outcome:
        """Start a program: check the versions of its closure, relocate dependencies first and the program last."""
        self._judge(closure, offers_nothing, at_start=self._main.elf.bind_now)
        return self.outcome

    def refusal(self) -> Outcome | None:
        """Return why a shared object is not opened, whatever it needs."""
        refusal = GlibcSearch(self._world, self._loader, self._main, level=self._level).refuses(self._main, dlopen=True)
        if refusal is None:
            return None
        self.outcome.add(plain(refusal.code, self._main.path, f"{self._main.path}: {refusal.problem}"))
        return self.outcome

    def open(self, closure: Closure, offered: Callable[[str], bool]) -> Outcome:
        """Open a shared object from a C program with RTLD_NOW; the program's own libraries are loaded before."""
        self._judge(closure, offered, at_start=True, opened=True)
        return self.outcome

    def _load(self, host_libraries: tuple[str, ...]) -> Closure:
        """Load breadth first; the loader itself is there from the start, but in scope only when it is needed."""
        search = GlibcSearch(self._world, self._loader, self._main, level=self._level)
        complete = self._world.tree.lists_libraries
        before: list[Loaded] = []
        for name in host_libraries:
            found = search.find(name, None)
            if isinstance(found, Loaded) and found not in before:
                before += [found, *load_closure(found, search, self._loader, before=before, complete=complete).files]
        search.opening = bool(host_libraries)
        closure = load_closure(self._main, search, self._loader, before=before, complete=complete)
        for file in closure.files:
            if file.rule.startswith(HWCAPS) and not self._level:
                message = f"{file.name} is there only for better CPUs: {file.path}"
                closure.outcome.add_risk(risk("cpu-isa-level", file.rule.partition("/")[2], message))
        return closure

    def _judge(self, closure: Closure, offered: Callable[[str], bool], *, at_start: bool, opened: bool = False) -> None:
        """Add all that is wrong with the file and its closure, in the order in which glibc finds it out."""
        library = closure.names.get(LIBC)
        self._release = release_of(self._loader.elf, library.elf if library else None)
        mapped = (self._main, *closure.files) if opened else ()
        self._check_stacks(mapped[: closure.mapped])
        closure.tell(self.outcome, self._main.path)
        self._failed = bool(closure.missing)
        self._check_stacks(mapped[closure.mapped :])
        self._check_versions((self._main, *closure.added), closure)
        if self._level:
            self._check_levels((self._main, *closure.added))
        self._relocate_all(closure, offered, at_start=at_start, opened=opened)
        if self._release < glibc_releases().relr:
            self._check_relr((self._main, *closure.added), opened=opened)
        if library is not None and not opened and library.rule not in DEFAULT_RULES:
            self._check_library(library)

    def _relocate_all(self, closure: Closure, offered: Callable[[str], bool], *, at_start: bool, opened: bool) -> None:
        """Add what the relocations of the libraries miss, the last one that was loaded first, then the file's own."""
        if closure.bindings is None:
            strict = self._release < glibc_releases().lenient_versions
            libraries = [*closure.before, *closure.files]
            closure.bindings = glibc_bindings(libraries, strict=strict)
            left_by = closure.bindings.left_by_libraries(Told(closure.missing, unversioned=bool(closure.missing)))
            # The same builds may lie elsewhere in another image, and be there before in another process.
            closure.left = [(libraries[place], symbols) for place, symbols in left_by]
        scope = Scope([self._main], offered)
        versions = {reason.subject for reason in self.outcome.reasons if reason.code == "symbol-version"}
        told = Told(closure.missing, versions, unversioned=self._failed)
        self._no_room = self._without_room(closure) if opened else None
        for file, symbols in reversed(self._left_in(closure)):
            if file is not self._loader and file not in closure.before:
                self._relocate(file, symbols, told, scope, now=opened or file.elf.bind_now, brought=defaultdict(set))
        self._check_lazy(() if opened else closure.added)
        if self._main.elf.complete:
            brought = brought_by(self._main.elf, offered, "glibc")
            left = closure.bindings.left_by(self._main, told, brought)
            self._relocate(self._main, left, told, scope, now=at_start, brought=brought)
        self._tell_static_tls(self._main)
        self._check_lazy(() if opened else (self._main,))

    def _check_library(self, library: Loaded) -> None:
        """Add what is wrong with a C library that came with the program: it has to be of the loader's own release."""
        hint = "ship the loader of the same release with it, or leave it to the image"
        facts = self._loader.elf.loader
        known = version_key(facts.version) if facts is not None and facts.version is not None else ()
        if known >= glibc_releases().early_init and INITIALIZER not in library.elf.exports:
            message = f"{library.path} has no {INITIALIZER}, which the loader calls: it aborts"
            self.outcome.add(plain("abi-mismatch", library.path, message, hint), known=library.elf.complete)
            return
        if facts is not None and facts.version is not None:
            fits = is_of_release(library.elf, facts.version)
        else:
            own = GlibcSearch(self._world, self._loader, self._main, level=self._level).by_default(LIBC)
            fits = own is None or newest_version(own, FAMILY) == newest_version(library.elf, FAMILY)
        if fits:
            return
        message = f"{library.path} and the loader {self._loader.path} are of different releases: they may not fit"
        self.outcome.add(plain("abi-mismatch", library.path, message, hint), known=False)

    def _check_versions(self, files: Sequence[Loaded], closure: Closure) -> None:
        for file in files:
            if not closure.met.issuperset(file.elf.version_needs):
                self._check_needs(file, closure)
            if file.elf.relr and self._release >= glibc_releases().relr:
                self._check_relr_version(file)

    def _check_needs(self, file: Loaded, closure: Closure) -> None:
        """Add the versions that a file needs and that the libraries do not define (_dl_check_map_versions)."""
        for need in file.elf.version_needs:
            if need in closure.met:
                continue
            provider = closure.names.get(need.library)
            if provider is None and need.library not in self._main.names:
                if not self._failed:
                    self._failed = True
                    self.outcome.add(unneeded_library(need.library, file.path))
            elif _defines(provider or self._main, need):
                if provider is not None:
                    closure.met.add(need)
            else:
                self._add_version(file, need, provider or self._main)

    def _check_relr_version(self, file: Loaded) -> None:
        """DT_RELR of an object that needs libc must be declared by a version (elf/dl-version.c)."""
        needs = file.elf.version_needs
        if (
            needs
            and any(name.startswith("libc.so.") for name in file.elf.needed)
            and not any(need.version == RELR_VERSION for need in needs)
        ):
            self._add_relr(file, f"{file.path}: DT_RELR without GLIBC_ABI_DT_RELR dependency")

    def _add_relr(self, file: Loaded, message: str) -> None:
        self.outcome.add(plain("relr-unsupported", file.path, message, hint=RELR_HINT))

    def _add_version(self, file: Loaded, need: VersionNeed, provider: Loaded) -> None:
        symbol = file.elf.forcing.get(need.version)
        family = need.version.rpartition("_")[0]
        newest_asked = f"{family}_{file.elf.floor().get(family, need.version.rpartition('_')[2])}"
        asker = AskedBy(file=file.path, symbol=symbol)
        reason = symbol_version(
            need.version, provider.path, asker, newest_version(provider.elf, need.version), newest_asked
        )
        certain = self._world.tree.complete or not is_perhaps_taken_over(need.version, self._release)
        self.outcome.add(reason, known=provider.elf.complete and certain)

    def _check_relr(self, files: Sequence[Loaded], *, opened: bool) -> None:
        """DT_RELR is passed over before 2.36, and the process crashes on what was not relocated.

        What is only opened crashes then and there when it has functions that run at once, and otherwise in use.
        """
        for file in files:
            if not file.elf.relr:
                continue
            message = f"{file.path} has DT_RELR relocations, which glibc before 2.36 does not apply: it crashes"
            if opened and not file.elf.initializers:
                self.outcome.add_risk(risk("relr-unsupported", file.path, f"{message} when it is used", RELR_HINT))
            else:
                self._add_relr(file, message)

    def _check_levels(self, files: Sequence[Loaded]) -> None:
        for file in files:
            wanted = file.elf.notes.x86_level or 1
            if wanted > self._level > 0:
                message = f"{file.path}: CPU ISA level is lower than required"
                self.outcome.add(plain("cpu-isa-level", f"x86-64-v{wanted}", message))

    def _relocate(  # noqa: PLR0913 - what a symbol is looked up with
        self, file: Loaded, left: Sequence[Unbound], told: Told, scope: Scope, *, now: bool, brought: Brought
    ) -> None:
        """Add the symbols that no library has, and neither the judged file nor the host program."""
        strict = self._release < glibc_releases().lenient_versions
        for symbol, answer in left:
            if told.explains(symbol.version, symbol.library):
                continue
            if look_up_glibc(symbol, scope, file, strict=strict) != "found":
                self._tell_static_tls(file, before=_order(symbol))
                self._add_symbol(symbol, file, answer, at_start=now or symbol.moment == "start")
            elif not symbol.copy:
                brought[symbol[1:3]].add(symbol.name)
        self._tell_static_tls(file)

    def _check_lazy(self, files: Sequence[Loaded]) -> None:
        """Add which files have what glibc takes in no PLT that it binds lazily; under BIND_NOW it takes R_*_NONE."""
        for file in files:
            facts = machine_facts(file.elf.identity.machine, file.elf.identity.bits)
            if facts is None or not facts.lazy or file.elf.bind_now:
                continue
            for kind in sorted(file.elf.tables.plt_types - facts.lazy):
                subject = f"0x{kind:02x}"
                message = f"{file.path}: unexpected PLT reloc type {subject}"
                self.outcome.add(plain("abi-mismatch", subject, message, "link it with -z now"))

    def _add_symbol(self, symbol: Undefined, file: Loaded, answer: str, *, at_start: bool) -> None:
        if answer == "abort":
            message = f"{symbol.library} has no symbol versions, and this glibc aborts when {symbol.name} is looked up"
            if at_start:
                self.outcome.add(plain("abi-mismatch", symbol.name, message))
            else:
                self.outcome.add_risk(risk("abi-mismatch", symbol.name, f"{message}, when {file.path} first calls it"))
            return
        self.outcome.libc = ("gnu", ".".join(map(str, self._release)))
        reason = missing_symbol(symbol.name, symbol.version, file.path, musl=False)
        if answer == "unknown":
            self.outcome.add(reason, known=False)
        elif at_start:
            self.outcome.add(reason)
        else:
            message = f"{reason.message}: found out only when {file.path} first calls it"
            self.outcome.add_risk(risk("missing-symbol", symbol.name, message, reason.hint))

    def _check_stacks(self, files: Sequence[Loaded]) -> None:
        """Add which files want an executable stack: each is asked when it is mapped, before what it needs."""
        if self._release < glibc_releases().strict_stack:
            return
        for file in files:
            if wants_executable_stack(file.elf):
                message = f"{file.path}: cannot enable executable stack as shared object requires"
                hint = "link it with -z noexecstack"
                self.outcome.add(plain("executable-stack", file.path, message, hint))

    def _without_room(self, closure: Closure) -> Wanted | None:
        files = (self._main, *closure.added)
        return without_room([file.elf for file in closure.before], files[::-1], self._release)

    def _left_in(self, closure: Closure) -> Sequence[tuple[Loaded, Sequence[Unbound]]]:
        """Return what the libraries leave open, and among them the one that finds no room for its TLS."""
        wanted = self._no_room
        if wanted is None or wanted.asker is self._main or any(file is wanted.asker for file, _ in closure.left):
            return closure.left
        ranks = {id(file): rank for rank, file in enumerate((*closure.before, *closure.files))}
        return sorted([*closure.left, (wanted.asker, ())], key=lambda one: ranks[id(one[0])])

    def _tell_static_tls(self, file: Loaded, *, before: tuple[int, int] | None = None) -> None:
        """Add that a file that is relocated now has found no room for TLS, if that comes ``before`` a symbol of it."""
        wanted = self._no_room
        if wanted is None or wanted.asker is not file:
            return
        if before is not None and before < ((0, -1) if wanted.symbol is None else _order(wanted.symbol)):
            return
        self._no_room = None
        message = f"{wanted.owner.path}: cannot allocate memory in static TLS block"
        hint = "build it without -ftls-model=initial-exec, or preload it"
        self.outcome.add(plain("static-tls", wanted.owner.path, message, hint))


def _order(symbol: Undefined) -> tuple[int, int]:
    """Order symbols as glibc meets them: those of the PLT last; linkers sort TLS without a symbol before all."""
    if symbol.data is not None:
        return 0, symbol.data
    return 1, symbol.plt or 0


def _defines(provider: Loaded, need: VersionNeed) -> bool:
    """Return whether glibc lets a version need pass: a weak one, and one of a library without versions, always."""
    elf = provider.elf
    return (
        need.version in elf.defined_versions or need.weak or not elf.version_definitions or need.version == elf.soname
    )
