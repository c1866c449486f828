"""Write data/elf/machines.json: relocation types and kernel pages of each CPU.

Relocation numbers are read from glibc's and musl's elf.h in the zig wheel; those that musl's loader knows from musl's
arch/*/reloc.h beside it. The page sizes are from Linux's arch/*/Kconfig, written down here because the kernel's sources
are in no package of this machine.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from importlib import resources
from pathlib import Path

LIBC = Path(str(resources.files("ziglang"))) / "lib/libc"
GLIBC = LIBC / "glibc"
MUSL = LIBC / "musl"
OUTPUT = Path(__file__).parent.parent / "src/everylinux/data/elf/machines.json"

# OCI platforms of CPUs that are no target of ours, by byte order (Go's names: https://go.dev/doc/install/source).
PLATFORMS = {
    "powerpc64": {"big": "linux/ppc64"},
    "loongarch64": {"little": "linux/loong64"},
    "riscv32": {"little": "linux/riscv32"},
    "powerpc": {"big": "linux/ppc"},
    "mips": {"little": "linux/mipsle", "big": "linux/mips"},
    "mips64": {"little": "linux/mips64le", "big": "linux/mips64"},
}
# name: (e_machine, bits, prefix of its relocation names, musl's name of the CPU, page sizes in KiB)
MACHINES = {
    "x86_64": ("EM_X86_64", 64, "R_X86_64_", "x86_64", (4,)),
    "x32": ("EM_X86_64", 32, "R_X86_64_", "x32", (4,)),
    "x86": ("EM_386", 32, "R_386_", "i386", (4,)),
    "aarch64": ("EM_AARCH64", 64, "R_AARCH64_", "aarch64", (4, 16, 64)),
    "arm": ("EM_ARM", 32, "R_ARM_", "arm", (4,)),
    "riscv64": ("EM_RISCV", 64, "R_RISCV_", "riscv64", (4,)),
    "riscv32": ("EM_RISCV", 32, "R_RISCV_", "riscv32", (4,)),
    "s390x": ("EM_S390", 64, "R_390_", "s390x", (4,)),
    "powerpc64": ("EM_PPC64", 64, "R_PPC64_", "powerpc64", (4, 64)),
    "powerpc": ("EM_PPC", 32, "R_PPC_", "powerpc", (4, 16, 64)),
    "loongarch64": ("EM_LOONGARCH", 64, "R_LARCH_", "loongarch64", (4, 16, 64)),
    "mips": ("EM_MIPS", 32, "R_MIPS_", None, (4, 16, 64)),
    "mips64": ("EM_MIPS", 64, "R_MIPS_", None, (4, 16, 64)),
}
# The relocations that glibc's and musl's loaders resolve to a fixed distance from the thread pointer.
INITIAL_TLS = ("TPOFF64", "TLS_TPOFF", "TLS_TPOFF32", "TLS_TPREL64", "TLS_TPREL", "TLS_TPREL32", "TPREL64", "TPREL32")


# Those by which a variable may be at a fixed place where there is room (TLS descriptors).
DESCRIPTORS = ("TLSDESC", "TLS_DESC")
# What glibc takes in a PLT that it binds lazily (sysdeps/CPU/dl-machine.h, elf_machine_lazy_rel); others bind none so.
LAZY = ("JUMP_SLOT", "JMP_SLOT", "TLSDESC", "TLS_DESC", "IRELATIVE")
LAZY_CPUS = ("x86_64", "x32", "x86", "aarch64", "arm", "riscv64", "riscv32", "s390x")
# What $PLATFORM stands for where the kernel names all CPUs of a kind alike (AT_PLATFORM, arch/*/include/asm/elf.h).
TOKENS = {"x86_64": "x86_64", "x86": "i686", "aarch64": "aarch64"}


def read_numbers(header: str) -> dict[str, int]:
    """Return the machine and relocation numbers of elf.h; some are written as another's name."""
    numbers: dict[str, int] = {}
    for name, value in re.findall(r"^#define\s+((?:EM|R)_\w+)\s+(\w+)", header, re.MULTILINE):
        if value in numbers:
            numbers[name] = numbers[value]
        elif value[0].isdigit():
            numbers[name] = int(value, 0)
    return numbers


def main() -> None:
    """Read the headers and write the data file."""
    numbers = read_numbers((MUSL / "include/elf.h").read_text() + (GLIBC / "elf/elf.h").read_text())
    machines = []
    for name, (machine, bits, prefix, cpu, pages) in MACHINES.items():
        known: list[int] = []
        if cpu is not None:
            header = (MUSL / f"arch/{cpu}/reloc.h").read_text()
            known = [numbers[word] for word in re.findall(r"^#define\s+REL_\w+\s+(R_\w+)", header, re.MULTILINE)]
        tls = [numbers[prefix + word] for word in INITIAL_TLS if prefix + word in numbers]
        if machine == "EM_386":
            tls = [numbers["R_386_TLS_TPOFF"], numbers["R_386_TLS_TPOFF32"]]
        machines.append(
            {
                "name": name,
                "machine": numbers[machine],
                "bits": bits,
                "copy": numbers.get(prefix + "COPY"),
                "irelative": numbers.get(prefix + "IRELATIVE"),
                "initial_tls": sorted(set(tls)),
                "descriptors": sorted(numbers[prefix + word] for word in DESCRIPTORS if prefix + word in numbers),
                "lazy": sorted(numbers[prefix + word] for word in LAZY if prefix + word in numbers)
                if name in LAZY_CPUS
                else [],
                "musl": sorted({0, *known}) if known else [],
                "pages": [size * 1024 for size in pages],
                "platforms": PLATFORMS.get(name, {}),
                "token": TOKENS.get(name),
            }
        )
    content = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "sources": {
            "machine, copy, irelative, initial_tls, descriptors": (
                "glibc's elf/elf.h and musl's include/elf.h in the zig wheel"
            ),
            "lazy": "glibc sysdeps/*/dl-machine.h, elf_machine_lazy_rel; empty: it checks none",
            "token": "Linux arch/*/include/asm/elf.h, ELF_PLATFORM; null: it differs between CPUs, or there is none",
            "musl": "musl's arch/*/reloc.h in the zig wheel: the types its do_relocs handles; empty: not told",
            "platforms": "Go's ports, by byte order, for CPUs that are no target",
            "pages": "Linux 6.12 arch/*/Kconfig, HAVE_PAGE_SIZE_*",
        },
        "machines": machines,
    }
    OUTPUT.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{OUTPUT}: {len(machines)} CPUs")


if __name__ == "__main__":
    main()
