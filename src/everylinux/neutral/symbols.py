"""What is known of each symbol that glibc and musl both have: whether it means the same in both, on a CPU.

Declarations were compared from the headers (``data/neutral/symbols.json``); what no header tells was judged by hand
(``data/neutral/known.toml``), and comes first.
"""

from __future__ import annotations

import functools
import tomllib

import msgspec

from everylinux import data


class Known(msgspec.Struct, frozen=True):
    """Symbols that were judged by hand: on ``cpus`` (without any: on all), with the reason and where it is from.

    ``instead`` is a symbol that means the same in both and does the work.
    """

    symbols: str
    why: str
    source: str
    cpus: tuple[str, ...] = ()
    instead: str = ""


class _Judged(msgspec.Struct, frozen=True):
    same: tuple[Known, ...]
    differs: tuple[Known, ...]


class _Compared(msgspec.Struct, frozen=True):
    alike: tuple[tuple[tuple[str, ...], str], ...]
    unlike: tuple[tuple[tuple[str, ...], str, str], ...]


@functools.cache
def difference(cpu: str) -> dict[str, str]:
    """Return for each symbol of both libcs what differs on a CPU, an empty text where nothing does.

    A symbol that is not there is in one libc only, or nobody declares it.
    """
    compared = msgspec.json.decode(data.read("neutral/symbols.json"), type=_Compared)
    judged = msgspec.convert(tomllib.loads(data.read("neutral/known.toml").decode()), _Judged)
    found = {name: "" for cpus, names in compared.alike if cpu in cpus for name in names.split()}
    found |= {name: why for cpus, name, why in compared.unlike if cpu in cpus}
    for known in judged.same:
        found |= dict.fromkeys(known.symbols.split() if not known.cpus or cpu in known.cpus else (), "")
    for known in judged.differs:
        why = known.why + (f"; {known.instead} means the same in both" if known.instead else "")
        found |= dict.fromkeys(known.symbols.split(), why)
    return found
