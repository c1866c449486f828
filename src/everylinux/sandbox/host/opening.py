"""Opening a shared object with the program it is made for, where the image has that program.

The test program of `tester` offers stubs; what Python or Node.js of the image really offers, and what the module's own
first lines then do, only they can tell. A small script (``host/``) has the host open the file as it always does, and
says what came of it. That something else is missing (``ModuleNotFoundError: numpy``) is not the loader's complaint.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from everylinux.evidence import HostRun, Reason
from everylinux.sandbox.host.module import imported_module
from everylinux.sandbox.host.program import CPYTHON, find_host_programs
from everylinux.sandbox.interface import Mount
from everylinux.sandbox.isolation.helper import signal_name
from everylinux.sandbox.messages import Speakers, read_loader_messages
from everylinux.sandbox.outcome import Outcome, Subject, readable
from everylinux.sandbox.surroundings import Placement, place
from everylinux.sandbox.verdict import run_and_classify
from everylinux.wording import together

if TYPE_CHECKING:
    from everylinux.elf import ElfFile
    from everylinux.images.interface import Tree
    from everylinux.sandbox.host.program import HostProgram
    from everylinux.sandbox.interface import Confinement, Observation, Sandbox

SCRIPT_IN_SANDBOX = "/everylinux-host-script"
# No module writes such a line by mistake.
MARK = "everylinux-host:"
# What the messages of dlopen are filed under: how a program ends that a loader did not take.
LOADER_EXIT = 127
ADDON_ENTRY = "napi_register_module_v1"
# NODE_MODULE_INITIALIZER in node.h: looked up under the host's own version only.
_OLD_ENTRY = re.compile(r"node_register_module_v(\d+)")
_LONGEST_TEXT = 4096


@dataclass(frozen=True, kw_only=True)
class HostRequest:
    """One shared object to be opened by its host.

    ``confinement`` is how it would be run itself: root, limits, timeout, emulator, further mounts. ``alone`` leaves at
    home what ``$ORIGIN`` reaches, and its package.
    """

    file: ElfFile
    path: Path
    tree: Tree
    confinement: Confinement
    mounts: tuple[Mount, ...] = ()
    alone: bool = False


def open_in_hosts(request: HostRequest, sandbox: Sandbox) -> tuple[tuple[HostRun, ...], str]:
    """Return what each of the image's programs said that take this file, and a note where there are only others.

    Raises what `Sandbox.run` does.
    """
    programs, note = find_host_programs(request.file, request.path.name, request.tree)
    return tuple(_open(request, program, sandbox) for program in programs), note


def _open(request: HostRequest, program: HostProgram, sandbox: Sandbox) -> HostRun:
    placement, module, folder = _placed(request, program)
    script = Mount(program.kind.script_path, SCRIPT_IN_SANDBOX)
    arguments = (*program.kind.options, SCRIPT_IN_SANDBOX, MARK, placement.program, *module, *folder)
    confinement = replace(
        request.confinement,
        program=program.path,
        arguments=arguments,
        mounts=(*placement.mounts, *request.mounts, script),
    )
    subject = Subject(program=program.path, emulator=confinement.emulator, timeout=confinement.timeout)
    seen, ended = run_and_classify(confinement, subject, sandbox)
    stdout, told = _told(seen.stdout.decode(errors="replace"))
    result = told[-1] if _ended_by_script(seen, told) else {}
    outcome = _outcome(request, ended, result=result, file=placement.program, host=program.path, started=bool(told))
    return HostRun(
        host=program.kind.host,
        version=_text(told[0].get("version")) if told else program.release,
        module=readable(module[0] if module else placement.program),
        verdict=outcome.verdict,
        imported=result.get("stage") == "imported" if told and outcome.verdict != "unknown" else None,
        error=_error(result),
        exit=seen.exit,
        signal=signal_name(seen.signal) if seen.signal else None,
        reasons=outcome.reasons,
        stdout=stdout,
        stderr=seen.stderr.decode(errors="replace"),
        truncated=seen.truncated,
        seconds=round(seen.seconds, 4),
        command=tuple(map(readable, (program.path, *arguments))),
        note=together(outcome.note, _way(result)),
    )


def _placed(request: HostRequest, program: HostProgram) -> tuple[Placement, tuple[str, ...], tuple[str, ...]]:
    """Return where the file is put, the name that it is imported by, and the folder that the import starts from.

    Node.js opens files by their paths, and takes neither of the two.
    """
    root = request.confinement.root
    if program.kind.host != CPYTHON:
        return place(request.path, root, alone=request.alone), (), ()
    top = root.resolve() if root is not None else None
    inside = top is not None and request.path.is_relative_to(top)
    module = imported_module(request.file, request.path, top if top is not None and inside else Path("/"))
    package = None if request.alone else module.package
    placement = place(request.path, root, alone=request.alone, package=package)
    if not module.found_by_name or package != module.package:
        return placement, (module.name,), ()
    depth = module.name.count(".") + 1
    return placement, (module.name,), (placement.program.rsplit("/", depth)[0] or "/",)


def _told(stdout: str) -> tuple[str, list[dict[str, Any]]]:
    """Return what the module itself wrote, and what the script said: the host, and the result where it came to that."""
    own, told = [], []
    lines = stdout.split("\n")
    for line in lines:
        facts = _facts(line) if line.startswith(MARK) else None
        if facts is None:
            own.append(line)
        else:
            told.append(facts)
            if own and not own[-1]:
                own.pop()  # the script begins its lines anew
    return "\n".join(own).removeprefix("\n"), told


def _facts(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line.removeprefix(MARK))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _ended_by_script(seen: Observation, told: list[dict[str, Any]]) -> bool:
    """Return whether a result was told and the run ended as the script ends: a module may write what it likes."""
    return len(told) > 1 and seen.exit == (0 if told[-1].get("stage") == "imported" else 1)


def _outcome(  # noqa: PLR0913 - one parameter a fact
    request: HostRequest, ended: Outcome, *, result: dict[str, Any], file: str, host: str, started: bool
) -> Outcome:
    """Return what a run of the host means for the file; ``ended`` is what it means for the host."""
    if result.get("stage") == "refused":
        return Outcome(verdict="fails", reasons=_refusal(request, result, file))
    if result:
        return Outcome(verdict="ok")
    if not started:
        why = ended.note or "; ".join(reason.message for reason in ended.reasons) or "it said nothing"
        return Outcome(verdict="unknown", note=f"{host} itself did not start: {why}")
    if ended.verdict == "ok":
        return Outcome(verdict="ok", note=f"while it was opened, {host} ended: {ended.note or 'exit code 0'}")
    return ended


def _refusal(request: HostRequest, result: dict[str, Any], file: str) -> tuple[Reason, ...]:
    """Return why a host did not take a file, from the loader's words that it handed on, or from its own."""
    text = _text(result.get("text"))
    if result.get("abi"):
        subject = f"NODE_MODULE_VERSION {_text(result['abi'])}"
        return (Reason(code="abi-mismatch", subject=subject, message=" ".join(text.split())),)
    if result.get("entry"):
        version = next(filter(None, map(_OLD_ENTRY.fullmatch, request.file.exports)), None)
        if version is not None:
            return (Reason(code="abi-mismatch", subject=f"NODE_MODULE_VERSION {version[1]}", message=text),)
        entry = text.rpartition("(")[2].rstrip(")") if text.endswith(")") else ADDON_ENTRY
        return (Reason(code="missing-symbol", subject=readable(entry), message=text),)
    speakers = Speakers(names=(file,), opened=True)
    found = read_loader_messages(text, exit_status=LOADER_EXIT, speakers=speakers)
    return tuple(found) or (Reason(code="abi-mismatch", subject=readable(file), message=text),)


def _error(result: dict[str, Any]) -> str:
    """Return the host's own word about what went wrong, verbatim."""
    if result.get("stage") == "refused":
        return _text(result.get("text"))
    return _exception(result.get("error"))


def _exception(error: object) -> str:
    """Return an exception as its type and text."""
    if not isinstance(error, dict):
        return ""
    kind, text = _text(error.get("type")), _text(error.get("text"))
    return f"{kind}: {text}" if text else kind


def _way(result: dict[str, Any]) -> str:
    """Say where a file was not opened as usual."""
    if result.get("lazily"):
        return f"only because this host binds lazily: {' '.join(_text(result['lazily']).split())}"
    before = " ".join(_exception(result.get("before")).split())
    return f"opened by its path: it cannot be imported by its name ({before})" if before else ""


def _text(value: object) -> str:
    return readable(str(value or ""))[:_LONGEST_TEXT]
