"""What the end-to-end tests share.

A test that this machine cannot run says why, and never passes in silence. A test with the fixture ``program`` runs once
a target: the program its folder is named after is built for all selected targets at once. ``programs/pairs.json`` says
which targets the short run takes; all others are marked ``full``. With ``EVERYLINUX_GRID=FILE`` each result is added to
that file as a line of JSON, for ``tools/full_grid.py``.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from engines import docker_daemon, podman_command

from everylinux.errors import EverylinuxError
from everylinux.spelling import all_targets, parse_target_list
from everylinux.toolchains.python.interpreter import find_interpreters
from musl_python import RELEASE
from programs.declaration import TESTS, programs
from programs.grid import Result, add_result
from programs.trial import BuiltProgram, build_program, obstacle

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from everylinux.target import Target

# A process that was started in the background may have been told to ignore Ctrl-C, and hands that on to its children:
# the tests that interrupt a run need it as a terminal would start it.
signal.signal(signal.SIGINT, signal.default_int_handler)

LINES_OF_LOG = 40
BUILD_SECONDS = pytest.StashKey[float]()


@functools.cache
def short_run(program: str) -> frozenset[str]:
    """Return the targets for which `make test` builds a program."""
    pairs = json.loads((TESTS / "pairs.json").read_text())["short"]
    return frozenset(target.name for target in parse_target_list(pairs[program]))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test of a program every target."""
    if "program" in metafunc.fixturenames:
        short = short_run(metafunc.definition.path.parent.name)
        parameters = [
            pytest.param(target, id=target.name, marks=pytest.mark.e2e if target.name in short else pytest.mark.full)
            for target in all_targets()
        ]
        metafunc.parametrize("program", parameters, indirect=True)


def tested_pair(item: pytest.Item) -> tuple[str, Target] | None:
    """Return the program and the target that a test is about, ``None`` for a test of something else."""
    if not isinstance(item, pytest.Function) or "program" not in item.fixturenames:
        return None
    target: Target = item.callspec.params["program"]  # type: ignore[assignment] # as parametrised above
    return item.path.parent.name, target


class Builds:
    """Builds a program for all targets that this session tests, when the first of them is asked for."""

    def __init__(self, items: list[pytest.Item]) -> None:
        self._pairs = [pair for pair in map(tested_pair, items) if pair]
        self._built: dict[str, dict[str, BuiltProgram]] = {}

    def get(self, name: str, target: Target) -> BuiltProgram:
        """Return one program built for one target; the test is skipped where the machine cannot do that."""
        reason = obstacle(name, target)
        if reason:
            pytest.skip(reason)
        if name not in self._built:
            wanted = {each.name: each for program, each in self._pairs if program == name and not obstacle(name, each)}
            self._built[name] = build_program(name, list(wanted.values()))
        return self._built[name][target.name]


@pytest.fixture(scope="session")
def builds(request: pytest.FixtureRequest) -> Builds:
    return Builds(request.session.items)


@pytest.fixture
def program(request: pytest.FixtureRequest, builds: Builds) -> BuiltProgram:
    """The program of this folder, built for one target; `build` and `check` have already been right about it."""
    name, target = request.path.parent.name, request.param
    built = builds.get(name, target)
    request.node.stash[BUILD_SECONDS] = built.build.seconds
    if built.build.status == "failed":
        pytest.fail(f"{built.build.problem}\n{tail(built.build.log)}", pytrace=False)
    assert built.build.kind == programs()[name].kind
    assert built.files, "the build left no program"
    for file in built.files:
        verdict = built.predict(file)
        assert verdict.verdict == "ok", verdict.reasons
    return built


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Podman as it can run here is the one on PATH."""
    folder = tmp_path_factory.mktemp("podman")
    command = podman_command(folder)
    if command is None:
        pytest.skip("podman is missing: apt-get install podman")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join([str(command.parent), os.environ["PATH"]]))
        yield


@pytest.fixture(scope="module")
def docker() -> Iterator[None]:
    """A docker daemon of the tests' own is the one that is spoken to."""
    if not shutil.which("dockerd") or not shutil.which("docker"):
        pytest.skip("dockerd is missing: apt-get install docker.io")
    with docker_daemon() as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", address)
        yield


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> str:
    """The name of a sandbox that can be used."""
    name: str = request.param
    if name != "bubblewrap":
        request.getfixturevalue(name)
    return name


def tail(log: str) -> str:
    """Return the end of a build's log."""
    text = Path(log).read_text(errors="replace") if log and Path(log).exists() else ""
    return "\n".join(text.splitlines()[-LINES_OF_LOG:])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note the result for the grid; where ``CI=true``, turn a skipped test into a failed one.

    There, everything a test needs has to be brought.
    """
    report = yield
    grid, pair = os.environ.get("EVERYLINUX_GRID"), tested_pair(item)
    if grid and pair and (report.when == "call" or (report.when == "setup" and not report.passed)):
        name, target = pair
        add_result(
            Path(grid),
            Result(
                program=name,
                target=target.name,
                outcome=report.outcome,
                build_seconds=item.stash.get(BUILD_SECONDS, 0.0),
                run_seconds=report.duration if report.when == "call" else 0.0,
                cause="" if report.passed else cause(report),
            ),
        )
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: {cause(report)} (where CI=true a skipped test is a failed one)"
    return report


def cause(report: pytest.TestReport) -> str:
    """Return the one line that says why a test did not pass."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    errors = re.findall(r"^E +(.+)$", text, re.MULTILINE)
    return str(errors[0] if errors else text.strip().splitlines()[0])


@pytest.fixture(scope="session")
def the_release_of_the_roots() -> None:
    """Skip where this machine lacks the Python of the release that the roots have."""
    try:
        find_interpreters((RELEASE,))
    except EverylinuxError as error:
        pytest.skip(f"{error.message}; {error.hint}")
