"""Python projects: their own build backend makes a wheel for a target, by PEP 517's hooks.

The backend runs in this machine's Python of the release that the wheel is for; sysconfig and the compilers are the
target's (`toolchains/python/target.py`). No Python of the target is needed.
"""

from __future__ import annotations

import contextlib
import os
import platform
import warnings
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.builders.autoconf import site_file
from everylinux.builders.first_error import first_error
from everylinux.builders.interface import Artifact
from everylinux.builders.python.afresh import each_afresh
from everylinux.builders.python.backends import aimed, joined
from everylinux.builders.python.environments import environment_with
from everylinux.builders.python.libraries import build_error
from everylinux.builders.python.neutral import make_neutral, neutral_wiring
from everylinux.builders.python.own_modules import for_this_machine, is_asked_for, modules_of
from everylinux.builders.python.project import LARGEST, MARKER, METADATA, SCRIPT, build_system
from everylinux.builders.python.repeatable import VARIABLE, hidden_folders, moment
from everylinux.builders.python.rust import cargo_aimed, compiles_rust
from everylinux.builders.python.rust_bindings import makes_program
from everylinux.builders.python.rust_errors import wheel_error
from everylinux.builders.python.static import StaticModules, static_wiring
from everylinux.builders.python.unbound import refuse_unbound
from everylinux.builders.python.wheels import WheelTool, finished, require_stable_abi
from everylinux.errors import BuildFailedError, UsageError
from everylinux.reading import read_head
from everylinux.target import OF_MODULES, floor_range
from everylinux.toolchains.python.interpreter import find_interpreters
from everylinux.toolchains.python.target import target_python
from everylinux.toolchains.runtime import module_runtime
from everylinux.toolchains.wiring import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pyproject_hooks import BuildBackendHookCaller

    from everylinux.builders.interface import BuildContext, Builder
    from everylinux.builders.python.backends import Settings
    from everylinux.builders.python.project import BuildSystem
    from everylinux.builders.python.rust import Cargo
    from everylinux.target import Target
    from everylinux.toolchains.python.interpreter import Interpreter
    from everylinux.toolchains.python.target import TargetPython
    from everylinux.toolchains.runtime import Replaced
    from everylinux.toolchains.wiring import Wiring

IN_COMPILER = "error: "


@dataclass(frozen=True)
class PythonBuilder:
    """One wheel for each Python, made by the project's backend; ``marker`` is the file that shows such a project."""

    marker: str
    kind = "python"
    in_source = True
    compiles_c = False  # it does, but never links a program: zig's static libc is not wanted
    replaced: Replaced = "nothing"
    takes_turns = False
    own_folder = False

    def recognises(self, folder: Path) -> str | None:
        """Return the marker where it says how to build a wheel.

        Beside a Cargo.toml it has to be a build that compiles Rust: Rust projects have Python scripts, too. An unpacked
        sdist is a Python project whatever lies in it; PKG-INFO shows it (Core metadata specification).
        """
        if self.marker == MARKER and all((folder / name).is_file() for name in (SCRIPT, METADATA)):
            return SCRIPT if not (folder / MARKER).is_file() else MARKER
        if not (folder / self.marker).is_file():
            return None
        if self.marker == SCRIPT:
            return SCRIPT
        try:
            system = build_system(folder)
        except UsageError:
            # It says how to build, though not so that anybody understands: that is told when the build begins.
            return MARKER if b"[build-system]" in read_head(folder / MARKER, LARGEST) else None
        if (folder / "Cargo.toml").is_file() and not compiles_rust(system, folder):
            return None
        return MARKER if system.declared else None

    def tools(self, folder: Path) -> dict[str, str]:
        """Return this Python, which builds unless others are asked for."""
        del folder
        return {"python": platform.python_version()}

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Make one wheel for each Python that was asked for, by default for the one that runs this."""
        _show_history(context)
        return make_wheels(context, build_system(context.source), backend_settings(context.args))


@dataclass(frozen=True)
class _Job:
    """What the wheels of one project for one target have in common; ``cargo`` is there where they compile Rust."""

    context: BuildContext
    system: BuildSystem
    settings: Settings
    wiring: Wiring
    cargo: Cargo | None


def make_wheels(context: BuildContext, system: BuildSystem, settings: Settings) -> list[Artifact]:
    """Make one wheel for each Python that was asked for; ``settings`` are those that the user gives the backend."""
    interpreters = find_interpreters(context.pythons)
    if context.limited_api and len(interpreters) > 1:
        raise UsageError(
            "--limited-api makes one wheel for many Pythons, and --python asks for several",
            hint="leave --python out, or name the one that builds it",
        )
    rust = compiles_rust(system, context.source)
    wiring = _wiring(context, rust=rust, program=makes_program(context.source, system.backend))
    with cargo_aimed(context, wiring) if rust else contextlib.nullcontext() as cargo:
        job = _Job(context, system, settings, wiring, cargo)
        # One that is for many Pythons comes out of the build by each of them.
        made = [_wheel(job, interpreter) for interpreter in each_afresh(interpreters, context.source, context.work)]
        wheels = {wheel.name: wheel for wheel in made}
    return [Artifact(wheel, name) for name, wheel in wheels.items()]


def module_target(target: Target) -> Target:
    """Return what an extension is linked for.

    Musl without a floor means the process's own, never a static one. A neutral module is linked for glibc's oldest
    floor, and detached from it afterwards. A static one is compiled for the musl that is linked into it.
    """
    if target.libc == "static":
        return replace(target, libc="musl", floor=floor_range(target.cpu, "musl")[1])
    if target.libc == "neutral":
        return replace(target, libc="gnu", floor=floor_range(target.cpu, "gnu")[0])
    return replace(target, floor=floor_range(target.cpu, "musl")[1]) if target.static else target


def program_target(target: Target) -> Target:
    """Return what a program in a wheel is linked for: one that names no libc has musl inside."""
    return replace(target, libc="musl", floor=None) if target.libc in OF_MODULES else target


def _wiring(context: BuildContext, *, rust: bool, program: bool) -> Wiring:
    target = program_target(context.target) if program else module_target(context.target)
    if context.target.libc == "neutral" and not program:
        return neutral_wiring(context, target, rust=rust)
    if context.target.libc == "static" and not program:
        return static_wiring(context, target)
    found = context.wiring
    hidden = hidden_folders(context)
    return wire(
        context.work / "toolchain",
        target,
        found.zig,
        found.command("cc"),
        found.sysroot,
        module_objects=module_runtime(found, target, context.commands),
        hidden=hidden,
        python=True,
    )


def _show_history(context: BuildContext) -> None:
    """Let the copy of the project know its history: some backends take the version from it."""
    history = context.project.folder / ".git"
    link = context.source / ".git"
    if history.is_dir() and not link.exists():
        link.write_text(f"gitdir: {history}\n")


def _wheel(job: _Job, interpreter: Interpreter) -> Path:
    context = job.context
    folder = context.work / f"python{interpreter.name}"
    python = target_python(folder, interpreter, job.wiring)
    made = folder / "wheel"
    made.mkdir()
    start = context.commands.written
    with _understood(job.system):
        wheel = made / _made_with_stand_ins(job, interpreter, python, made)
    if context.target.libc != "static":  # whose own judge takes nothing of a libc either
        refuse_unbound(wheel, context.source)
    if context.limited_api:
        require_stable_abi(wheel, context.limited_api)
    tool = WheelTool(context.commands, moment(context.project))
    named = finished(wheel, job.wiring, tool, for_both=_for_both(context))
    if named.stem.endswith("-any"):
        said = first_error(context.commands.log, start) or ""
        why = f"leaves out one that is not built: {said}" if IN_COMPILER in said else "leaves out one"
        context.progress.say(
            f"{context.target.name}: {named.name} holds nothing that was compiled: the project has no extension, or"
            f" {why} (log: {context.commands.log})"
        )
    return named


def _for_both(context: BuildContext) -> Callable[[Path], None] | None:
    """Return what makes modules that both libcs load out of those that were linked; nothing for one libc's own."""
    if context.target.libc == "static":
        return StaticModules(context)
    if context.target.libc == "neutral":
        return partial(make_neutral, source=context.source, note=context.commands.note)
    return None


def _made_with_stand_ins(job: _Job, interpreter: Interpreter, python: TargetPython, folder: Path) -> str:
    """Have the backend make the wheel; where it imports what it made, with the same made for this machine."""
    context = job.context
    start = context.commands.written
    try:
        return _made(job, interpreter, python, str(folder))
    except BuildFailedError:
        if job.cargo or not is_asked_for(context.commands.log, start):
            raise
    context.progress.say(f"{context.target.name}: the build imports what it made: making it for this machine, too")
    own = for_this_machine(context, interpreter)
    wheel = _made(
        replace(job, context=own, wiring=own.wiring),
        interpreter,
        target_python(own.work / "python", interpreter, own.wiring),
        str(own.work),
    )
    return _made(job, interpreter, replace(python, stand_ins=modules_of(own.work / wheel)), str(folder))


def _made(job: _Job, interpreter: Interpreter, python: TargetPython, folder: str) -> str:
    """Have the backend make the wheel, in an environment with what it requires; return the wheel's name."""
    with environment_with(job.system.requires, interpreter, job.context) as executable:
        hooks, settings = _hooks(job, executable, python)
        more = hooks.get_requires_for_build_wheel(settings)
        if not more:
            return hooks.build_wheel(folder, settings)
    with environment_with((*job.system.requires, *more), interpreter, job.context) as executable:
        hooks, settings = _hooks(job, executable, python)
        return hooks.build_wheel(folder, settings)


def _hooks(job: _Job, executable: Path, python: TargetPython) -> tuple[BuildBackendHookCaller, Settings]:
    """Return the backend's hooks as they run in an environment, aimed at the target, and their settings."""
    from pyproject_hooks import BuildBackendHookCaller, BuildBackendWarning

    warnings.simplefilter("ignore", BuildBackendWarning)  # what a backend says is in the log
    context, system = job.context, job.system
    aim = aimed(system.backend, python, executable, context)
    site = python.include.parent.parent / "config.site"
    site.write_text(site_file(python.wiring.target))
    temporary = context.work / "tmp"
    temporary.mkdir(exist_ok=True)
    own = {
        "TMPDIR": str(temporary),
        "GIT_OPTIONAL_LOCKS": "0",
        VARIABLE: moment(context.project),
        "CMAKE_BUILD_PARALLEL_LEVEL": str(context.jobs),
        # A library's own tests would be programs of the target (Automake manual, Scripts-based Testsuites).
        "MAKEFLAGS": f"-j{context.jobs} -- TESTS= check_PROGRAMS=",
        "CONFIG_SITE": str(site),
    }
    environment = job.cargo.environment_for(python) if job.cargo else python.wiring.environment()
    environment |= {**own, **python.environment(), **aim.environment}
    for name in aim.unset:
        environment.pop(name, None)
    environment["PATH"] = os.pathsep.join([str(executable.parent), environment["PATH"]])
    sysroot = python.wiring.sysroot
    error = partial(build_error, context.target, sysroot.source if sysroot else None, source=context.source)

    def run(cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
        context.commands.run(
            cmd,
            cwd=context.source if cwd is None else Path(cwd),
            environment={**environment, **(extra_environ or {})},
            step="the build of the wheel",
            explain=wheel_error if job.cargo else error,
        )

    hooks = BuildBackendHookCaller(
        str(context.source), system.backend, system.path or None, runner=run, python_executable=str(executable)
    )
    return hooks, joined(aim.settings, job.settings)


@contextlib.contextmanager
def _understood(system: BuildSystem) -> Iterator[None]:
    """Tell in our words what is wrong with a backend; what its build says is in the log."""
    from pyproject_hooks import BackendUnavailable, HookMissing, UnsupportedOperation

    try:
        yield
    except BackendUnavailable as error:
        raise BuildFailedError(
            f"the build backend {system.backend} cannot be imported",
            hint="pyproject.toml has to name what it is in under build-system.requires",
        ) from error
    except (HookMissing, UnsupportedOperation) as error:
        raise BuildFailedError(f"the build backend {system.backend} makes no wheels") from error


def backend_settings(args: Sequence[str]) -> Settings:
    """Return what stands after ``--`` as settings of the backend: ``KEY=VALUE`` or ``-CKEY=VALUE``, as for pip."""
    found: Settings = {}
    for argument in args:
        key, separator, value = argument.removeprefix("-C").partition("=")
        if not separator:
            raise UsageError(f"{argument!r} is no setting of a build backend", hint="KEY=VALUE, as for pip -C")
        before = found.get(key)
        found[key] = value if before is None else [*([before] if isinstance(before, str) else before), value]
    return found


# A pyproject.toml says more than any other file; a setup.py may lie beside a C project that has bindings.
BUILDER: Builder = PythonBuilder(MARKER)
SCRIPTED: Builder = PythonBuilder(SCRIPT)
