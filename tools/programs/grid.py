"""The grid of programs and targets: results as they come in, and the table they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from everylinux.spelling import all_targets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Outcome = Literal["passed", "failed", "skipped"]
# Of several tests of one pair, the worst counts.
SEVERITY: tuple[Outcome, ...] = ("passed", "skipped", "failed")


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One test of one program for one target; ``cause`` says why it did not pass. Times are seconds."""

    program: str
    target: str
    outcome: Outcome
    build_seconds: float
    run_seconds: float
    cause: str = ""


def add_result(path: Path, result: Result) -> None:
    """Add one line to a file of results."""
    with path.open("ab") as file:
        file.write(msgspec.json.encode(result) + b"\n")


def read_results(path: Path) -> list[Result]:
    """Return the results of a file, one for each pair: its worst outcome, its tests' times added up."""
    found: dict[tuple[str, str], Result] = {}
    for line in path.read_bytes().splitlines():
        result = msgspec.json.decode(line, type=Result)
        pair = (result.program, result.target)
        found[pair] = _merged(found[pair], result) if pair in found else result
    return list(found.values())


def _merged(first: Result, second: Result) -> Result:
    worst = max(first, second, key=lambda result: SEVERITY.index(result.outcome))
    return msgspec.structs.replace(
        worst,
        build_seconds=max(first.build_seconds, second.build_seconds),
        run_seconds=first.run_seconds + second.run_seconds,
    )


def as_table(results: Sequence[Result]) -> str:
    """Return a Markdown table: a row a target, a column a program; a note below it for each pair that did not pass."""
    by_pair = {(result.program, result.target): result for result in results}
    names = sorted({result.program for result in results})
    lines = [f"| target | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for target in all_targets():
        cells = [_cell(by_pair.get((name, target.name))) for name in names]
        lines.append(f"| `{target.name}` | {' | '.join(cells)} |")
    notes = [
        f"- {result.program} for `{result.target}` {result.outcome}: {result.cause}"
        for result in sorted(results, key=lambda result: (result.program, result.target))
        if result.outcome != "passed"
    ]
    return "\n".join([*lines, "", *(notes or ["Every pair passed."])]) + "\n"


def _cell(result: Result | None) -> str:
    if result is None:
        return ""
    if result.outcome != "passed":
        return result.outcome
    return f"{result.build_seconds:.0f} + {result.run_seconds:.1f} s"
