"""What a Cargo project will need to build for a target, who asks for it, and which change brings what is missing.

Nothing is built: cargo is asked for the project's packages and features (`toolchains.cargo_metadata`), and what their
builds want is known (`data/crates`) or read from their manifests.

1. `resolution`: which packages are really compiled, for which machine, with which features.
2. `findings`: what their builds want (`needs`, `knowledge`, `inferred`) and what of it is there (`surroundings`).
3. `remedies`: which features of which direct dependencies cure what is missing, tried on that graph.
4. `search`: cargo's own answer for the changed manifests (`verify`); `change`: the edit, its diff, and its undoing.
5. `advise`: the advice in words.
6. `shown`: what only a build that failed has told.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.advice.advise import Adviser
from everylinux.advice.cargo_settings import script_settings, searched_folders
from everylinux.advice.findings import Examination
from everylinux.advice.resolution import Project
from everylinux.advice.search import Asked, Search
from everylinux.advice.shown import Lack, with_features
from everylinux.advice.surroundings import Surroundings
from everylinux.change import Change, undo
from everylinux.toolchains.rust.cargo_metadata import read_platform
from everylinux.toolchains.rust.settings import project_flags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from everylinux.evidence import Advice
    from everylinux.target import Target
    from everylinux.toolchains.rust.cargo_metadata import Metadata, Package, Selection
    from everylinux.toolchains.sysroot.folder import Sysroot

__all__ = ["Change", "Lack", "Outlook", "look_ahead", "undo", "verified"]


@dataclass(frozen=True)
class Outlook:
    """What a build will meet: one advice for each crate that wants more than Rust.

    ``change`` does away with everything in it that a change can do away with, ``None`` when there is no such thing.
    ``compiled`` are the packages that are compiled, each once, the project's own first.
    """

    advice: tuple[Advice, ...]
    change: Change | None
    compiled: tuple[Package, ...] = ()

    @property
    def missing(self) -> tuple[Advice, ...]:
        """The crates whose build will certainly fail."""
        return tuple(each for each in self.advice if each.missing)


def look_ahead(  # noqa: PLR0913 - a project, a target, and what there is to build with
    metadata: Metadata,
    target: Target,
    *,
    folder: Path,
    cargo: Path,
    rustc: Path,
    selection: Selection,
    sysroot: Sysroot | None,
    environment: Mapping[str, str],
    offline: bool = False,
    shown: tuple[Lack, ...] = (),
) -> Outlook:
    """Return what a build of the project in ``folder`` will want on a target, and what cures what it will lack.

    ``metadata`` is cargo's answer for the target, ``environment`` what the build will run with, ``shown`` what
    an earlier build of the same project turned out to lack. Raises `UsageError` for a selection that names no package,
    and what `read_platform` raises.
    """
    platform = read_platform(folder, target.rust, rustc=rustc, environment=environment)
    host = read_platform(folder, None, rustc=rustc, environment=environment)
    project = Project(metadata, platform, host, selection)
    settings = script_settings(folder, target.rust, environment)
    graph = project.graph()
    lacks = with_features(shown, project, graph)
    flags = project_flags(folder, target.rust, lambda: platform, environment)
    searched = searched_folders(flags, Path(metadata.workspace_root))
    surroundings = Surroundings(target, sysroot, settings.environment, settings.replaced, lacks, searched)
    findings = Examination(project, surroundings).findings(graph)
    search = Search(project, surroundings, Asked(folder.resolve(), cargo, environment, offline))
    for finding in findings:
        if finding.lacks_library and finding.unit not in search.chosen:
            search.cure(finding, findings)
    lacking = tuple(
        finding
        for finding in findings
        if not finding.unit.host and not any(each.applied for each in search.chosen.get(finding.unit, ()))
    )
    adviser = Adviser(project, target, lacking)
    advice = [
        adviser.advise(finding, search.chosen.get(finding.unit, ()), search.consequences.get(finding.unit, ()))
        for finding in findings
    ]
    compiled = dict.fromkeys(unit.id for unit in (*graph.roots, *sorted(graph.features)))
    return Outlook(tuple(advice), search.change(), tuple(project.packages[each] for each in compiled))


def verified(advice: tuple[Advice, ...]) -> tuple[Advice, ...]:
    """Return the advice with the mark that a build passed with its changes."""
    return tuple(msgspec.structs.replace(each, verified=True) if each.feature else each for each in advice)
