"""Risks: what lets a file start and may fail later, apart from verdicts (docs/risks.md).

A file is looked at once (`evidence_of`): its symbols, and where those make it worthwhile its strings. Most files
expect nothing, so that asking an image (`risks_on`) costs nothing. Where the evidence is weak there is no risk: a false
alarm is worse than silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.loader.risks import conversions, name_service, needs, opened, threads, times, two_libcs
from everylinux.loader.risks.interface import Evidence, RiskEvidence
from everylinux.loader.risks.opened import declared
from everylinux.loader.risks.place import Place

if TYPE_CHECKING:
    from everylinux.evidence import Risk
    from everylinux.loader.subject import Subject

NOTHING = RiskEvidence()
KINDS = (
    needs.expected,
    name_service.expected,
    conversions.expected,
    threads.expected,
    times.expected,
    two_libcs.expected,
)
JUDGED = frozenset({"executable", "shared-object", "static", "static-pie"})


def evidence_of(subject: Subject) -> RiskEvidence:
    """Return what a file expects of images, and which libraries it may open later."""
    elf = subject.elf
    if elf is None or elf.kind not in JUDGED or elf.truncated or elf.damage:
        return NOTHING
    evidence = Evidence(subject, elf)
    opens = opened.opened(evidence)
    expectations = [*opened.expected(evidence, opens), *(one for kind in KINDS for one in kind(evidence))]
    return RiskEvidence(tuple(expectations), opens) if expectations or opens else NOTHING


def risks_on(evidence: RiskEvidence, place: Place) -> tuple[Risk, ...]:
    """Return what is known to be missing in one image, sorted by code and subject."""
    found = {(risk.code, risk.subject): risk for one in evidence.expectations for risk in one.risks_on(place)}
    return tuple(found[key] for key in sorted(found))


__all__ = ["Place", "RiskEvidence", "declared", "evidence_of", "risks_on"]
