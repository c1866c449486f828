"""The small native program behind every compiler wrapper: built once by zig, kept in the cache.

It is native because it starts for every file that a build compiles: a shell script or Python would be felt.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
from importlib import resources
from typing import TYPE_CHECKING, Literal

import msgspec

from everylinux.cache import cache_directory, directory_made_whole, locked
from everylinux.decoding import read_facts
from everylinux.errors import InputOutputError

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.progress import Progress
    from everylinux.toolchains.zig import Zig


class LinkerArgument(msgspec.Struct, frozen=True):
    """One argument of GNU ld: how zig takes it (``None``: not at all), and why it may be left out.

    ``instead`` is what zig is told where it reads the argument otherwise.
    """

    name: str
    zig: str | None
    instead: str | None = None
    example: str | None = None
    value: Literal["required", "optional"] | None = None
    left_out: str | None = None
    same_as: str | None = None


class LinkerKeyword(msgspec.Struct, frozen=True):
    """One keyword of the linker's ``-z``."""

    name: str
    zig: bool
    example: str | None = None
    left_out: str | None = None


class CompilerArguments(msgspec.Struct, frozen=True):
    """Arguments of GCC that need attention: what each list means stands in the wrapper that reads it."""

    first: tuple[str, ...]
    trial_marks: tuple[str, ...]
    first_x86: tuple[str, ...]
    first_optimised: tuple[str, ...]
    frame_pointers_stay: tuple[str, ...]
    first_cxx: tuple[str, ...]
    first_python_cxx: tuple[str, ...]
    with_popcnt: tuple[str, ...]
    left_out: tuple[str, ...]
    counters: tuple[str, ...]
    sanitizers_without_runtime: tuple[str, ...]
    other_languages: dict[str, str]
    left_out_prefixes: tuple[str, ...]
    compile_only_prefixes: tuple[str, ...]
    link_prefixes: tuple[str, ...]
    link_only: tuple[str, ...]
    strongest: tuple[str, ...]
    libc_levels: tuple[str, ...]
    another_libc_prefixes: tuple[str, ...]
    left_out_libraries: tuple[str, ...]
    unwinder_libraries: tuple[str, ...]
    libc_libraries: tuple[str, ...]


class ArgumentFacts(msgspec.Struct, frozen=True):
    """The whole of ``compiler-arguments.json``."""

    date: str
    zig: str
    sources: dict[str, str]
    linker: tuple[LinkerArgument, ...]
    keywords: tuple[LinkerKeyword, ...]
    compiler: CompilerArguments


@functools.cache
def argument_facts() -> ArgumentFacts:
    """Return what is known about compiler arguments."""
    return read_facts("toolchains/compiler-arguments.json", ArgumentFacts)


def rules_source(facts: ArgumentFacts) -> str:
    """Return the facts as the source of ``rules.zig``."""
    understood = {each.name: each.instead or each.zig for each in facts.linker if each.zig}
    renamed = {each.name: understood[each.same_as] for each in facts.linker if each.same_as in understood}
    compiler = facts.compiler
    lists = {
        "linker_left_out": [each.name for each in facts.linker if each.left_out],
        "with_value": [each.name for each in facts.linker if each.value == "required"],
        "with_optional_value": [each.name for each in facts.linker if each.value == "optional"],
        "keywords_understood": [each.name for each in facts.keywords if each.zig],
        "keywords_left_out": [each.name for each in facts.keywords if each.left_out],
        **{
            field: list(each)
            for field in compiler.__struct_fields__
            if isinstance(each := getattr(compiler, field), tuple)
        },
    }
    lines = [f"pub const {name} = [_][]const u8{{ {_strings(values)} }};" for name, values in lists.items()]
    named = {"understood": understood, "renamed": renamed, "other_languages": compiler.other_languages}
    for name, pairs in named.items():
        inner = ", ".join(f".{{ {_strings([key, value])} }}" for key, value in pairs.items())
        lines.append(f"pub const {name} = [_][2][]const u8{{ {inner} }};")
    return "\n".join(lines) + "\n"


def native_program(zig: Zig, progress: Progress) -> Path:
    """Return the native program, building it when this version of it is not in the cache yet (a few seconds)."""
    sources = {"rules.zig": rules_source(argument_facts()).encode()}
    for entry in resources.files("everylinux.toolchains").joinpath("native").iterdir():
        if entry.name.endswith(".zig"):
            sources[entry.name] = entry.read_bytes()
    digest = hashlib.sha256(zig.version.encode())
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + sources[name])
    folder = cache_directory("wrapper") / digest.hexdigest()[:16]
    program = folder / "everylinux-cc"
    if program.exists():
        return program
    with locked(folder):
        if not program.exists():
            progress.say("building the compiler wrapper, once, a few seconds")
            _build(zig, sources, folder)
    return program


def _build(zig: Zig, sources: dict[str, bytes], folder: Path) -> None:
    with directory_made_whole(folder) as partial:
        for name, content in sources.items():
            (partial / name).write_bytes(content)
        done = subprocess.run(
            [
                zig.path,
                *("build-exe", "main.zig", "-OReleaseSmall", "-fstrip", "-fsingle-threaded"),
                *("-target", f"{os.uname().machine}-linux", "-femit-bin=everylinux-cc"),
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd=partial,
            env=zig.environment(),
        )
        if "NoSpaceLeft" in done.stderr:
            raise InputOutputError(f"the disk is full: {folder}", hint="free some room and run the same command again")
        if done.returncode:
            raise InputOutputError(
                f"zig could not build the compiler wrapper: {done.stderr.strip()[:2000]}",
                hint="check the disk and the ziglang wheel: `everylinux doctor`",
            )
        for entry in list(partial.iterdir()):
            if entry.is_dir():
                shutil.rmtree(entry)


def _strings(values: list[str]) -> str:
    return ", ".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
