"""Write docs/rules.md: every rule of the kernel and the loaders, where it is from, and the files that show it.

The table is made of ``tests/elf/*/case.json``; `tests/unit/test_rules_page.py` holds it up to date.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests/elf"
PAGE = ROOT / "docs/rules.md"
DEFAULT_CPUS = ["x86_64", "aarch64"]

# Which rules belong together, in the order in which a program meets them; every folder must be in one.
SECTIONS = {
    "The kernel": (1, 28, 29, 91, 53, 54, 62, 65, 90, 66, 75, 30, 79, 60, 42),
    "Where libraries are looked for": (
        *(2, 3, 4, 5, 6, 50, 51, 52, 32, 33, 34, 36, 78, 37, 12, 81, 58, 49, 67, 85, 86, 68, 74, 76),
    ),
    "Which candidates are taken": (7, 39, 40, 41, 8, 9, 83, 10, 43, 44, 61, 45, 93, 26, 38, 63, 11, 69, 77),
    "Versions": (13, 14, 18, 35, 72, 94, 70, 55, 56, 23),
    "Symbols": (15, 16, 17, 88, 92, 84, 21, 59, 71, 73, 82, 19, 20, 48, 27, 46),
    "Other stops, and risks": (22, 57, 24, 64, 87, 25, 47, 89, 31, 80),
}
INTRODUCTION = """# Rules of the kernel and the loaders

What `everylinux check` simulates, rule by rule. Each has a folder in `tests/elf` with small sources that are built for
real, judged, and run with the real loaders of Debian's packages; prediction and run must agree. *Run on* says where the
pair is executed (foreign CPUs by qemu-user); *judged only* is what no machine at hand can show: another kernel's pages,
a CPU of another level, plugins whose host is not there. Releases at which a rule changes are data
(`src/everylinux/data/elf/releases.json`), read from the tags of glibc's and musl's repositories.

This page is written by `tools/update_rules.py`.
"""
LIMITS = """
## What is not simulated

- Folders that a relative path reaches: they depend on where a program is started. The environment (`LD_LIBRARY_PATH`,
  `LD_PRELOAD`, `GLIBC_TUNABLES`) is taken as empty.
- glibc's folders for single CPU features before 2.37 (`tls`, `haswell`, `i686/sse2`, …) and such entries of the library
  cache: what lies there lies in the usual folder too.
- MIPS O32: the kernel's switch between floating-point modes is taken as there.
- A program's own ABI note: neither the kernel nor any glibc compares it with the running kernel. A newer kernel than
  the oldest maintained one is a risk; what glibc before 2.36 passes over for its note is a reason.
- Relocation types that glibc does not know; a relocation whose symbol is of another kind than what is found (a variable
  for a thread-local one): the process crashes.
- On s390x a file whose only hash table has 32-bit words (lld with `--hash-style=sysv`): loaders crash when they look a
  symbol up in it.
"""


def table() -> str:
    """Return the page."""
    folders = {folder.name: json.loads((folder / "case.json").read_text()) for folder in CASES.glob("[0-9]*_*")}
    numbers = {name: int(name.partition("_")[0]) for name in folders}
    left = set(numbers.values()) - {number for members in SECTIONS.values() for number in members}
    if left:
        raise SystemExit(f"tests/elf: in no section of tools/update_rules.py: {sorted(left)}")
    parts = [INTRODUCTION]
    for title, members in SECTIONS.items():
        parts.append(f"\n## {title}\n\n| rule | source | folder | run on |\n|---|---|---|---|")
        for name in sorted(folders, key=lambda name: (numbers[name], name)):
            if numbers[name] in members:
                case = folders[name]
                rule, source = (case[key].replace("|", "\\|").replace("$", "\\$") for key in ("rule", "source"))
                parts.append(f"| {rule} | {source} | `{name}` | {_measured(case)} |")
    return "\n".join(parts) + "\n" + LIMITS


def _measured(case: dict[str, Any]) -> str:
    images: set[str] = set()
    cpus: set[str] = set()
    for row in case["expect"]:
        if row.get("run", True):
            images.update(row["images"])
            cpus.update(set(row.get("cpus", DEFAULT_CPUS)) - set(row.get("unrun_cpus", ())))
    if not images:
        return "judged only"
    libcs: dict[str, list[str]] = {}
    for image in sorted(images):
        libc, _, release = image.partition("-")
        libcs.setdefault(libc if release else "no libc", []).append(release)
    where = "; ".join(f"{libc} {', '.join(releases)}".strip() for libc, releases in libcs.items())
    return f"{where}: {', '.join(sorted(cpus))}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(table())
    print(PAGE)


if __name__ == "__main__":
    main()
