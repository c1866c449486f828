"""Running one file in one image, apart from this machine: a verdict that was measured.

`prove_file` is the whole of it. What isolates (`isolation`: bubblewrap, or on request podman and docker), what emulates
(`emulator`), what limits (`limits`) and what the outcome means (`outcome`) are modules of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from everylinux.errors import NotProvenError, UsageError
from everylinux.evidence import Reason, Run
from everylinux.images.archive import digest_of_folder
from everylinux.sandbox.emulator import Emulator, find_emulator, runs_natively
from everylinux.sandbox.host.opening import HostRequest, open_in_hosts
from everylinux.sandbox.host.tester import (
    PATH_IN_SANDBOX,
    Tester,
    build_tester,
    choose_target,
    found_libraries,
    missing_loader,
)
from everylinux.sandbox.interface import Confinement, Mount, Observation, Sandbox
from everylinux.sandbox.isolation.choice import BUBBLEWRAP, open_sandbox
from everylinux.sandbox.isolation.helper import signal_name
from everylinux.sandbox.limits import Limits
from everylinux.sandbox.outcome import Outcome, Subject, readable, refused_as_usage
from everylinux.sandbox.program import (
    Program,
    choose_platform,
    executing_cpu,
    read_program,
    require_readable,
)
from everylinux.sandbox.smoke import SmokeTest, judge, read_smoke_tests
from everylinux.sandbox.surroundings import forbids_execution, place
from everylinux.sandbox.verdict import run_and_classify
from everylinux.toolchains.find import install_command, tool_named
from everylinux.wording import together

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.images.interface import Image, Tree

__all__ = ["Limits", "Mount", "ProveRequest", "prove_file", "read_smoke_tests", "with_smoke_tests"]

# Seconds. An emulator takes several times as long, most of all when two files share a core.
DEFAULT_TIMEOUT = 30.0
DEFAULT_TIMEOUT_EMULATED = 120.0
# Asked in this order; the second only when the program said that it does not know the first.
DEFAULT_ARGUMENTS = (("--version",), ("--help",))
DIRECT_NOTE = "what it starts itself is not emulated"
DESCRIBED = "no image: only its description is at hand; name it with --image to have it fetched, or use dir:PATH"
AT_HAND = "one that is here is named by dir:PATH, tar:PATH or oci:PATH"
SCRIPT_NOTE = "not proven: the kernel starts a script of a foreign CPU only with binfmt_misc of our own (Linux 6.7)"


@dataclass(frozen=True, kw_only=True)
class ProveRequest:
    """One file to run in one image.

    ``platform`` is one of the image's (``None``: the one of the file's CPU). ``arguments`` are the program's
    (``None``: ``--version``, and ``--help`` if that was refused as usage). ``stdin`` is a file (``None``: empty).
    ``smoke`` takes the place of both, and says what is expected.
    ``timeout`` is in seconds (``None``: 30, and 120 under an emulator). ``alone`` leaves at home what ``$ORIGIN``
    reaches. ``cpu`` is a CPU model of the emulator, or a level (``x86-64-v2``). ``mounts`` are further files for the
    program, read-only. ``sandbox`` is the name of what isolates the run.
    """

    path: Path
    image: Image
    platform: str | None = None
    arguments: tuple[str, ...] | None = None
    stdin: Path | None = None
    timeout: float | None = None
    limits: Limits = field(default_factory=Limits)
    alone: bool = False
    cpu: str | None = None
    mounts: tuple[Mount, ...] = ()
    smoke: SmokeTest | None = None
    sandbox: str = BUBBLEWRAP


def with_smoke_tests(request: ProveRequest, tests: Sequence[SmokeTest]) -> tuple[ProveRequest, ...]:
    """Return the requests for a file: one for each smoke test that names it, otherwise the request as it is.

    What was asked for on the command line wins over the settings; a shared object is loaded and not started, so it has
    no smoke tests.
    """
    if request.arguments is not None or request.stdin is not None:
        return (request,)
    chosen = [test for test in tests if test.applies_to(request.path)]
    if not chosen or read_program(request.path).shared_object:
        return (request,)
    return tuple(replace(request, smoke=test) for test in chosen)


def prove_file(request: ProveRequest, *, sandbox: Sandbox | None = None) -> Run:
    """Run the file in the image and return what was seen, with the verdict that it means.

    ``unknown``, with the reason in ``note``, is the verdict where nothing could be seen: the image is only described,
    this machine has no emulator for the CPU, the emulator itself failed.

    Raises `UsageError` for a file that is no regular file or a CPU model that the emulator does not know,
    `ToolMissingError` where this machine cannot isolate, `InputOutputError` for what cannot be read.
    """
    run = _prove(request, sandbox or open_sandbox(request.sandbox))
    if request.smoke and run.smoke is None:
        return msgspec.structs.replace(run, smoke=judge(request.smoke, run))
    return run


def _prove(request: ProveRequest, sandbox: Sandbox) -> Run:
    program = read_program(request.path)
    if request.stdin:
        require_readable(request.stdin)
    platform = choose_platform(program, request.image, request.platform)
    if platform is None:
        wanted = request.platform or program.platform or "this machine's platform"
        return _not_run(request, program, wanted, f"image has no {wanted}")
    try:
        tree = request.image.tree(platform)
    except NotProvenError as error:
        return _unknown(request, program, platform, f"no image: {readable(error.message)}; {AT_HAND}")
    if tree.directory is None and not _is_empty(tree):
        return _unknown(request, program, platform, DESCRIBED)
    return _start(request, program, platform, tree, sandbox)


def _start(request: ProveRequest, program: Program, platform: str, tree: Tree, sandbox: Sandbox) -> Run:
    """Run it on its CPU, native or emulated."""
    if not program.known_cpu:
        return _unknown(request, program, platform, "no emulator: this CPU is not known here")
    cpu = executing_cpu(program, platform)
    if cpu is None:
        return _not_run(request, program, platform, f"{platform} does not execute this CPU")
    emulated = request.cpu is not None or not runs_natively(cpu)
    emulator = find_emulator(cpu, model=request.cpu) if emulated else None
    if emulated and emulator is None:
        return _unknown(request, program, platform, f"no emulator: {install_command(tool_named('qemu-user'))}")
    plan = _plan(request, program, tree, emulator)
    if program.elf is not None and program.shared_object:
        target = choose_target(program.elf, tree)
        if target is None:
            message = "the image has no loader for this CPU"
            subject = missing_loader(program.elf)
            return _not_run(request, program, platform, message, code="no-interpreter", subject=subject)
        libraries = partial(found_libraries, program.path, request.image, platform, tree, target)
        plan = plan.opened_by(build_tester(program.elf, program.path, target, libraries))
    run = _record(request, program, platform, plan, _try(plan, sandbox))
    run = msgspec.structs.replace(run, sandbox=sandbox.label)
    if program.elf is not None and program.shared_object:
        asked = HostRequest(
            file=program.elf,
            path=program.path,
            tree=tree,
            confinement=plan.confinement,
            mounts=request.mounts,
            alone=request.alone,
        )
        run = _with_hosts(run, asked, sandbox)
    digest = digest_of_folder(tree.directory)
    return msgspec.structs.replace(run, image_digest=digest) if digest else run


@dataclass(frozen=True)
class _Plan:
    """What is started, what is known of it, the arguments to try in turn, and what the record says about the way."""

    confinement: Confinement
    subject: Subject
    arguments: tuple[tuple[str, ...], ...]
    note: str = ""

    def opened_by(self, tester: Tester) -> _Plan:
        """Return the plan that loads the file instead of starting it."""
        mounts = (*self.confinement.mounts, Mount(tester.path, PATH_IN_SANDBOX))
        return _Plan(
            replace(self.confinement, program=PATH_IN_SANDBOX, mounts=mounts),
            replace(self.subject, opened_by=PATH_IN_SANDBOX),
            ((self.subject.program,),),
            tester.note,
        )


def _plan(request: ProveRequest, program: Program, tree: Tree, emulator: Emulator | None) -> _Plan:
    smoke = request.smoke
    placement = place(program.path, tree.directory, alone=request.alone)
    timeout = request.timeout or (DEFAULT_TIMEOUT_EMULATED if emulator else DEFAULT_TIMEOUT)
    confinement = Confinement(
        root=tree.directory,
        program=placement.program,
        arguments=(),
        timeout=timeout,
        limits=request.limits.under_emulation() if emulator else request.limits,
        mounts=(*placement.mounts, *request.mounts, *(smoke.mounts if smoke else ())),
        stdin=smoke.stdin if smoke else request.stdin,
        emulator=emulator,
        port=smoke.settings.port if smoke else None,
    )
    subject = Subject(
        program=placement.program,
        interpreter=program.interpreter,
        script=program.script,
        damage=program.damage,
        no_execution=forbids_execution(program.path),
        emulator=emulator,
        timeout=timeout,
        port=confinement.port,
    )
    arguments = smoke.settings.args if smoke else request.arguments
    return _Plan(confinement, subject, DEFAULT_ARGUMENTS if arguments is None else (arguments,))


@dataclass(frozen=True)
class _Attempt:
    """One run and what it means."""

    arguments: tuple[str, ...]
    seen: Observation
    outcome: Outcome


def _try(plan: _Plan, sandbox: Sandbox) -> _Attempt:
    """Run it with each set of arguments until one is understood; the first counts when none is."""
    attempts: list[_Attempt] = []
    for arguments in plan.arguments:
        seen, outcome = run_and_classify(replace(plan.confinement, arguments=arguments), plan.subject, sandbox)
        if outcome.misused:
            raise UsageError(outcome.misused, hint="`-cpu help` of that emulator lists the models it knows")
        if seen.emulated_directly and plan.subject.script:
            outcome = Outcome(verdict="unknown", note=SCRIPT_NOTE)
        attempts.append(_Attempt(arguments, seen, outcome))
        if outcome.verdict != "ok" or not refused_as_usage(seen):
            break
    last = attempts[-1]
    return last if last.outcome.verdict == "ok" and last.seen.exit == 0 else attempts[0]


def _record(request: ProveRequest, program: Program, platform: str, plan: _Plan, attempt: _Attempt) -> Run:
    seen, outcome, emulator = attempt.seen, attempt.outcome, plan.confinement.emulator
    run = Run(
        path=readable(str(request.path)),
        sha256=program.sha256,
        image=request.image.name,
        platform=platform,
        verdict=outcome.verdict,
        exit=seen.exit,
        signal=signal_name(seen.signal) if seen.signal else None,
        reasons=outcome.reasons,
        stdout=seen.stdout.decode(errors="replace"),
        stderr=seen.stderr.decode(errors="replace"),
        truncated=seen.truncated,
        seconds=round(seen.seconds, 4),
        emulator=emulator.label if emulator else None,
        limits=dict(seen.held),
        command=tuple(map(readable, (plan.confinement.program, *attempt.arguments))),
        note=together(outcome.note, plan.note, DIRECT_NOTE if seen.emulated_directly else ""),
    )
    if request.smoke is None:
        return run
    return msgspec.structs.replace(run, smoke=judge(request.smoke, run, answered=seen.answered is not None))


def _with_hosts(run: Run, asked: HostRequest, sandbox: Sandbox) -> Run:
    """Return the run with what the image's own Python or Node.js says about a shared object."""
    host_runs, note = open_in_hosts(asked, sandbox)
    return msgspec.structs.replace(run, host_runs=host_runs, note=together(run.note, note))


def _is_empty(tree: Tree) -> bool:
    """Return whether a tree without a folder is the empty one, which can be made on the spot."""
    return tree.complete and not tree.names("/")


def _not_run(  # noqa: PLR0913 - one keyword a property of the reason
    request: ProveRequest,
    program: Program,
    platform: str,
    message: str,
    *,
    code: str = "exec-format",
    subject: str = "",
) -> Run:
    """Return the record of a file that cannot start for want of a CPU or a loader: nothing had to be run to know.

    The kernel looks at the executable bit before it looks into the file.
    """
    name = readable(program.path.name)
    reasons = [Reason(code=code, subject=readable(subject) or name, message=message)]
    if not program.shared_object and not program.path.stat().st_mode & 0o111:
        reasons.insert(0, Reason(code="not-executable", subject=name, message="the file has no executable bit"))
    run = _unknown(request, program, platform, "not run")
    return msgspec.structs.replace(run, verdict="fails", reasons=tuple(reasons))


def _unknown(request: ProveRequest, program: Program, platform: str, note: str) -> Run:
    return Run(
        path=readable(str(request.path)),
        sha256=program.sha256,
        image=request.image.name,
        platform=platform,
        verdict="unknown",
        note=note,
    )
