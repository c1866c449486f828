"""Which tool can build which Rust project for which target: ``docs/rust-tools.md``, a dated table.

Every project is built from nothing by everylinux, by cargo-zigbuild and by cargo alone, as their users call them. With
``--record FILE`` results are kept as they come and not measured again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import tempfile
from pathlib import Path

import msgspec

from everylinux import __version__
from everylinux.cache import write_atomically
from everylinux.spelling import parse_target_list
from everylinux.toolchains.find import require, tool_named, version_of
from rust.inputs import inputs, project_folder
from rust.others import CARGO, ZIGBUILD, try_tool
from rust.trial import try_input

TABLE = Path(__file__).resolve().parent.parent / "docs" / "rust-tools.md"
# One for which Rust's makers have a standard library, and one for which they have none.
TARGETS = "aarch64-linux-musl,s390x-linux-musl"
OURS = "everylinux"
TOOLS = (OURS, ZIGBUILD.name, CARGO.name)
LONGEST_ERROR = 100


class Attempt(msgspec.Struct, frozen=True):
    """One project built for one target by one tool; ``problem`` is the first error, empty when it was built."""

    project: str
    target: str
    tool: str
    problem: str


def main() -> None:
    """Try what was not tried yet and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--target", default=TARGETS, help=f"targets, with commas between (default: {TARGETS})")
    parser.add_argument("--tool", action="append", choices=TOOLS, help="try this one only; may be given again")
    parser.add_argument("--record", type=Path, help="where results are kept as they come")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        record = given.record or Path(folder) / "attempts"
        record.touch()
        for name in given.names or inputs():
            for target in parse_target_list(given.target.split(",")):
                for tool in given.tool or TOOLS:
                    known = {(each.project, each.target, each.tool) for each in _read(record)}
                    if (name, target.name, tool) not in known:
                        with tempfile.TemporaryDirectory() as out:
                            attempt = Attempt(name, target.name, tool, _try(name, target.name, tool, Path(out)))
                        with record.open("ab") as file:
                            file.write(msgspec.json.encode(attempt) + b"\n")
                        print(f"{name} {target.name} {tool}: {attempt.problem or 'built'}", flush=True)
        write_atomically(TABLE, page(_read(record)).encode())


def page(attempts: list[Attempt]) -> str:
    """Return the page: what was measured, the table, and what each tool said where it failed."""
    pairs = sorted({(each.project, each.target) for each in attempts}, key=lambda pair: (pair[1], pair[0]))
    found = {(each.project, each.target, each.tool): each.problem for each in attempts}
    lines = [f"| target | project | {' | '.join(TOOLS)} |", f"|---|---|{'---|' * len(TOOLS)}"]
    for project, target in pairs:
        cells = [_cell(project, tool, found.get((project, target, tool))) for tool in TOOLS]
        lines.append(f"| `{target}` | {project} | {' | '.join(cells)} |")
    today = dt.datetime.now(dt.UTC).date().isoformat()
    zig, rust = (version_of(tool_named(name), require(name)) for name in ("zig", "cargo"))
    return f"""# Which tool builds which Rust project

Measured by `python tools/rust_tools.py`, the last cell on {today}, with everylinux {__version__}, Rust {rust},
zig {zig}. Each tool is called as its users call it: `everylinux build --target T`, `cargo zigbuild --release
--target T`, `cargo build --release --target T`, with the standard libraries that rustup has installed. The projects are
those of [the other table](rust-grid.md). A cell has the first error where the tool failed; an empty one was not
measured.

{chr(10).join(lines)}
"""


def _cell(project: str, tool: str, problem: str | None) -> str:
    if problem is None:
        return ""
    if not problem:
        return "yes, with `--apply`" if tool == OURS and inputs()[project].cured else "yes"
    # A package of the project itself is told with the folder that it lies in on this machine.
    shown = re.sub(r" \(/[^)]*\)", "", problem).replace("|", "/").replace("`", "")[:LONGEST_ERROR]
    return f"no: `{shown}`"


def _try(name: str, target: str, tool: str, folder: Path) -> str:
    (parsed,) = parse_target_list([target])
    if tool == OURS:
        result = try_input(name, parsed, folder)
        return "" if result.outcome == "passed" else result.cause
    return try_tool(ZIGBUILD if tool == ZIGBUILD.name else CARGO, project_folder(name), parsed, folder)


def _read(record: Path) -> list[Attempt]:
    return [msgspec.json.decode(line, type=Attempt) for line in record.read_bytes().splitlines()]


if __name__ == "__main__":
    main()
