"""Building a Rust project for one target with `everylinux matrix`, and whether what came out does its work there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.errors import EverylinuxError
from everylinux.evidence import BuildReport, MatrixReport
from everylinux.toolchains.find import require
from programs.grid import Result
from programs.trial import root_name
from roots import make_root
from rust.inputs import inputs, project_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from everylinux.evidence import Cell
    from everylinux.target import Target

SECONDS_FOR_A_BUILD = 3600
SHOWN_CHARACTERS = 500


def try_input(
    name: str, target: Target, out: Path, *, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Result:
    """Return how one project does for one target; ``arguments`` go to cargo.

    It passes when the build came out as asked for, `check` says ``ok``, and each program ran as its smoke tests expect
    where nothing else helps it: a static program in an empty root, another one in a minimal Debian of its CPU.
    """
    try:
        for tool in ("cargo", "bubblewrap"):
            require(tool)
        folder = project_folder(name)
        image = "scratch" if target.static else f"dir:{make_root(root_name(target))}"
    except EverylinuxError as error:
        return _result(name, target, "skipped", cause=f"{error.message}; {error.hint}")
    if not inputs()[name].cured:
        return _built(folder, target, out, image, arguments=arguments, environment=environment)
    with tempfile.TemporaryDirectory() as copies:
        copy = Path(shutil.copytree(folder, Path(copies) / name))
        seconds, problem = _cure(copy, target, out)
        if problem:
            return _result(name, target, "failed", cause=problem)
        result = _built(copy, target, out, image, arguments=arguments, environment=environment)
        return msgspec.structs.replace(result, build_seconds=seconds + result.build_seconds)


def _built(  # noqa: PLR0913 - those of `try_input`, and what it found
    folder: Path,
    target: Target,
    out: Path,
    image: str,
    *,
    arguments: Sequence[str],
    environment: Mapping[str, str] | None,
) -> Result:
    """Return how the project in a folder, named as the project, does as it is."""
    name = folder.name
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [sys.executable, "-m", "everylinux", "matrix", str(folder), "--target", target.name]
        command += ["--image", image, "--out", str(out), "--quiet", "--output", f"json={report.name}"]
        done = subprocess.run(
            [*command, "--", "--locked", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_FOR_A_BUILD,
            env={**os.environ, **(environment or {})},
        )
        content = Path(report.name).read_bytes()
    if not content:
        return _result(name, target, "failed", cause=_last_said(done))
    found = msgspec.json.decode(content, type=MatrixReport)
    build = found.builds[0]
    if build.status == "failed":
        return _result(name, target, "failed", cause=build.problem)
    made = {Path(file.path).name for file in build.files}
    expected = set(inputs()[name].programs or (name,))
    problems = [] if made == expected else [f"it made {', '.join(sorted(made)) or 'nothing'}"]
    problems += [problem for cell in found.cells for problem in _problems(cell)]
    if not problems and len(found.cells) != len(expected):
        problems = [f"{len(found.cells)} of {len(expected)} programs were tried"]
    runs = [cell.prove.seconds for cell in found.cells if cell.prove]
    outcome = "failed" if problems else "passed"
    return _result(name, target, outcome, build_seconds=build.seconds, run_seconds=sum(runs), cause="; ".join(problems))


def _cure(folder: Path, target: Target, out: Path) -> tuple[float, str]:
    """Build a project and change it as its advice says; return the seconds, and why it failed, empty where it did not.

    What changes a project is a failure as well where it ends without a record.
    """
    command = [sys.executable, "-m", "everylinux", "build", str(folder), "--target", target.name, "--apply"]
    done = subprocess.run(
        [*command, "--out", str(out), "-o", "json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_FOR_A_BUILD,
    )
    if not done.stdout:
        return 0.0, _last_said(done)
    build = msgspec.json.decode(done.stdout, type=BuildReport).builds[0]
    return build.seconds, build.problem if build.status == "failed" else ""


def _last_said(done: subprocess.CompletedProcess[str]) -> str:
    return f"exit {done.returncode}: {done.stderr.strip()[-SHOWN_CHARACTERS:]}"


def _problems(cell: Cell) -> list[str]:
    name, run = Path(cell.path).name, cell.prove
    if cell.check.verdict != "ok":
        return [f"check says {cell.check.verdict} of {name}: {cell.check.reasons}"]
    if run is None or run.verdict != "ok":
        return [f"{name} does not run: {run.reasons or run.note if run else 'not tried'}"]
    if run.smoke is None or not run.smoke.passed:
        return [f"{name} runs and does not do its work: {run.smoke.reasons if run.smoke else 'no smoke test'}"]
    return []


def _result(name: str, target: Target, outcome: str, **values: object) -> Result:
    fields = {"build_seconds": 0.0, "run_seconds": 0.0, "cause": "", **values}
    return msgspec.convert({"program": name, "target": target.name, "outcome": outcome, **fields}, Result)
