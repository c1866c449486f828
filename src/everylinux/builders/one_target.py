"""One project for one target: from the files that go in to the files in the output folder."""

from __future__ import annotations

import contextlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from everylinux.builders.artifacts import is_linked_by_lld, is_program, links_to, without_common_folder
from everylinux.builders.beside import not_found_beside
from everylinux.builders.commands import BuildInterruptedError, Commands
from everylinux.builders.fingerprint import forget, remember, remembered, sha256_of
from everylinux.builders.functions import with_floor
from everylinux.builders.interface import BuildContext
from everylinux.builders.libraries import with_cure
from everylinux.builders.scratch import can_be_named, copy_project, scratch_folder
from everylinux.builders.verify import problem_of
from everylinux.cache import directory_made_whole, file_made_whole
from everylinux.errors import BuildFailedError, EverylinuxError, describe_os_error
from everylinux.evidence import Advice, Build, BuiltFile
from everylinux.toolchains.runtime import make_runtime, place_of_runtime
from everylinux.toolchains.sysroot.floor import cure, explained, problem_of_needs, too_new, warning
from everylinux.toolchains.warm import notice_cxx, remember_cxx, warm
from everylinux.toolchains.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from everylinux.builders.commands import Running
    from everylinux.builders.fingerprint import Inputs
    from everylinux.builders.interface import Artifact, Builder, BuildRequest, Project
    from everylinux.progress import Progress
    from everylinux.target import Target
    from everylinux.toolchains.sysroot.floor import TooNew
    from everylinux.toolchains.sysroot.folder import Sysroot
    from everylinux.toolchains.zig import Zig

# The first step of a build that has one, as the builders of CMake, Meson and autoconf name it.
CONFIGURING = ("cmake failed", "meson setup failed", "configure failed")
# What the compiler's wrapper leaves out of command lines, and what is said of it.
LEFT_OUT: Mapping[Literal["warnings-stay", "uncounted"], str] = {
    "warnings-stay": "warnings stay warnings, without -Werror: this compiler warns of other things than the project's",
    "uncounted": "nothing is counted for gcov or gprof: this compiler has no runtime for that",
}


@dataclass(frozen=True, kw_only=True)
class TargetBuild:
    """What the builds of one project have in common; ``jobs`` is how many compilers each may run at once."""

    request: BuildRequest
    builder: Builder
    project: Project
    zig: Zig
    program: Path
    inputs: Inputs
    tools: Mapping[str, str]
    sysroots: Mapping[str, Sysroot | None]
    running: Running
    jobs: int
    progress: Progress


def build_for_target(shared: TargetBuild, target: Target) -> Build:
    """Return the record of one build; every problem of the build is in the record, only interruptions are raised.

    Steps: unchanged? → an empty work folder → zig's libc → the project's own build → verify → publish → remember.
    """
    start = time.monotonic()
    known = remembered(shared.project, shared.request, target, shared.inputs)
    if known is not None:
        shared.progress.say(f"{target.name}: unchanged")
        return msgspec.structs.replace(known, status="unchanged", seconds=_since(start))
    log = _log_file(shared, target)
    sysroot = shared.sysroots[target.name]
    record = Build(
        target=target.name,
        project=str(shared.request.path),
        kind=shared.project.kind,
        status="failed",
        log=str(log),
        toolchain={**shared.tools, **({"sysroot": sysroot.description} if sysroot else {})},
    )
    advice: list[Advice] = []
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        forget(shared.project, shared.request, target)
        shared.progress.say(f"{target.name}: building")
        files = _build(shared, target, log, advice)
        record = msgspec.structs.replace(
            record, status="built", files=files, seconds=_since(start), advice=tuple(advice)
        )
        remember(shared.project, shared.request, target, shared.inputs, record)
    except BuildInterruptedError:
        raise
    except (EverylinuxError, OSError) as problem:
        error = describe_os_error(problem) if isinstance(problem, OSError) else problem
        shared.progress.say(f"{target.name}: FAILED: {error.message}")
        written = log.is_file()  # a folder that nothing can be written to has none
        where = f"; its log is {log}" if written else ""
        shared.progress.say(f"{target.name}: not built, in {_since(start):.1f} s{where}")
        return msgspec.structs.replace(
            record,
            log=str(log) if written else "",
            problem=error.message,
            hint=error.hint,
            exit_code=error.exit_code,
            seconds=_since(start),
            status="failed",
            advice=tuple(advice),
        )
    shared.progress.say(
        f"{target.name}: built in {record.seconds:.1f} s: {', '.join(Path(file.path).name for file in files)}"
    )
    return record


@contextlib.contextmanager
def prepared(shared: TargetBuild, target: Target, log: Path, advice: list[Advice]) -> Iterator[BuildContext]:
    """Yield what a builder works with: its folders are gone afterwards."""
    with scratch_folder(shared.project, target) as scratch:
        runtime = place_of_runtime(shared.zig, target, shared.builder.replaced)
        sysroot = shared.sysroots[target.name]
        wiring = wire(scratch / "toolchain", target, shared.zig, shared.program, sysroot, runtime=runtime)
        commands = Commands(shared.running, log, wiring.supervisor(), lambda: notice_cxx(wiring, shared.progress))
        if shared.builder.compiles_c:
            warm(wiring, commands, shared.progress)
            make_runtime(wiring, commands)
        source = shared.project.folder
        if shared.builder.in_source or (shared.builder.compiles_c and not can_be_named(source)):
            source = copy_project(shared.project, scratch / "source", without=shared.request.out)
        work = scratch / "work"
        work.mkdir()
        yield BuildContext(
            project=shared.project,
            target=target,
            wiring=wiring,
            commands=commands,
            source=source,
            work=work,
            out=shared.request.out,
            jobs=shared.jobs,
            args=shared.request.args,
            artifacts=shared.request.artifacts,
            cgo=shared.request.cgo,
            rust_std=shared.request.rust_std,
            rust_std_room=shared.request.rust_std_room,
            pythons=shared.request.pythons,
            limited_api=shared.request.limited_api,
            allow_two_libcs=shared.request.allow_two_libcs,
            try_anyway=shared.request.try_anyway,
            advice=advice,
            offline=shared.request.offline,
            progress=shared.progress,
        )


def _build(shared: TargetBuild, target: Target, log: Path, advice: list[Advice]) -> tuple[BuiltFile, ...]:
    with prepared(shared, target, log, advice) as context:
        newer = too_new(context.wiring.sysroot, target)
        if newer:
            shared.progress.say(f"{target.name}: {warning(newer, target)}")
        try:
            made = shared.builder.build(context)
        except BuildFailedError as error:
            cured = with_cure(explained(error, newer, target), target, shared.request.sysroot, log)
            cured = with_floor(cured, target)
            raise _with_other_kinds(cured, shared.project) from None
        for left_out, text in LEFT_OUT.items():
            if context.wiring.saw(left_out):
                context.commands.note(text)
                shared.progress.say(f"{target.name}: {text}")
        artifacts = _for_the_target(made, context)
        remember_cxx(context.wiring)
        if shared.builder.compiles_c and not context.wiring.saw("compiled-debug"):
            _strip_libc(artifacts, context)
        for artifact in artifacts:
            _require_asked_for(artifact, target, newer)
        for told in not_found_beside(artifacts, shared.project.kind):
            context.commands.note(told)
            shared.progress.say(f"{target.name}: {told}")
        if shared.builder.own_folder:
            return _publish(artifacts, shared.request.out / target.name)
        return _publish_beside(artifacts, shared.request.out)


def _require_asked_for(artifact: Artifact, target: Target, newer: Sequence[TooNew]) -> None:
    problem = problem_of(artifact.path, artifact.name, target)
    if problem:
        raise BuildFailedError(problem)
    problem = problem_of_needs(artifact.path, artifact.name, newer)
    if problem:
        raise BuildFailedError(f"{problem}, newer than the floor {target.floor}", hint=cure(newer, target))


def _with_other_kinds(error: BuildFailedError, project: Project) -> BuildFailedError:
    """Return the error of a project that could not even be configured with the other ways to build it."""
    if project.others and not error.hint and error.message.startswith(CONFIGURING):
        ways = " or ".join(f"--kind {kind}" for kind in project.others)
        error.hint = f"the project can be built in another way: {ways}"
    return error


def _for_the_target(artifacts: Sequence[Artifact], context: BuildContext) -> Sequence[Artifact]:
    """Leave out what the build made for itself with this machine's compiler (a generator), and note that.

    Where nothing else was made, it stays: the project does not use the target's compiler, which is to be reported.
    """
    if context.artifacts:
        return artifacts
    own = [
        artifact
        for artifact in artifacts
        if problem_of(artifact.path, artifact.name, context.target) and not is_linked_by_lld(artifact.path)
    ]
    if not own or len(own) == len(artifacts):
        return artifacts
    text = f"left out, made for this machine: {', '.join(artifact.name for artifact in own)}"
    context.commands.note(text)
    context.progress.say(f"{context.target.name}: {text}")
    return [artifact for artifact in artifacts if artifact not in own]


def _strip_libc(artifacts: Sequence[Artifact], context: BuildContext) -> None:
    """Take out the debug information of zig's own libraries from the programs of a project that has none itself."""
    programs = [artifact.path for artifact in artifacts if is_program(artifact.path)]
    if programs:
        command = [context.wiring.command("strip"), "--strip-debug", *programs]
        context.commands.run(command, cwd=context.work, environment=context.environment(), step="strip")


def _publish(artifacts: Sequence[Artifact], folder: Path) -> tuple[BuiltFile, ...]:
    """Put the files into the output folder, all at once, and return them with the digests of what was written."""
    names = without_common_folder([artifact.name for artifact in artifacts])
    with directory_made_whole(folder) as partial:
        for artifact in artifacts:
            target = partial / names[artifact.name]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(artifact.path, target)
            for link in links_to(artifact.path):
                (target.parent / link).symlink_to(target.name)
    return tuple(
        BuiltFile(path=str(folder / name), sha256=sha256_of(folder / name)) for name in sorted(set(names.values()))
    )


def _publish_beside(artifacts: Sequence[Artifact], folder: Path) -> tuple[BuiltFile, ...]:
    """Put the files beside those of other targets, each of them whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for artifact in artifacts:
        with artifact.path.open("rb") as source, file_made_whole(folder / artifact.name) as file:
            shutil.copyfileobj(source, file)
    return tuple(
        BuiltFile(path=str(folder / artifact.name), sha256=sha256_of(folder / artifact.name)) for artifact in artifacts
    )


def _log_file(shared: TargetBuild, target: Target) -> Path:
    return shared.request.out / "logs" / f"{target.name}.log"


def _since(start: float) -> float:
    return round(time.monotonic() - start, 3)
