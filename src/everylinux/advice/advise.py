"""The advice about one crate, in words: what it lacks, and the change or the command that brings it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.advice.findings import uninstallable
from everylinux.advice.knowledge import known
from everylinux.evidence import Advice

if TYPE_CHECKING:
    from everylinux.advice.candidate import Candidate
    from everylinux.advice.findings import Finding
    from everylinux.advice.knowledge import Need
    from everylinux.advice.resolution import Project
    from everylinux.target import Target


def advise(
    finding: Finding,
    project: Project,
    candidates: tuple[Candidate, ...],
    consequences: tuple[Candidate, ...],
    target: Target,
) -> Advice:
    """Return the advice about one finding.

    ``candidates`` are what cures it, the first being the one to make; ``consequences`` are changes that it calls for.
    """
    best = candidates[0] if candidates else None
    host = finding.unit.host
    root = Path(project.metadata.workspace_root)
    return Advice(
        crate=finding.package.name,
        version=finding.package.version,
        needs=tuple(dict.fromkeys(_named(need, host=host) for need in finding.needs)),
        missing=tuple(dict.fromkeys(_named(need, host=host) for need in finding.missing)),
        path=tuple(project.packages[unit.id].name for unit in finding.path),
        dependency=best.dependency if best else "",
        feature=",".join(best.features) if best else "",
        without=best.without if best else (),
        manifest=os.path.relpath(best.manifest, root) if best else "",
        change=_change(finding, candidates, consequences, target, root),
    )


def _named(need: Need, *, host: bool) -> str:
    """Return a need as it is listed: what is for this machine says so, what may be done without says that."""
    name = f"{need.subject} of this machine" if host and need.what in {"c", "c++", "library"} else need.subject
    return name if need.certain else f"{name} (perhaps)"


def _change(
    finding: Finding,
    candidates: tuple[Candidate, ...],
    consequences: tuple[Candidate, ...],
    target: Target,
    root: Path,
) -> str:
    """Return what to do, as one sentence; nothing where nothing is missing."""
    if not finding.missing:
        return ""
    parts = [each.sentence(root) for each in (*candidates[:1], *consequences)]
    parts += _bringing([need for need in finding.missing if not (candidates and uninstallable(need))], finding, target)
    others = [each.sentence(root) for each in _others(candidates)]
    return "; ".join(parts) + "".join(f"; or {other}" for other in others)


def _others(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Return the one other change that is worth naming: another library before another way to build the same."""
    others = sorted(candidates[1:], key=lambda each: each.kind != "instead")
    return tuple(others[:1])


def _bringing(needs: list[Need], finding: Finding, target: Target) -> list[str]:
    """Return how each of some needs is met without a change of the project."""
    sentences = []
    for need in needs:
        if need.what == "library":
            sentences.append(_library(need, finding, target))
        elif need.what == "port":
            sentences.append(f"it needs {need.note}")
        else:
            sentences.append(f"install {need.subject}: {_command(need.what)}")
    return list(dict.fromkeys(sentences))


def _command(tool: str) -> str:
    from everylinux.toolchains.find import facts, install_command

    found = next((each for each in facts().tools if each.name == tool), None)
    return install_command(found) if found else "with this system's package manager"


def _library(need: Need, finding: Finding, target: Target) -> str:
    name = need.subject.removeprefix("library ")
    packages = ",".join(need.debian)
    if finding.unit.host:
        return f"install the headers of {name} on this machine" + (f" ({packages} on Debian)" if packages else "")
    if need.setting:
        return f"set {need.setting} in the environment: the build then makes {name} itself"
    crate = known(finding.package.name)
    inferred = "" if crate else " (as its manifest looks)"
    if target.libc == "musl":
        return (
            f"no feature does without {name}{inferred}: build for glibc with --sysroot, or give --sysroot a folder "
            f"with {name} built for musl"
        )
    spelling, note = _debian(target)
    where = f" {spelling}={packages}{note}" if packages and spelling else ""
    return f"no feature builds {name} from source{inferred}: give its headers and libraries with --sysroot{where}"


def _debian(target: Target) -> tuple[str, str]:
    """Return the newest Debian for a target whose libraries keep its floor, else the oldest and what it costs."""
    from everylinux.target import version_key
    from everylinux.toolchains.debian_sysroot import PREFIX, suites

    released = [each for each in suites() if each.version and target.debian in each.architectures]
    floor = version_key(target.floor or "")
    keeping = [each for each in released if version_key(each.glibc) <= floor]
    if keeping:
        return f"{PREFIX}{keeping[-1].version}", ""
    if not released:
        return "", ""
    oldest = released[0]
    return f"{PREFIX}{oldest.version}", f", whose libraries need the floor {target.triple}.{oldest.glibc}"
