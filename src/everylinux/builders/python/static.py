"""Wheels of static modules: musl is linked into each, judged whether it stands alone there, tagged for both libcs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux.builders.python.both import compile_part, modules_in, name_for_both, ship
from everylinux.builders.python.places import places_of
from everylinux.builders.python.repeatable import hidden_folders
from everylinux.elf.notes import read_build_id
from everylinux.elf.reader import map_layout
from everylinux.errors import BuildFailedError
from everylinux.loader.host import offered_by_host
from everylinux.static.facts import facts
from everylinux.static.judge import dependences
from everylinux.static.link_map import read_references, read_sections, read_symbols
from everylinux.static.note import write_note
from everylinux.target import version_key
from everylinux.toolchains.static_libc import libc_archives
from everylinux.toolchains.wiring import wire
from everylinux.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.builders.interface import BuildContext
    from everylinux.elf import ElfFile
    from everylinux.static.judge import Dependence
    from everylinux.target import Target
    from everylinux.toolchains.wiring import Wiring

SHOWN = 12
# Symbols that the loader of the process answers for.
OF_THE_LOADER = frozenset({"__tls_get_addr", "___tls_get_addr", "__tls_get_offset", "dl_iterate_phdr"})


def static_wiring(context: BuildContext, target: Target) -> Wiring:
    """Return compilers whose shared objects have musl inside, and a note that says so.

    Raises `BuildFailedError` with a zig whose musl nobody has judged.
    """
    found = context.wiring
    if version_key(found.zig.version)[:2] != version_key(facts().zig)[:2]:
        raise BuildFailedError(
            f"the musl of zig {found.zig.version} is not known, only that of {facts().zig}",
            meaning="which of its functions depend on the process is told from its archive",
            hint=f"pip install ziglang=={facts().zig}",
        )
    folder = context.work / "static"
    (folder / "maps").mkdir(parents=True)
    note = folder / "note.o"
    plain = wire(folder / "plain", target, found.zig, found.command("cc"), found.sysroot)
    compile_part(ship("static/note.c", folder), note, plain, context.commands, of="static")
    archives = libc_archives(plain, context.commands, context.progress, folder, facts().loader)
    return wire(
        context.work / "toolchain",
        target,
        found.zig,
        found.command("cc"),
        found.sysroot,
        module_objects=(note,),
        module_libc=archives,
        maps=folder / "maps",
        hidden=hidden_folders(context),
        python=True,
    )


@dataclass(frozen=True)
class StaticModules:
    """Judges what the builds of one context linked; ``maps`` is where their maps are."""

    context: BuildContext

    def __call__(self, tree: Path) -> None:
        """Judge every shared object of an unpacked wheel, note in it what was found, and name it for both libcs.

        Raises `BuildFailedError` with what depends on the process, unless that is allowed.
        """
        linked = self._linked()
        for name, path, file in modules_in(tree):
            identity = read_build_id(map_layout(path))
            map_ = linked.get(identity) if identity else None
            if map_ is None:
                raise BuildFailedError(
                    f"{name} was not linked by this build, so that nobody knows what is in it",
                    hint="its build has to take the compiler from sysconfig, CMake or CC",
                )
            self._refuse_open(name, file)
            text = map_.read_text(errors="replace")
            asked = read_references(map_.with_suffix(".references").read_text(errors="replace"))
            # Some who asked were left out of the output since nobody asked them.
            there = read_symbols(text)
            found = dependences(read_sections(text), {part: symbols & there for part, symbols in asked.items()})
            if found:
                self._tell(name, found)
            write_note(path, [one.kind for one in found])
            name_for_both(path)

    def _linked(self) -> dict[str, Path]:
        """Return the maps of all links by the identities of what came out."""
        copies = (self.context.work / "static" / "maps").glob("*.so")
        return {read_build_id(map_layout(copy)): copy.with_suffix(".map") for copy in copies}

    def _tell(self, name: str, found: Sequence[Dependence]) -> None:
        """Note all of what depends on the process, with the lines of the sources that ask; refuse it, or say it."""
        symbols = {symbol for one in found for symbol, _ in one.asked}
        places = places_of(symbols, self.context.source) if symbols else {}
        # An object that asks says no more than the map does.
        lines = {symbol: place for symbol, place in places.items() if place.rpartition(":")[2].isdigit()}
        commands = self.context.commands
        for one in found:
            commands.note(f"{name}: the libc inside depends on the process: {one.whole(lines)}")
        short = "; ".join(one.short(lines) for one in found)
        if not self.context.allow_two_libcs:
            raise BuildFailedError(
                f"the libc inside {name} does not stand alone: {short}",
                meaning="two libcs would live in one process, and each takes the state of the other for its own",
                hint="--libc neutral binds to the libc of the process instead; --allow-two-libcs builds it all the"
                " same, and it may crash; the log has all that it asks for, and why that fails",
            )
        self.context.progress.say(f"{self.context.target.name}: {name}: allowed, and may crash: {short}")

    def _refuse_open(self, name: str, file: ElfFile) -> None:
        """Refuse what musl does not have either: nobody in the process need have it."""
        needed = sorted(file.needed)
        asked = {one.name for one in file.undefined if not one.weak and not offered_by_host(one.name)}
        missing = sorted(asked - OF_THE_LOADER) if not needed else []
        if missing:
            raise BuildFailedError(
                f"{name} asks for what musl does not have: {shortened(missing, SHOWN)}",
                meaning="a static module may ask for nothing but Python's own functions",
                hint="do without it, or build for glibc: --libc gnu",
            )
