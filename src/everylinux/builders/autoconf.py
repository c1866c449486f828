"""Projects with a configure script, or a configure.ac that makes one: built in a copy, installed into a stage."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
from typing import TYPE_CHECKING

import msgspec

from everylinux.builders.artifacts import Snapshot, files_installed
from everylinux.builders.config_sub import teach
from everylinux.builders.scripts import makes_configure
from everylinux.decoding import read_facts
from everylinux.errors import BuildFailedError
from everylinux.reading import read_head, read_tail
from everylinux.toolchains.find import require, versions
from everylinux.toolchains.wiring import OWN_CODE
from everylinux.wording import together

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.builders.interface import Artifact, BuildContext, Builder
    from everylinux.target import Target
    from everylinux.toolchains.runtime import Replaced

PREFIX = "/usr/local"
LOG_TAIL_BYTES = 64 << 10
LARGEST_SCRIPT = 4 << 20
# What autoconf writes at the head of a script that it makes, since its version 2.
_MADE = re.compile(r"^# Generated (?:by GNU Autoconf|automatically using autoconf)", re.MULTILINE)
# The words of shells for a program of another CPU that a script runs.
_NOT_RUN = re.compile(r"\bconfigure: (?:line )?\d+: (\S{1,200}): (?:cannot execute binary file: )?Exec format error")
RUNS_TESTS = "configure runs what it compiles"
# A branch of a script's `case` for one variable.
_ARGUMENT = re.compile(r"^[ \t]*\"?([A-Z]+)=\*\"?\)", re.MULTILINE)


class CacheValues(msgspec.Struct, frozen=True):
    """Answers to configure's tests that would have to run a program of the target, by libc."""

    date: str
    sources: dict[str, str]
    values: dict[str, dict[str, str]]


@functools.cache
def _cache_values() -> CacheValues:
    return read_facts("toolchains/configure-answers.json", CacheValues)


class AutoconfBuilder:
    """``configure --host``, ``make``, ``make install`` into a stage."""

    kind = "autoconf"
    in_source = True
    compiles_c = True
    replaced: Replaced = "whole"
    takes_turns = False
    own_folder = True

    def recognises(self, folder: Path) -> str | None:
        """Return the script, or what it is made from."""
        names = ("configure", "configure.ac", "configure.in")
        return next((name for name in names if (folder / name).is_file()), None)

    def tools(self, folder: Path) -> dict[str, str]:
        """Return what is needed besides zig: autoreconf only where there is no script yet."""
        return versions("make") if (folder / "configure").is_file() else versions("make", "autoreconf")

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Make the script if need be, configure, build, install; see `files_installed`."""
        environment = context.environment() if shutil.which("makeinfo") else _without_manuals(context)
        # A script below this one that has a cache of its own takes its answers from here.
        environment.update(answers(context.target.libc))
        before = Snapshot.of(context.source)
        source, stage = context.source, context.work / "stage"
        if not (source / "configure").is_file():
            _make_script(context, environment)
        (source / "configure").chmod(0o755)
        script = _script(context)
        if not _MADE.search(script):
            # Written by hand, it may look for `cc` where autoconf's scripts take $CC.
            environment["PATH"] = os.pathsep.join([str(context.wiring.folder), environment["PATH"]])
        cache = context.work / "config.cache"
        cache.write_text(cache_file(context.target.libc))
        self._configure(context, environment, cache, script)
        environment |= OWN_CODE
        make = [require("make"), f"-j{context.jobs}"]
        context.commands.run(make, cwd=source, environment=environment, step="make")
        installs = context.commands.succeeds(
            [require("make"), "install", f"DESTDIR={stage}"], cwd=source, environment=environment
        )
        stage = stage if installs else context.work / "nothing-installed"
        return files_installed(stage, PREFIX, source, context.artifacts, before)

    def _configure(self, context: BuildContext, environment: dict[str, str], cache: Path, script: str) -> None:
        static = ["--enable-static", "--disable-shared"] if context.target.static else []
        host, build = context.target.autoconf, _build_machine()
        teach(context, environment, (host, build))
        options = [
            *(f"--host={host}", f"--build={build}"),
            *(f"--prefix={PREFIX}", f"--cache-file={cache}", *static),
        ]
        run = functools.partial(context.commands.run, cwd=context.source, environment=environment, step="configure")
        told, start = _told(context, script), context.commands.written
        try:
            try:
                run(["./configure", *options, *told, *context.args])
            except BuildFailedError as error:
                named = _named_by(script, options)
                if named == options or not any(_name(option) in error.message for option in options):
                    _append_log(context)
                    raise
                context.commands.begin_again(start, "configure, written by hand, refused an option of autoconf's")
                run(["./configure", *named, *told, *context.args])
        except BuildFailedError as error:
            error.hint = together(_not_run(context, start), error.hint)
            raise
        if not_run := _not_run(context, start):
            context.commands.note(not_run)
            context.progress.say(f"{context.target.name}: {not_run}")


def _not_run(context: BuildContext, start: int) -> str:
    """Return what is to be known where a script ran what it had compiled, which this machine cannot run.

    One of autoconf's does not when it is told of another system; one written by hand takes each such test as failed.
    """
    config_log = context.source / "config.log"
    said = read_tail(context.commands.log, start, LOG_TAIL_BYTES)
    said += read_head(config_log, LARGEST_SCRIPT) if config_log.is_file() else b""
    programs = {found[1] for found in _NOT_RUN.finditer(said.decode(errors="replace"))}
    if not programs:
        return ""
    cpu = context.target.cpu.name
    return (
        f"{RUNS_TESTS} ({', '.join(sorted(programs)[:2])}), and this machine runs no programs for {cpu}: those tests"
        f" count as failed. Give it their answers, if it reads any, or for a static target let this machine run them:"
        " apt-get install qemu-user-static binfmt-support"
    )


def _make_script(context: BuildContext, environment: dict[str, str]) -> None:
    """Make configure from configure.ac; raises `BuildFailedError` naming the project's own way, where it has one."""
    command = [require("autoreconf"), "--force", "--install"]
    try:
        context.commands.run(command, cwd=context.source, environment=environment, step="autoreconf")
    except BuildFailedError as error:
        own = makes_configure(context.source)
        if own:
            error.hint = together(f"the project makes its configure with ./{own}: run that and build again", error.hint)
        raise


def _script(context: BuildContext) -> str:
    return read_head(context.source / "configure", LARGEST_SCRIPT).decode(errors="replace")


def _name(option: str) -> str:
    return option.partition("=")[0]


def _named_by(script: str, options: list[str]) -> list[str]:
    """Return the options that a script knows: one written by hand may refuse what it does not name."""
    if _MADE.search(script):
        return options
    return [option for option in options if re.search(rf"-{_name(option).lstrip('-')}\b", script)]


def _told(context: BuildContext, script: str) -> list[str]:
    """Return the tools that a script written by hand takes as arguments alone (``CC=*) CC=$optarg``).

    One of autoconf's own takes any variable either way, and names none of them there.
    """
    named = set(_ARGUMENT.findall(script))
    return [f"{name}={value}" for name, value in context.wiring.compilers().items() if name in named]


def _without_manuals(context: BuildContext) -> dict[str, str]:
    """Return an environment whose ``makeinfo``, by whatever way it is called, makes nothing: manuals are not wanted."""
    folder = context.work / "makeinfo"
    folder.mkdir()
    (folder / "makeinfo").write_text("#!/bin/sh\nexit 0\n")
    (folder / "makeinfo").chmod(0o755)
    environment = context.environment({"MAKEINFO": "true"})
    return {**environment, "PATH": os.pathsep.join([str(folder), environment["PATH"]])}


def answers(libc: str) -> dict[str, str]:
    """Return configure's cache variables for a libc."""
    values = _cache_values().values
    return {**values["all"], **values.get(libc, {})}


def cache_file(libc: str) -> str:
    """Return a cache file for configure, which a shell reads."""
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in sorted(answers(libc).items()))


def site_file(target: Target) -> str:
    """Return a site file for a target: by it a configure knows the target that another build calls without --host.

    Scripts read it behind their arguments and before they look at the host (Autoconf manual, Site Defaults).
    """
    return f"""if test "x$host_alias" = x; then
  build_alias={_build_machine()} host_alias={target.autoconf}
  build=$build_alias host=$host_alias cross_compiling=yes ac_tool_prefix=$host_alias-
fi
{cache_file(target.libc)}"""


def _build_machine() -> str:
    """Return this machine's triple, spelled so that it never equals a target's: configure then never runs a program."""
    return f"{os.uname().machine}-build-linux-gnu"


def _append_log(context: BuildContext) -> None:
    """Append the end of config.log: it has the failing test's program and the compiler's answer."""
    path = context.source / "config.log"
    if not path.is_file():
        return
    tail = read_tail(path, 0, LOG_TAIL_BYTES)
    context.commands.note("the end of config.log:")
    with context.commands.log.open("ab") as log:
        log.write(tail)


BUILDER: Builder = AutoconfBuilder()
