"""Threads with the small stacks of musl: a function whose frame alone is larger than all of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.loader.platforms import libc_of
from everylinux.loader.risks.facts import CodePattern, threads
from everylinux.loader.risks.interface import risk_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import Risk
    from everylinux.loader.risks.interface import Evidence
    from everylinux.loader.risks.place import Place

PAGE = 4096


class LargeFrame(msgspec.Struct, frozen=True):
    """The largest frame of a file that starts threads with stacks of the default size; bytes."""

    size: int

    def risks_on(self, place: Place) -> Iterator[Risk]:
        """Yield the risk under musl: glibc gives each thread what ``ulimit -s`` says, 8 MiB."""
        if place.libc == "musl":
            stack = threads().default_stack
            message = f"a function takes {self.size // 1024} KiB of stack; musl gives a thread {stack // 1024} KiB"
            yield risk_of("thread-stack", f"{self.size // 1024} KiB", message)


def expected(evidence: Evidence) -> Iterator[LargeFrame]:
    """Yield the largest frame where it is too large for a thread of musl; Go looks after its stacks itself."""
    if "dynamic" not in evidence.sorts or "go" in evidence.sorts or _only_glibc(evidence.elf):
        return
    facts = threads()
    calls = evidence.calls
    starts = facts.starts & calls or any(name.startswith(facts.starts_by_prefix) for name in calls)
    if not starts or facts.sets_size & calls or evidence.content.stack_size > facts.default_stack:
        return
    architecture = evidence.elf.identity.machine, evidence.elf.identity.bits
    sizes = [
        size
        for pattern in facts.frames
        if (pattern.machine, pattern.bits) == architecture
        for size in _sizes(pattern, evidence)
        if facts.default_stack <= size <= facts.largest_frame
    ]
    if sizes:
        yield LargeFrame(max(sizes))


def _only_glibc(elf: ElfFile) -> bool:
    """Return whether musl never loads a file: its interpreter is glibc's."""
    return elf.interpreter is not None and libc_of(elf) == "gnu"


def _sizes(pattern: CodePattern, evidence: Evidence) -> Iterator[int]:
    compiled = re.compile(pattern.pattern.encode(), re.DOTALL)
    for offset, found in evidence.content.frames(compiled):
        if offset % pattern.alignment:
            continue
        if pattern.form == "pages":
            yield (int.from_bytes(found, "little") >> 10 & 0xFFF) * PAGE
        else:
            yield abs(int.from_bytes(found, "little", signed=True))
