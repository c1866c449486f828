"""What becomes of a wheel that a backend made: verified, freed of zig's own debug information, tagged."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.builders.artifacts import is_program, regular_files
from everylinux.builders.python.repeatable import VARIABLE
from everylinux.builders.verify import problem_of
from everylinux.errors import BuildFailedError
from everylinux.inputs import open_inputs
from everylinux.packages import judge_package
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from everylinux.builders.commands import Commands
    from everylinux.evidence import Package
    from everylinux.target import Target
    from everylinux.toolchains.wiring import Wiring

FAMILIES = {"gnu": ("manylinux",), "musl": ("musllinux",)}
BOTH = ("manylinux", "musllinux")
PURE = "any"
# PEP 656 counts them by musl's releases.
NEWEST_MUSLLINUX = "1_2"


@dataclass(frozen=True)
class WheelTool:
    """The packaging authority's own tool for wheels: it writes RECORD and WHEEL as PEP 427 says.

    ``moment`` is the time that what it writes is given, in seconds since 1970.
    """

    commands: Commands
    moment: str

    def run(self, arguments: list[object], folder: Path) -> None:
        """Run it in a folder; raises `BuildFailedError`."""
        self.commands.run(
            [sys.executable, "-m", "wheel", *arguments],
            cwd=folder,
            environment={**os.environ, VARIABLE: self.moment},
            step="writing the wheel",
        )


def finished(wheel: Path, wiring: Wiring, tool: WheelTool, *, for_both: Callable[[Path], None] | None = None) -> Path:
    """Return the wheel under a name with the platform tags that are true for what is in it.

    The most general of them, as auditwheel would: the floor that was found, not the one that was asked for; those of
    both libcs where ``for_both`` makes of the unpacked wheel's modules what both load. A wheel without anything
    compiled is for every system. Raises `BuildFailedError` for one that is not for the target, or that needs what no
    tag promises.
    """
    package = _judged(wheel, wiring.target)
    if package.true_tags == (PURE,):
        tool.commands.note(f"{wheel.name} holds nothing that was compiled: it is for every system")
        return wheel if wheel.stem.endswith(f"-{PURE}") else _tagged(wheel, PURE, tool, "--abi-tag=none")
    if for_both or not wiring.saw("compiled-debug"):
        wheel = _rewritten(wheel, wiring, tool, for_both)
        package = _judged(wheel, wiring.target)
    tags = []
    for family in BOTH if for_both else FAMILIES[wiring.target.libc]:
        true = [tag for tag in package.true_tags if tag.startswith(family)]
        if not true:
            raise _no_tag(wheel, family, wiring, tool)
        tags += true
    named = _tagged(wheel, ".".join(tags), tool)
    package = _judged(named, wiring.target)
    if package.truth is False:
        raise BuildFailedError(f"{named.name}: {package.reasons[0].message}", hint=package.reasons[0].hint or "")
    return named


def require_stable_abi(wheel: Path, release: str) -> None:
    """Raise `BuildFailedError` for a wheel that is not for the stable ABI of a release, in its tags or its modules.

    A module for one Python has that Python in its name (PEP 3149).
    """
    pythons, abi, _ = wheel.stem.split("-")[-3:]
    with zipfile.ZipFile(wheel) as archive:
        bound = [name for name in archive.namelist() if name.endswith(".so") and ".cpython-" in name]
    if abi == "abi3" and not bound and _oldest(pythons) <= version_key(release):
        return
    made = f"{bound[0]} in {wheel.name}" if bound else wheel.name
    raise BuildFailedError(
        f"the project made {made}, not one for the stable ABI of Python {release}",
        hint="its own build has to support the limited API (setuptools: py-limited-api of the extension and"
        " Py_LIMITED_API defined); leave --limited-api out otherwise",
    )


def _oldest(pythons: str) -> tuple[int, ...]:
    """Return the oldest release of a Python tag: ``cp39``, ``cp311`` (PEP 425)."""
    found = [(int(tag[2]), int(tag[3:])) for tag in pythons.split(".") if re.fullmatch(r"cp3\d{1,2}", tag)]
    return min(found, default=(99, 0))


def _tagged(wheel: Path, platforms: str, tool: WheelTool, *more: str) -> Path:
    tool.run(["tags", "--remove", f"--platform-tag={platforms}", *more, wheel], wheel.parent)
    (named,) = wheel.parent.glob("*.whl")
    return named


def _no_tag(wheel: Path, family: str, wiring: Wiring, tool: WheelTool) -> BuildFailedError:
    """Return the error for a wheel that no tag of a family is true for: what the newest of them says against it.

    The wheel is kept beside the log, as for this one kind of system, so that what it needs can be put into it.
    """
    target = wiring.target
    newest = (target.floor or "").replace(".", "_") if family == FAMILIES["gnu"][0] else NEWEST_MUSLLINUX
    tag = f"{family}_{newest}_{target.cpu.wheel}"
    promised = _tagged(wheel, tag, tool)
    reasons = _judged(promised, target).reasons
    why = reasons[0] if reasons else None
    kept = Path(shutil.copy(_tagged(promised, f"linux_{target.cpu.wheel}", tool), tool.commands.log.parent))
    folders = ":".join(str(folder) for folder in wiring.sysroot.libraries) if wiring.sysroot else "FOLDERS"
    return BuildFailedError(
        f"no {family} tag is true for {wheel.name}" + (f": {why.message}" if why else ""),
        meaning="a platform tag promises that nothing is needed but what each such system has (PEP 600, PEP 656)",
        hint=((why.hint if why else "") or "link what it needs statically, or bundle it")
        + f"; the wheel as it was built is kept{repaired_by(kept, tag, folders)}",
    )


def repaired_by(wheel: Path, tag: str, folders: str) -> str:
    """Return how libraries that lie in folders are put into a wheel, and what the command for it needs itself."""
    command = f"LD_LIBRARY_PATH={shlex.quote(folders)} auditwheel repair --plat {tag} {shlex.quote(str(wheel))}"
    return f" (auditwheel needs patchelf on PATH): {command}"


def _judged(wheel: Path, target: Target) -> Package:
    """Return what a wheel says of itself and whether it is true, once each of its files is known to be the target's."""
    for batch in open_inputs([str(wheel)]):
        files = list(batch.files)
        for file in files:
            problem = problem_of(file.real, file.member, target)
            if problem:
                raise BuildFailedError(problem, hint="its build has to take the compiler from sysconfig, CMake or CC")
        if batch.package is not None:
            return judge_package(batch.package, files)
    raise BuildFailedError(f"{wheel.name} is no wheel")


def _rewritten(wheel: Path, wiring: Wiring, tool: WheelTool, for_both: Callable[[Path], None] | None) -> Path:
    """Change what was compiled: without the debug information of zig's own libraries, and into what both libcs load."""
    unpacked = wheel.parent / "unpacked"
    tool.run(["unpack", f"--dest={unpacked}", wheel], wheel.parent)
    (tree,) = unpacked.iterdir()
    compiled = [path for _, path in regular_files(tree) if is_program(path)]
    if not wiring.saw("compiled-debug"):
        strip = [wiring.command("strip"), "--strip-debug", *compiled]
        tool.commands.run(strip, cwd=tree, environment=wiring.environment(), step="strip")
    if for_both:
        for_both(tree)
    wheel.unlink()
    tool.run(["pack", f"--dest-dir={wheel.parent}", tree], wheel.parent)
    (packed,) = wheel.parent.glob("*.whl")
    return packed
