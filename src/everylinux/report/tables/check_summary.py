"""What a table of `check` says of several files together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from everylinux.report.facts import counted
from everylinux.report.groups import is_allowed
from everylinux.report.places import Place, name_places, unbroken

if TYPE_CHECKING:
    from everylinux.evidence import CheckedFile
    from everylinux.report.lines import Lines

# What is counted of each image, the better first.
COUNTED = {"ok": "start", "allowed": "fail, as allowed,", "unknown": "unknown", "fails": "fail"}
RANKS = {word: rank for rank, word in enumerate(COUNTED)}


class Summary:
    """Counts what a run found; its size does not depend on the number of files."""

    def __init__(self) -> None:
        self.files = 0
        self._places: dict[Place, Counter[str]] = {}
        self._codes: Counter[str] = Counter()
        self._everywhere = 0

    def add(self, file: CheckedFile) -> None:
        """Count one file."""
        self.files += 1
        codes: set[str] = set()
        words: dict[Place, str] = {}
        for verdict in file.verdicts:
            word: str = "allowed" if verdict.verdict != "ok" and is_allowed(verdict) else verdict.verdict
            # Each file is judged on its own platform; on several of one image the worst counts.
            place = Place(verdict.image, "")
            words[place] = max(words.get(place, "ok"), word, key=RANKS.__getitem__)
            if word == "fails":
                codes.update(reason.code for reason in verdict.reasons if not reason.allowed)
        for place, word in words.items():
            self._places.setdefault(place, Counter())[word] += 1
        self._codes.update(codes)
        self._everywhere += bool(words) and set(words.values()) == {"ok"}

    def write(self, lines: Lines) -> None:
        """Write how many files start where, and how many have which finding."""
        lines.write()
        told = f": {self._everywhere} start on every image judged" if self._places else ""
        lines.write(f"{counted(self.files)}{told}", style="title")
        judged = list(self._places)
        groups: dict[tuple[tuple[str, int], ...], list[Place]] = {}
        for place, words in self._places.items():
            groups.setdefault(tuple((word, words[word]) for word in COUNTED if words[word]), []).append(place)
        for counts, places in sorted(groups.items(), key=lambda group: -dict(group[0]).get("ok", 0)):
            said = ", ".join(f"{count} {COUNTED[word]}" for word, count in counts)
            lines.write(unbroken(f"{said} on {name_places(places, judged)}"), indent=2)
        if self._codes:
            said = ", ".join(f"{code} in {count}" for code, count in sorted(self._codes.items(), key=_by_count))
            lines.write(f"findings: {said}", indent=2)


def _by_count(code: tuple[str, int]) -> tuple[int, str]:
    name, count = code
    return -count, name
