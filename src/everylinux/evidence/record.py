"""What all records have in common, and why something failed: the parts that several verbs' records are made of."""

from __future__ import annotations

from typing import Literal

import msgspec

VerdictWord = Literal["ok", "fails", "unknown"]
# contract, section 6; the last three come from runs only.
ReasonCode = Literal[
    "exec-format",
    "no-interpreter",
    "missing-library",
    "symbol-version",
    "missing-symbol",
    "abi-mismatch",
    "cpu-isa-level",
    "kernel-too-old",
    "page-size",
    "relr-unsupported",
    "executable-stack",
    "static-tls",
    "not-executable",
    "missing-command",
    "corrupt-file",
    "wheel-tag",
    "crashed",
    "timed-out",
    "resource-limit",
    "smoke-failed",
]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all records: immutable, built with keywords, serialised by msgspec."""


class AskedBy(Record, frozen=True, kw_only=True):
    """Who asked for a reason's subject: a file, and the symbol in it that forces the need."""

    file: str
    symbol: str | None = None


class Reason(Record, frozen=True, kw_only=True):
    """Why a file does not start: a stable code (contract, section 6) and everything known about it.

    ``message`` is what the loader would say, ``note`` what we know beyond that (where was searched, since which
    release a symbol exists), ``hint`` what cures it, ``link`` a page about it. ``allowed`` is the written reason of the
    allow-list that accepts it, empty where none does.
    """

    code: str
    subject: str
    message: str
    asked_by: AskedBy | None = None
    note: str = ""
    hint: str = ""
    link: str = ""
    allowed: str = ""
