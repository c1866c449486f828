"""Building a project for many targets: one module a kind of project, all with the same interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.builders.cargo import CargoBuilder
from everylinux.builders.commands import Running
from everylinux.builders.detect import detect
from everylinux.builders.fingerprint import Inputs
from everylinux.builders.interface import BuildRequest
from everylinux.builders.one_target import TargetBuild, build_for_target, prepared
from everylinux.builders.python import BUILDER as PYTHON_BUILDER
from everylinux.engine import run_jobs
from everylinux.errors import NothingSelectedError, UsageError
from everylinux.target import OF_MODULES
from everylinux.toolchains.native_program import native_program
from everylinux.toolchains.sysroot.folder import open_sysroots
from everylinux.toolchains.zig import find_zig

if TYPE_CHECKING:
    from everylinux.advice import Outlook
    from everylinux.builders.interface import Builder, Project
    from everylinux.evidence import Build
    from everylinux.progress import Progress

__all__ = ["BuildRequest", "build_project", "outlooks"]


def build_project(request: BuildRequest, progress: Progress) -> tuple[Build, ...]:
    """Build one project for every target; a target that fails does not stop the others.

    Steps: recognise the kind → find its tools → open the sysroot → read what goes in → build for each target, gnu
    before musl, so that the first result comes early. The records are in the order of ``request.targets``.

    Raises `UsageError` for a project, kind or sysroot that cannot be understood, `ToolMissingError` for a tool that is
    not there, `NothingSelectedError` without targets. What goes wrong for one target is in its record.
    """
    builder, project = _recognised(request, progress)
    workers = 1 if builder.takes_turns else min(request.jobs, len(request.targets))
    shared = _shared(request, builder, project, workers, progress)
    in_order = sorted(request.targets, key=lambda target: target.libc != "gnu")
    stop = shared.running.stop
    results = run_jobs(lambda target: build_for_target(shared, target), in_order, workers=workers, stop=stop)
    by_name = {build.target: build for build in results}
    return tuple(by_name[target.name] for target in request.targets)


def outlooks(request: BuildRequest, progress: Progress) -> dict[str, Outlook]:
    """Return for each target what its build will meet; nothing is built.

    Raises `UsageError` for a project of a kind about whose dependencies nothing is known, otherwise as `build_project`.
    """
    builder, project = _recognised(request, progress)
    if not isinstance(builder, CargoBuilder):
        raise UsageError(
            f"there is no advice for {project.kind} projects",
            hint="it is for Cargo packages; build the project instead, or add --kind cargo where there is one, too",
        )
    shared = _shared(request, builder, project, 1, progress)
    found = {}
    for target in request.targets:
        log = shared.request.out / "logs" / f"{target.name}.log"
        with prepared(shared, target, log, []) as context:
            found[target.name] = builder.outlook(context)
    return found


def _recognised(request: BuildRequest, progress: Progress) -> tuple[Builder, Project]:
    if not request.targets:
        raise NothingSelectedError("there is no target to build for", hint="name one with --target")
    builder, project = detect(request.path, request.kind, progress)
    of_modules = next((target for target in request.targets if target.libc in OF_MODULES), None)
    if of_modules is not None and builder.kind != PYTHON_BUILDER.kind:
        raise UsageError(
            f"{of_modules.name} is for Python extensions, and {request.path} is a {project.kind} project",
            meaning=f"{of_modules.libc!r} says what an extension has to do with the libc of its Python",
            hint="a program that needs nothing of the system is built for musl: --libc musl",
        )
    return builder, project


def _shared(request: BuildRequest, builder: Builder, project: Project, workers: int, progress: Progress) -> TargetBuild:
    """Return what the builds for all targets have in common."""
    zig = find_zig(request.cache)
    tools = builder.tools(project.folder)
    sysroots = open_sysroots(request.sysroot, request.targets, progress, offline=request.offline)
    program = native_program(zig, progress)
    tools |= {"zig": zig.version, "wrapper": program.parent.name}
    return TargetBuild(
        request=request,
        builder=builder,
        project=project,
        zig=zig,
        program=program,
        inputs=Inputs(project, request, tools, sysroots),
        tools=tools,
        sysroots=sysroots,
        running=Running(),
        jobs=max(1, request.jobs // workers),
        progress=progress,
    )
