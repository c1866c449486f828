"""The table of `check`: what people read, at the width of their terminal."""

from __future__ import annotations

import io
import re

import pytest
from report_records import HINT, WRITTEN, checked, hostile_check, missing, old_libc, verdict

from everylinux.evidence import (
    CheckedFile,
    CheckReport,
    FoundLibrary,
    OpenedLater,
    Package,
    PythonUse,
    Reason,
    Risk,
    Skipped,
    Verdict,
)
from everylinux.report.places import Place, name_places
from everylinux.report.table import REPORTER

NO_LOADER = Reason(
    code="no-interpreter",
    subject="/lib64/ld-linux-x86-64.so.2",
    message="/lib64/ld-linux-x86-64.so.2: No such file or directory",
    hint="link it statically",
)
DEBIAN = ("debian:10", "debian:11", "debian:12", "debian:13")
ALPINE = ("alpine:3.20", "alpine:3.21", "alpine:3.22")


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def shown(*files: CheckedFile, verbosity: int = 0, color: bool | None = False) -> str:
    return rendered(CheckReport(files=files), verbosity=verbosity, color=color)


def rendered(report: CheckReport, *, verbosity: int = 0, color: bool | None = False) -> str:
    stream = io.StringIO()
    REPORTER.render(report, stream, color=color, verbosity=verbosity)
    return stream.getvalue()


def whole_catalogue() -> CheckedFile:
    """Return a file as it is judged on 40 images: it starts on the newer ones, and fails for three reasons."""
    verdicts = [verdict("scratch", "fails", NO_LOADER), *(verdict(image, "fails", NO_LOADER) for image in ALPINE)]
    verdicts += [
        verdict("debian:10", "fails", old_libc("2.33", "stat", "2.28"), old_libc("2.34", "__libc_start_main", "2.28")),
        verdict("debian:11", "fails", old_libc("2.34", "__libc_start_main", "2.31")),
        verdict("debian:12", "ok"),
        verdict("debian:13", "ok"),
    ]
    verdicts += [
        verdict(f"distroless/{kind}-debian{release}", "fails", missing("libz.so.1"))
        for kind in ("base", "cc")
        for release in (12, 13)
    ]
    verdicts += [verdict(f"fedora:{release}", "unknown", missing("libz.so.1")) for release in range(20, 44)]
    return checked(*verdicts)


def test_a_file_on_the_whole_catalogue_fits_a_screen() -> None:
    text = shown(whole_catalogue())
    lines = text.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    assert "starts on   debian ≥ 12; none of alpine, distroless" in text
    assert "fails on    scratch; alpine (all 3)" in text
    assert "fails on    debian:10, 11" in text
    assert "fails on    distroless/* (all 4)" in text
    assert "unknown on  fedora (all 24)" in text


def test_what_does_not_fit_a_screen_is_told_with_less() -> None:
    """Many groups keep where and why; what else there is comes with -v."""
    groups = [
        verdict(f"image-{number}", "fails", missing(f"lib{number}.so"), old_libc("2.34", "stat", "2.28"))
        for number in range(9)
    ]
    text = shown(checked(*groups))
    assert len(text.splitlines()) <= 24
    assert text.endswith("(-v tells more)\n")
    for number in range(9):
        assert f"fails on    image-{number}" in text
        assert f"missing-library: lib{number}.so" in text
        assert "(also symbol-version)" in text
    everything = shown(checked(*groups), verbosity=1)
    assert everything.count("symbol-version: /lib/libc.so.6: version `GLIBC_2.34' not found") >= 9
    assert "-v tells more" not in everything


def test_versions_are_told_newest_first_with_the_symbol_that_forces_each() -> None:
    assert "symbol-version: GLIBC_2.34 (for __libc_start_main), GLIBC_2.33 (for stat)" in shown(whole_catalogue())


def test_what_is_known_of_the_oldest_image_and_its_cure_are_told() -> None:
    text = shown(whole_catalogue())
    assert "on debian:10: /lib/libc.so.6 has versions up to GLIBC_2.28" in text
    assert "hint: build it for gnu.2.28" in text
    assert text.count(HINT) == 1


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_word_is_broken(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    whole = shown(whole_catalogue(), verbosity=1).split()
    monkeypatch.setenv("COLUMNS", str(width))
    text = shown(whole_catalogue(), verbosity=1)
    assert text.split() == whole
    assert all(len(line) <= width or len(line.split()) <= 2 for line in text.splitlines())
    assert not re.search(r"(?m)[≥≤]$|^ *[≥≤]", text)


def test_colour_is_only_where_it_is_wanted() -> None:
    plain, colored = shown(whole_catalogue()), shown(whole_catalogue(), color=True)
    assert "\x1b" not in plain
    assert re.sub("\x1b\\[[0-9;]*m", "", colored) == plain
    assert colored != plain


def test_more_is_told_when_asked_for() -> None:
    found = FoundLibrary(name="libc.so.6", path="/lib/libc.so.6", rule="RUNPATH of dist/app", asked_by="dist/app")
    starts = Verdict(image="debian:12", platform="linux/amd64", verdict="ok", libraries=(found,))
    file = checked(starts, verdict("debian:11", "fails", missing("libz.so.1")))
    assert "searched: /lib, /usr/lib" not in shown(file)
    text = shown(file, verbosity=1)
    assert "searched: /lib, /usr/lib" in text
    assert "libc.so.6 → /lib/libc.so.6 (RUNPATH of dist/app" in text
    assert re.search(r"asked for by\s+(dist/)?app", text)


def test_the_same_everywhere_needs_no_names() -> None:
    images = [f"fedora:{release}" for release in range(30, 44)]
    text = shown(checked(*(verdict(image, "fails", NO_LOADER) for image in images)))
    assert "fails on    all 14 images" in text
    text = shown(*(checked(*(verdict(image, "ok") for image in images)) for _ in range(2)))
    assert text.count("starts on   all 14 images: fedora ≥ 30") == 1
    assert text.count("starts on   all 14 images\n") == 1


def test_an_allowed_finding_is_told_apart_with_its_reason() -> None:
    file = checked(
        verdict("debian:12", "fails", missing("libX11.so.6", allowed=WRITTEN)),
        verdict("debian:13", "fails", missing("libX11.so.6")),
    )
    text = shown(file)
    assert "fails on    debian:13" in text
    assert "allowed on  debian:12" in text
    assert f"allowed: {WRITTEN}" in text


def test_host_python_and_what_is_opened_later_have_a_line_each() -> None:
    symbols = ("PyModule_Create2", "Py_BuildValue")
    file = CheckedFile(
        path="a.abi3.so",
        sha256=None,
        kind="shared-object",
        arch="x86_64",
        libc="gnu",
        interpreter=None,
        host={"CPython": symbols},
        python=PythonUse(tag="abi3", outside=("PyUnicode_AsUTF8",)),
        opens=(OpenedLater(sonames=("libssl.so.3", "libssl.so.1.1"), feature="tls", declared=True),),
        verdicts=(verdict("debian:12", "ok"),),
    )
    text = shown(file)
    assert "expects from its host CPython: 2 symbols, e.g. PyModule_Create2" in text
    assert "Py_BuildValue" not in text
    assert "Py_BuildValue" in shown(file, verbosity=2)
    assert "abi3; outside the stable ABI: PyUnicode_AsUTF8" in text
    assert "libssl.so.3 or libssl.so.1.1 (declared, tls)" in text


def test_a_risk_is_told_once_with_where_it_holds() -> None:
    risk = Risk(code="shell", subject="/bin/sh", message="it starts a shell")
    text = shown(checked(*(verdict(image, "ok", risks=(risk,)) for image in DEBIAN), verdict("scratch", "ok")))
    assert text.count("shell: it starts a shell") == 1
    assert "[debian (all 4)]" in text
    assert "[" not in shown(checked(verdict("scratch", "ok", risks=(risk,))))


def test_several_files_have_a_summary() -> None:
    good, bad = checked(verdict("debian:12", "ok"), verdict("debian:13", "ok")), whole_catalogue()
    text = shown(good, bad, checked(verdict("debian:12", "fails", missing("libz.so.1", allowed=WRITTEN))))
    assert "3 files: 1 start on every image judged" in text
    assert "2 start, 1 fail, as allowed, on debian:12" in text
    assert "2 start on debian:13" in text
    assert "1 fail on scratch; alpine (all 3)" in text
    assert "findings: missing-library in 1, no-interpreter in 1, symbol-version in 1" in text
    assert "files:" not in shown(bad)


def test_packages_say_whether_they_are_true() -> None:
    wrong = Reason(code="wheel-tag", subject="manylinux_2_17_x86_64", message="a.so needs GLIBC 2.34", hint="retag it")
    package = Package(
        path="a.whl",
        kind="wheel",
        tags=("manylinux_2_17_x86_64",),
        true_tags=("linux_x86_64",),
        truth=False,
        reasons=(wrong,),
    )
    report = CheckReport(
        packages=(
            Package(path="good.whl", kind="wheel", tags=("manylinux_2_34_x86_64",), truth=True),
            package,
        ),
        skipped=(Skipped(path="a.whl", why="not ELF: text files and data", count=9),),
    )
    text = rendered(report)
    assert "not true    it says manylinux_2_17_x86_64" in text
    assert "wheel-tag: a.so needs GLIBC 2.34" in text
    assert "true is     linux_x86_64" in text
    assert "not judged: 9 files" in text
    assert text.index("good.whl") < text.index("it says manylinux_2_34_x86_64") < text.index("a.whl:")


def test_hostile_names_cannot_pretend_to_be_lines() -> None:
    text = rendered(hostile_check(), verbosity=2)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", text)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("FAKE")]


def names(chosen: list[str], judged: list[str], *, since: bool = False) -> str:
    return name_places(
        [Place(image, "linux/amd64") for image in chosen],
        [Place(image, "linux/amd64") for image in judged],
        since=since,
    )


@pytest.mark.parametrize(
    ("chosen", "judged", "since", "text"),
    [
        (["debian:12"], ["debian:12"], True, "debian:12"),
        (["debian:12", "debian:13"], [*DEBIAN], True, "debian ≥ 12"),
        (["debian:12", "debian:13"], [*DEBIAN], False, "debian:12, 13"),
        (["debian:10", "debian:12"], [*DEBIAN], True, "debian:10, 12"),
        ([*DEBIAN[:3]], [*DEBIAN], False, "debian ≤ 12"),
        ([*DEBIAN], [*DEBIAN], False, "debian (all 4)"),
        # The order of the command line is not one of releases: nothing is said of a range.
        (["debian:13", "debian:10"], ["debian:11", "debian:13", "debian:10"], True, "debian:13, 10"),
        (["dir:/r/debian-11", "dir:/r/debian-12"], ["dir:/r/debian-11", "dir:/r/debian-12"], True,
         "dir:/r/debian-11; dir:/r/debian-12"),
        (["opensuse/leap:15.6", "opensuse/tumbleweed"], ["opensuse/leap:15.6", "opensuse/leap:16.0",
         "opensuse/tumbleweed"], False, "opensuse/leap:15.6; opensuse/tumbleweed"),
        ([], [*DEBIAN], True, ""),
    ],
)  # fmt: skip
def test_images_are_named_in_few_words(chosen: list[str], judged: list[str], *, since: bool, text: str) -> None:
    assert names(chosen, judged, since=since) == text


def test_several_platforms_are_told_apart() -> None:
    judged = [Place(image, platform) for image in DEBIAN for platform in ("linux/amd64", "linux/arm64")]
    chosen = [place for place in judged if place.platform == "linux/arm64" or place.image == "debian:13"]
    assert name_places(chosen, judged) == "debian:13 (linux/amd64); debian (all 4) (linux/arm64)"


def test_what_many_archives_have_in_common_is_passed_over_in_one_line() -> None:
    wheels = [Skipped(path=f"{name}.whl", why="not ELF: text files and data", count=9) for name in "abc"]
    locked = Skipped(path="d.whl", why="unreadable: permission denied", incomplete=True)
    scripts = Skipped(path="a.whl", why="scripts: they are judged when they are named", count=2)
    report = CheckReport(skipped=(*wheels, scripts, locked))
    lines = rendered(report).splitlines()
    assert "not judged: 30 files" in lines
    assert "  27 files in 3 archives or folders: not ELF: text files and data" in lines
    assert "  d.whl: unreadable: permission denied" in lines
    assert "  a.whl: 2 files: scripts: they are judged when they are named" in lines
    assert "  b.whl: 9 files: not ELF: text files and data" in rendered(report, verbosity=1).splitlines()
