"""Builds the files of a rule for one CPU and one libc, and lays them into tiny root file systems.

Everything is compiled by zig without a C library and linked by its lld, so a case costs no libc build. The loaders are
real ones: glibc's and musl's out of Debian's packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from elftools.elf.elffile import ELFFile

from everylinux.cache import cache_directory
from everylinux.images.directory import DirectoryTree
from roots import make_root

HERE = Path(__file__).parent
CPUS = {"x86_64": "amd64", "aarch64": "arm64"}
EMULATIONS = {"x86_64": "elf_x86_64", "aarch64": "aarch64linux"}
INTERPRETERS = {
    ("x86_64", "glibc"): "/lib64/ld-linux-x86-64.so.2",
    ("aarch64", "glibc"): "/lib/ld-linux-aarch64.so.1",
    ("x86_64", "musl"): "/lib/ld-musl-x86_64.so.1",
    ("aarch64", "musl"): "/lib/ld-musl-aarch64.so.1",
}
# The release of each root's libc is Debian's: packages libc6 and musl of that suite.
ROOTS = {
    "glibc-2.31": "distroless-base-bullseye",
    "glibc-2.36": "distroless-base-bookworm",
    "glibc-2.41": "distroless-base-trixie",
    "musl-1.2.3": "alpine-like-bookworm",
    "musl-1.2.5": "alpine-like-trixie",
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

    ``bytes`` are changed (offset: value), ``size`` cuts it off, ``weak_version`` marks its first version need as weak.
    """

    path: str
    source: str = ""
    text: str = ""
    link: tuple[str, ...] = ()
    compile: tuple[str, ...] = ()
    cpu: str = ""
    mode: int = 0o755
    bytes: dict[int, int] = {}
    size: int | None = None
    weak_version: bool = False


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the loader of one image says to one file.

    ``images`` are names of ``ROOTS`` or ``empty``; ``run`` is ``False`` where this machine cannot show it; ``open``
    asks dlopen instead of execve.
    """

    images: tuple[str, ...]
    file: str
    verdict: str
    code: str = ""
    subject: str = ""
    risk: str = ""
    cpus: tuple[str, ...] = ("x86_64", "aarch64")
    alone: bool = False
    level: str | None = None
    run: bool = True
    open: bool = False


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: where it is from, the files that show it, what lies in the image, and what must come out.

    ``ldconfig`` makes the image's library cache with the program of this machine.
    """

    rule: str
    source: str
    files: tuple[Built, ...]
    expect: tuple[Expected, ...]
    image: dict[str, str] = {}
    ldconfig: bool = False


def read_case(folder: Path) -> Case:
    return msgspec.json.decode((folder / "case.json").read_bytes(), type=Case)


def build(case: Case, folder: Path, target: tuple[str, str], out: Path) -> None:
    """Build the files of a case; an argument that names an earlier file means that file."""
    for file in case.files:
        path = out / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.text:
            path.write_bytes(file.text.encode())
        else:
            _link(file, folder, (file.cpu or target[0], target[1]), out)
        content = bytearray(path.read_bytes())[: file.size]
        for offset, value in file.bytes.items():
            content[offset] = value
        if file.weak_version:
            content[_flags_of_first_version_need(path)] = VER_FLG_WEAK
        path.write_bytes(content)
        path.chmod(file.mode)


def _flags_of_first_version_need(path: Path) -> int:
    """Return the file offset of ``vna_flags``: what GNU ld sets when only weak references need a version."""
    with path.open("rb") as file:
        section = ELFFile(file).get_section_by_name(".gnu.version_r")
        assert section is not None
        file.seek(section["sh_offset"] + 8)
        return int(section["sh_offset"] + int.from_bytes(file.read(4), "little") + 4)


def _link(file: Built, folder: Path, target: tuple[str, str], out: Path) -> None:
    cpu, libc = target
    object_file = out / (file.path + ".o")
    compiler = ["cc", "-target", f"{cpu}-linux-gnu", *COMPILE, "-I", str(HERE), *file.compile]
    _zig([*compiler, str(folder / file.source), "-o", str(object_file)])
    arguments = [str(out / word) if (out / word).is_file() else word for word in file.link]
    arguments = [word.replace("@FOLDER@", str(folder)) for word in arguments]
    interpreter = []
    if not {"-shared", "-static"} & set(arguments):
        interpreter = [f"--dynamic-linker={INTERPRETERS[cpu, libc]}", *(["-pie"] if "-no-pie" not in arguments else [])]
    command = ["ld.lld", "-m", EMULATIONS[cpu], "--hash-style=gnu", "--build-id=none", "--allow-shlib-undefined"]
    _zig([*command, *interpreter, str(object_file), *arguments, "-o", str(out / file.path)])
    object_file.unlink()


def _zig(arguments: list[str]) -> None:
    zig = cache_directory("zig-tests")
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(zig), "ZIG_LOCAL_CACHE_DIR": str(zig)}
    done = subprocess.run(
        [sys.executable, "-m", "ziglang", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stderr}"


def lay_image(case: Case, image_and_cpu: tuple[str, str], built: Path, image: Path) -> Path:
    """Make a root with the loader and the C library of a real one, and the case's own files in it."""
    name, cpu = image_and_cpu
    image.mkdir(parents=True)
    if name != "empty":
        _copy_libc(make_root(f"{ROOTS[name]}-{CPUS[cpu]}"), cpu, name.partition("-")[0], image)
    for target, source in case.image.items():
        place = image / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(built / source, place)
    if case.ldconfig:
        program = shutil.which("ldconfig", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if program is None:
            pytest.skip("this machine has no ldconfig")
        subprocess.run([program, "-r", image], check=True)
    return image


def c_library(cpu: str) -> list[str]:
    """Return the paths of glibc in an image; musl is its loader."""
    return [f"/usr/lib/{cpu}-linux-gnu/{name}" for name in ("libc.so.6", "libdl.so.2")]


def _copy_libc(root: Path, cpu: str, libc: str, image: Path) -> None:
    for name in (INTERPRETERS[cpu, libc], *(c_library(cpu) if libc == "glibc" else ())):
        place = image / name.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(_inside(root, name), place)


def _inside(root: Path, name: str) -> Path:
    found = DirectoryTree(root).find(name)
    assert found is not None, f"{root} has no {name}"
    return root / found.resolved.lstrip("/")
