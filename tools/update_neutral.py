"""Write data/neutral/symbols.json: which symbols glibc and musl declare alike, for each CPU.

What both have is known from data/libc; what their headers declare is compiled by zig, for glibc's newest release and
for musl, and compared by size, offset and shape (`tools/neutral/layouts.py`). What no header declares is judged in
data/neutral/known.toml, by hand.

And data/neutral/constants.json: which numbers of the headers differ, and which names musl lacks that a program hands to
glibc. Both are judged in data/neutral/constants.toml; what is new there and not judged is printed.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from everylinux.data import read
from everylinux.neutral.constants import family_of, treatment_of
from everylinux.target import facts
from everylinux.toolchains.zig import Zig, find_zig
from neutral.constants import constants
from neutral.declarations import declared
from neutral.layouts import Comparison

OUTPUT = Path(__file__).parent.parent / "src/everylinux/data/neutral/symbols.json"
CONSTANTS = OUTPUT.with_name("constants.json")
LARGE_FILE = "64"


def main() -> None:
    """Compare the headers for each CPU and write the data file."""
    zig = find_zig()
    alike: dict[str, list[str]] = defaultdict(list)
    unlike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for cpu in facts().cpus:
        common = _of_glibc(cpu.name) & _of_musl(cpu.name)
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            gnu, musl = (f"{cpu.name}-linux-{cpu.libcs[libc].abi}" for libc in ("gnu", "musl"))
            glibc_s = declared(zig, gnu, common, Path(one))
            musl_s = declared(zig, musl, common, Path(other))
            for name in sorted(common):
                # musl's loader takes NAME for NAME64, and its headers do not declare it any more.
                theirs = musl_s.get(name) or musl_s.get(name.removesuffix(LARGE_FILE))
                if name not in glibc_s or theirs is None:
                    continue
                found = Comparison(cpu.elf.bits // 8).difference(glibc_s[name], theirs, "it")
                (unlike[name, found] if found else alike[name]).append(cpu.name)
        print(f"{cpu.name}: {len(common)} symbols in both", file=sys.stderr)
    content = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "sources": {
            "names": "data/libc/glibc.json and musl.json: what both have, in any release",
            "declarations": f"the headers of glibc and musl in ziglang {zig.version}, compiled with debug information",
        },
        "alike": _rows(alike),
        "unlike": [[cpus, name, found] for (name, found), cpus in sorted(unlike.items())],
    }
    OUTPUT.write_text(json.dumps(content, indent=1) + "\n")
    CONSTANTS.write_text(json.dumps(_constants(zig), indent=1) + "\n")


def _constants(zig: Zig) -> dict[str, object]:
    absent: dict[str, list[str]] = defaultdict(list)
    unlike: dict[tuple[str, int, int], list[str]] = defaultdict(list)
    for cpu in facts().cpus:
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            gnu, musl = (f"{cpu.name}-linux-{cpu.libcs[libc].abi}" for libc in ("gnu", "musl"))
            ours, macros = constants(zig, f"{gnu}.{cpu.libcs['gnu'].oldest}", Path(one))
            theirs, others = constants(zig, musl, Path(other))
        for name in (ours.keys() | macros) - theirs.keys() - others:
            family = family_of(name)
            if family and family.unknown != "kernel":
                absent[name].append(cpu.name)
        for name in ours.keys() & theirs.keys():
            if ours[name] != theirs[name]:
                unlike[name, ours[name], theirs[name]].append(cpu.name)
        print(f"{cpu.name}: {len(ours)} numbers of glibc, {len(theirs)} of musl", file=sys.stderr)
    print("to be judged:", *sorted({name for name, _, _ in unlike if treatment_of(name) is None}), file=sys.stderr)
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "sources": {
            "glibc": f"the headers of glibc in ziglang {zig.version}, as for the oldest release of each CPU",
            "musl": f"the headers of musl in ziglang {zig.version}",
        },
        "absent": _rows(absent),
        "unlike": [[cpus, *row] for row, cpus in sorted(unlike.items())],
    }


def _rows(alike: dict[str, list[str]]) -> list[list[object]]:
    """Return names by the CPUs on which they are alike."""
    by_cpus: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, cpus in alike.items():
        by_cpus[tuple(cpus)].append(name)
    return [[list(cpus), " ".join(sorted(names))] for cpus, names in sorted(by_cpus.items())]


def _of_glibc(cpu: str) -> set[str]:
    history = json.loads(read("libc/glibc.json"))
    index = list(history["cpus"]).index(cpu)
    return {
        name
        for _, versions, names in history["rows"]
        if any(index in cpus for cpus in versions.values())
        for name in names.split()
    }


def _of_musl(cpu: str) -> set[str]:
    history = json.loads(read("libc/musl.json"))
    index = history["cpus"].index(cpu)
    return {name for _, _, cpus, names in history["rows"] if index in cpus for name in names.split()}


if __name__ == "__main__":
    main()
