"""Counting what is passed over: one record for each reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.evidence import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everylinux.inputs.recognise import Kind

NOT_ELF = "not ELF: text files and data"
LINKS = "links: what they lead to is judged where it lies"
SPECIAL = "sockets, pipes and devices"
NAMED_TWICE = "named twice in the archive: the last one counts"
NO_ELF = "archives without any ELF file"
NO_ARCHIVE = "compressed, but no archive"
KINDS: dict[Kind, str] = {
    "object": "object files: they are linked into programs, or loaded by the kernel",
    "core": "core dumps",
    "script": "scripts: they are judged when they are named",
    "foreign": "programs of other systems",
    "static-library": "static libraries: they are linked into programs",
    "other": NOT_ELF,
}


class Tally:
    """What was passed over in one folder or archive."""

    def __init__(self, path: str, member: str = "") -> None:
        self._path = path
        self._member = member
        self._counts: dict[str, tuple[int, str, str]] = {}
        self._incomplete: set[str] = set()

    def add(self, why: str, path: str = "", member: str = "", *, incomplete: bool = False) -> None:
        """Count one file; where it is the only one, the record names it.

        Without a ``path`` it is a member of the folder or archive itself.
        """
        if incomplete:
            self._incomplete.add(why)
        if why in self._counts:
            count, first_path, first_member = self._counts[why]
            self._counts[why] = (count + 1, first_path, first_member)
        elif path:
            self._counts[why] = (1, path, member)
        else:
            self._counts[why] = (1, self._path, "!/".join(part for part in (self._member, member) if part))

    @property
    def counted(self) -> bool:
        """Whether anything was."""
        return bool(self._counts)

    @property
    def incomplete(self) -> bool:
        """Whether something that might have had to be judged is among it."""
        return bool(self._incomplete)

    def join(self, records: Iterable[Skipped]) -> None:
        """Count what another one of the same folder or archive has counted."""
        for one in records:
            count, path, member = self._counts.get(one.why, (0, one.path, one.member))
            self._counts[one.why] = (count + one.count, path, member)
            if one.incomplete:
                self._incomplete.add(one.why)

    def clear(self) -> None:
        """Forget what was told already."""
        self._counts.clear()
        self._incomplete.clear()

    def records(self) -> list[Skipped]:
        """Return one record for each reason, in the order of the reasons."""
        return [
            Skipped(
                path=path if count == 1 else self._path,
                member=member if count == 1 else self._member,
                why=why,
                count=count,
                incomplete=why in self._incomplete,
            )
            for why, (count, path, member) in sorted(self._counts.items())
        ]


def reason_of(error: OSError) -> str:
    """Return why a file cannot be read, in the words of a record."""
    return f"unreadable: {(error.strerror or str(error)).lower()}"
