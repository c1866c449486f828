"""What a cause asks of the project's own files: a ``[[look]]`` of its TOML file, one shape a kind of file (``at``).

The texts have ``{capture}`` in them, from the log or from an earlier look; one that wants what was not captured is not
looked for. `diagnosis.project` looks.
"""

from __future__ import annotations

import re

import msgspec

from everylinux.diagnosis.conditions import Condition  # noqa: TC001 - msgspec reads the annotations
from everylinux.diagnosis.patterns import compiled
from everylinux.errors import UsageError

CAPTURE = re.compile(r"\{([a-z]\w*)\}")
# Fields that are expressions: a capture in them stands for itself.
EXPRESSIONS = frozenset({"find", "key", "value", "variable"})


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="at"):
    """What all looks have in common: what follows when the files hold what is asked for.

    ``near`` are other events of the log whose captures are wanted, where they are there; each is one of a tool's
    (``event``). ``when`` maps captures, those of the look included, to expressions that must match; otherwise the look
    tells nothing. ``because`` and ``culprit`` then take the place of the signal's, ``sure`` makes a likely cause a sure
    one, ``cause`` is the one that it is instead.
    """

    near: tuple[Condition, ...] = ()
    when: dict[str, str] = {}
    because: str = ""
    culprit: str = ""
    sure: bool = False
    cause: str = ""


class Lines(Look, frozen=True, kw_only=True, tag="lines"):
    """The first line of each of ``files`` in which ``find`` (RE2, ``^`` and ``$`` at lines) matches.

    ``files`` are patterns of names, or of paths where they have a slash; ``:make`` and the like are sets of
    ``data/logs/files.toml``. What its named groups capture is that of the first file.
    """

    files: tuple[str, ...]
    find: str


class Source(Look, frozen=True, kw_only=True, tag="source"):
    """The line ``line`` of ``file``, both as a message names them."""

    file: str
    line: str


class Binary(Look, frozen=True, kw_only=True, tag="binary"):
    """What ``file`` really holds: an object, a library, a program; of an archive the first object.

    Captures ``contents`` (docs/explain.md lists the words), ``described``, and of ELF ``cpu``, ``bits``, ``libc``,
    ``glibc`` (the newest version that it needs), ``loader``, ``stack``; of a script ``interpreter`` and ``line_ends``.
    """

    file: str


class Cargo(Look, frozen=True, kw_only=True, tag="cargo"):
    """Who pulls ``crate`` in: Cargo.lock and the manifests, and what cargo itself says where it can be asked.

    Captures ``version``, ``dependency`` (the direct one), ``path`` (from the project's package to the crate),
    ``manifest``, and, of a change that avoids or vendors what it wants on ``target``, ``feature`` and ``change``.
    """

    crate: str
    target: str = ""


class CargoSettings(Look, frozen=True, kw_only=True, tag="cargo-settings"):
    """A key of ``.cargo/config.toml`` (``target.aarch64-unknown-linux-gnu.linker``) that matches, with its ``value``.

    Captures ``key`` and ``value``.
    """

    key: str
    value: str = ""


class Go(Look, frozen=True, kw_only=True, tag="go"):
    """The requirement of go.mod that brings ``package`` (an import path or a module).

    Captures ``module``, ``version``, and ``indirect`` (``indirect`` where another module asks for it).
    """

    package: str


class CMakeCache(Look, frozen=True, kw_only=True, tag="cmake-cache"):
    """An entry of CMakeCache.txt whose name and value match the expressions; captures ``variable`` and ``value``."""

    variable: str = ""
    value: str = ""


class Checks(Look, frozen=True, kw_only=True, tag="checks"):
    """What a configuration hides from the console: config.log, CMake's logs of its checks, meson-log.txt.

    The part about the check that failed is read as a log of its own, and what it tells is the cause.
    """


class Requirement(Look, frozen=True, kw_only=True, tag="requirement"):
    """Where a Python project asks for ``package``: pyproject.toml, setup.cfg, setup.py, requirements files.

    Captures ``requirement``.
    """

    package: str


class Npm(Look, frozen=True, kw_only=True, tag="npm"):
    """Who asks for ``package``: package.json and package-lock.json; captures ``dependency``, ``path``, ``version``."""

    package: str


class Dockerfile(Look, frozen=True, kw_only=True, tag="dockerfile"):
    """The ``FROM`` of a stage: ``last``, the image that is made, or ``first``, where the build begins.

    Captures ``base``, ``base_platform`` (empty without ``--platform``) and ``stage``.
    """

    stage: str = "last"


AnyLook = Lines | Source | Binary | Cargo | CargoSettings | Go | CMakeCache | Checks | Requirement | Npm | Dockerfile


def check_look(look: Look) -> None:
    """Raise `UsageError` for a look with an expression that RE2 refuses, or one that wants what is no tool's event."""
    for expression in (*look.when.values(), *(getattr(look, name, "") for name in EXPRESSIONS)):
        compiled(CAPTURE.sub("x", expression))
    for condition in look.near:
        if not condition.event or condition.pattern:
            raise UsageError("what a look wants near it is an event of a tool, and no pattern of its own")
    if isinstance(look, Lines):
        import tomllib

        from everylinux import data

        known = tomllib.loads(data.read("logs/files.toml").decode())["sets"]
        for name in look.files:
            if name.startswith(":") and name[1:] not in known:
                raise UsageError(f"there is no set of files {name!r}", hint=f"there are {', '.join(known)}")
    if isinstance(look, Dockerfile) and look.stage not in {"first", "last"}:
        raise UsageError(f"a stage is first or last, not {look.stage!r}")
