"""A target's CPython without that CPython: its headers, its sysconfig, and what `platform` says there.

The headers are those of this machine's Python of the same release; of them only pyconfig.h knows the CPU, and what it
says of it the compiler knows, too. CPython's own cross build names a module with the target's sysconfig in
``_PYTHON_SYSCONFIGDATA_NAME`` and the platform in ``_PYTHON_HOST_PLATFORM`` (Lib/sysconfig.py): build backends ask
sysconfig, so they take it for the target's.
"""

from __future__ import annotations

import functools
import json
import shutil
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts
from everylinux.target import version_key

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.target import Target
    from everylinux.toolchains.python.interpreter import Interpreter
    from everylinux.toolchains.wiring import Wiring

SYSCONFIG_MODULE = "_sysconfigdata_of_the_target"
CONFIGURATION = "pyconfig.h"
MACHINE_S_CONFIGURATION = "pyconfig-of-this-machine.h"


class _Condition(msgspec.Struct, frozen=True):
    when: str
    then: dict[str, str]
    otherwise: dict[str, str]


class _Facts(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    macros: dict[str, str]
    by_condition: tuple[_Condition, ...]
    musl_names_since: str


@functools.cache
def _facts() -> _Facts:
    return read_facts("python/configuration.json", _Facts)


@dataclass(frozen=True)
class TargetPython:
    """A target's Python of one release: its headers are in ``include``, ``modules`` goes first on PYTHONPATH.

    ``stand_ins`` are modules for this machine, by name: what the build imports in place of those that it made.
    """

    interpreter: Interpreter
    wiring: Wiring
    include: Path
    modules: Path
    stand_ins: dict[str, str] = field(default_factory=dict)

    @property
    def soabi(self) -> str:
        """What its extensions are named for: ``cpython-312-aarch64-linux-gnu``."""
        return soabi(self.interpreter, self.wiring.target)

    def environment(self) -> dict[str, str]:
        """Return what makes this machine's Python answer as the target's."""
        cpu = self.wiring.target.cpu
        return {
            "_PYTHON_HOST_PLATFORM": f"linux-{cpu.wheel}",
            "_PYTHON_SYSCONFIGDATA_NAME": SYSCONFIG_MODULE,
            "PYTHONPATH": str(self.modules),
            "EVERYLINUX_TARGET_PYTHON": json.dumps(
                {
                    "machine": cpu.wheel,
                    "byteorder": cpu.elf.endian,
                    "include": str(self.include),
                    "stand_ins": self.stand_ins,
                }
            ),
        }


def target_python(folder: Path, interpreter: Interpreter, wiring: Wiring) -> TargetPython:
    """Write what a target's Python consists of into ``folder``, which must not exist, and return it."""
    include, modules = folder / "include" / f"python{interpreter.name}", folder / "modules"
    _write_headers(include, interpreter)
    modules.mkdir(parents=True)
    text = f"build_time_vars = {_variables(interpreter, wiring, include)!r}\n"
    (modules / f"{SYSCONFIG_MODULE}.py").write_text(text)
    (modules / "sitecustomize.py").write_text(_customization())
    return TargetPython(interpreter, wiring, include, modules)


def _customization() -> str:
    return files("everylinux.toolchains.python").joinpath("customization.py").read_text()


def _write_headers(folder: Path, interpreter: Interpreter) -> None:
    """Gather the headers, with a pyconfig.h that asks the compiler for what depends on the CPU."""
    folder.mkdir(parents=True)
    for source in interpreter.includes:
        for path in source.iterdir() if source.is_dir() else ():
            link = folder / path.name
            if path.name != CONFIGURATION and not link.exists():
                link.symlink_to(path)
    shutil.copyfile(interpreter.configuration, folder / MACHINE_S_CONFIGURATION)
    facts = _facts()
    lines = [f'#include "{MACHINE_S_CONFIGURATION}"']
    conditional = [name for each in facts.by_condition for name in (*each.then, *each.otherwise)]
    lines += [f"#undef {name}" for name in dict.fromkeys((*facts.macros, *conditional))]
    lines += [f"#define {name} {value}" for name, value in facts.macros.items()]
    for each in facts.by_condition:
        lines += [f"#if {each.when}", *_defines(each.then), "#else", *_defines(each.otherwise), "#endif"]
    (folder / CONFIGURATION).write_text("\n".join(lines) + "\n")


def _defines(macros: dict[str, str]) -> list[str]:
    return [f"#define {name} {value}" for name, value in macros.items()]


def soabi(interpreter: Interpreter, target: Target) -> str:
    """Return what extensions of a target's Python are named for: ``cpython-312-aarch64-linux-musl``."""
    triplet = target.debian_tuple
    if target.libc == "musl" and interpreter.release < version_key(_facts().musl_names_since):
        triplet = triplet.replace("-musl", "-gnu")
    return f"cpython-{interpreter.tag}-{triplet}"


def _variables(interpreter: Interpreter, wiring: Wiring, include: Path) -> dict[str, str | int]:
    """Return sysconfig's variables: this machine's, with the target's compiler, names and sizes."""
    target = wiring.target
    cc, cxx = str(wiring.command("cc")), str(wiring.command("c++"))
    name = soabi(interpreter, target)
    bytes_of_pointer = target.cpu.elf.bits // 8
    changed: dict[str, str | int] = {
        "CC": cc,
        "CXX": cxx,
        "AR": str(wiring.command("ar")),
        "RANLIB": str(wiring.command("ranlib")),
        "LDSHARED": f"{cc} -shared",
        "LDCXXSHARED": f"{cxx} -shared",
        "BLDSHARED": f"{cc} -shared",
        "LINKCC": cc,
        "CCSHARED": "-fPIC",
        "OPT": "-DNDEBUG -O3",
        "CFLAGS": "-DNDEBUG -O3 -fno-strict-overflow",
        "PY_CFLAGS": "-DNDEBUG -O3 -fno-strict-overflow",
        "LDFLAGS": "",
        "PY_LDFLAGS": "",
        "LIBDIR": str(wiring.folder / "no-libraries"),
        "LIBPL": str(wiring.folder / "no-libraries"),
        "Py_ENABLE_SHARED": 0,
        "LIBPYTHON": "",
        "INCLUDEDIR": str(include.parent),
        "INCLUDEPY": str(include),
        "CONFINCLUDEDIR": str(include.parent),
        "CONFINCLUDEPY": str(include),
        "SOABI": name,
        "EXT_SUFFIX": f".{name}.so",
        "SHLIB_SUFFIX": ".so",
        "MULTIARCH": target.debian_tuple,
        "HOST_GNU_TYPE": target.autoconf,
        "SIZEOF_VOID_P": bytes_of_pointer,
        "SIZEOF_SIZE_T": bytes_of_pointer,
        "SIZEOF_LONG": bytes_of_pointer,
    }
    # Paths of this machine's compiler, and what only CPython's own build uses.
    kept = {
        key: value for key, value in interpreter.variables.items() if not key.startswith(("CONFIGURE_", "PROFILE_"))
    }
    return {**kept, **changed}
