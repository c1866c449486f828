"""JUnit XML as Jenkins, GitLab and GitHub's readers of it understand: a suite a file, a case an image.

It is valid by the schema of Jenkins' xUnit plugin (junit-10.xsd). A failure is a file that does not start, an error
what could not be told, skipped what the allow-list accepts.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, TextIO
from xml.etree import ElementTree as ET

from everylinux.evidence import named
from everylinux.report.facts import MOST_NEEDED
from everylinux.report.groups import is_allowed
from everylinux.report.judged import FindingsReporter
from everylinux.report.text import with_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import CheckedFile, Package, Reason, Skipped, Verdict
    from everylinux.report.interface import Reporter

ELEMENTS = {"fails": "failure", "unknown": "error"}
PACKAGES = "what packages say of themselves"
NOT_JUDGED = "not judged"
# Readers of test results keep every text in memory.
MOST_REASONS = 100


class _JunitSink:
    """Writes a suite a file; numbers of tests are told by each suite, as only the last file ends the run."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="everylinux">\n')

    def add(self, file: CheckedFile) -> None:
        """Write one file's suite."""
        file = with_lines(file)
        path = named(file.path, file.member)
        several = len({verdict.platform for verdict in file.verdicts}) > 1
        cases = [_case(path, verdict, several=several) for verdict in file.verdicts]
        self._write(path, cases, _properties(file), file=path)

    def end(self, packages: Sequence[Package], skipped: Sequence[Skipped]) -> None:
        """Write a suite of packages and one of what was passed over, and close the document."""
        judged = [with_lines(package) for package in packages if package.truth is not None]
        if judged:
            self._write(PACKAGES, [_package_case(package) for package in judged], {})
        if skipped:
            self._write(NOT_JUDGED, [_skipped_case(with_lines(one)) for one in skipped], {})
        self._stream.write("</testsuites>\n")

    def _write(self, name: str, cases: Sequence[ET.Element], properties: dict[str, str], file: str = "") -> None:
        counts = Counter(child.tag for case in cases for child in case)
        suite = ET.Element("testsuite", name=name, tests=str(len(cases)))
        for attribute, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(attribute, str(counts[element]))
        if file:
            suite.set("file", file)
        if properties:
            head = ET.SubElement(suite, "properties")
            for key, value in properties.items():
                ET.SubElement(head, "property", name=key, value=value)
        suite.extend(cases)
        ET.indent(suite)
        self._stream.write(ET.tostring(suite, encoding="unicode") + "\n")


def _case(path: str, verdict: Verdict, *, several: bool) -> ET.Element:
    name = f"{verdict.image} ({verdict.platform})" if several and verdict.platform else verdict.image
    case = ET.Element("testcase", name=name, classname=_class(path))
    if verdict.verdict != "ok":
        first = verdict.reasons[0] if verdict.reasons else None
        message = (first.message or first.subject) if first else "it could not be told whether the file starts"
        if is_allowed(verdict):
            written = "; ".join(dict.fromkeys(reason.allowed for reason in verdict.reasons))
            ET.SubElement(case, "skipped", message=f"allowed: {written} ({message})")
        else:
            kind = first.code if first else "unknown"
            element = ET.SubElement(case, ELEMENTS[verdict.verdict], type=kind, message=message)
            element.text = _reasons(verdict.reasons)
    if verdict.risks:
        risks = (f"risk {risk.code}: {risk.message}{_written(risk.allowed)}" for risk in verdict.risks)
        ET.SubElement(case, "system-out").text = "\n".join(risks)
    return case


def _package_case(package: Package) -> ET.Element:
    path = named(package.path, package.member)
    case = ET.Element("testcase", name=path, classname=_class(package.kind))
    if package.truth is False:
        message = package.reasons[0].message if package.reasons else "it says what is not true"
        if package.reasons and all(reason.allowed for reason in package.reasons):
            written = "; ".join(dict.fromkeys(reason.allowed for reason in package.reasons))
            ET.SubElement(case, "skipped", message=f"allowed: {written} ({message})")
        else:
            code = package.reasons[0].code if package.reasons else "wheel-tag"
            failure = ET.SubElement(case, "failure", type=code, message=message)
            failure.text = _reasons(package.reasons)
    if package.true_tags:
        ET.SubElement(case, "system-out").text = f"true tags: {', '.join(package.true_tags)}"
    return case


def _skipped_case(one: Skipped) -> ET.Element:
    path = named(one.path, one.member)
    case = ET.Element("testcase", name=f"{path}: {one.why}", classname=_class(NOT_JUDGED))
    ET.SubElement(case, "skipped", message=f"{one.count} files: {one.why}" if one.count > 1 else one.why)
    return case


def _reasons(reasons: Sequence[Reason]) -> str:
    lines = []
    for reason in reasons[:MOST_REASONS]:
        asker = reason.asked_by
        asked = f" (asked for by {asker.file}{f' for {asker.symbol}' if asker.symbol else ''})" if asker else ""
        lines.append(f"{reason.code}: {reason.message or reason.subject}{asked}{_written(reason.allowed)}")
        lines += [f"  {text}" for text in (reason.note, reason.hint and f"hint: {reason.hint}", reason.link) if text]
    if len(reasons) > MOST_REASONS:
        lines.append(f"and {len(reasons) - MOST_REASONS} more reasons; -o json has them all")
    return "\n".join(lines)


def _properties(file: CheckedFile) -> dict[str, str]:
    known = {
        "sha256": file.sha256 or "",
        "kind": file.kind,
        "arch": file.arch or "",
        "libc": file.libc or "",
        "interpreter": file.interpreter or "",
        "needed": " ".join(file.needed[:MOST_NEEDED]),
        **{f"floor.{family}": version for family, version in islice(file.floor.items(), MOST_NEEDED)},
        **{f"oldest.{family}": image for family, image in file.oldest.items()},
    }
    return {name: value for name, value in known.items() if value}


def _written(allowed: str) -> str:
    return f" [allowed: {allowed}]" if allowed else ""


def _class(name: str) -> str:
    """Return a name that readers do not take apart at its dots, as they do with a Java class's package."""
    return name.replace(".", "_")


REPORTER: Reporter = FindingsReporter(_JunitSink)
