"""What is known about logs: what tools report (``data/events``) and why builds and starts fail (``data/causes``).

Both are TOML, one file a tool and one file a cause (docs/explain.md says what stands in them). `tools/update_causes.py`
writes what a search needs of all of them into ``data/causes/index.json``, and what a diagnosis is made of into
``data/causes/shown.json``: both are read faster than two hundred files. The long texts stay in these.
"""

from __future__ import annotations

import functools
import re
from typing import Literal

import msgspec

from everylinux.decoding import decoded, read_facts
from everylinux.diagnosis.conditions import Condition  # noqa: TC001 - msgspec reads the annotations
from everylinux.diagnosis.looks import AnyLook  # noqa: TC001 - msgspec reads the annotations

# Who has to act: the project's source, the toolchain, this machine or its network, the image it runs in; or nobody.
Answer = Literal["source", "toolchain", "machine", "image", "nobody"]
# Where a capture stands in a text.
PLACE = re.compile(r"\{(\w+)\}")
# What a package brings: a library for development, or a program on PATH.
Packaged = Literal["library", "command"]
# What an event says about the build. `failure`: a step ended with an error. `error`: a tool says that something is
# wrong; that may still be tolerated. `complaint`: what is often tolerated without a word; it counts where a step
# failed, and at the end of a log. `success`: all that was asked for is done. `passed`: a part of it is, `retried`: it
# is tried again: errors before it may be forgotten. `tolerated`: what failed just before was allowed to. `cut`: the log
# is not whole.
Weight = Literal["failure", "error", "complaint", "warning", "note", "success", "passed", "retried", "cut", "tolerated"]


class Pattern(msgspec.Struct, frozen=True, omit_defaults=True):
    """One form of an event: an expression for one cleaned line, and texts of which each match contains one.

    Each match contains one of ``others``, too, where there are any.
    ``kind`` is what is said, in whosever words; ``tool`` who says it; ``named`` are captures that are the same in each
    match (``{"library": "c"}``). ``cause`` is set where only that cause looks for it.
    """

    kind: str
    pattern: str
    literals: tuple[str, ...]
    weight: Weight = "error"
    tool: str = ""
    named: dict[str, str] = {}
    cause: str = ""
    others: tuple[str, ...] = ()


class Signal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What shows a cause: an event whose captures match ``where`` and not ``unless``, and what stands near it or not.

    ``culprit`` and ``because`` are texts with ``{capture}`` in them. ``weight`` and ``literals`` are those of a pattern
    of its own.
    ``likely`` marks a signal that other causes share: it counts where no other signal does.
    """

    event: str = ""
    pattern: str = ""
    literals: tuple[str, ...] = ()
    weight: Weight = "error"
    where: dict[str, str] = {}
    unless: dict[str, str] = {}
    near: tuple[Condition, ...] = ()
    without: tuple[Condition, ...] = ()
    culprit: str = ""
    because: str = ""
    likely: bool = False


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    r"""A change of a file of the project: what ``find`` matches (RE2, ``^`` and ``$`` at lines) becomes ``replace``.

    ``file`` is a path in the project, or a pattern like ``**/CMakeLists.txt``; the first file with a match is changed.
    ``replace`` has ``\1`` for groups; ``append`` is added at the end instead, to a new file if need be. All have
    ``{capture}`` in them.
    """

    file: str
    find: str = ""
    replace: str = ""
    append: str = ""


class Rewrite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    r"""A change of the build's command: each match of ``find`` (RE2) becomes ``replace``, with ``\1`` for groups."""

    find: str
    replace: str = ""


class Fix(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One change that cures a cause.

    ``when`` maps captures to expressions that must match for it to apply; ``build`` among them is the build's command,
    and holds where that is not known. Named groups in these are captures, too; all texts have ``{capture}`` in them.
    ``unless`` are such that must not match.

    What changes is one or several of: ``edit``: files of the project. ``compile`` and ``link``: flags that the compiler
    needs when it compiles or links; ``drop``: those that it must not get; in whichever way the build takes flags.
    ``commands``: run in the project's folder before the build, in the shell that starts it, so that ``export CC=...``
    counts. ``build``: the build's command as it has to be, with ``{build}`` for what it was; ``rewrite``: changes of
    it. A name in capitals, ``{FOLDER}``, is for a person to fill in.

    ``package`` is what a package of Debian is to bring, by its kind: where one is known for that name, it is the
    capture ``debian_package``. Later fixes with the same title are then left out.

    ``machine``: the commands change the machine (a package is installed); ``told``: they are for another place, or only
    show what to decide by. Both are never run. ``network``: it needs the network.
    """

    title: str
    when: dict[str, str] = {}
    unless: dict[str, str] = {}
    edit: tuple[Edit, ...] = ()
    compile: str = ""
    link: str = ""
    drop: str = ""
    commands: tuple[str, ...] = ()
    build: str = ""
    rewrite: tuple[Rewrite, ...] = ()
    package: dict[Packaged, str] = {}
    machine: bool = False
    told: bool = False
    network: bool = False

    @property
    def is_advice(self) -> bool:
        """Whether it only says in words what to do."""
        return not (self.edit or self.compile or self.link or self.drop or self.commands or self.build or self.rewrite)


class RunReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A reason of a run that shows a cause: its ``code``, and captures that match ``where`` and not ``unless``.

    A run captures ``subject``, ``message``, ``note``, ``asked_by`` and ``symbol`` of the reason, ``program``, ``image``
    and ``platform`` of the run, and what `looks.Binary` tells of the file. ``found`` are captures in the names that the
    cause's texts have for them (``{ library = "{subject}" }``).
    """

    code: str
    where: dict[str, str] = {}
    unless: dict[str, str] = {}
    found: dict[str, str] = {}
    culprit: str = "{subject}"
    because: str = "{message}"


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A piece of a log; the line that tells begins with ``>>> ``. ``cause`` is another one for a confuser."""

    log: str
    cause: str = ""
    culprit: str = ""


class Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a search needs of one cause.

    ``leads_to`` are causes whose signs this one brings with it, ``rather_than`` those that it is mistaken for where
    both show in one line. ``harmless``: it never makes a build fail. ``contents`` are what a file holds where this is
    the cause, whatever a message says of the file (`looks.Binary`), ``reasons`` what of a run shows it.
    """

    id: str
    title: str
    answer: Answer
    signals: tuple[Signal, ...]
    leads_to: tuple[str, ...] = ()
    rather_than: tuple[str, ...] = ()
    harmless: bool = False
    contents: tuple[str, ...] = ()
    reasons: tuple[RunReason, ...] = ()


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One file of ``data/causes``."""

    id: str
    title: str
    answer: Answer
    explanation: str
    signal: tuple[Signal, ...]
    reason: tuple[RunReason, ...] = ()
    fix: tuple[Fix, ...] = ()
    example: tuple[Example, ...] = ()
    confuser: tuple[Example, ...] = ()
    leads_to: tuple[str, ...] = ()
    rather_than: tuple[str, ...] = ()
    harmless: bool = False
    contents: tuple[str, ...] = ()
    look: tuple[AnyLook, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def shown(self) -> Cause:
        """What a diagnosis needs of it."""
        return msgspec.structs.replace(self, explanation="", signal=(), example=(), confuser=(), references=())

    @property
    def known(self) -> Known:
        """What a search needs of it."""
        return Known(
            id=self.id,
            title=self.title,
            answer=self.answer,
            signals=self.signal,
            leads_to=self.leads_to,
            rather_than=self.rather_than,
            harmless=self.harmless,
            contents=self.contents,
            reasons=self.reason,
        )


class Index(msgspec.Struct, frozen=True):
    """All patterns, and all causes in the order of their ids."""

    patterns: tuple[Pattern, ...]
    causes: tuple[Known, ...]


@functools.cache
def index() -> Index:
    """Return what is shipped in the package."""
    return read_facts("causes/index.json", Index)


def shipped(name: str) -> Cause:
    """Return a cause of the package without its long texts, by its id."""
    return decoded(_shown()[name], Cause)


@functools.cache
def _shown() -> dict[str, msgspec.Raw]:
    return read_facts("causes/shown.json", dict[str, msgspec.Raw])
