"""Builds the files of a rule for one CPU and one libc, and lays them into tiny root file systems.

Everything is compiled by zig without a C library and linked by its lld, so a case costs no libc build. What is built is
kept, and built again only when its sources or this module change. The loaders are real ones: glibc's and musl's out of
Debian's packages.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile

from everylinux.cache import cache_directory, directory_made_whole
from everylinux.images.directory import DirectoryTree
from everylinux.target import facts
from lld import EMULATIONS
from roots import make_root

HERE = Path(__file__).parent


class Machine(NamedTuple):
    """A CPU as each tool calls it: zig's triple, lld's emulation, Debian's architecture and folder, OCI's platform."""

    triple: str
    emulation: str
    debian: str
    folder: str
    platform: str
    loaders: dict[str, str]


FOLDERS = {"x86": "i386-linux-gnu", "arm": "arm-linux-gnueabihf"}
CPUS = {
    cpu.name: Machine(
        f"{cpu.name}-linux-{cpu.libcs['gnu'].abi}",
        EMULATIONS[cpu.name],
        cpu.debian,
        FOLDERS.get(cpu.name, f"{cpu.name}-linux-gnu"),
        cpu.platform,
        {"glibc": cpu.libcs["gnu"].interpreter, "musl": cpu.libcs["musl"].interpreter},
    )
    for cpu in facts().cpus
}
# No target of the project, but its ABI flags have rules of their own, and Debian 12 has it.
CPUS["mips64el"] = Machine(
    "mips64el-linux-gnuabi64",
    "elf64ltsmip",
    "mips64el",
    "mips64el-linux-gnuabi64",
    "linux/mips64le",
    {"glibc": "/lib64/ld.so.1"},
)
# The release of each root's libc is Debian's: packages libc6 and musl of that suite.
ROOTS = {
    "glibc-2.31": "distroless-base-bullseye",
    "glibc-2.36": "distroless-base-bookworm",
    "glibc-2.41": "distroless-base-trixie",
    "musl-1.2.2": "alpine-like-bullseye",
    "musl-1.2.3": "alpine-like-bookworm",
    "musl-1.2.5": "alpine-like-trixie",
    "musl-1.2.6": "alpine-like-sid",
}
VER_FLG_WEAK = 2
COMPILE = (
    "-c",
    "-O1",
    "-g0",
    "-fPIC",
    "-nostdlib",
    "-ffreestanding",
    "-fno-stack-protector",
    "-fno-sanitize=all",
    "-fno-asynchronous-unwind-tables",
)


class Built(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file to build: its source or its text, arguments for compiler and linker, and what is changed afterwards.

    ``copy`` takes an earlier file. ``bytes`` are changed (offset: value), ``headers`` sets fields of program headers
    (``PT_LOAD.p_align``), ``size`` cuts it off, ``weak_version`` marks its first version need as weak,
    ``plt_type`` is the type that its first PLT relocation gets (little-endian CPUs). ``unneeded`` is a library that it
    was linked with and no longer says that it needs.
    """

    path: str
    source: str = ""
    text: str = ""
    copy: str = ""
    link: tuple[str, ...] = ()
    compile: tuple[str, ...] = ()
    cpu: str = ""
    mode: int = 0o755
    bytes: dict[int, int] = {}
    headers: dict[str, int] = {}
    size: int | None = None
    weak_version: bool = False
    plt_type: int | None = None
    unneeded: str = ""


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the loader of one image says to one file.

    ``images`` are names of ``ROOTS`` or ``empty``; ``run`` is ``False`` where this machine cannot show it.
    ``unrun_cpus`` are CPUs whose emulator differs from the real one in this. ``also`` are codes that must be among the
    other reasons.
    """

    images: tuple[str, ...]
    file: str
    verdict: str
    code: str = ""
    subject: str = ""
    also: tuple[str, ...] = ()
    risk: str = ""
    cpus: tuple[str, ...] = ("x86_64", "aarch64")
    alone: bool = False
    level: str | None = None
    run: bool = True
    unrun_cpus: tuple[str, ...] = ()


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: where it is from, the files that show it, what lies in the image, and what must come out.

    Sources are in the rule's own folder, or those of many rules beside this module. ``image`` says which file lies
    where: a built one, or (``glibc-2.41:/path``) one of another root. ``from_root`` copies more of a real root with
    glibc. ``ldconfig`` makes the image's library cache with the program of this machine.
    """

    rule: str
    source: str
    files: tuple[Built, ...]
    expect: tuple[Expected, ...]
    image: dict[str, str] = {}
    from_root: tuple[str, ...] = ()
    ldconfig: bool = False


def read_case(folder: Path) -> Case:
    return msgspec.json.decode((folder / "case.json").read_bytes(), type=Case)


def built(folder: Path, target: tuple[str, str]) -> Path:
    """Return the folder with the files of a case for one CPU and libc, built when they are not there yet."""
    case = read_case(folder)
    sources = sorted(path for path in (*HERE.glob("*.[ch]"), *folder.iterdir()) if path.name != "case.json")
    made = hashlib.sha256(repr((case.files, target, metadata.version("ziglang"), COMPILE)).encode())
    for path in (Path(__file__), *sources):
        made.update(path.read_bytes())
    final = cache_directory("rule-files") / f"{folder.name}-{target[0]}-{target[1]}"
    stamp = final / ".made-of"
    if not stamp.is_file() or stamp.read_text() != made.hexdigest():
        with directory_made_whole(final) as out:
            build(case.files, folder, target, out)
            (out / stamp.name).write_text(made.hexdigest())
    return final


def build(files: tuple[Built, ...], folder: Path, target: tuple[str, str], out: Path) -> None:
    """Build the files of a case; an argument that names an earlier file means that file."""
    for file in files:
        path = out / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.source:
            _link(file, folder, (file.cpu or target[0], target[1]), out)
        else:
            path.write_bytes((out / file.copy).read_bytes() if file.copy else file.text.encode())
        content = bytearray(path.read_bytes())[: file.size]
        for offset, value in file.bytes.items():
            content[offset] = value
        if file.weak_version:
            content[_flags_of_first_version_need(path)] = VER_FLG_WEAK
        if file.plt_type is not None:
            _set_first_plt_type(path, content, file.plt_type)
        if file.unneeded:
            _take_out_need(path, content, file.unneeded)
        if file.headers:
            _set_headers(path, content, file.headers)
        path.write_bytes(content)
        path.chmod(file.mode)


def _flags_of_first_version_need(path: Path) -> int:
    """Return the file offset of ``vna_flags``: what GNU ld sets when only weak references need a version."""
    with path.open("rb") as file:
        section = ELFFile(file).get_section_by_name(".gnu.version_r")
        assert section is not None
        file.seek(section["sh_offset"] + 8)
        return int(section["sh_offset"] + int.from_bytes(file.read(4), "little") + 4)


def _set_first_plt_type(path: Path, content: bytearray, kind: int) -> None:
    """Set the type of the first relocation of the PLT: the lower half of ``r_info``, or its lowest byte."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        section = elf.get_section_by_name(".rela.plt") or elf.get_section_by_name(".rel.plt")
        assert section is not None
        start = int(section["sh_offset"]) + elf.elfclass // 8
        size = 4 if elf.elfclass == 64 else 1
    content[start : start + size] = kind.to_bytes(size, "little")


def _take_out_need(path: Path, content: bytearray, library: str) -> None:
    """Take a library out of the dynamic section: the entries behind it move up, and end with a second DT_NULL."""
    with path.open("rb") as file:
        section = ELFFile(file).get_section_by_name(".dynamic")
        assert isinstance(section, DynamicSection)
        size = int(section["sh_entsize"])
        named = [getattr(tag, "needed", None) == library for tag in section.iter_tags()]
        start, end = int(section["sh_offset"]), int(section["sh_offset"] + section["sh_size"])
    place = start + named.index(True) * size
    content[place:end] = content[place + size : end] + bytes(size)


def _set_headers(path: Path, content: bytearray, fields: dict[str, int]) -> None:
    with path.open("rb") as file:
        elf = ELFFile(file)
        for number, segment in enumerate(elf.iter_segments()):
            header = segment.header
            for name, value in fields.items():
                kind, _, field = name.partition(".")
                if header["p_type"] == kind:
                    header[field] = value
            start = elf["e_phoff"] + number * elf["e_phentsize"]
            content[start : start + elf["e_phentsize"]] = elf.structs.Elf_Phdr.build(header)


def _link(file: Built, folder: Path, target: tuple[str, str], out: Path) -> None:
    cpu, libc = target
    object_file = out / (file.path + ".o")
    compiler = ["cc", "-target", CPUS[cpu].triple, *COMPILE, "-I", str(HERE), "-I", str(folder), *file.compile]
    source = next(place / file.source for place in (folder, HERE) if (place / file.source).is_file())
    _zig([*compiler, str(source), "-o", str(object_file)])
    arguments = [str(out / word) if (out / word).is_file() else word for word in file.link]
    arguments = [word.replace("@FOLDER@", str(folder)).replace("@CPU@", cpu) for word in arguments]
    interpreter = []
    if not {"-shared", "-static", "-r"} & set(arguments):
        loader = CPUS[cpu].loaders[libc]
        interpreter = [f"--dynamic-linker={loader}", *(["-pie"] if "-no-pie" not in arguments else [])]
    command = ["ld.lld", "-m", CPUS[cpu].emulation, "--build-id=none"]
    if "-r" not in arguments:
        command += [f"--hash-style={'sysv' if cpu == 'mips64el' else 'gnu'}", "--allow-shlib-undefined"]
    _zig([*command, *interpreter, str(object_file), *arguments, "-o", str(out / file.path)])
    object_file.unlink()


def _zig(arguments: list[str]) -> None:
    zig = cache_directory("zig-tests")
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(zig), "ZIG_LOCAL_CACHE_DIR": str(zig)}
    done = subprocess.run(
        [sys.executable, "-m", "ziglang", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stderr}"


def lay_image(case: Case, image_and_cpu: tuple[str, str], files: Path, image: Path) -> Path:
    """Make a root with the loader and the C library of a real one, and the case's own files in it."""
    name, cpu = image_and_cpu
    image.mkdir(parents=True)
    if name != "empty":
        root = make_root(f"{ROOTS[name]}-{CPUS[cpu].debian}")
        libc = name.partition("-")[0]
        more = [*c_library(cpu), *(path.replace("@FOLDER@", CPUS[cpu].folder) for path in case.from_root)]
        for path in (CPUS[cpu].loaders[libc], *(more if libc == "glibc" else ())):
            _copy(_inside(root, path), image / path.lstrip("/"))
    for target, file in case.image.items():
        source = file.replace("@FOLDER@", CPUS[cpu].folder)
        other, _, inside = source.replace("@LOADER@", CPUS[cpu].loaders["glibc"]).rpartition(":")
        place = image / target.lstrip("/").replace("@FOLDER@", CPUS[cpu].folder)
        _copy(_inside(make_root(f"{ROOTS[other]}-{CPUS[cpu].debian}"), inside) if other else files / file, place)
    if case.ldconfig:
        program = shutil.which("ldconfig", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if program is None:
            pytest.skip("this machine has no ldconfig")
        subprocess.run([program, "-r", image], check=True)
    return image


def c_library(cpu: str) -> list[str]:
    """Return the paths of glibc in an image; musl is its loader."""
    return [f"/usr/lib/{CPUS[cpu].folder}/{name}" for name in ("libc.so.6", "libdl.so.2")]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


def _inside(root: Path, name: str) -> Path:
    found = DirectoryTree(root).find(name)
    assert found is not None, f"{root} has no {name}"
    return root / found.resolved.lstrip("/")
