"""A build that fails for a function of glibc that is not where it is looked for: since when, and where, it is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.errors import BuildFailedError
from everylinux.target import version_key
from everylinux.wording import together

if TYPE_CHECKING:
    from everylinux.target import Target

# The words of lld, and of clang for what headers do not declare: those of zig hide what the floor does not have.
_LACKING = re.compile(
    r"undefined symbol: (\w{1,100})(?![\w:(])|undeclared (?:library )?(?:function|identifier) '(\w{1,100})'"
)
TARGET = "--target"


def with_floor(error: BuildFailedError, target: Target) -> BuildFailedError:
    """Return the error of a build with the floor that has what it lacks, or the library; else as it is."""
    found = _LACKING.search(error.message)
    if target.libc != "gnu" or target.floor is None or not found:
        return error
    hint = _since(found[1] or found[2], target, target.floor)
    if not hint:
        return error
    return BuildFailedError(error.message, meaning=error.meaning, hint=together(hint, error.hint))


def _since(name: str, target: Target, floor: str) -> str:
    from everylinux.loader.history import glibc_versions, musl_since

    firsts = {library: versions[0] for library, versions in glibc_versions(name, target.cpu.name).items()}
    if not firsts:
        return ""
    there = [library for library, version in firsts.items() if version_key(version) <= version_key(floor)]
    if there:
        return "" if "c" in there else f"glibc {floor} has {name} in a library of its own: link with -l{min(there)}"
    version = min(firsts.values(), key=version_key)
    ways = [f"{TARGET} {target.triple}.{version}"]
    if musl_since(name, target.cpu.name):
        ways.append(f"a static program: {TARGET} {target.triple.replace('gnu', 'musl')}")
    return f"glibc has {name} since {version}, and the floor is {floor}: {', or '.join(ways)}"
