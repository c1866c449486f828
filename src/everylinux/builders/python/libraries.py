"""A build of a wheel that fails for a library of the target: which header or library is not there, what brings it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.builders.first_error import first_error
from everylinux.builders.libraries import with_cure
from everylinux.builders.python.openmp import OPENMP, without_openmp
from everylinux.builders.python.variables import MOST_NAMES, scripts_named, variables_told
from everylinux.errors import BuildFailedError
from everylinux.wording import shortened, together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from everylinux.target import Target
    from everylinux.toolchains.sysroot.folder import SysrootSource

# What is compiled with musl's headers.
MUSL_HEADERS = ("musl", "static")
# Clang's words for what older compilers let pass with a warning (Clang's manual, Options to Control Error and Warning
# Messages), and for any error in a source.
_STRICTER = re.compile(r"error: .*\[(?:-Werror,)?-W([\w-]{1,60})\]$")
# Meson's words for a program of the target that a project's meson.build runs.
_RUNS_A_PROGRAM = "Can not run test applications in this cross environment"
# CMake's own scripts for what FetchContent brings, by URL or by git: the name is the project's (cmake-modules(7),
# ExternalProject's download-NAME.cmake, NAME-gitclone.cmake and NAME-gitupdate.cmake; since CMake 3.30 in a folder
# of that name, policy CMP0168).
_FETCHED = re.compile(
    r"/(?:download-(?P<url>[\w.+-]{1,100})-populate|(?P<git>[\w.+-]{1,100})-populate-git(?:clone|update)"
    r"|fc-(?:tmp|stamp)/(?P<direct>[\w.+-]{1,100})/[\w.+-]{1,200})\.cmake:\d+ "
)
_IN_SOURCE = re.compile(r":\d+:\d+: (?:fatal )?error: ")


def build_error(
    target: Target, given: SysrootSource | None, log: Path, start: int, *, source: Path | None = None
) -> BuildFailedError:
    """Return the error for a build of a wheel that wrote into the log after byte ``start`` why it failed.

    Where a script of the project in ``source`` says so, the error names what that can be told.
    """
    said = first_error(log, start) or "it said nothing"
    message = f"the build of the wheel failed: {said}"
    if OPENMP.search(said):
        return BuildFailedError(message, hint=without_openmp(source))
    told = _told(said, source, scripts_named(log, start, source)) if source else ""
    error = with_cure(BuildFailedError(message, hint=told), target, given)
    if error.meaning:
        return error
    return BuildFailedError(error.message, hint=together(*_ways_on(target, said), told))


def _told(said: str, source: Path, named: Sequence[Path]) -> str:
    script, names = variables_told(said, source, named)
    return f"{script} takes answers from the environment: {shortened(names, MOST_NAMES)}" if names else ""


def _ways_on(target: Target, said: str) -> Iterator[str]:
    """Yield what may build a source that does not compile, without a change to it."""
    if stricter := _STRICTER.search(said):
        yield f"CFLAGS=-Wno-error={stricter[1]} makes a warning of it, as it is to older compilers"
    if _RUNS_A_PROGRAM in said:
        yield (
            "where that line first asks for a property (meson.get_external_property), FILE with [properties] and its"
            " value, told by -- setup-args=--cross-file=FILE, answers it"
        )
    if fetched := _FETCHED.search(said):
        content = fetched["url"] or fetched["git"] or fetched["direct"]
        name = f"FETCHCONTENT_SOURCE_DIR_{content.upper()}"
        yield (
            f"the project downloads {content} while it is built, and nothing came: is the network there? Its sources"
            f" in a folder do as well: -- cmake.define.{name}=DIR (scikit-build-core), or CMAKE_ARGS=-D{name}=DIR"
        )
    if target.libc in MUSL_HEADERS and _IN_SOURCE.search(said):
        yield "--libc neutral compiles with glibc's headers instead of musl's, and the wheel is for musl, too"
