"""Bare C or C++ sources: every file with a ``main`` becomes a program, linked with all files without one."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from everylinux.builders.artifacts import choose
from everylinux.builders.interface import Artifact
from everylinux.builders.scripts import own_ways
from everylinux.errors import BuildFailedError
from everylinux.reading import read_head
from everylinux.wording import together

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.builders.interface import BuildContext, Builder
    from everylinux.toolchains.runtime import Replaced

C_SUFFIXES = (".c",)
CXX_SUFFIXES = (".cc", ".cpp", ".cxx", ".c++", ".C")
# A call or definition of main; what follows decides which. Bounded, so that no source can make it slow.
_MAIN = re.compile(rb"(?<![\w:.>])w?main\s{0,64}\(")
_BODY = re.compile(
    rb"[^;{}]{0,2000}?\)\s{0,64}(?:noexcept\s{0,64}|->\s{0,64}int\s{0,64}|try\s{0,64})?(?:[\w\s*,\[\]]{1,400};\s{0,64}){0,16}\{"
)
_TOKEN = re.compile(rb"/\*|//|\"|'")
_ENDS = {b"/*": b"*/", b"//": b"\n", b'"': b'"', b"'": b"'"}
MAXIMUM_CANDIDATES = 1000
LINKER_PREFIXES = ("-l", "-L", "-Wl,")
LIBRARY_SUFFIXES = (".a", ".so", ".o")
READ_BYTES = 64 << 20


class SourcesBuilder:
    """One command a source, one link a program; flags are what follows ``--``."""

    kind = "sources"
    in_source = False
    compiles_c = True
    replaced: Replaced = "whole"
    takes_turns = False
    own_folder = True

    def recognises(self, folder: Path) -> str | None:
        """Return the first source in the folder itself (sub-folders hold a project's parts, not the project)."""
        found = source_files(folder)
        return found[0].name if found else None

    def tools(self, folder: Path) -> dict[str, str]:
        """Return what is needed besides zig: nothing."""
        del folder
        return {}

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Compile every source, then link each program; raises `BuildFailedError` where no source has a ``main``."""
        try:
            return self._built(context)
        except BuildFailedError as error:
            own = own_ways(context.source)
            if own:
                error.hint = together(
                    f"the sources were taken as they lie there; the project's own way is {', '.join(own)}: what that"
                    " makes (a Makefile, a header) is taken once it is there",
                    error.hint,
                )
            raise

    @staticmethod
    def _built(context: BuildContext) -> Sequence[Artifact]:
        sources = source_files(context.source)
        programs = [source for source in sources if defines_main(source)]
        if not programs:
            raise BuildFailedError(
                "no source defines main", hint="give the project a Makefile to build a library, or --kind"
            )
        compile_flags = for_compiling(context.args)
        environment = context.environment()
        objects = {}
        for source in sources:
            objects[source] = context.work / f"{source.name}.o"
            compiler = context.wiring.command("c++" if source.suffix in CXX_SUFFIXES else "cc")
            context.commands.run(
                [compiler, "-O2", *compile_flags, "-c", source, "-o", objects[source]],
                cwd=context.source,
                environment=environment,
                step=f"compiling {source.name}",
            )
        linker = context.wiring.command("c++" if any(source.suffix in CXX_SUFFIXES for source in sources) else "cc")
        shared = [objects[source] for source in sources if source not in programs]
        made = []
        for source in programs:
            name = source.stem if len(programs) > 1 else _program_name(context, source)
            output = context.work / "programs" / name
            output.parent.mkdir(exist_ok=True)
            context.commands.run(
                [linker, "-O2", objects[source], *shared, *context.args, "-o", output],
                cwd=context.source,
                environment=environment,
                step=f"linking {name}",
            )
            made.append(Artifact(output, name))
        return choose(made, context.artifacts)


def source_files(folder: Path) -> list[Path]:
    """Return the C and C++ sources in a folder, sorted."""
    return sorted(path for path in folder.iterdir() if path.suffix in C_SUFFIXES + CXX_SUFFIXES and path.is_file())


def defines_main(path: Path) -> bool:
    """Return whether a source defines ``main``, also in the style before prototypes (K&R)."""
    text = read_head(path, READ_BYTES)
    if b"main" not in text:
        return False
    bare = without_comments(text)
    candidates = itertools.islice(_MAIN.finditer(bare), MAXIMUM_CANDIDATES)
    return any(_BODY.match(bare, candidate.end()) for candidate in candidates)


def without_comments(text: bytes) -> bytes:
    """Return a source with a blank for each comment, string and character."""
    parts, position = [], 0
    while token := _TOKEN.search(text, position):
        parts.append(text[position : token.start()])
        end = text.find(_ENDS[token[0]], token.end())
        while token[0] in b"\"'" and end > 0 and _is_escaped(text, end):
            end = text.find(token[0], end + 1)
        if end < 0:
            return b" ".join(parts)
        position = end + len(_ENDS[token[0]])
    return b" ".join([*parts, text[position:]])


def _is_escaped(text: bytes, position: int) -> bool:
    count = 0
    while text[position - count - 1] == ord("\\"):
        count += 1
    return count % 2 == 1


def _program_name(context: BuildContext, source: Path) -> str:
    """Name a lone program after its source, or after the folder when the source is only called main."""
    return context.project.folder.name if source.stem == "main" else source.stem


def for_compiling(args: Sequence[str]) -> list[str]:
    """Return the flags without those that mean only the linker, which would be inputs to a compiler."""
    return [arg for arg in args if not (arg.startswith(LINKER_PREFIXES) or arg.endswith(LIBRARY_SUFFIXES))]


BUILDER: Builder = SourcesBuilder()
