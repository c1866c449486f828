"""What every verb but `check` found, as titled tables: formats of documents know this one shape."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from everylinux.evidence import (
    BuildReport,
    DoctorReport,
    Explanation,
    ImageReport,
    MatrixReport,
    ProveReport,
    TargetReport,
)
from everylinux.report.tables.advised import advice_shown
from everylinux.report.tables.build import files_built, libc_asked
from everylinux.report.tables.explain import text_of_place
from everylinux.report.tables.image import libc_of, runtime_of
from everylinux.report.tables.matrix import (
    answered_alike,
    hosts_said,
    image_label,
    measured,
    name_cells,
    name_images,
    predicted,
    smoke_reasons,
    summary,
)
from everylinux.report.tables.prove import causes_shown, how_run, verdict_of, what_was_seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from everylinux.evidence import Build, Cell, ImageInfo, Report

Row = tuple[str, ...]
# Images that a page has room for beside each other.
MOST_COLUMNS = 8


@dataclass(frozen=True)
class Section:
    """One table with its title; ``text`` is a paragraph after it. Every text is one safe line by then."""

    title: str
    headings: Row = ()
    rows: tuple[Row, ...] = ()
    text: str = ""


def sections(report: Report) -> list[Section]:
    """Return the tables of a report; raises `TypeError` for that of `check`, which is told file by file."""
    match report:
        case BuildReport():
            found = _builds(report.builds)
        case ProveReport():
            found = _runs(report)
        case MatrixReport():
            found = [*(_builds(report.builds) if report.builds else []), *_matrix(report)]
        case Explanation():
            found = _explained(report)
        case TargetReport():
            found = [_targets(report)]
        case DoctorReport():
            found = _machine(report)
        case ImageReport():
            found = _images(report.images)
        case _:
            raise TypeError(type(report).__name__)
    return found


def _builds(builds: Sequence[Build]) -> list[Section]:
    headings = ("target", "kind", "status", "libc", "files", "seconds")
    rows = [
        (build.target, build.kind, build.status, libc_asked(build), files_built(build), f"{build.seconds:.1f}")
        for build in builds
    ]
    failed = [(build.target, build.problem, build.hint, build.log) for build in builds if build.status == "failed"]
    found = [Section("Builds", headings, tuple(rows))]
    if failed:
        found.append(Section("Failed builds", ("target", "problem", "hint", "log"), tuple(failed)))
    advice = tuple(_advice(builds))
    if advice:
        found.append(
            Section("Advice", ("crate", "through", "needs", "missing", "change", "verified", "targets"), advice)
        )
    return found


def _advice(builds: Sequence[Build]) -> list[Row]:
    """Return a row for each crate; targets with the same advice share one."""
    return [
        (
            f"{each.crate} {each.version}".strip(),
            " → ".join(each.path[:-1]),
            ", ".join(each.needs),
            ", ".join(each.missing),
            each.change,
            "yes" if each.verified else "",
            ", ".join(names),
        )
        for each, names in advice_shown(builds)
    ]


def _runs(report: ProveReport) -> list[Section]:
    headings = ("file", "image", "platform", "verdict", "how", "what was seen")
    rows = [
        (run.path, run.image, run.platform, verdict_of(run), how_run(run), what_was_seen(run)) for run in report.runs
    ]
    why = tuple((cause, ", ".join(where), fix) for cause, where, fix in causes_shown(report.runs))
    causes = [Section("Causes", ("cause", "images", "fix"), why)] if why else []
    return [Section("Runs", headings, tuple(rows)), *causes]


def _matrix(report: MatrixReport) -> list[Section]:
    if not report.cells:
        return [Section("Matrix", text=summary(report))]
    images = list(dict.fromkeys(cell.image for cell in report.cells))
    headings: Row
    rows: Iterable[Row]
    if len(images) <= MOST_COLUMNS:
        headings, rows, each = ("file", "target", *map(image_label, images)), _by_image(report.cells, images), "cell"
    else:
        headings, rows, each = ("file", "target", "answer", "images"), _by_answer(report.cells), "answer"
    explained = f"Each {each}: what check predicted / what the run did."
    found = [Section("Matrix", headings, tuple(rows), f"{explained} {summary(report)}.")]
    why = tuple(_why(report.cells))
    if why:
        found.append(Section("Why not", ("code", "reason", "where", "hint"), why))
    return found


def _by_image(cells: Sequence[Cell], images: Sequence[str]) -> Iterator[Row]:
    """Yield a row for each file and target, an image a column."""
    for (path, target), row in groupby(cells, key=lambda cell: (cell.path, cell.target)):
        answers = {cell.image: _cell(cell) for cell in row}
        yield (path, target, *(answers.get(image, "-") for image in images))


def _by_answer(cells: Sequence[Cell]) -> Iterator[Row]:
    """Yield a row for each answer that a file of a target has anywhere, with the images that have it."""
    for path, target, where in answered_alike(cells, _cell):
        yield path, target, _cell(where[0]), name_images(where, cells)


def _cell(cell: Cell) -> str:
    text = f"{predicted(cell.check)} / {measured(cell.prove)}"
    return f"DISAGREE: {text}" if cell.agree is False else text


def _why(cells: Sequence[Cell]) -> list[Row]:
    found: dict[Row, list[Cell]] = {}
    for cell in cells:
        for reason in cell.check.reasons:
            hint = f"{reason.hint} [allowed: {reason.allowed}]" if reason.allowed else reason.hint
            found.setdefault((reason.code, reason.message or reason.subject, hint), []).append(cell)
        for smoke in smoke_reasons(cell):
            found.setdefault((smoke.code, smoke.message, smoke.hint), []).append(cell)
        for said in hosts_said(cell):
            found.setdefault(("host", said, ""), []).append(cell)
        if cell.prove is not None and cell.prove.verdict == "unknown":
            found.setdefault(("not-proven", cell.prove.note or "no reason given", ""), []).append(cell)
    return [(code, message, name_cells(where, cells), hint) for (code, message, hint), where in found.items()]


def _explained(report: Explanation) -> list[Section]:
    if not report.diagnoses:
        where = f", line {report.best.line}: {report.best.text}" if report.best else ""
        return [Section("Explanation", text=f"{report.outcome}{where}")]
    headings = ("cause", "because", "line", "text", "places", "fixes")
    rows = [
        (
            diagnosis.cause,
            diagnosis.because or diagnosis.title,
            str(diagnosis.evidence[0].line),
            diagnosis.evidence[0].text,
            "; ".join(map(text_of_place, diagnosis.places)),
            "; ".join(fix.title for fix in diagnosis.fixes),
        )
        for diagnosis in report.diagnoses
    ]
    return [Section("Explanation", headings, tuple(rows))]


def _targets(report: TargetReport) -> Section:
    rows = [
        (
            target.name,
            " to ".join(floor for floor in target.floors if floor),
            "; ".join(f"{name}: {', '.join(found)}" for name, found in target.spellings.items()),
        )
        for target in report.targets
    ]
    return Section("Targets", ("target", "floors", "other spellings"), tuple(rows))


def _machine(report: DoctorReport) -> list[Section]:
    tools = [
        (
            tool.name,
            "yes" if tool.path else "MISSING" if tool.required else "no",
            tool.version or "",
            ", ".join(tool.needed_for),
            tool.purpose,
            "" if tool.path else tool.install,
        )
        for tool in report.tools
    ]
    return [
        Section("Machine", ("fact", "value"), tuple(report.machine.items())),
        Section("Tools", ("tool", "found", "version", "needed for", "what it does", "how to get it"), tuple(tools)),
    ]


def _images(images: Sequence[ImageInfo]) -> list[Section]:
    headings = ("image", "libc", "C++ runtime", "provenance", "date", "source", "platforms")
    rows = [
        (
            image.name,
            libc_of(image),
            runtime_of(image),
            image.provenance,
            image.date,
            image.source,
            ", ".join(image.platforms) or "every",
        )
        for image in images
    ]
    libraries = [
        Section(f"Libraries of {image.name}", ("path", "newest versions"), tuple(image.libraries.items()))
        for image in images
        if image.libraries
    ]
    return [Section("Images", headings, tuple(rows)), *libraries]
