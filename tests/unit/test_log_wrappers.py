"""What each CI system and build tool puts before a line or between lines: it is taken off, and line numbers stay."""

from __future__ import annotations

import io

import pytest

from everylinux.diagnosis import explain
from everylinux.diagnosis.cleaning import clean

TOLD = "/usr/bin/ld: cannot find -lfoo: No such file or directory"
LINES = (
    "cc -o app a.o -lfoo",
    TOLD,
    "collect2: error: ld returned 1 exit status",
    "make: *** [Makefile:2: app] Error 1",
)
# Each is what the system writes before every line; what it writes between lines comes in the logs below.
WRAPPERS = {
    "GitHub Actions": "2026-01-02T03:04:05.1234567Z ",
    "GitHub Actions, gh run view --log": "build\tRun make\t2026-01-02T03:04:05.1234567Z ",
    "GitHub Actions, with an unknown step": "build\tUNKNOWN STEP\t\ufeff2026-01-02T03:04:05.1234567Z ",
    "GitLab, timestamps": "2026-01-02T03:04:05.123456Z 01O ",
    "GitLab, timestamps, error stream, continued": "2026-01-02T03:04:05.123456Z 01E+",
    "Jenkins, clock": "03:04:05  ",
    "Jenkins, date": "[2026-01-02T03:04:05.123Z] ",
    "Jenkins, a parallel branch": "[linux-arm64] ",
    "Azure Pipelines": "2026-01-02T03:04:05.1234567Z ",
    "BuildKit": "#12 3.456 ",
    "BuildKit, with its step": "#12 [stage 2/3] 3.456 ",
    "BuildKit, the excerpt": "3.456 ",
    "docker compose": "app-1  | ",
    "docker compose, before version 2": "app_1       | ",
    "docker logs --timestamps": "2026-01-02T03:04:05.123456789Z ",
    "Kubernetes, container runtime": "2026-01-02T03:04:05.123456789Z stderr F ",
    "kubectl logs --prefix": "[pod/app-7d4b9c/build] ",
    "systemd's journal": "Jan 02 03:04:05 host build[4711]: ",
    "systemd's journal, ISO dates": "2026-01-02T03:04:05+0100 host make[17]: ",
    "BitBake": "| ",
    "Nix": "app> ",
    "Nix, at the end": "       > ",
    "Gentoo": " * ",
    "Drone and Woodpecker, text": "[build:L12:3s] ",
    "TeamCity": "[03:04:05] ",
    "TeamCity, a step": "[03:04:05]W:\t [Step 1/2] ",
    "Buildkite": "\x1b_bk;t=1690000000000\x07",
    "Travis": "\x1b[0K",
    "Bazel, --show_timestamps": "(03:04:05) ",
    "npm": "npm ERR! ",
    "node-gyp": "gyp ERR! stack ",
    "cargo, a build script": "warning: foo-sys@1.2.3: ",
    "cargo, indented": "  ",
    "rustc": "  = note: ",
    "pip": "      ",
    "rattler-build": " │ │ ",
    "ninja with colour": "\x1b[31m",
    "moreutils ts": "Jan 02 03:04:05 ",
    "concurrently": "[0] ",
    "earthly": "+build | ",
    "mail": "> ",
    "mail, answered": "> > ",
    "GitLab's page": "[91](https://gitlab.example.org/a/b/-/jobs/7#L91)",
}


@pytest.mark.parametrize("before", WRAPPERS.values(), ids=WRAPPERS.keys())
def test_what_is_before_each_line_is_taken_off(before: str) -> None:
    log = "".join(f"{before}{line}\n" for line in LINES)
    (diagnosis,) = explain(io.BytesIO(log.encode())).diagnoses
    assert diagnosis.cause == "dev-package-missing"
    assert (diagnosis.evidence[0].line, diagnosis.evidence[0].text) == (LINES.index(TOLD) + 1, TOLD)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "##[group]Run make\r\n\x1b[36;1mmake\x1b[0m\r\n##[endgroup]\r\n",
            "##[error]Process completed with exit code 2.\r\n",
        ),
        (
            "section_start:1560896352:build\r\x1b[0KBuild\n",
            "section_end:1560896353:build\r\x1b[0K\n\x1b[31;1mERROR: Job failed: exit code 1\n\x1b[0;m\n",
        ),
        (
            "travis_fold:start:make\r\x1b[0K$ make\n",
            'travis_fold:end:make\r\x1b[0K\nThe command "make" exited with 2.\n',
        ),
        ("[Pipeline] sh\n+ make\n", "[Pipeline] }\nERROR: script returned exit code 2\nFinished: FAILURE\n"),
        (
            "##teamcity[blockOpened name='make']\n",
            "##teamcity[blockClosed name='make']\nProcess exited with code 2 (Step: make)\n",
        ),
        (">>> Source compiled.\n", " * ERROR: app-misc/app-1::gentoo failed (compile phase):\n *   emake failed\n"),
        ("#!/bin/bash -eo pipefail\nmake\n", "\nExited with code exit status 2\n"),
        ("~~~ Running script\n$ make\n", "^^^ +++\n🚨 Error: The command exited with status 2\n"),
        ("DEBUG: Executing shell function do_compile\n", "ERROR: Task (app.bb:do_compile) failed with exit code '1'\n"),
    ],
    ids=["GitHub", "GitLab", "Travis", "Jenkins", "TeamCity", "Gentoo", "CircleCI", "Buildkite", "BitBake"],
)
def test_marks_between_lines_count_as_lines_and_tell_nothing(before: str, after: str) -> None:
    log = before + "".join(f"{line}\n" for line in LINES) + after
    explanation = explain(io.BytesIO(log.encode()))
    assert explanation.diagnoses[0].cause == "dev-package-missing"
    assert explanation.diagnoses[0].evidence[0].line == before.count("\n") + LINES.index(TOLD) + 1
    assert explanation.lines == log.count("\n")


@pytest.mark.parametrize(
    "line",
    [
        "   13 | int x = y;",
        "a.c:1:2: error: expected ';' before '}' token",
        "[ 50%] Building C object a.o",
        "[3/4] Linking app",
        "error[E0425]: cannot find value `x` in this scope",
        "make[2]: *** [all] Error 2",
        "x86_64-linux-gnu-gcc -c a.c",
        "foo.h:12:1: note: 'x' declared here",
        "1.5.0 is not supported",
    ],
)
def test_what_tools_write_themselves_stays(line: str) -> None:
    assert clean(line.encode()) == line.strip()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "configure: error: no acceptable C compiler found in $PATH\r.",
            "configure: error: no acceptable C compiler found in $PATH",
        ),
        ("12%\r45%\rDownloading a.tar.gz\r", "Downloading a.tar.gz"),
        ("fetching a\rerror: a.c is not there", "error: a.c is not there"),
    ],
)
def test_of_an_overwritten_line_the_last_words_count(line: str, shown: str) -> None:
    assert clean(line.encode()) == shown


def test_curved_quotes_that_json_escapes_are_read() -> None:
    told = r'{"level":"error","msg":"gcc: error: unrecognized command-line option \u2018-msse2\u2019"}'
    explanation = explain(io.BytesIO(f"aarch64-linux-gnu-gcc -O2 -msse2 -c a.c\n{told}\n".encode()))
    assert [diagnosis.cause for diagnosis in explanation.diagnoses] == ["x86-flags-hardcoded"]
