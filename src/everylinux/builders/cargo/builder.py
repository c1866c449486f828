"""``cargo build`` for one target, with zig as the linker and as the C and C++ compiler of build scripts."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from everylinux.builders.artifacts import choose, is_program
from everylinux.builders.cargo.arguments import read_arguments
from everylinux.builders.cargo.folder import target_folder
from everylinux.builders.cargo.messages import artifacts_made
from everylinux.builders.cargo.refusals import build_error
from everylinux.errors import NothingSelectedError
from everylinux.reading import read_head
from everylinux.toolchains.cargo_metadata import read_platform
from everylinux.toolchains.rust import find_rust
from everylinux.toolchains.rust_library import standard_library
from everylinux.toolchains.rust_settings import SEPARATOR, project_flags
from everylinux.toolchains.rust_wiring import bindgen_environment, rust_environment, rust_flags
from everylinux.toolchains.warm import warm

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.builders.interface import Artifact, BuildContext, Builder
    from everylinux.toolchains.rust import Rust

MANIFEST = "Cargo.toml"
MANIFEST_BYTES = 4 << 20
LOCK_BYTES = 64 << 20
# The crate by which others call libclang, as a lock file names it.
CLANG = b'name = "clang-sys"'


class CargoBuilder:
    """The package in the folder, or the workspace that it is the root of.

    cargo holds a lock while it builds, so targets of one workspace are built one after the other, each with all jobs.
    """

    kind = "cargo"
    in_source = False
    compiles_c = False
    takes_turns = True

    def recognises(self, folder: Path) -> str | None:
        """Return the path of the Cargo.toml of the workspace that the folder's package belongs to, or of its own."""
        if not (folder / MANIFEST).is_file():
            return None
        for depth, parent in enumerate((folder, *folder.parents)):
            if _is_workspace(parent / MANIFEST):
                return "../" * depth + MANIFEST
        return MANIFEST

    def tools(self, folder: Path) -> tuple[str, ...]:
        """Return what is needed besides zig; raises `ToolMissingError` for a toolchain that is not installed."""
        find_rust(folder)
        return ("rustc",)

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Find the standard library, look ahead, build, and collect the programs and shared objects."""
        rust = find_rust(context.source)
        arguments = read_arguments(context.args, offline=context.offline)
        warm(context.wiring, context.commands, context.progress)
        workspace = (context.source / context.project.marker).resolve().parent
        with target_folder(workspace, context.target) as built:
            environment = self._environment(context, rust, built)
            answer = context.work / "answer.json"
            context.commands.run(
                [
                    *(rust.cargo, "build", f"--target={context.target.rust}", f"--target-dir={built}"),
                    "--message-format=json-render-diagnostics",
                    *arguments.command_arguments(jobs=context.jobs),
                ],
                cwd=context.source,
                environment=environment,
                step="cargo build",
                answer=answer,
                explain=build_error,
            )
            return self._chosen(context, artifacts_made(answer, workspace))

    def _environment(self, context: BuildContext, rust: Rust, built: Path) -> dict[str, str]:
        triple = context.target.rust
        environment = rust_environment(context.wiring, rust, built)
        library = standard_library(
            rust,
            triple,
            origin=context.rust_std,
            offline=context.offline,
            jobs=context.jobs,
            commands=context.commands,
            environment=environment,
            progress=context.progress,
        )
        own = project_flags(
            context.source,
            triple,
            lambda: read_platform(context.source, triple, rustc=rust.rustc, environment=environment),
            environment,
        )
        flags = [*own, *rust_flags(context.wiring, library)]
        if CLANG in read_head(context.source.joinpath(context.project.marker).with_name("Cargo.lock"), LOCK_BYTES):
            environment |= bindgen_environment(context.wiring)
        return {**environment, "CARGO_ENCODED_RUSTFLAGS": SEPARATOR.join(flags)}

    def _chosen(self, context: BuildContext, made: list[Artifact]) -> Sequence[Artifact]:
        """Return what is kept; raises `NothingSelectedError` where no program came out."""
        if context.artifacts or any(is_program(each.path) for each in made):
            return choose(made, context.artifacts)
        if context.target.static:
            dynamic = f"{context.target.triple}.{context.target.cpu.libcs['musl'].oldest}"
            meaning = "a static program loads no shared object, so rustc makes none for a static target"
            hint = f"for a shared object name a dynamic target, such as {dynamic}"
        else:
            meaning = "its packages are libraries only"
            hint = "choose a package with -- -p, or keep a .a with --artifact"
        raise NothingSelectedError("the project has no program and no shared object", meaning=meaning, hint=hint)


def _is_workspace(manifest: Path) -> bool:
    """Return whether a manifest is a workspace's; one that is not valid TOML is cargo's to complain about."""
    try:
        return "workspace" in tomllib.loads(read_head(manifest, MANIFEST_BYTES).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return False


BUILDER: Builder = CargoBuilder()
