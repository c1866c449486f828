"""Go modules: without C where they need none, otherwise with zig as the C compiler."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from everylinux.builders.artifacts import choose
from everylinux.builders.interface import Artifact
from everylinux.errors import BuildFailedError
from everylinux.reading import read_head
from everylinux.toolchains.find import require, versions
from everylinux.toolchains.runtime import make_runtime
from everylinux.toolchains.warm import warm
from everylinux.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.builders.interface import BuildContext, Builder
    from everylinux.toolchains.runtime import Replaced

# Flags of `go build` whose value is the next word, which may look like a path (`go help build`).
VALUE_FLAGS = frozenset(
    {
        *("-C", "-asmflags", "-gcflags", "-ldflags", "-mod", "-modfile"),
        *("-o", "-overlay", "-p", "-pkgdir", "-tags", "-toolexec"),
    }
)


# All packages of a module (`go help packages`).
EVERYTHING = "./..."
_MAIN = re.compile(rb"^package[ \t]+main\b", re.MULTILINE)
HEAD_BYTES = 64 << 10
MOST_SOURCES = 5000
SHOWN = 4


class GoBuilder:
    """``go build`` of the package in the folder, or of all programs below it when the folder itself has none."""

    kind = "go"
    in_source = False
    compiles_c = False
    replaced: Replaced = "whole"
    takes_turns = False
    own_folder = True

    def recognises(self, folder: Path) -> str | None:
        """Return the path of the go.mod that the folder belongs to: its own, or one above a folder with Go files."""
        if (folder / "go.mod").is_file():
            return "go.mod"
        if not any(folder.glob("*.go")):
            return None
        for depth, parent in enumerate(folder.parents, start=1):
            if (parent / "go.mod").is_file():
                return "../" * depth + "go.mod"
        return None

    def tools(self, folder: Path) -> dict[str, str]:
        """Return what is needed besides zig."""
        return versions("go", folder=folder)

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Decide whether C is needed, build, and collect the programs."""
        go = require("go")
        programs = context.work / "programs"
        programs.mkdir()
        what, packages = _packages(go, context)
        if what == EVERYTHING and packages and not context.args and not any(map(_is_program, packages)):
            raise BuildFailedError("the module has no program", hint=_programs_elsewhere(context.source))
        uses_c, why = _uses_c(context.cgo, packages)
        word = "on" if uses_c else "off"
        context.progress.say(f"{context.target.name}: cgo {word}: {why}")
        context.commands.note(f"cgo {word}: {why}")
        if uses_c:
            warm(context.wiring, context.commands, context.progress)
            make_runtime(context.wiring, context.commands)
        args, named = _split(context.args)
        context.commands.run(
            [
                *(go, "build", "-trimpath", f"-p={context.jobs}", "-o", f"{programs}/"),
                *_with_linker_flags(args, _linker_flags(context, uses_c=uses_c)),
                *(named or [what]),
            ],
            cwd=context.source,
            environment=_environment(context, uses_c=uses_c),
            step="go build",
        )
        made = [Artifact(path, path.name) for path in sorted(programs.iterdir())]
        if not made:
            raise BuildFailedError("the module has no program", hint="name the folder of a `package main`")
        return choose(made, context.artifacts)


def has_programs(folder: Path) -> bool:
    """Return whether the programs of a Go module are where they usually are: in its own folder, or below ``cmd``."""
    return any(folder.glob("*.go")) or (folder / "cmd").is_dir()


def _packages(go: Path, context: BuildContext) -> tuple[str, list[dict[str, Any]]]:
    """Return what to build, and it with all its dependencies: the folder's program, else all programs below it."""
    command = [go, "list", "-e", "-deps", "-json=ImportPath,Name,CgoFiles,Standard,DepOnly"]
    packages: list[dict[str, Any]] = []
    for what in (".", EVERYTHING):
        answer = context.commands.output(
            [*command, what], cwd=context.source, environment=_environment(context, uses_c=True)
        )
        packages = _json_stream(answer)
        if any(map(_is_program, packages)):
            return what, packages
    return EVERYTHING, packages


def _is_program(package: dict[str, Any]) -> bool:
    return package.get("Name") == "main" and not package.get("DepOnly")


def _programs_elsewhere(folder: Path) -> str:
    """Return, as a hint, folders with programs that `./...` does not mean: those of examples, modules of their own."""
    found: dict[str, None] = {}
    for path in itertools.islice(sorted(folder.rglob("*.go")), MOST_SOURCES):
        if not path.name.endswith("_test.go") and _MAIN.search(read_head(path, HEAD_BYTES)):
            found[path.parent.relative_to(folder).as_posix()] = None
    return (
        f"name the folder of a `package main`: {shortened(list(found), SHOWN)}"
        if found
        else "it is a library: build what uses it"
    )


def _uses_c(cgo: str, packages: list[dict[str, Any]]) -> tuple[bool, str]:
    """Return whether cgo is on, and why.

    A package asks for C by ``import "C"``. The standard library's own uses (net, os/user, plugin) have versions without
    C, so they do not count.
    """
    if cgo != "auto":
        return cgo == "on", f"--cgo {cgo}"
    users = sorted(each["ImportPath"] for each in packages if each.get("CgoFiles") and not each.get("Standard"))
    if users:
        return True, f"{users[0]} imports C, which zig compiles"
    return False, "no package imports C"


def _environment(context: BuildContext, *, uses_c: bool) -> dict[str, str]:
    sysroot = context.wiring.sysroot
    return context.environment(
        {
            **context.target.go,
            "CGO_ENABLED": "1" if uses_c else "0",
            # cgo refuses linker flags that it does not know; pkg-config may print some for a static library.
            "CGO_LDFLAGS_ALLOW": ".*",
            "CGO_CFLAGS": shlex.join(f"-I{folder}" for folder in sysroot.includes) if sysroot else "",
            **({"GOPROXY": "off", "GOTOOLCHAIN": "local"} if context.offline else {}),
        }
    )


def _linker_flags(context: BuildContext, *, uses_c: bool) -> str:
    """Return the flags for Go's linker: with C, the C compiler links, statically for a static target."""
    if not uses_c:
        return ""
    return "-linkmode external" + (" -extldflags -static" if context.target.static else "")


def _split(args: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the flags, and the packages that were named after them."""
    count = len(args)
    while count and args[count - 1].startswith((".", "/")) and not (count > 1 and args[count - 2] in VALUE_FLAGS):
        count -= 1
    return list(args[:count]), list(args[count:])


def _with_linker_flags(args: list[str], flags: str) -> list[str]:
    """Put our flags before those of the project's own ``-ldflags``: Go takes only the last one that is given."""
    kept, own = [], []
    position = 0
    while position < len(args):
        name, equals, value = args[position].lstrip("-").partition("=")
        if name == "ldflags" and not equals and position + 1 < len(args):
            position += 1
            value, equals = args[position], "="
        if name == "ldflags" and equals:
            own.append(value)
        else:
            kept.append(args[position])
        position += 1
    joined = " ".join([flags, *own]).strip()
    return [*kept, f"-ldflags={joined}"] if joined else kept


def _json_stream(text: str) -> list[dict[str, Any]]:
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    position = 0
    while (start := text.find("{", position)) >= 0:
        try:
            document, position = decoder.raw_decode(text, start)
        except json.JSONDecodeError:
            break
        found.append(document)
    return found


BUILDER: Builder = GoBuilder()
