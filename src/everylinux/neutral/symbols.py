"""What is known of each symbol that glibc and musl both have: whether it means the same in both, on a CPU.

Declarations were compared from the headers (``data/neutral/symbols.json``); what no header tells was judged by hand
(``data/neutral/known.toml``), and comes first.
"""

from __future__ import annotations

import functools

import msgspec

from everylinux.decoding import read_facts, read_table


class Known(msgspec.Struct, frozen=True):
    """Symbols that were judged by hand: on ``cpus`` (without any: on all), with the reason and where it is from.

    ``instead`` is a symbol that means the same in both and does the work.
    """

    symbols: str
    why: str
    source: str
    cpus: tuple[str, ...] = ()
    instead: str = ""

    @property
    def difference(self) -> str:
        """Why a symbol is refused, in words."""
        return self.why + (f"; {self.instead} means the same in both" if self.instead else "")

    def judged_on(self, cpu: str, difference: str) -> dict[str, str]:
        """Return the symbols with what was found, nothing on a CPU that they were not judged on."""
        return dict.fromkeys(self.symbols.split() if not self.cpus or cpu in self.cpus else (), difference)


class Corner(msgspec.Struct, frozen=True):
    """What a symbol does otherwise in one libc, where programs cannot count on it."""

    symbols: str
    what: str
    source: str


class _Judged(msgspec.Struct, frozen=True):
    same: tuple[Known, ...]
    differs: tuple[Known, ...]
    corner: tuple[Corner, ...]


class _Compared(msgspec.Struct, frozen=True):
    alike: tuple[tuple[tuple[str, ...], str], ...]
    unlike: tuple[tuple[tuple[str, ...], str, str], ...]


@functools.cache
def difference(cpu: str) -> dict[str, str]:
    """Return for each symbol of both libcs what differs on a CPU, an empty text where nothing does.

    A symbol that is not there is in one libc only, or nobody declares it.
    """
    compared = read_facts("neutral/symbols.json", _Compared)
    judged = _judged()
    found = {name: "" for cpus, names in compared.alike if cpu in cpus for name in names.split()}
    found |= {name: why for cpus, name, why in compared.unlike if cpu in cpus}
    for known in judged.same:
        found |= known.judged_on(cpu, "")
    for known in judged.differs:
        found |= known.judged_on(cpu, known.difference)
    return found


@functools.cache
def corners() -> tuple[Corner, ...]:
    """Return where symbols differ that mean the same otherwise."""
    return _judged().corner


@functools.cache
def _judged() -> _Judged:
    return read_table("neutral/known.toml", _Judged)
