"""Causes that a user or a project brings."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from everylinux.diagnosis import explain
from everylinux.diagnosis.texts import text_of
from everylinux.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

LOG = b"frobnicate: sprocket 42 is bent\nmake: *** [Makefile:1: all] Error 1\n"
CAUSE = r"""
id = "bent-sprocket"
title = "A sprocket is bent"
answer = "machine"
explanation = "It happens."
[[signal]]
pattern = '''frobnicate: sprocket (?P<number>\d+) is bent'''
culprit = "sprocket {number}"
[[fix]]
title = "Straighten it"
commands = ["straighten {number}"]
"""


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    return tmp_path / "configuration/everylinux/causes"


def put(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    (folder / "bent-sprocket.toml").write_text(text)


def test_without_it_nobody_knows() -> None:
    assert explain(io.BytesIO(LOG)).outcome == "unknown"


def test_a_cause_of_the_user_counts_in_every_log(configuration: Path) -> None:
    put(configuration, CAUSE)
    (diagnosis,) = explain(io.BytesIO(LOG)).diagnoses
    assert (diagnosis.cause, diagnosis.culprit) == ("bent-sprocket", "sprocket 42")
    assert [(fix.commands, fix.trusted) for fix in diagnosis.fixes] == [(("straighten 42",), True)]


def test_a_cause_of_a_project_counts_with_that_project_and_is_marked(tmp_path: Path) -> None:
    put(tmp_path / "project/.everylinux/causes", CAUSE)
    assert explain(io.BytesIO(LOG)).outcome == "unknown"
    (diagnosis,) = explain(io.BytesIO(LOG), project=tmp_path / "project").diagnoses
    assert [fix.trusted for fix in diagnosis.fixes] == [False]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (r"(?P<number>", r"(?=4)(?P<number>", "is refused"),
        ("title =", "titel =", "unknown field `titel`"),
        ("pattern = '''", "event = 'x'\npattern = '''", "either an event or a pattern"),
        (r"frobnicate: sprocket (?P<number>\d+) is bent", ".+", "has no text that each match contains"),
        ('"straighten {number}"', '"{number} --now"', "would start what a log names"),
        ("commands = [", "edit = [{ file = 'a', find = '(?=x)', replace = '' }]\ncommands = [", "is refused"),
    ],
)
def test_what_is_wrong_with_one_is_one_clear_error(before: str, after: str, said: str, configuration: Path) -> None:
    assert before in CAUSE
    put(configuration, CAUSE.replace(before, after, 1))
    with pytest.raises(UsageError, match=rf"bent-sprocket\.toml: .*{said}"):
        explain(io.BytesIO(LOG))


@pytest.mark.parametrize("target", ["/dev/zero", "/etc/passwd", "../bent-sprocket.toml"])
def test_a_link_is_no_cause(target: str, tmp_path: Path) -> None:
    causes = tmp_path / "project/.everylinux/causes"
    causes.mkdir(parents=True)
    (causes / "linked.toml").symlink_to(target)
    with pytest.raises(UsageError, match="holds more than causes"):
        explain(io.BytesIO(LOG), project=tmp_path / "project")


def test_a_look_that_makes_of_a_cause_one_that_there_is_not_is_refused(configuration: Path) -> None:
    look = '[[look]]\nat = "lines"\nfiles = ["*.c"]\nfind = "bent"\ncause = "no-such-cause"\n'
    put(configuration, CAUSE + look)
    with pytest.raises(UsageError, match="bent-sprocket: there is no cause 'no-such-cause'"):
        explain(io.BytesIO(LOG))


def test_advice_without_a_condition_stands_last(configuration: Path) -> None:
    advice = '[[fix]]\ntitle = "{}"\n{}'
    at_first = advice.format("Think", "") + advice.format("Take 43", "when = { number = '^42$' }\n")
    put(configuration, CAUSE.replace("[[fix]]\n", at_first + "[[fix]]\n"))
    (diagnosis,) = explain(io.BytesIO(LOG)).diagnoses
    assert [fix.title for fix in diagnosis.fixes] == ["Take 43", "Straighten it", "Think"]


PACKAGED = """
[[fix]]
title = "Oil it"
package = { command = "{number}" }
commands = ["apt-get install {debian_package}"]
machine = true
[[fix]]
title = "Oil it"
"""


def test_the_text_of_a_projects_cause_names_its_captures(tmp_path: Path) -> None:
    put(tmp_path / "project/.everylinux/causes", CAUSE + PACKAGED)
    text = text_of("bent-sprocket", tmp_path / "project")
    assert (
        "Fix: Straighten it\n    straighten NUMBER\n\nFix: Oil it\n    apt-get install DEBIAN_PACKAGE\n\nWhat" in text
    )
    assert "What is in capitals is what a log tells, or yours to fill in." in text
    with pytest.raises(UsageError, match="no cause 'bent-sprocket'"):
        text_of("bent-sprocket")


ALTERNATIVES = """
[[fix]]
title = "Oil it"
when = { number = '^1' }
compile = "-foil"
[[fix]]
title = "Oil it"
commands = ["oil --light", "oil --heavy"]
[[fix]]
title = "Oil it"
compile = "-foil"
[[fix]]
title = "Grease it"
[[fix]]
title = "Oil it"
compile = "-fno-dust -foil"
[[fix]]
title = "Oil it"
edit = [{ file = "oil.mk", find = '^dry', replace = 'wet' }, { file = "oil.sh", find = '^dry', replace = 'wet' }]
[[fix]]
title = "Oil it"
rewrite = [{ find = '--dry', replace = '--wet' }]
"""


def test_the_text_of_a_cause_tells_what_is_done_under_one_title_once(tmp_path: Path) -> None:
    put(tmp_path / "project/.everylinux/causes", CAUSE + ALTERNATIVES)
    text = text_of("bent-sprocket", tmp_path / "project")
    told = """\
Fix: Oil it
    oil --light
    oil --heavy
    or: edit oil.mk or oil.sh (`everylinux explain LOG --project DIR --fix` shows how)
    or: change the build's command (`everylinux explain LOG --fix -- COMMAND` shows how)
    or: compile with -foil, or -fno-dust -foil

Fix: Grease it

"""
    assert told in text
