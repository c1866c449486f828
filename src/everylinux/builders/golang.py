"""Go modules: without C where they need none, otherwise with zig as the C compiler."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

from everylinux.builders.artifacts import choose
from everylinux.builders.interface import Artifact
from everylinux.errors import BuildFailedError
from everylinux.toolchains.find import require

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.builders.interface import BuildContext, Builder


class GoBuilder:
    """``go build`` of the package in the folder, or of all programs below it when the folder itself has none."""

    kind = "go"
    in_source = False
    compiles_c = False

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

    def tools(self, folder: Path) -> tuple[str, ...]:
        """Return what is needed besides zig."""
        del folder
        return ("go",)

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Decide whether C is needed, build, and collect the programs."""
        go = require("go")
        programs = context.work / "programs"
        programs.mkdir()
        uses_c, why = self._uses_c(go, context)
        context.progress.say(f"{context.target.name}: cgo {'on' if uses_c else 'off'} ({why})")
        context.commands.note(f"cgo {'on' if uses_c else 'off'}: {why}")
        packages = [arg for arg in context.args if not arg.startswith("-") and arg.startswith((".", "/"))]
        packages = [] if packages else ["."] if self._is_program(go, context) else ["./..."]
        context.commands.run(
            [
                *(go, "build", "-trimpath", f"-p={context.jobs}", "-o", f"{programs}/"),
                *_linking(context, uses_c=uses_c),
                *context.args,
                *packages,
            ],
            cwd=context.source,
            environment=self._environment(context, uses_c=uses_c),
            step="go build",
        )
        made = [Artifact(path, path.name) for path in sorted(programs.iterdir())]
        if not made:
            raise BuildFailedError("the module has no program", hint="name the folder of a `package main`")
        return choose(made, context.artifacts)

    def _environment(self, context: BuildContext, *, uses_c: bool) -> dict[str, str]:
        sysroot = context.wiring.sysroot
        return context.environment(
            {
                **context.target.go,
                "CGO_ENABLED": "1" if uses_c else "0",
                # cgo's own checks refuse linker flags that pkg-config may print for a static library.
                "CGO_LDFLAGS_ALLOW": ".*",
                "PKG_CONFIG": str(context.wiring.command("pkg-config")),
                "CGO_CFLAGS": shlex.join(f"-I{folder}" for folder in sysroot.includes) if sysroot else "",
                "GOTOOLCHAIN": "local",
                **({"GOPROXY": "off"} if context.offline else {}),
            }
        )

    def _uses_c(self, go: Path, context: BuildContext) -> tuple[bool, str]:
        """Return whether cgo is on, and why.

        A package asks for C by ``import "C"``. The standard library's own uses (net, os/user, plugin) have versions
        without C, so they do not count.
        """
        if context.cgo != "auto":
            return context.cgo == "on", f"--cgo {context.cgo}"
        listed = subprocess.run(
            [
                go,
                "list",
                "-deps",
                "-e",
                "-json=ImportPath,CgoFiles,Standard",
                "." if self._is_program(go, context) else "./...",
            ],
            check=False,
            capture_output=True,
            cwd=context.source,
            env=self._environment(context, uses_c=True),
        )
        users = sorted(
            package["ImportPath"]
            for package in _json_stream(listed.stdout.decode(errors="replace"))
            if package.get("CgoFiles") and not package.get("Standard")
        )
        if users:
            return True, f"{users[0]} imports C, compiled by zig"
        return False, "no package of the module imports C"

    def _is_program(self, go: Path, context: BuildContext) -> bool:
        named = subprocess.run(
            [go, "list", "-e", "-f", "{{.Name}}", "."],
            check=False,
            capture_output=True,
            cwd=context.source,
            env=self._environment(context, uses_c=True),
        )
        return named.stdout.strip() == b"main"


def _linking(context: BuildContext, *, uses_c: bool) -> list[str]:
    """Return the flags for Go's linker: with C, the C compiler links, statically for a static target."""
    if not uses_c:
        return []
    flags = "-linkmode external" + (" -extldflags -static" if context.target.static else "")
    return [f"-ldflags={flags}"]


def _json_stream(text: str) -> list[dict[str, Any]]:
    decoder = json.JSONDecoder()
    found, position = [], 0
    while position < len(text) and (start := text.find("{", position)) >= 0:
        try:
            document, position = decoder.raw_decode(text, start)
        except json.JSONDecodeError:
            break
        found.append(document)
    return found


BUILDER: Builder = GoBuilder()
