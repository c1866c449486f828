"""musl's loader: one file that is the C library too (ldso/dynlink.c)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from everylinux.elf.file import Undefined
from everylinux.elf.relocations import machine_facts
from everylinux.loader.closure import Loaded, load_closure
from everylinux.loader.musl.search import MuslSearch, is_c_library, release_of
from everylinux.loader.outcome import Outcome
from everylinux.loader.reasons import missing_symbol, plain, risk
from everylinux.loader.releases import musl_releases
from everylinux.loader.shared import shared_closure
from everylinux.loader.static_tls import owners_of_fixed_tls
from everylinux.loader.symbols import Scope, Told, brought_by, look_up_musl, musl_bindings, offers_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from everylinux.loader.closure import Closure
    from everylinux.loader.kernel import Interpreter
    from everylinux.loader.static_tls import Wanted
    from everylinux.loader.subject import World
    from everylinux.loader.symbols import Bindings, Brought

RELR_HINT = "link it with -z nopack-relative-relocs"


class Musl:
    """One start (or dlopen) under the musl of an image."""

    def __init__(self, world: World, interpreter: Interpreter, main: Loaded) -> None:
        self.outcome = Outcome()
        self._world = world
        self._main = main
        self._loader = Loaded(
            interpreter.elf, interpreter.path, "libc.so", interpreter.entry.same_file, rule="musl itself"
        )
        self._release = release_of(interpreter.elf)
        self._no_room: Wanted | None = None

    def closure(self, host_libraries: tuple[str, ...] = ()) -> Closure:
        """Return what a start loads, or what is loaded when a C program opens the file: its libraries are all musl."""
        before = [self._loader] if host_libraries else []
        how = self._loader.path, bool(host_libraries)
        return shared_closure(self._world, self._main, how, lambda: self._load(before))

    def start(self, closure: Closure) -> Outcome:
        """Start a program: relocate its libraries in the order they were loaded, the program last."""
        self._judge(closure, offers_nothing)
        for file in (self._main, *closure.files):
            self._check_relr(file)
        if self._main.elf.text_relocations:
            self._add_text_relocations()
        return self.outcome

    def refusal(self) -> Outcome | None:
        """Return why a shared object is not loaded, whatever it needs; nothing is wrong with a C library."""
        problem = MuslSearch(self._world, self._loader).problem(self._main.elf, self._main.path)
        if problem is not None:
            self.outcome.add(plain(problem.code, problem.path, f"{problem.path}: {problem.problem}"))
            return self.outcome
        return self.outcome if is_c_library(self._main.elf) else None

    def open(self, closure: Closure, offered: Callable[[str], bool]) -> Outcome:
        """Open a shared object from a C program, which has loaded nothing but musl; stops at the first problem."""
        self._judge(closure, offered, opened=True)
        for file in (self._main, *closure.added):
            self._check_relr(file, opened=True)
        return self.outcome

    def _load(self, before: Sequence[Loaded]) -> Closure:
        search = MuslSearch(self._world, self._loader)
        search.loaded += before
        return load_closure(self._main, search, self._loader, before=before, complete=self._world.tree.lists_libraries)

    def _judge(self, closure: Closure, offered: Callable[[str], bool], *, opened: bool = False) -> None:
        """Add all that is wrong: a program relocates its libraries first, dlopen the opened file."""
        closure.tell(self.outcome, self._main.path)
        if closure.bindings is None:
            closure.bindings = musl_bindings([*closure.before, *closure.files], self._loader, self._release)
        bindings = closure.bindings
        files = (self._main, *closure.added) if opened else (*closure.added, self._main)
        told = Told(closure.missing, unversioned=bool(closure.missing))
        self._no_room = next((one for one in owners_of_fixed_tls(files) if not one.optional), None) if opened else None
        for file in files:
            if file.elf.complete:
                brought = brought_by(file.elf, offered, "musl") if file is self._main else defaultdict(set)
                self._relocate(file, bindings, told, Scope([self._main], offered), brought)
            else:
                self._tell_static_tls(file)

    def _relocate(self, file: Loaded, bindings: Bindings, told: Told, scope: Scope, brought: Brought) -> None:
        """Add what its relocations do not find, in their order."""
        for symbol, answer in sorted(bindings.left_by(file, told, brought), key=lambda left: _order(left[0])):
            self._tell_static_tls(file, before=_order(symbol))
            if look_up_musl(symbol.name, scope, file, copy=symbol.copy) == "found":
                if not symbol.copy:
                    brought[symbol[1:3]].add(symbol.name)
            else:
                self.outcome.libc = ("musl", ".".join(map(str, self._release)))
                reason = missing_symbol(symbol.name, None, file.path, musl=True)
                self.outcome.add(reason, known=answer != "unknown")
        self._tell_static_tls(file)
        for name in file.elf.tables.own_special:
            if (
                bindings.find(Undefined(name), file) != "found"
                and look_up_musl(name, scope, file, copy=False) != "found"
            ):
                self.outcome.add(missing_symbol(name, None, file.path, musl=True))
        self._check_relocation_types(file)

    def _check_relocation_types(self, file: Loaded) -> None:
        facts = machine_facts(file.elf.identity.machine, file.elf.identity.bits)
        if facts is None or not facts.musl:
            return
        for kind in sorted(file.elf.tables.relocation_types - facts.musl):
            what = "R_IRELATIVE" if kind == facts.irelative else str(kind)
            message = f"Error relocating {file.path}: unsupported relocation type {kind}"
            hint = "it uses indirect functions (ifunc), which musl does not have: build it for musl"
            self.outcome.add(plain("abi-mismatch", what, message, hint if kind == facts.irelative else ""))

    def _tell_static_tls(self, file: Loaded, *, before: tuple[int, int] | None = None) -> None:
        """Add that a file that is relocated now has found no room for TLS, if that comes ``before`` a symbol of it.

        musl has none at a fixed place for a library that was opened later.
        """
        wanted = self._no_room
        if wanted is None or wanted.asker is not file:
            return
        if before is not None and before < ((1, -1) if wanted.symbol is None else _order(wanted.symbol)):
            return
        self._no_room = None
        path, owner = wanted.asker.path, wanted.owner.path
        message = f"Error relocating {path}: initial-exec TLS resolves to dynamic definition in {owner}"
        hint = "build it without -ftls-model=initial-exec"
        self.outcome.add(plain("static-tls", path, message, hint))

    def _check_relr(self, file: Loaded, *, opened: bool = False) -> None:
        if not file.elf.relr or self._release >= musl_releases().relr or file is self._loader:
            return
        message = f"{file.path} has DT_RELR relocations, which musl before 1.2.4 does not apply: it crashes"
        if opened and not file.elf.initializers:
            self.outcome.add_risk(risk("relr-unsupported", file.path, f"{message} when it is used", RELR_HINT))
        else:
            self.outcome.add(plain("relr-unsupported", file.path, message, RELR_HINT))

    def _add_text_relocations(self) -> None:
        """Add that the program crashes: musl makes code writable in what it maps, and the kernel mapped the program."""
        message = f"{self._main.path} has relocations in its code, which musl writes to: it crashes"
        hint = "compile all of it with -fPIE, so that it links without -z notext"
        self.outcome.add(plain("abi-mismatch", "DT_TEXTREL", message, hint))


def _order(symbol: Undefined) -> tuple[int, int]:
    """Order symbols as musl meets them: those of the PLT first (reloc_all)."""
    if symbol.plt is not None:
        return 0, symbol.plt
    return (1, symbol.data) if symbol.data is not None else (2, 0)
