"""The advice about one crate, in words: what it lacks, and the change or the command that brings it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.advice.findings import uninstallable
from everylinux.advice.knowledge import known
from everylinux.evidence import Advice
from everylinux.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everylinux.advice.candidate import Candidate
    from everylinux.advice.findings import Finding
    from everylinux.advice.knowledge import Need
    from everylinux.advice.resolution import Project
    from everylinux.target import Target

# Names of libraries in one sentence: all of them stand where it says what is missing.
MOST_NAMES = 3


class Adviser:
    """Puts what was found about a project into words.

    ``together`` is what no change of the project cures: one sysroot has to have the libraries for all of it.
    """

    def __init__(self, project: Project, target: Target, together: tuple[Finding, ...] = ()) -> None:
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
        sentences = [f"set {need.setting} in the environment" for need in needs if need.setting]
        wanted = _libraries_among(needs)
        sentences += [self._libraries(wanted, finding)] if wanted else []
        sentences += [f"it needs {need.note}" for need in needs if need.what == "port"]
        tools = dict.fromkeys(need.what for need in needs if need.what not in {"library", "port"})
        return [*sentences, *(f"install {tool}: {_command(tool)}" for tool in tools)]

    def _libraries(self, needs: list[Need], finding: Finding) -> str:
        """Return where libraries that no change brings come from."""
        from everylinux.debian_packages import without_brought
        from everylinux.toolchains.sysroot.debian import for_glibc, release_for

        together = [] if finding.unit.host else [each for each in self._together if _libraries_among(each.missing)]
        needs = [need for each in together for need in _libraries_among(each.missing)] or needs
        names = _joined(list(dict.fromkeys(need.subject.removeprefix("library ") for need in needs)))
        packages = without_brought({package for need in needs for package in need.packages})
        if finding.unit.host:
            brought = f" ({', '.join(packages)} on Debian)" if packages else ""
            return f"install the headers of {names} on this machine{brought}"
        inferred = "" if all(known(each.package.name) for each in together or [finding]) else " (as manifests look)"
        if self._target.libc == "musl":
            where = (for_glibc(self._target, packages) if packages else "") or "--sysroot"
            static = " as static libraries" if self._target.static else ""
            return (
                f"no feature does without {names}{inferred}: build for glibc with {where}, or give --sysroot a folder "
                f"with {names} built for musl{static}"
            )
        spelling, note = release_for(self._target, packages)
        where = f" {spelling}={','.join(packages)}{note}" if packages and spelling else ""
        return f"no feature builds {names} from source{inferred}: give headers and libraries with --sysroot{where}"


def _libraries_among(needs: Iterable[Need]) -> list[Need]:
    """Return the libraries that the system has to have; what a build makes itself only wants a setting."""
    return [need for need in needs if need.what == "library" and not need.setting]


def _joined(names: list[str]) -> str:
    return " and ".join(names) if len(names) <= MOST_NAMES else shortened(names, MOST_NAMES)


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
