"""Whether the Python and ABI tags of a wheel are true: by the names and the symbols of its extensions.

The rules are those of `import`: CPython takes ``name.cpython-312-….so`` only as 3.12, ``name.abi3.so`` and ``name.so``
as any version (importlib.machinery.EXTENSION_SUFFIXES); PEP 384 says what an abi3 module may ask for, PEP 425 what the
tags mean, PEP 703 and PEP 803 what the free-threaded ones are called.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux.evidence import AskedBy, Reason
from everylinux.loader.python_abi import PYPY, STABLE_TAGS, entry_points, may_have, python_use, stable_since
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import PythonUse
    from everylinux.packages.modules import Module

_CPYTHON = re.compile(r"cp(\d)(\d{1,4})(\w*)")
_PYPY = re.compile(r"pypy\d+_\w+")
MOST_NAMED = 3
# PEP 803: from this Python on, `.abi3t.so` is imported with and without free threading.
ABI3T_SINCE = (3, 15)


@dataclass(frozen=True)
class PythonTag:
    """The first two parts of a wheel's tag: ``cp312-cp312``, ``cp38-abi3``, ``py3-none``."""

    python: str
    abi: str

    @property
    def text(self) -> str:
        """As it is written in the wheel's name."""
        return f"{self.python}-{self.abi}"

    @property
    def release(self) -> tuple[int, ...] | None:
        """The CPython that the Python tag names, ``None`` for a general one such as ``py3`` or ``cp3``."""
        found = _CPYTHON.fullmatch(self.python)
        return (int(found[1]), int(found[2])) if found else None

    @property
    def module_tag(self) -> str:
        """What extensions for this ABI are named: ``cpython-312t`` for ``cp312t``, ``pypy310-pp73``."""
        found = _CPYTHON.fullmatch(self.abi)
        if found:
            return f"cpython-{found[1]}{found[2]}{found[3]}"
        return self.abi.replace("_", "-") if _PYPY.fullmatch(self.abi) else ""


def python_reasons(tag: PythonTag, modules: Sequence[Module]) -> list[Reason]:
    """Return what makes a Python and ABI tag false; ``modules`` are those of one CPU and libc."""
    extensions = [module for module in modules if module.extension]
    if tag.abi == "none":
        return [_depends_on_abi(tag, extensions[0])] if extensions else []
    loaded = _by_import_name(extensions)
    reasons = []
    for same in loaded.values():
        fitting = [module for module in same if _loads(tag, module)]
        if not fitting:
            reasons.append(_never_loaded(tag, same[0]))
            continue
        # Where there are several, CPython takes the one that is named for it.
        reasons += _symbol_reasons(tag, max(fitting, key=lambda module: module.python_tag == tag.module_tag))
    return reasons


def _by_import_name(extensions: Sequence[Module]) -> dict[str, list[Module]]:
    found: dict[str, list[Module]] = {}
    for module in extensions:
        found.setdefault(module.import_name, []).append(module)
    return found


def _loads(tag: PythonTag, module: Module) -> bool:
    """Return whether the Python of a tag imports a file of this name."""
    named = module.python_tag
    if named == "abi3t":
        return tag.release is None or tag.release >= ABI3T_SINCE
    if named == "abi3":
        return tag.abi == "abi3" or (tag.module_tag.startswith("cpython-") and not tag.abi.endswith("t"))
    return named in {"", tag.module_tag} or not (tag.module_tag or tag.abi in STABLE_TAGS)


def _symbol_reasons(tag: PythonTag, module: Module) -> list[Reason]:
    if may_have(module.elf, PYPY) and not tag.abi.startswith("pypy"):
        foreign = next((one.name for one in module.elf.undefined if one.name.startswith(PYPY) and not one.weak), None)
        if foreign is not None:
            message = f"{tag.text} is for CPython, but {module.path} asks for {foreign}, which only PyPy has"
            return [_reason(tag, message, "build it with the Python that the tag names", module, foreign)]
    use = python_use(module.name, module.elf) if tag.abi in STABLE_TAGS else None
    return _stable_reasons(tag, module, use) if use is not None else []


def _stable_reasons(tag: PythonTag, module: Module, use: PythonUse) -> list[Reason]:
    """PEP 384: an abi3 module of Python X asks only for what the stable ABI had in X."""
    if use.outside:
        named = ", ".join(use.outside[:MOST_NAMED]) + ("" if len(use.outside) <= MOST_NAMED else ", …")
        message = f"{tag.abi} means the stable ABI of Python only, but {module.path} asks for {named}"
        hint = "build it with Py_LIMITED_API defined, or tag the wheel for one Python (cp3XY-cp3XY)"
        return [_reason(tag, message, hint, module, use.outside[0])]
    release = tag.release
    since = version_key(use.stable_since or "3.2")
    if release is None or since <= release:
        return []
    newest = (one for one in module.elf.undefined if stable_since().get(one.name) == use.stable_since)
    symbol = min(newest, key=lambda one: (one.weak, one.moment == "never", one.name)).name
    wanted = f"cp{since[0]}{since[1]}-{tag.abi}"
    message = f"{module.path} asks for {symbol}, which the stable ABI has since Python {use.stable_since} only"
    hint = f"tag the wheel {wanted}, or build it with Py_LIMITED_API for Python {release[0]}.{release[1]}"
    return [_reason(tag, message, hint, module, symbol)]


def _depends_on_abi(tag: PythonTag, module: Module) -> Reason:
    named = module.python_tag
    wanted = f"cp3XY-{named}" if named in STABLE_TAGS else "cp3XY-cp3XY"
    found = re.fullmatch(r"cpython-(\d+)(\w*)", named)
    if found:
        wanted = f"cp{found[1]}-cp{found[1]}{found[2]}"
    message = f"{tag.abi} means no Python ABI, but {module.path} is an extension of Python"
    return _reason(tag, message, f"tag the wheel {wanted}", module, entry_points(module.elf)[0])


def _never_loaded(tag: PythonTag, module: Module) -> Reason:
    named = module.python_tag
    message = f"{tag.text} names a Python that does not import {module.path}: its name says {named}"
    hint = "build the extension with the Python that the tag names, or tag the wheel for the extension's"
    return _reason(tag, message, hint, module, None)


def _reason(tag: PythonTag, message: str, hint: str, module: Module, symbol: str | None) -> Reason:
    asker = AskedBy(file=module.path, symbol=symbol)
    return Reason(code="wheel-tag", subject=tag.text, message=message, asked_by=asker, hint=hint)
