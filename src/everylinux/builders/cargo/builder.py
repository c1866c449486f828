"""``cargo build`` for one target, with zig as the linker and as the C and C++ compiler of build scripts."""

from __future__ import annotations

import contextlib
import tomllib
from typing import TYPE_CHECKING

from everylinux.builders.artifacts import choose, is_program
from everylinux.builders.cargo.ahead import Ahead, certain_to_fail, failed_for
from everylinux.builders.cargo.arguments import read_arguments
from everylinux.builders.cargo.environment import flagged_environment
from everylinux.builders.cargo.folder import target_folder
from everylinux.builders.cargo.messages import artifacts_made, makers
from everylinux.builders.cargo.refusals import build_error
from everylinux.errors import BuildFailedError, EverylinuxError, NothingSelectedError
from everylinux.reading import read_head
from everylinux.toolchains.runtime import make_runtime
from everylinux.toolchains.rust.library import standard_library
from everylinux.toolchains.rust.toolchain import find_rust
from everylinux.toolchains.rust.wiring import rust_environment
from everylinux.toolchains.warm import warm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from everylinux.advice import Outlook
    from everylinux.builders.interface import Artifact, BuildContext
    from everylinux.target import Target
    from everylinux.toolchains.runtime import Replaced

MANIFEST = "Cargo.toml"
MANIFEST_BYTES = 4 << 20


class CargoBuilder:
    """The package in the folder, or the workspace that it is the root of.

    cargo holds a lock while it builds, so targets of one workspace are built one after the other, each with all jobs.
    """

    kind = "cargo"
    in_source = False
    compiles_c = False
    replaced: Replaced = "numbers"
    takes_turns = True
    own_folder = True

    def recognises(self, folder: Path) -> str | None:
        """Return the path of the Cargo.toml of the workspace that the folder's package belongs to, or of its own."""
        if not (folder / MANIFEST).is_file():
            return None
        for depth, parent in enumerate((folder, *folder.parents)):
            if _is_workspace_of(parent / MANIFEST, folder):
                return "../" * depth + MANIFEST
        return MANIFEST

    def tools(self, folder: Path) -> dict[str, str]:
        """Return what is needed besides zig; raises `ToolMissingError` for a toolchain that is not installed."""
        return {"rustc": find_rust(folder).version}

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Look ahead, find the standard library, build, and collect the programs and shared objects."""
        with _ahead(context) as ahead:
            self._look_ahead(context, ahead)
            warm(context.wiring, context.commands, context.progress)
            make_runtime(context.wiring, context.commands, self.replaced)
            answer = context.work / "answer.json"
            with _library(context, ahead) as library:
                context.commands.run(
                    [
                        *(ahead.rust.cargo, "build", f"--target={context.target.rust}", f"--target-dir={ahead.built}"),
                        "--message-format=json-render-diagnostics",
                        *ahead.arguments.command_arguments(jobs=context.jobs),
                    ],
                    cwd=context.source,
                    environment=self._environment(context, ahead, library),
                    step="cargo build",
                    answer=answer,
                    explain=lambda log, start: self._explained(context, ahead, answer, build_error(log, start), start),
                )
            ahead.keep_lacking(())
            chosen = self._chosen(context, artifacts_made(answer, ahead.workspace))
            check_made_once(chosen, makers(answer))
            return chosen

    def outlook(self, context: BuildContext) -> Outlook:
        """Return what the build will meet, without building."""
        with _ahead(context) as ahead:
            return ahead.outlook()

    def _look_ahead(self, context: BuildContext, ahead: Ahead) -> None:
        """Find out what the build will lack; raises `BuildFailedError` when it is certain to fail.

        Raises `NothingSelectedError` where nothing that is kept would come out, `ToolMissingError` where it wants a
        newer Rust.
        """
        if (known := ahead.remembered()) is not None:
            context.advice.extend(known)
            return
        if not context.artifacts and not ahead.makes_programs():
            raise _no_program(context.target, ahead.features_lacking())
        found = ahead.outlook()
        context.advice.extend(found.advice)
        ahead.require_rust(found.compiled)
        if not found.missing:
            ahead.keep(found.advice)
        elif not context.try_anyway:
            raise certain_to_fail(found, context.target)

    def _explained(
        self, context: BuildContext, ahead: Ahead, answer: Path, error: EverylinuxError, start: int
    ) -> EverylinuxError:
        """Return the error with what cures it, where the build has shown which library is missing."""
        from everylinux.builders.cargo.lacking import libraries_lacking

        advice = tuple(context.advice)
        try:
            packages = ahead.metadata.packages
            lacking = libraries_lacking(context.commands.log, start, answer, packages=packages, advice=advice)
            if not lacking:
                return error
            ahead.keep_lacking(lacking)
            found = ahead.outlook()
        except EverylinuxError:  # cargo does not answer now: what the build said stands
            return error
        context.advice[:] = found.advice
        return failed_for(error, found) if found.missing else error

    def _environment(self, context: BuildContext, ahead: Ahead, library: Path | None) -> dict[str, str]:
        return flagged_environment(
            ahead.environment,
            context.source,
            [ahead.workspace / "Cargo.lock"],
            wiring=context.wiring,
            rust=ahead.rust,
            library=library,
            say=context.progress.say,
        )

    def _chosen(self, context: BuildContext, made: list[Artifact]) -> Sequence[Artifact]:
        """Return what is kept; raises `NothingSelectedError` where no program came out."""
        if context.artifacts or any(is_program(each.path) for each in made):
            return choose(made, context.artifacts)
        raise _no_program(context.target)


@contextlib.contextmanager
def _ahead(context: BuildContext) -> Iterator[Ahead]:
    """Yield what is known before the build; cargo's folder is kept meanwhile."""
    rust = find_rust(context.source)
    workspace = (context.source / context.project.marker).resolve().parent
    with target_folder(workspace, context.target) as built:
        yield Ahead(
            folder=context.source,
            workspace=workspace,
            parts=context.project.parts,
            built=built,
            rust=rust,
            arguments=read_arguments(context.args, offline=context.offline),
            target=context.target,
            sysroot=context.wiring.sysroot,
            environment=rust_environment(context.wiring, rust, built),
        )


def check_made_once(chosen: Sequence[Artifact], makers: Mapping[Path, tuple[str, ...]]) -> None:
    """Raise `BuildFailedError` for a file that several packages of a workspace made: nobody can say whose is left."""
    for each in chosen:
        packages = makers.get(each.path, ())
        if len(packages) > 1:
            raise BuildFailedError(
                f"{each.name} is what {' and '.join(packages)} each make: only one of the files is left",
                meaning="cargo keeps what all packages of a workspace make in one folder, under their own names",
                hint=f"build one at a time, each with an --out of its own: -- -p {packages[0]}; or rename one of them",
            )


def _library(context: BuildContext, ahead: Ahead) -> AbstractContextManager[Path | None]:
    return standard_library(
        ahead.rust,
        context.target.rust,
        origin=context.rust_std,
        room=context.rust_std_room * (1 << 30),
        offline=ahead.arguments.offline,
        jobs=context.jobs,
        commands=context.commands,
        environment=ahead.environment,
        progress=context.progress,
    )


def _no_program(target: Target, lacking: Mapping[str, tuple[str, ...]] | None = None) -> NothingSelectedError:
    """Return the error for a project of which nothing is kept; ``lacking`` are features that are off, by program."""
    problem = "the project has no program and no shared object"
    if lacking:
        wanted = ", ".join(f"{name} with -- --features {','.join(features)}" for name, features in lacking.items())
        meaning = "each program is built with features only that are off"
        return NothingSelectedError(f"{problem} with these features", meaning=meaning, hint=f"build {wanted}")
    meaning = "its packages are libraries only"
    if target.static:
        meaning += "; a static program loads no shared object, so rustc makes none for a static target"
    hint = (
        "choose a package with -- -p or its examples with -- --examples, keep a .a with --artifact, or name a dynamic "
        "target for a shared object"
    )
    return NothingSelectedError(problem, meaning=meaning, hint=hint)


def _is_workspace_of(manifest: Path, folder: Path) -> bool:
    """Return whether a manifest is that of the workspace of a folder's package: it holds it and does not exclude it.

    A manifest that is not valid TOML is cargo's to complain about.
    """
    try:
        workspace = tomllib.loads(read_head(manifest, MANIFEST_BYTES).decode()).get("workspace")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return False
    if not isinstance(workspace, dict):
        return False
    excluded = workspace.get("exclude")
    names = [name for name in excluded if isinstance(name, str)] if isinstance(excluded, list) else []
    return not any(folder.is_relative_to(manifest.parent / name) for name in names)


BUILDER = CargoBuilder()
