"""The command line: exit codes, one clear error, nothing printed twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from everylinux import __version__
from everylinux.errors import InputOutputError
from everylinux.evidence import TargetReport
from everylinux.report import parse_outputs
from everylinux.report.text import printable
from everylinux.verbs import SUMMARIES


def everylinux(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "everylinux", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
    )


def test_version_is_one_line_whatever_the_flags() -> None:
    assert everylinux("--version").stdout == f"everylinux {__version__}\n"


def test_help_lists_every_verb() -> None:
    help_page = everylinux("--help")
    assert help_page.returncode == 0
    for verb in SUMMARIES:
        assert verb in help_page.stdout


@pytest.mark.parametrize("verb", list(SUMMARIES))
def test_every_verb_has_a_help_page(verb: str) -> None:
    done = everylinux(verb, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: everylinux {verb}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nosuchverb",),
        ("target", "--nosuchflag"),
        ("target", "show", "vax"),
        ("target", "list", "-o", "yaml"),
        ("target", "list", "-o", "json="),
        ("target", "list", "-o", "json", "-o", "table"),
        ("target", "list", "-j", "0"),
    ],
)
def test_usage_errors_are_exit_2_without_a_traceback(arguments: tuple[str, ...]) -> None:
    done = everylinux(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "error" in done.stderr.lower()


@pytest.mark.parametrize("verb", ["", "build", "check", "prove", "matrix", "explain"])
def test_help_pages_end_with_examples_a_line_each(verb: str) -> None:
    *_, examples = everylinux(*([verb] if verb else []), "--help").stdout.partition("\n  Examples:\n")
    assert len(examples.splitlines()) >= 2
    assert all("everylinux " in line and line.startswith("    ") for line in examples.splitlines())


@pytest.mark.parametrize(
    ("verb", "hint"), [("chek", "did you mean `everylinux check`?"), ("x", "`everylinux --help` lists the verbs")]
)
def test_a_verb_that_there_is_not(verb: str, hint: str) -> None:
    done = everylinux(verb)
    assert (done.returncode, done.stderr) == (2, f"error: there is no verb {verb!r}\n\nhint: {hint}\n")


def test_an_error_says_what_happened_and_what_to_do() -> None:
    lines = everylinux("target", "show", "vax").stderr.splitlines()
    assert lines[0] == "error: unknown target 'vax'"
    assert lines[-2] == ""
    assert lines[-1].startswith("hint: `everylinux target` lists")


def test_json_on_standard_output_is_one_valid_document() -> None:
    done = everylinux("target", "list", "-o", "json")
    document = json.loads(done.stdout)
    assert next(iter(document)) == "schema"
    assert document["schema"] == "everylinux.target/1"
    assert msgspec.convert(document, TargetReport).targets


def test_a_report_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("old")
    report.chmod(0o640)
    done = everylinux("target", "list", "-o", f"json={report}", "-o", "table")
    assert done.returncode == 0
    assert json.loads(report.read_text())["schema"] == "everylinux.target/1"
    assert report.stat().st_mode & 0o777 == 0o640
    assert "x86_64-linux-musl" in done.stdout
    assert list(tmp_path.iterdir()) == [report]


def test_a_device_is_opened_and_written() -> None:
    assert everylinux("target", "list", "-o", "json=/dev/stdout").stdout.startswith("{")


def test_an_unwritable_report_file_is_exit_7(tmp_path: Path) -> None:
    done = everylinux("target", "list", "-o", f"json={tmp_path}/absent/report.json")
    assert done.returncode == 7
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("format_", ["json", "table"])
def test_a_reader_that_goes_away_ends_it_quietly(format_: str) -> None:
    command = f"{sys.executable} -m everylinux target list -o {format_} | true"
    done = subprocess.run(["bash", "-c", command], check=False, capture_output=True, text=True)
    assert done.stderr == ""


def test_no_color_and_color_never_print_no_escapes() -> None:
    assert "\x1b" in everylinux("target", "--help").stdout + everylinux("target", "list", "--color", "always").stdout
    assert "\x1b" not in everylinux("target", "list", "--color", "never").stdout
    assert "\x1b" not in everylinux("target", "list", NO_COLOR="1").stdout


def test_a_name_that_is_not_text_is_still_reported(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\x1b[2J"
    Path(os.fsdecode(name)).write_bytes(b"#!/bin/sh\n")
    done = everylinux("check", os.fsdecode(name), "--image", "scratch", "-o", "json")
    assert json.loads(done.stdout)["files"][0]["path"].endswith("/\ufffd\x1b[2J")
    assert "\x1b" not in everylinux("check", os.fsdecode(name), "--image", "scratch").stdout


def test_control_characters_never_reach_the_terminal() -> None:
    assert printable("a\x1b[31mb\x07\u202ec\nd") == "a\\x1b[31mb\\x07\\u202ec\nd"


@pytest.mark.parametrize("verb", ["build", "check", "prove", "matrix", "explain"])
def test_an_empty_name_is_not_the_current_folder(verb: str) -> None:
    """What a shell makes of "$FILE" where FILE is not set."""
    done = everylinux(verb, "")
    assert done.returncode == 2
    assert done.stderr.startswith("error: an empty name was given in place of a path\n")


def test_a_folder_in_place_of_a_log_is_said_to_be_one(tmp_path: Path) -> None:
    done = everylinux("explain", str(tmp_path))
    assert (done.returncode, done.stderr) == (
        7,
        f"error: this is a folder, not a file: {tmp_path}\n\nhint: name a file in it\n",
    )


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("", "the log is empty\n  note     a pipe passes on what was said as an error only with 2>&1"),
        ("make: done\n", "its one line tells no failure\n"),
        ("make: begun\nmake: done\n", "none of its 2 lines tells a failure\n"),
    ],
)
def test_a_log_without_a_failure_says_how_much_was_read(tmp_path: Path, log: str, said: str) -> None:
    (tmp_path / "log").write_text(log)
    done = everylinux("explain", str(tmp_path / "log"))
    assert (done.returncode, done.stdout[: len(said)]) == (0, said)


def test_a_report_on_a_read_only_file_system_is_refused_before_the_work() -> None:
    """The kernel's own file system takes no files, not even root's."""
    with pytest.raises(InputOutputError, match="does not allow it"):
        parse_outputs(["json=/proc/self/report.json"], "check")


def test_causes_are_listed_with_ones_own(tmp_path: Path) -> None:
    causes = tmp_path / ".everylinux/causes"
    causes.mkdir(parents=True)
    (causes / "ours.toml").write_text(
        'id = "ours"\ntitle = "The licence server is down"\nanswer = "machine"\nexplanation = "It is."\n'
        "[[signal]]\npattern = 'licence server refused'\nweight = \"failure\"\n"
        "[[example]]\nlog = '>>> licence server refused'\n"
    )
    done = everylinux("explain", "--list", "--project", str(tmp_path))
    assert done.returncode == 0
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert names == sorted(names)
    assert {"ours", "pkg-config-cross"} <= set(names)
    assert "everylinux explain --list" in everylinux("explain", "pkg-config-crossed").stderr


def test_help_offers_the_formats_that_a_verb_can_give() -> None:
    assert "sarif" in everylinux("check", "--help").stdout
    assert "sarif" not in everylinux("doctor", "--help").stdout


def test_a_dash_is_standard_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert everylinux("target", "list", "-o", "json=-").stdout.startswith("{")
    assert not list(tmp_path.iterdir())
    assert everylinux("target", "list", "-o", "json=-", "-o", "table").returncode == 2


@pytest.mark.parametrize("flag", ["--image", "--fail-on"])
def test_a_flag_without_a_value_is_not_a_flag_left_out(flag: str) -> None:
    """What a shell makes of --image "$IMAGE" where IMAGE is not set: not the whole catalogue."""
    done = everylinux("check", sys.executable, flag, "")
    assert done.returncode == 2
    assert done.stderr.startswith("error: a flag was given an empty value\n")


@pytest.mark.parametrize("arguments", [("--list",), ("pkg-config-cross",)])
def test_what_a_cause_is_has_no_other_format(arguments: tuple[str, ...]) -> None:
    done = everylinux("explain", *arguments, "-o", "json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: what a cause is can be told as text only\n")


def test_shells_complete_verbs_as_the_readme_says() -> None:
    words = {"COMP_WORDS": "everylinux ma", "COMP_CWORD": "1"}
    assert everylinux(_EVERYLINUX_COMPLETE="bash_complete", **words).stdout == "plain,matrix\n"


def test_a_file_that_is_no_package_is_told_which_flag_keeps_it_from_being_judged() -> None:
    done = everylinux("check", "--packages-only", sys.executable)
    assert done.returncode == 3
    assert "(1 file)" in done.stderr
    assert "leave --packages-only out" in done.stderr


def test_a_folder_of_programs_is_no_project_and_matrix_says_how_it_takes_them(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"\x7fELF")
    done = everylinux("matrix", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: no project found in {tmp_path}\n")
    assert done.stderr.endswith(f"everylinux matrix {tmp_path}/*\n")
    assert "matrix" not in everylinux("build", str(tmp_path)).stderr
