"""The flags that verbs share, and what they come to."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from everylinux.errors import UsageError, nothing_at
from everylinux.report import formats_of, open_check, parse_outputs, write_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from everylinux.engine import Engine
    from everylinux.evidence import Report, Run
    from everylinux.images.access import Access
    from everylinux.inputs import InputFile
    from everylinux.inputs.scratch import Scratch
    from everylinux.progress import Progress
    from everylinux.report.interface import CheckSink
    from everylinux.report.output import Output
    from everylinux.settings import ImagesSettings

Command = "Callable[..., Any]"
# The verbs that run files: what these need is little beside what a cluster saves (docs/cluster.md).
ON_CLUSTERS = ("prove", "matrix")


class Common(msgspec.Struct, frozen=True):
    """The flags that every verb takes.

    ``outputs`` is where reports go, ``jobs`` how many things run at once (``asked_jobs`` only when that was said),
    ``color`` whether it is forced on or off (``None``: the stream decides), ``verbosity`` how often ``-v`` was given.
    ``cluster`` is the address of a Dask scheduler.
    """

    outputs: tuple[Output, ...]
    jobs: int
    color: bool | None
    progress: Progress
    config: Path | None
    offline: bool
    verbosity: int = 0
    cluster: str | None = None
    asked_jobs: int | None = None

    def access(self, settings: ImagesSettings, plain_http: tuple[str, ...]) -> Access:
        """Return how registries may be asked; raises `UsageError` for a mirror that is none."""
        from everylinux.images.access import Access, read_mirrors

        return Access(
            offline=self.offline,
            plain_http=frozenset(host.lower() for host in (*split_commas(plain_http), *settings.plain_http)),
            mirrors=read_mirrors(settings.mirrors),
            say=self.progress.say,
        )

    @contextlib.contextmanager
    def engine(self) -> Iterator[Engine]:
        """Yield what runs jobs: this machine, or the cluster that was named; raises what `open_cluster` does."""
        from everylinux.engine import LocalEngine

        if not self.cluster:
            yield LocalEngine(self.jobs, elastic=self.asked_jobs is None)
            return
        from everylinux.cluster import open_cluster

        with open_cluster(self.cluster, self.progress.say, at_once=self.asked_jobs) as engine:
            yield engine

    def write(self, report: Report) -> None:
        """Write the report in every format asked for."""
        write_report(report, self.outputs, color=self.color, verbosity=self.verbosity)

    def open_check(self) -> AbstractContextManager[CheckSink]:
        """Yield a sink for what `check` finds, in every format asked for; see `report.open_check`."""
        return open_check(self.outputs, color=self.color, verbosity=self.verbosity)


def common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the shared flags to a verb and hand them to it as ``common``."""
    import functools

    verb = function.__module__.rpartition(".")[2]

    @functools.wraps(function)
    def wrapper(  # noqa: PLR0913 - one parameter a flag, as click passes them
        *args: Any,  # noqa: ANN401 - passed on as they are
        output: tuple[str, ...],
        jobs: int | None,
        quiet: bool,
        verbose: int,
        color: str,
        config: Path | None,
        offline: bool,
        cluster: str | None,
        **kwargs: Any,  # noqa: ANN401 - passed on as they are
    ) -> Any:  # noqa: ANN401 - whatever the verb returns: its exit code
        from everylinux.progress import Progress

        common = Common(
            outputs=tuple(parse_outputs(output, verb)),
            jobs=jobs or len(os.sched_getaffinity(0)),
            color=_color(color),
            progress=Progress(quiet=quiet, verbose=verbose),
            config=config,
            offline=offline,
            verbosity=verbose,
            cluster=cluster,
            asked_jobs=jobs,
        )
        source = click.get_current_context().get_parameter_source("cluster")
        if verb not in ON_CLUSTERS and source is click.core.ParameterSource.COMMANDLINE:
            common.progress.say(f"--cluster: {verb} does its work on this machine")
        return function(*args, common=common, **kwargs)

    for option in reversed(
        (
            click.option(
                "-o",
                "--output",
                multiple=True,
                metavar="FORMAT[=FILE]",
                help=f"{', '.join(formats_of(verb))} (default: table); to standard output unless =FILE."
                " Repeat for several.",
            ),
            click.option(
                "-j",
                "--jobs",
                type=click.IntRange(1),
                help="How many things run at once (default: the cores of this machine).",
            ),
            click.option("-q", "--quiet", is_flag=True, help="No progress."),
            click.option("-v", "--verbose", count=True, help="Tell more: in progress and in tables."),
            click.option(
                "--color",
                type=click.Choice(["auto", "always", "never"]),
                default="auto",
                show_default=True,
                help="Colour in tables.",
            ),
            click.option(
                "--config",
                type=click.Path(path_type=Path, dir_okay=False),
                help="The settings file (default: everylinux.toml of the project).",
            ),
            click.option("--offline", is_flag=True, help="Never use the network."),
            click.option(
                "--cluster",
                metavar="ADDRESS",
                envvar="EVERYLINUX_CLUSTER",
                help="prove, matrix: run files on the Dask cluster with its scheduler here (tcp://HOST:8786).",
            ),
        )
    ):
        wrapper = option(wrapper)
    return wrapper


def image_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flag of the verbs that judge or run on images, and hand it to the verb as ``images``."""
    return click.option(
        "-i",
        "--image",
        "images",
        multiple=True,
        metavar="IMAGE",
        help="An image: debian:12, alpine:3.22, scratch, debian (a family; `everylinux image` lists all), or real:"
        " dir:PATH, tar:PATH, oci:PATH, docker://HOST/NAME:TAG. Repeat, or separate with commas.",
    )(function)


def registry_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flag of the verbs that fetch images, and hand it to the verb as ``plain_http``."""
    return click.option(
        "--plain-http",
        multiple=True,
        metavar="HOST",
        help="A registry (HOST or HOST:PORT) that is asked without encryption; repeat, or separate with commas.",
    )(function)


def sandbox_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flag of the verbs that run files, and hand it to the verb as ``sandbox`` (``None``: the settings say)."""
    return click.option(
        "--sandbox",
        type=click.Choice(["bubblewrap", "podman", "docker"]),
        help="What isolates the files that are run (default: bubblewrap).",
    )(function)


def _color(word: str) -> bool | None:
    if word == "auto":
        return False if os.environ.get("NO_COLOR") else None
    return word == "always"


def split_commas(values: tuple[str, ...]) -> list[str]:
    """Return the values of a flag that may be repeated or hold commas; raises `UsageError` where all are empty."""
    parts = [part.strip() for value in values for part in value.split(",") if part.strip()]
    if values and not parts:
        raise UsageError(
            "a flag was given an empty value",
            meaning="perhaps a variable of the shell that is not set",
            hint="leave the flag out, or give it a value",
        )
    return parts


def existing_files(paths: tuple[str, ...]) -> list[Path]:
    """Return the paths; raises `UsageError` naming the first that leads to no file."""
    for path in paths:
        if not path:
            raise nothing_at(path)  # Path would take it for the current folder
        try:
            Path(path).stat()
        except FileNotFoundError as error:
            raise nothing_at(path) from error
    return [Path(path) for path in paths]


def files_to_run(paths: tuple[str, ...], scratch: Scratch) -> list[InputFile]:
    """Return the files that paths name, of a wheel those that are compiled, laid down in ``scratch``.

    Raises `UsageError` for a path that leads to no file, and for a wheel with nothing compiled in it.
    """
    from everylinux.inputs.wheels import lay_down

    files = []
    for path in existing_files(paths):
        found = lay_down(path, scratch)
        if not found:
            raise UsageError(
                f"{path}: nothing in this wheel is compiled",
                meaning="it runs wherever its Python does",
                hint="name a wheel with an extension module or a program in it",
            )
        files += found
    return files


def runs_as_named(runs: Iterable[Run], files: Iterable[InputFile]) -> tuple[Run, ...]:
    """Return runs of files under the names that the files were given, not where they were laid down."""
    names = {str(file.real): file.name for file in files if file.member}
    return tuple(msgspec.structs.replace(run, path=names.get(run.path, run.path)) for run in runs)
