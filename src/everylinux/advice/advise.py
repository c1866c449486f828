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


class Adviser:
    """Puts what was found about a project into words; ``together`` are the packages for a sysroot with all it lacks."""

    def __init__(self, project: Project, target: Target, together: tuple[str, ...] = ()) -> None:
        self._project = project
        self._target = target
        self._together = together
        self._root = Path(project.metadata.workspace_root)

    def advise(
        self, finding: Finding, candidates: tuple[Candidate, ...] = (), consequences: tuple[Candidate, ...] = ()
    ) -> Advice:
        """Return the advice about one finding.

        ``candidates`` are what cures it, the first being the one to make; ``consequences`` what that one calls for.
        """
        best = candidates[0] if candidates else None
        host = finding.unit.host
        return Advice(
            crate=finding.package.name,
            version=finding.package.version,
            needs=tuple(dict.fromkeys(_named(need, host=host) for need in finding.needs)),
            missing=tuple(dict.fromkeys(_named(need, host=host) for need in finding.missing)),
            path=tuple(self._project.packages[unit.id].name for unit in finding.path),
            dependency=best.dependency if best else "",
            feature=",".join(best.features) if best else "",
            without=best.without if best else (),
            manifest=os.path.relpath(best.manifest, self._root) if best else "",
            change=self._change(finding, candidates, consequences),
        )

    def _change(self, finding: Finding, candidates: tuple[Candidate, ...], consequences: tuple[Candidate, ...]) -> str:
        """Return what to do, as one sentence; nothing where nothing is missing."""
        made = [each for each in candidates[:1] if each.applied]
        parts = [each.sentence(self._root) for each in (*made, *consequences)]
        parts += self._bringing([need for need in finding.missing if not (made and uninstallable(need))], finding)
        others = [each.sentence(self._root) for each in (_others(candidates) if made else candidates[:1])]
        return "; ".join(parts) + "".join(f"; or {other}" for other in others)

    def _bringing(self, needs: list[Need], finding: Finding) -> list[str]:
        """Return how each of some needs is met without a change of the project."""
        libraries = [need for need in needs if need.what == "library"]
        sentences = [f"set {need.setting} in the environment" for need in libraries if need.setting]
        wanted = [need for need in libraries if not need.setting]
        sentences += [self._libraries(wanted, finding)] if wanted else []
        sentences += [f"it needs {need.note}" for need in needs if need.what == "port"]
        tools = dict.fromkeys(need.what for need in needs if need.what not in {"library", "port"})
        return [*sentences, *(f"install {tool}: {_command(tool)}" for tool in tools)]

    def _libraries(self, needs: list[Need], finding: Finding) -> str:
        """Return where libraries that no change brings come from."""
        names = " and ".join(dict.fromkeys(need.subject.removeprefix("library ") for need in needs))
        packages = sorted({package for need in needs for package in need.packages})
        if finding.unit.host:
            brought = f" ({', '.join(packages)} on Debian)" if packages else ""
            return f"install the headers of {names} on this machine{brought}"
        inferred = "" if known(finding.package.name) else " (as its manifest looks)"
        from everylinux.toolchains.sysroot.debian import for_glibc, release_for

        brought = ",".join(self._together or packages) if packages else ""
        if self._target.libc == "musl":
            where = (for_glibc(self._target, brought) if brought else "") or "--sysroot"
            static = " as static libraries" if self._target.static else ""
            return (
                f"no feature does without {names}{inferred}: build for glibc with {where}, or give --sysroot a folder "
                f"with {names} built for musl{static}"
            )
        spelling, note = release_for(self._target)
        where = f" {spelling}={brought}{note}" if brought and spelling else ""
        return f"no feature builds {names} from source{inferred}: give headers and libraries with --sysroot{where}"


def _named(need: Need, *, host: bool) -> str:
    """Return a need as it is listed: what is for this machine says so, what may be done without says that."""
    name = f"{need.subject} of this machine" if host and need.what in {"c", "c++", "library"} else need.subject
    return name if need.certain else f"{name} (perhaps)"


def _others(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Return the one other change that is worth naming: another library before another way to build the same."""
    others = sorted(candidates[1:], key=lambda each: each.kind != "instead")
    return tuple(others[:1])


def _command(tool: str) -> str:
    from everylinux.toolchains.find import facts, install_command

    found = next((each for each in facts().tools if each.name == tool), None)
    return install_command(found) if found else "with this system's package manager"
