"""Write data/static/musl.json: which members of musl's archive depend on who set up the process, and how.

zig's musl for every CPU is read as it is linked into a shared object: data that is written (a section of its own for
each variable), and code that reads the thread pointer (found by capstone in the instructions, so that assembler counts
too). Of which kind a member is stands in data/static/kinds.toml, by hand.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import capstone
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from everylinux.data import read
from everylinux.target import facts
from everylinux.toolchains.zig import find_zig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.target import Cpu
    from everylinux.toolchains.zig import Zig

Node = tuple[str, str]  # a member of the archive, and one of its sections
OUTPUT = Path(__file__).parent.parent / "src/everylinux/data/static/musl.json"
HEADER = 60
# How an instruction of each CPU names the thread pointer (the psABI of each; musl arch/*/pthread_arch.h). On x86 the
# word at 16 is no libc's own: it is where the kernel's entry is kept by all of them.
THREAD_POINTER = {
    "x86_64": (capstone.CS_ARCH_X86, capstone.CS_MODE_64, r"\bfs:"),
    "x86": (capstone.CS_ARCH_X86, capstone.CS_MODE_32, r"\bgs:(?!\[0x10\])"),
    "aarch64": (capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM, r"(?i)\btpidr_el0\b"),
    "arm": (capstone.CS_ARCH_ARM, capstone.CS_MODE_ARM, r"\bc13, c0, #3"),
    "riscv64": (capstone.CS_ARCH_RISCV, capstone.CS_MODE_RISCV64 | capstone.CS_MODE_RISCVC, r"\btp\b"),
    "s390x": (capstone.CS_ARCH_SYSZ, capstone.CS_MODE_BIG_ENDIAN, r"%a[01]\b"),
    "powerpc64le": (capstone.CS_ARCH_PPC, capstone.CS_MODE_64 | capstone.CS_MODE_LITTLE_ENDIAN, r"\br?13\b"),
}
# What only the linker and the loader write: their sections are not data of the program.
OF_THE_LOADER = (".data.rel.ro", ".toc", ".got")


class Found:
    """What the archives of all CPUs hold: members with data, functions that read the thread pointer, their names.

    ``leading`` are for each of these members and functions the functions of libc from which calls lead to it.
    """

    def __init__(self) -> None:
        self.state: set[str] = set()
        self.functions: set[str] = set()
        self.names: dict[tuple[str, bool], set[str]] = defaultdict(set)
        self.leading: dict[str, set[str]] = defaultdict(set)

    def add(self, cpu: Cpu, archive: Path) -> None:
        """Look through one archive."""
        architecture, mode, pattern = THREAD_POINTER[cpu.name]
        engine = capstone.Cs(architecture, mode)
        engine.skipdata = True
        graph = Graph()
        for member, content in members(archive):
            file = ELFFile(io.BytesIO(content))
            graph.add(member, file)
            for index, section in enumerate(file.iter_sections()):
                flags, node = section["sh_flags"], (member, section.name)
                if not flags & SH_FLAGS.SHF_ALLOC or not section["sh_size"]:
                    continue
                if flags & SH_FLAGS.SHF_EXECINSTR:
                    code = engine.disasm_lite(section.data(), 0)
                    if any(re.search(pattern, operands) for _, _, _, operands in code):
                        function = f"{member}:{section.name.removeprefix('.text').removeprefix('.')}"
                        self.functions.add(function)
                        graph.wanted[node] = function
                        self._name(member, file, index, state=False)
                elif flags & SH_FLAGS.SHF_WRITE and not section.name.startswith(OF_THE_LOADER):
                    self.state.add(member)
                    graph.wanted[node] = member
                    self._name(member, file, index, state=True)
        for what, symbols in graph.leading().items():
            self.leading[what] |= symbols

    def _name(self, member: str, file: Any, section: int, *, state: bool) -> None:  # noqa: ANN401 - pyelftools' own
        symbols = file.get_section_by_name(".symtab").iter_symbols()
        here = (one for one in symbols if one["st_shndx"] == section and one["st_info"]["bind"] == "STB_GLOBAL")
        # What begins with two underscores belongs to the implementation: no program may have it (C11 7.1.3).
        self.names[member, state] |= {one.name for one in here if one.name.startswith("__")}


class Graph:
    """Which section of an archive refers to which; ``wanted`` are those that are asked about."""

    def __init__(self) -> None:
        self.wanted: dict[Node, str] = {}
        self._referring: dict[Node | str, set[Node]] = defaultdict(set)
        self._defined: dict[Node, set[str]] = defaultdict(set)

    def add(self, member: str, file: Any) -> None:  # noqa: ANN401 - pyelftools' own
        """Take the relocations of a member; a symbol that it defines weakly itself is taken from nowhere else."""
        sections = [section.name for section in file.iter_sections()]
        symbols = list(file.get_section_by_name(".symtab").iter_symbols())
        for symbol in symbols:
            if isinstance(symbol["st_shndx"], int) and symbol["st_info"]["bind"] != "STB_LOCAL":
                self._defined[member, sections[symbol["st_shndx"]]].add(symbol.name)
        for table in file.iter_sections():
            if table["sh_type"] not in {"SHT_REL", "SHT_RELA"}:
                continue
            node = member, sections[table["sh_info"]]
            for relocation in table.iter_relocations():
                symbol = symbols[relocation["r_info_sym"]]
                place = symbol["st_shndx"]
                self._referring[(member, sections[place]) if isinstance(place, int) else symbol.name].add(node)

    def leading(self) -> dict[str, set[str]]:
        """Return for each wanted section the functions and objects from which references lead there."""
        found: dict[str, set[str]] = defaultdict(set)
        for node, what in self.wanted.items():
            seen, waiting = {node}, [node]
            while waiting:
                here = waiting.pop()
                found[what] |= self._defined[here]
                names: tuple[Node | str, ...] = (here, *self._defined[here])
                new = {one for name in names for one in self._referring.get(name, ())} - seen
                seen |= new
                waiting += new
        return found


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the members of an archive in GNU's format by their names without ``.o``; zig's are whole paths (ar(5))."""
    content, names, at = archive.read_bytes(), b"", len(b"!<arch>\n")
    while at < len(content):
        header = content[at : at + HEADER]
        body = content[at + HEADER : at + HEADER + int(header[48:58])]
        name = header[:16].rstrip()
        if name == b"//":
            names = body
        elif name[:1] == b"/" and name[1:].isdigit():
            yield Path(names[int(name[1:]) :].partition(b"/\n")[0].decode()).stem, body
        elif name not in {b"/", b"/SYM64/"}:
            yield Path(name.rstrip(b"/").decode()).stem, body
        at += HEADER + len(body) + len(body) % 2


def archive_of(zig: Zig, cpu: Cpu, folder: Path) -> Path:
    """Return the archive of musl that zig links into position-independent programs, as a build of ours links them."""
    source, compiled = folder / "empty.c", folder / "empty.o"
    source.write_text("int main(void) { return 0; }\n")
    command = [str(zig.path), "cc", "-target", f"{cpu.name}-linux-{cpu.libcs['musl'].abi}", "-O2"]
    environment = {**zig.environment(), "ZIG_VERBOSE_LINK": "1"}
    subprocess.run([*command, "-fPIE", "-c", str(source), "-o", str(compiled)], check=True, env=environment)
    linking = [*command, "-static", "-pie", str(compiled), "-o", str(folder / "empty")]
    done = subprocess.run(linking, check=True, capture_output=True, text=True, env=environment)
    (path,) = set(re.findall(r"\S+/libc\.a", done.stderr))
    return Path(path)


def folders(zig: Zig) -> dict[str, set[str]]:
    """Return the folders of musl's sources in which a file of a name lies."""
    found: dict[str, set[str]] = defaultdict(set)
    source = zig.path.parent / "lib/libc/musl/src"
    for path in source.rglob("*.[csS]"):
        found[path.stem].add(path.relative_to(source).parts[0])
    return found


def kind_of(member: str, kinds: list[dict[str, str]], places: set[str]) -> str:
    """Return the kind that names a member, else that of its folder, else the one for all others."""
    for key, wanted in (("members", {member}), ("folders", places), ("folders", {"*"})):
        for kind in kinds:
            if wanted & set(kind[key].split()):
                return kind["name"]
    raise KeyError(member)


def main() -> None:
    """Read the archive of each CPU and write the data file."""
    zig = find_zig()
    judged = tomllib.loads(read("static/kinds.toml").decode())
    found, places = Found(), folders(zig)
    for cpu in facts().cpus:
        with tempfile.TemporaryDirectory() as name:
            found.add(cpu, archive_of(zig, cpu, Path(name)))
        print(
            f"{cpu.name}: {len(found.state)} members with data so far, {len(found.functions)} functions",
            file=sys.stderr,
        )
    own = {member for each in judged["own"] for member in each["members"].split()}
    rows: dict[str, dict[str, set[str]]] = {each["name"]: defaultdict(set) for each in judged["kind"]}
    for member in found.state - own:
        rows[kind_of(member, judged["kind"], places[member])]["state"].add(member)
    for function in found.functions:
        member = function.partition(":")[0]
        rows[kind_of(member, judged["kind"], places[member])]["functions"].add(function)
    for row in rows.values():
        listed = {(member, True) for member in row["state"]}
        listed |= {(function.partition(":")[0], False) for function in row["functions"]}
        row["leading"] = {name for each in (*row["state"], *row["functions"]) for name in found.leading[each]}
        row["names"] = {name for each in listed for name in found.names[each]}
    version = (zig.path.parent / "lib/libc/musl/src/internal/version.h").read_text().split('"')[1]
    content = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "sources": {
            "members": f"musl {version} as ziglang {zig.version} links it into position-independent programs, for"
            f" {', '.join(cpu.name for cpu in facts().cpus)}",
            "kinds": "data/static/kinds.toml",
        },
        "zig": zig.version,
        "musl": version,
        "own": " ".join(sorted(own & found.state)),
        "kinds": [
            {"name": name, **{key: " ".join(sorted(row[key])) for key in ("state", "functions", "names", "leading")}}
            for name, row in rows.items()
        ],
    }
    OUTPUT.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
