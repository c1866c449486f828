"""The flags that decide what is built: those of `build`, which `matrix` takes too."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from everylinux.spelling import native_cpu, native_targets, parse_target_list
from everylinux.verbs.options import split_commas

if TYPE_CHECKING:
    from collections.abc import Callable

    from everylinux.builders.interface import BuildRequest, Cgo
    from everylinux.settings import BuildSettings
    from everylinux.target import Target
    from everylinux.verbs.options import Common


@dataclass(frozen=True, kw_only=True)
class BuildFlags:
    """What was given on the command line; the settings stand in for what was not."""

    targets: tuple[str, ...]
    libc: str | None
    kind: str | None
    artifacts: tuple[str, ...]
    sysroot: str | None
    out: Path | None
    cache: Path | None
    cgo: str
    pythons: tuple[str, ...]
    limited_api: str | None
    allow_two_libcs: bool
    try_anyway: bool

    def request(
        self, path: Path, args: tuple[str, ...] | None, settings: BuildSettings, common: Common
    ) -> BuildRequest:
        """Return what is to be built: flags over settings over defaults.

        Raises `UsageError` for a target or a libc that is not understood.
        """
        from everylinux.builders.interface import DEFAULT_OUT, BuildRequest
        from everylinux.toolchains.sysroot.folder import parse_sysroot

        kind = self.kind or settings.kind
        spellings = split_commas(self.targets) or list(settings.targets)
        libc = self.libc or settings.libc
        sysroot = self.sysroot or settings.sysroot
        return BuildRequest(
            path=path,
            targets=_targets(path, spellings, libc, kind),
            kind=kind,
            args=settings.args if args is None else args,
            artifacts=self.artifacts or settings.artifacts,
            sysroot=parse_sysroot(sysroot) if sysroot else None,
            out=self.out or DEFAULT_OUT,
            jobs=common.jobs,
            cache=self.cache,
            cgo=cast("Cgo", self.cgo),
            rust_std=settings.rust_std,
            rust_std_room=settings.rust_std_room,
            pythons=tuple(split_commas(self.pythons)) or settings.python,
            limited_api=self.limited_api or settings.limited_api,
            allow_two_libcs=self.allow_two_libcs or settings.allow_two_libcs,
            try_anyway=self.try_anyway,
            offline=common.offline,
        )


def _targets(path: Path, spellings: list[str], libc: str | None, kind: str | None) -> list[Target]:
    """Return the targets; only where a spelling may leave the libc open does the kind of project decide it."""
    from everylinux.builders.detect import libcs_of

    if not spellings:
        return parse_target_list([native_cpu().name], libc=libc) if libc else native_targets()
    return parse_target_list(spellings, libc=libc, default=() if libc else libcs_of(path, kind))


def build_flags(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flags to a verb and hand them to it as ``flags``."""

    @functools.wraps(function)
    def wrapper(  # noqa: PLR0913 - one parameter a flag, as click passes them
        *args: Any,  # noqa: ANN401 - passed on as they are
        targets: tuple[str, ...],
        libc: str | None,
        kind: str | None,
        artifacts: tuple[str, ...],
        sysroot: str | None,
        out: Path | None,
        cache: Path | None,
        cgo: str,
        pythons: tuple[str, ...],
        limited_api: str | None,
        allow_two_libcs: bool,
        try_anyway: bool,
        **kwargs: Any,  # noqa: ANN401 - passed on as they are
    ) -> Any:  # noqa: ANN401 - whatever the verb returns: its exit code
        flags = BuildFlags(
            targets=targets,
            libc=libc,
            kind=kind,
            artifacts=artifacts,
            sysroot=sysroot,
            out=out,
            cache=cache,
            cgo=cgo,
            pythons=pythons,
            limited_api=limited_api,
            allow_two_libcs=allow_two_libcs,
            try_anyway=try_anyway,
        )
        return function(*args, flags=flags, **kwargs)

    for option in reversed(_OPTIONS):
        wrapper = option(wrapper)
    return wrapper


_OPTIONS = (
    click.option(
        "-t",
        "--target",
        "targets",
        multiple=True,
        metavar="TARGET",
        help="A target in any spelling (arm64, x86_64-linux-gnu.2.28, aarch64-unknown-linux-musl; `everylinux target`"
        " lists all), or a group (all). Repeat, or separate with commas.",
    ),
    click.option(
        "--libc",
        help="The libc of targets that name none: gnu, gnu.2.28, musl, musl.1.2.3; for wheels also neutral, static.",
    ),
    click.option("--kind", help="The kind of project, when the choice by its files is wrong."),
    click.option("--artifact", "artifacts", multiple=True, metavar="GLOB", help="The files to keep; repeat for more."),
    click.option(
        "--sysroot",
        metavar="DIR|debian:RELEASE=PACKAGES",
        help="The target's headers, libraries and .pc files: a folder, or Debian packages for gnu targets.",
    ),
    click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        help="Where files go (default: dist in the current folder).",
    ),
    click.option(
        "--cache",
        type=click.Path(path_type=Path, file_okay=False),
        help="The compiler's cache: save and restore it to skip the first build of libc.",
    ),
    click.option(
        "--cgo",
        type=click.Choice(["auto", "on", "off"]),
        default="auto",
        show_default=True,
        help="Whether Go programs use C.",
    ),
    click.option(
        "--python",
        "pythons",
        multiple=True,
        metavar="RELEASE|PATH",
        help="The Python that wheels are for (default: the one that runs this); repeat for more.",
    ),
    click.option("--limited-api", metavar="RELEASE", help="Make one wheel for this Python and all newer ones (abi3)."),
    click.option(
        "--allow-two-libcs",
        is_flag=True,
        help="Build static modules, too, whose libc depends on that of the process: they may crash.",
    ),
    click.option("--try-anyway", is_flag=True, help="Build what is certain to lack something, as --advise tells."),
)
