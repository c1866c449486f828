"""Builds that import what they made: to write stubs (nanobind_add_stub, pybind11-stubgen, stubgen) or documentation.

This machine cannot import a module for another CPU or libc. What is written of it does not depend on them, so that the
same module, made for this machine, stands in for it there.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.builders.artifacts import is_program, regular_files
from everylinux.builders.scratch import copy_project
from everylinux.reading import read_tail
from everylinux.spelling import native_cpu
from everylinux.target import Target, floor_range
from everylinux.toolchains.wiring import wire

if TYPE_CHECKING:
    from everylinux.builders.interface import BuildContext
    from everylinux.toolchains.python.interpreter import Interpreter

READ_BYTES = 1 << 20
MODULE = ".so"
# CPython's words for a module that it does not find, and the loader's for one that it does not take.
_NOT_IMPORTED = re.compile(
    rb"ModuleNotFoundError: No module named '([\w.]{1,200})'|"
    rb"ImportError: (?:[^\n]{0,300}/)?([\w.+-]{1,200}\.so[\w.]{0,20}): "
)


def is_asked_for(log: Path, start: int) -> bool:
    """Return whether a build that failed wanted to import its own, as it wrote into the log after byte ``start``.

    A loader's word for a shared object is enough. Of a module that was not found the log has to tell that it was made:
    backends remove the folder in which they built.
    """
    said = read_tail(log, start, READ_BYTES)
    found = _NOT_IMPORTED.findall(said)
    names = {re.escape(name.rpartition(b".")[2]) for name, _ in found if name}
    return any(module for _, module in found) or any(
        re.search(rb"\b%s(?:\.[\w-]{1,60}){0,2}\.so\b" % name, said) for name in names
    )


def for_this_machine(context: BuildContext, interpreter: Interpreter) -> BuildContext:
    """Return what builds the same project for the Python that builds, from a copy of its own."""
    cpu, work = native_cpu(), context.work / "machine"
    on_musl = "musl" in str(interpreter.variables.get("SOABI"))
    target = (
        Target(cpu, "musl", floor_range(cpu, "musl")[1]) if on_musl else Target(cpu, "gnu", floor_range(cpu, "gnu")[0])
    )
    work.mkdir()
    source = copy_project(context.project, work / "source", without=work)
    found = context.wiring
    wiring = wire(work / "toolchain", target, found.zig, found.command("cc"), None)
    return replace(context, target=target, wiring=wiring, source=source, work=work)


def modules_of(wheel: Path) -> dict[str, str]:
    """Unpack a wheel beside itself; return its modules by the names that they are imported by, each where it lies."""
    folder = wheel.parent / "modules"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    places = [(Path(name), path) for name, path in regular_files(folder) if name.endswith(MODULE) and is_program(path)]
    return {".".join([*name.parent.parts, name.name.partition(".")[0]]): str(path) for name, path in places}
