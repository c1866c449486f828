"""What one kind of risk is given, and what it gives."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import msgspec

from everylinux.loader.risks.content import Content
from everylinux.loader.risks.facts import described

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import OpenedLater, Risk
    from everylinux.loader.risks.facts import Sort
    from everylinux.loader.risks.place import Place
    from everylinux.loader.subject import Subject


class Expectation(Protocol):
    """What one file expects of an image."""

    def risks_on(self, place: Place) -> Iterator[Risk]:
        """Yield a risk for each expectation that is known not to be met there."""


class RiskEvidence(msgspec.Struct, frozen=True):
    """What a file shows by itself: what it expects of images, and libraries that it may open later."""

    expectations: tuple[Expectation, ...] = ()
    opens: tuple[OpenedLater, ...] = ()


class Evidence:
    """One file while it is looked at: its sort, the functions of C libraries that it calls, its content."""

    def __init__(self, subject: Subject, elf: ElfFile) -> None:
        self.elf = elf
        self.content = Content(subject.layout)

    @property
    def static(self) -> bool:
        """Whether it is a program that no loader loads."""
        return self.elf.kind in {"static", "static-pie"}

    @cached_property
    def sorts(self) -> frozenset[Sort]:
        """What it is to the rules. Only glibc puts its ABI note into a static program (csu/abi-note.c)."""
        sorts: set[Sort] = {"go"} if self.elf.notes.go else set()
        if not self.static:
            sorts.add("dynamic")
        elif self.elf.notes.kernel is not None and self.elf.notes.system == 0:
            sorts |= {"static", "glibc-static"}
        elif not self.elf.notes.go:
            sorts |= {"static", "other-static"}
        return frozenset(sorts)

    @cached_property
    def calls(self) -> frozenset[str]:
        """The functions it calls: strong undefined symbols, or in a static program what is linked into it."""
        if self.static:
            return self.content.functions
        return self.elf.tables.strong_names()


def risk_of(code: str, subject: str, message: str, hint: str = "") -> Risk:
    """Return a risk; its hint is what cures every risk of its code, where none is given."""
    from everylinux.evidence import Risk

    return Risk(code=code, subject=subject, message=message, hint=hint or described()[code].help)
