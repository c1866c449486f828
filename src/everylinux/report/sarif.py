"""SARIF 2.1.0: a result for each finding of a file, whatever the number of images it holds on.

Rule ids are the codes of reasons and risks. What is written is what code scanning services read of it; the whole is
valid by the standard's schema (OASIS, SARIF 2.1.0 errata 01).
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import tempfile
import urllib.parse
import weakref
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from everylinux import __version__
from everylinux.evidence import Reason, named
from everylinux.report.groups import asked, askers_of, places_of
from everylinux.report.judged import FindingsReporter
from everylinux.report.places import Place, name_places
from everylinux.report.rules import rules
from everylinux.report.text import encodable, one_line, with_lines

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from everylinux.evidence import CheckedFile, Package, Risk, Skipped
    from everylinux.report.interface import Reporter
    from everylinux.report.rules import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "%SRCROOT%"
IN_MEMORY = 1 << 16
UNKNOWN = Reason(code="unknown", subject="", message="it could not be told whether the file starts")
Json = dict[str, Any]
_WORD = re.compile("[A-Za-z0-9]+")


@dataclass
class _Finding:
    """One reason or risk of a file, with where it holds: by verdict, or under ``risk``.

    ``number`` tells apart what is allowed on some images from the same on others.
    """

    about: Reason | Risk
    number: int = 0
    places: dict[str, list[Place]] = field(default_factory=dict)

    @property
    def level(self) -> str:
        return next((level for word, level in _LEVELS.items() if word in self.places), "note")


_LEVELS = {"fails": "error", "unknown": "warning"}


class _SarifSink:
    """Writes results as files come; what has to follow them waits in a file of its own when it grows."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._folder = os.fsencode(Path.cwd())
        self._artifacts = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, mode="w+", encoding="utf-8")  # noqa: SIM115
        weakref.finalize(self, self._artifacts.close)  # a run may end before the document does
        self._count = 0
        self._archives: dict[str, int] = {}
        self._separator = "\n"
        self._rules = {code: number for number, code in enumerate(rules())}
        driver = {"name": "everylinux", "version": __version__, "rules": [_rule(rule) for rule in rules().values()]}
        bases = {BASE: {"description": {"text": "The folder in which the command was started."}}}
        stream.write(f'{{"$schema":"{SCHEMA}",\n"version":"2.1.0",\n"runs":[{{\n"tool":{_json({"driver": driver})},\n')
        stream.write(f'"columnKind":"utf16CodeUnits",\n"originalUriBaseIds":{_json(bases)},\n"results":[')

    def add(self, file: CheckedFile) -> None:
        """Write a result for each finding of the file."""
        location = self._location(file.path, file.member, file.sha256 or "")
        name = one_line(file.member or posixpath.basename(file.path))
        safe = with_lines(file)
        judged, others = places_of(safe.verdicts), askers_of(safe)
        for finding in _findings(safe):
            self._write(finding, name, location, _sentence(finding, name, judged, others))

    def end(self, packages: Sequence[Package], skipped: Sequence[Skipped]) -> None:
        """Write the packages' findings, the files that were judged, and what was passed over."""
        for package in packages:
            location = self._location(package.path, package.member, "")
            safe = with_lines(package)
            for reason in safe.reasons:
                name = one_line(package.member or posixpath.basename(package.path))
                finding = _Finding(reason, places={"fails": []})
                self._write(finding, name, location, _sentence(finding, name, [], ()))
        self._artifacts.seek(0)
        self._stream.write('\n],\n"artifacts":[')
        for line in self._artifacts:
            self._stream.write(line)
        self._artifacts.close()
        notifications = [self._notification(one) for one in skipped]
        whole = not any(one.incomplete for one in skipped)
        invocation = {"executionSuccessful": whole, "toolExecutionNotifications": notifications}
        self._stream.write(f'\n],\n"invocations":[{_json(invocation)}]\n}}]}}\n')

    def _write(self, finding: _Finding, name: str, location: Json, sentence: str) -> None:
        about = finding.about
        result: Json = {"ruleId": about.code}
        if about.code in self._rules:
            result["ruleIndex"] = self._rules[about.code]
        fingerprint = _fingerprint(name, about.code, about.subject, finding.number)
        result |= {
            "level": finding.level,
            "message": {"text": _message(sentence)},
            "locations": [location],
            "partialFingerprints": {
                "everylinuxFinding/v1": fingerprint,
                "primaryLocationLineHash": f"{fingerprint[:16]}:1",
            },
            "properties": {
                "subject": about.subject,
                "images": {
                    word: [f"{one.image} {one.platform}" for one in where] for word, where in finding.places.items()
                },
            },
        }
        if about.allowed:
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": about.allowed}]
        self._stream.write(self._separator + _json(result))
        self._separator = ",\n"

    def _location(self, path: str, member: str, sha256: str) -> Json:
        """Return where a result is, and list the file: what lies in an archive as a part of that."""
        if member:
            if path not in self._archives:
                self._archives[path] = self._list({"location": self._uri(path)})
            index = self._archives[path]
            self._list({"location": {"uri": _quoted(_bytes(member))}, "parentIndex": index, **_hashes(sha256)})
        else:
            index = self._archives.get(path, -1)
            if index < 0:
                index = self._list({"location": self._uri(path), **_hashes(sha256)})
        artifact = {**self._uri(path), "index": index}
        # A line is asked for by services that show results beside sources; a program has but one.
        location: Json = {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": 1}}}
        if member:
            whole = one_line(named(path, member))
            name = one_line(posixpath.basename(member))
            location["logicalLocations"] = [{"name": name, "fullyQualifiedName": whole, "kind": "resource"}]
        return location

    def _list(self, artifact: Json) -> int:
        # The number makes each one of its kind, as the schema wants it: a file may be named twice.
        numbered = {**artifact, "properties": {"number": self._count}}
        self._artifacts.write((",\n" if self._count else "\n") + _json(numbered))
        self._count += 1
        return self._count - 1

    def _uri(self, path: str) -> Json:
        """Return a path below the current folder as relative to it, any other as absolute."""
        whole = os.path.normpath(os.path.join(self._folder, _bytes(path)))  # noqa: PTH118 - names that are no text
        top = self._folder.rstrip(b"/") + b"/"
        if whole.startswith(top):
            return {"uri": _quoted(whole[len(top) :]), "uriBaseId": BASE}
        return {"uri": f"file://{_quoted(whole)}"}

    def _notification(self, one: Skipped) -> Json:
        where = {"physicalLocation": {"artifactLocation": self._uri(one.path)}}
        member = f"{one.member}: " if one.member else ""
        count = f" ({one.count} files)" if one.count > 1 else ""
        text = _message(one_line(f"{member}not judged{count}: {one.why}"))
        level = "error" if one.incomplete else "note"
        return {"level": level, "message": {"text": text}, "locations": [where]}


def _findings(file: CheckedFile) -> Iterator[_Finding]:
    """Yield each finding once: what is allowed on some images only is two, the allowed one last."""
    found: dict[tuple[str, str, str], _Finding] = {}
    for verdict in file.verdicts:
        place = Place(verdict.image, verdict.platform)
        reasons = verdict.reasons or ((UNKNOWN,) if verdict.verdict == "unknown" else ())
        both: tuple[Reason | Risk, ...] = (*reasons, *verdict.risks)
        for about in both:
            word = verdict.verdict if isinstance(about, Reason) else "risk"
            finding = found.setdefault((about.code, about.subject, about.allowed), _Finding(about))
            finding.places.setdefault(word, []).append(place)
    counts: Counter[tuple[str, str]] = Counter()
    for (code, subject, _), finding in sorted(found.items(), key=lambda item: bool(item[0][2])):
        finding.number = counts[code, subject]
        counts[code, subject] += 1
        yield finding


def _fingerprint(name: str, code: str, subject: str, number: int) -> str:
    """Return what stays the same from run to run, wherever the file lies and on whatever images it is judged."""
    parts = [name, code, subject, *([str(number)] if number else [])]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _sentence(finding: _Finding, name: str, judged: Sequence[Place], others: Container[str]) -> str:
    about = finding.about
    parts = [f"{name}: {about.message or about.subject}"]
    if isinstance(about, Reason):
        parts[0] += asked(about, others, known=about.message)
    for word, where in finding.places.items():
        label = {"risk": "A risk on"}.get(word, f"{word.capitalize()} on")
        if where:
            parts.append(f"{label} {name_places(where, judged, joined=False)}")
    if about.hint:
        parts.append(f"Hint: {about.hint}")
    return ". ".join(part.rstrip(".") for part in parts) + "."


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in _WORD.findall(rule.name)),
        "shortDescription": {"text": f"{rule.name}."},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.help},
        "helpUri": rule.link,
        "properties": {"tags": ["portability"]},
    }


def _hashes(sha256: str) -> Json:
    return {"hashes": {"sha-256": sha256}, "roles": ["analysisTarget"]} if sha256 else {}


def _bytes(path: str) -> bytes:
    """Return a path as the system has it; one that was read elsewhere may have what is no character."""
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:
        return encodable(path).encode()


def _quoted(path: bytes) -> str:
    return urllib.parse.quote_from_bytes(path)


def _message(text: str) -> str:
    """Return a text in which nothing is a placeholder or a link (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    plain = text.replace("{", "{{").replace("}", "}}")
    return plain.replace("[", "\\[").replace("]", "\\]") if "](" in plain else plain


def _json(value: Json) -> str:
    return msgspec.json.encode(value).decode()


REPORTER: Reporter = FindingsReporter(_SarifSink)
