"""Looking for the changes that cure a project, one on top of the other, each confirmed by cargo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.advice.candidate import ArgumentEdit
from everylinux.advice.findings import Examination
from everylinux.advice.manifest import edited
from everylinux.advice.remedies import Remedies
from everylinux.advice.resolution import Amendment, Project
from everylinux.advice.verify import metadata_with
from everylinux.change import Change
from everylinux.errors import BuildFailedError, InputOutputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from everylinux.advice.candidate import Candidate, Edit
    from everylinux.advice.findings import Finding, Problem
    from everylinux.advice.graph import Unit
    from everylinux.advice.surroundings import Surroundings

# How many changes cargo is asked about for one crate, and for the whole project: each costs it a second or so.
MAXIMUM_TRIES = 4
MAXIMUM_QUESTIONS = 24
# A change may bring a crate that lacks something itself; what cures that one must not do so again.
DEEPEST = 1


@dataclass(frozen=True)
class Asked:
    """How cargo is asked: from which folder, which cargo, in which environment."""

    folder: Path
    cargo: Path
    environment: Mapping[str, str]
    offline: bool


@dataclass(frozen=True)
class _State:
    """A project with the edits so far: cargo's answer for it, the files that make it, and what it still lacks."""

    project: Project
    edits: tuple[Edit, ...]
    files: Mapping[Path, bytes]
    problems: frozenset[Problem]


class Search:
    """The changes that were found so far.

    ``chosen`` has for each unit that lacked something the change that cures it and others that would;
    ``consequences`` the further changes that this one calls for.
    """

    def __init__(self, project: Project, surroundings: Surroundings, asked: Asked) -> None:
        self.chosen: dict[Unit, tuple[Candidate, ...]] = {}
        self.consequences: dict[Unit, tuple[Candidate, ...]] = {}
        self._root = Path(project.metadata.workspace_root)
        self._surroundings = surroundings
        self._asked = asked
        self._questions = 0
        problems = Examination(project, surroundings).problems(project.graph())
        self._state = _State(project, (), {}, problems)

    def change(self) -> Change | None:
        """Return all changes together, or ``None`` when none was found."""
        if not self._state.edits:
            return None
        edits = self._state.edits
        arguments = tuple(each for edit in edits if isinstance(edit, ArgumentEdit) for each in edit.arguments)
        return Change(self._root, dict(self._state.files), arguments)

    def cure(self, finding: Finding, findings: tuple[Finding, ...], depth: int = 0) -> tuple[Candidate, ...]:
        """Make the best change that cures one finding, with those that it calls for; return them, or nothing."""
        examination = Examination(self._state.project, self._surroundings)
        remedies = Remedies(examination, Amendment(), finding)
        candidates = remedies.candidates()
        saved = self._state
        for candidate in [each for each in candidates if self._makes(each)][:MAXIMUM_TRIES]:
            try:
                state = self._tried(candidate)
            except InputOutputError:
                # What it would build is not here, and cannot be fetched now: it is said, but not made.
                self.chosen[finding.unit] = (replace(candidate, unfetched=True),)
                return ()
            if state is None or finding.among(state.problems):
                continue
            self._state = state
            further = self._cure_new(state.problems - saved.problems, depth)
            if further is None:
                self._state = saved
                continue
            others = tuple(each for each in candidates if self._makes(each) and each.kind != candidate.kind)
            for each in findings:
                if each.lacks_library and each.unit not in self.chosen and not each.among(self._state.problems):
                    self.chosen[each.unit] = (candidate, *(others if each == finding else ()))
                    self.consequences[each.unit] = further
            return (candidate, *further)
        left_out = tuple(each for each in candidates if not each.applied) or remedies.leaving_out()
        self.chosen[finding.unit] = left_out[:1]
        return ()

    def _makes(self, candidate: Candidate) -> bool:
        """Return whether a change is made unasked: settings are read only from the manifest in the project's folder."""
        return candidate.applied and (not candidate.arguments or self._root == self._asked.folder)

    def _cure_new(self, problems: frozenset[Problem], depth: int) -> tuple[Candidate, ...] | None:
        """Return the changes that cure what a change has brought; ``None`` when something stays missing."""
        if not problems:
            return ()
        if depth >= DEEPEST:
            return None
        made: list[Candidate] = []
        project = self._state.project
        for finding in Examination(project, self._surroundings).findings(project.graph()):
            if finding.lacks_library and finding.among(problems) and finding.among(self._state.problems):
                found = self.cure(finding, (), depth + 1)
                if not found:
                    return None
                made += found
        return tuple(made)

    def _tried(self, candidate: Candidate) -> _State | None:
        """Return the project with a candidate's edits as cargo sees it, or ``None`` when it refuses them."""
        self._questions += 1
        project = self._state.project
        edits = (*self._state.edits, *candidate.edits)
        selection = candidate.amendment.selection or project.selection
        try:
            manifests = edited(edits, self._root / "Cargo.toml")
        except BuildFailedError:
            return None
        answer = self._questions <= MAXIMUM_QUESTIONS and metadata_with(
            project.metadata,
            manifests,
            (project.target.triple, project.host.triple),
            folder=self._asked.folder,
            cargo=self._asked.cargo,
            selection=selection,
            offline=self._asked.offline,
            environment=self._asked.environment,
        )
        if not answer:
            return None
        metadata, lock = answer
        changed = Project(metadata, project.target, project.host, selection, resolver=project.resolver)
        files = {path: text.encode() for path, text in manifests.items()}
        if lock is not None and _differs(self._root / "Cargo.lock", lock):
            files[self._root / "Cargo.lock"] = lock
        problems = Examination(changed, self._surroundings).problems(changed.graph())
        return _State(changed, edits, files, problems)


def _differs(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() != content
    except FileNotFoundError:
        return True
