"""A copy of a project, and commands run in it apart from this machine: what a build sees and may use while it is tried.

The copy stands at the project's own path, so that paths in it stay right. Around it are this machine's tools, read-only
(`surroundings`), an empty home folder, and folders that are thrown away. No network unless it was asked for, no new
privileges, and limits of memory, processes, time and room on the disk.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from everylinux.errors import UsageError
from everylinux.fixes.copying import Copied, copy_project
from everylinux.fixes.disk import watched
from everylinux.fixes.layers import Layer, before_command, can_be_layered
from everylinux.fixes.surroundings import Surroundings, surroundings
from everylinux.inputs.scratch import Scratch
from everylinux.sandbox.interface import Confinement
from everylinux.sandbox.isolation.bubblewrap import NAMESPACES, has_own_proc, isolated
from everylinux.sandbox.limits import MIB, Limits
from everylinux.toolchains.find import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LOG_IN_SANDBOX = "/run/build.log"
DEFAULT_SECONDS = 900.0
MOST_PROCESSES = 4096
LARGEST_FILE = 4096 * MIB
# Of what a build may write, the log included.
MOST_ROOM = 8192 * MIB


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a build ended: ``exit`` is ``None`` where it was killed or stopped, and ``stopped`` says why.

    ``log`` is all that it wrote.
    """

    exit: int | None
    log: Path
    seconds: float
    stopped: str = ""

    @property
    def passed(self) -> bool:
        """Whether it ended without an error."""
        return self.exit == 0


class Room:
    """One copy of a project; gone when the block ends, also after a run that was killed (`inputs.scratch`)."""

    def __init__(
        self,
        project: Path,
        *,
        network: bool = False,
        timeout: float = DEFAULT_SECONDS,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._project = project.resolve()
        self._network, self._timeout, self._environment = network, timeout, environment
        self._scratch = Scratch()
        self._copied = Copied()
        self.log = self._scratch.path / "log"

    def __enter__(self) -> Self:
        """Copy the project; raises what `copy_project` raises."""
        _refuse_wide(self._project)
        try:
            copy = self._scratch.folder("project")
            self._copied = copy_project(self._project, copy, without=self._scratch.path.parent)
        except BaseException:
            self._scratch.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Remove everything."""
        # The kernel's own folder in a layer allows nothing to anyone.
        for folder in self._scratch.path.glob("layers/*/work/work"):
            with contextlib.suppress(OSError):
                folder.chmod(0o700)
        self._scratch.__exit__()

    def put(self, files: dict[Path, bytes]) -> None:
        """Write files of the project, named by their real paths, into the copy."""
        copy = self._scratch.folder("project")
        for path, content in files.items():
            target = copy / path.relative_to(self._project)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def take_away(self, files: Sequence[Path]) -> None:
        """Remove files, named by their paths in the project, from the copy."""
        copy = self._scratch.folder("project")
        for path in files:
            (copy / path).unlink(missing_ok=True)

    def run(self, lines: Sequence[str]) -> Ran:
        """Run lines for a shell in the copy, one after the other in one shell that ends at the first failure of one.

        Raises what a sandbox raises: `ToolMissingError` where this machine cannot isolate.
        """
        around = surroundings(network=self._network, environment=self._environment)
        self.log.write_bytes(b"")
        layers = self._layers(around)
        shell = shutil.which("bash") or "/bin/sh"
        script = "\n".join(
            [f"exec >{LOG_IN_SANDBOX} 2>&1", *(f"{{ {line}\n}} || exit" for line in lines[:-1]), *lines[-1:]]
        )
        variables = [f"{name}={value}" for name, value in sorted(around.environment.items())]
        confinement = Confinement(
            root=None,
            program="/usr/bin/env",
            arguments=("-i", *variables, shell, "-c", script),
            timeout=self._timeout,
            limits=_limits(),
        )
        with watched(self._scratch.path, MOST_ROOM) as watch:
            seen = isolated(
                confinement,
                self._options(around, layers),
                before=before_command(layers),
                started=watch.take,
                own_formats=False,
            )
        stopped = "" if not watch.full else f"it wrote more than {MOST_ROOM // MIB} MiB"
        if seen.timed_out:
            stopped = f"it ran for more than {self._timeout:g} s"
        elif seen.exceeded:
            stopped = f"it used more {' and '.join(sorted(seen.exceeded))} than allowed"
        return Ran(
            exit=None if watch.full or seen.timed_out else seen.exit,
            log=self.log,
            seconds=seen.seconds,
            stopped=stopped if seen.exit != 0 else "",
        )

    def _layers(self, around: Surroundings) -> list[Layer]:
        """Return a new layer for each folder that can have one; the others become read-only."""
        shutil.rmtree(self._scratch.folder("layers"), ignore_errors=True)
        layers = []
        shown = [self._project / folder for folder in self._copied.shown]
        for number, folder in enumerate([*around.layered, *shown]):
            if can_be_layered(folder):
                layer = Layer(folder, self._scratch.folder("layers") / str(number))
                layer.make()
                layers.append(layer)
            elif folder not in shown:
                around.readable.append(folder)
        return layers

    def _options(self, around: Surroundings, layers: list[Layer]) -> list[str]:
        """Return the options of bubblewrap: the outermost first, for a mount hides what was there before."""
        names = [name for name in NAMESPACES if not (self._network and name == "--unshare-net")]
        proc = ["--proc", "/proc"] if has_own_proc(require("bubblewrap")) else ["--ro-bind", "/proc", "/proc"]
        options = [*names, *proc, "--dev", "/dev", "--tmpfs", "/dev/shm", "--dir", "/sys", "--dir", "/run"]  # noqa: S108 - the sandbox's own
        options += [word for link, target in around.links.items() for word in ("--symlink", target, link)]
        options += ["--bind", str(self._scratch.folder("tmp")), "/tmp"]  # noqa: S108 - the sandbox's own
        options += ["--bind", str(self._scratch.folder("home")), str(around.home)]
        for path in around.readable:
            options += ["--ro-bind", str(path), str(path)]
        for path in around.hidden:
            options += ["--tmpfs", str(path)] if path.is_dir() else ["--ro-bind", os.devnull, str(path)]
        seen = {layer.source: layer.folders[3] for layer in layers}
        for source, place in seen.items():
            if not source.is_relative_to(self._project):
                options += ["--bind", str(place), str(source)]
        for number, (path, content) in enumerate(around.settings.items()):
            shown = self._scratch.folder("settings") / str(number)
            shown.write_bytes(content)
            options += ["--ro-bind", str(shown), str(path)]
        options += ["--bind", str(self._scratch.folder("project")), str(self._project)]
        for folder in self._copied.shown:
            source = self._project / folder
            kind = "--bind" if source in seen else "--ro-bind"
            options += [kind, str(seen.get(source, source)), str(source)]
        return [*options, "--bind", str(self.log), LOG_IN_SANDBOX, "--chdir", str(self._project)]


def _limits() -> Limits:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Limits(
        memory=machine * 3 // 4,
        processes=MOST_PROCESSES,
        open_files=1 << 16,
        file_size=LARGEST_FILE,
    )


def _refuse_wide(project: Path) -> None:
    """Raise `UsageError` for a folder that is no project but holds the user's, or the whole machine."""
    home = os.path.expanduser("~")  # noqa: PTH111 - compared as text
    if project == project.parent or os.path.commonpath([project, home]) == str(project):
        raise UsageError(f"{project} is no project: it holds the home folder", hint="name the project with --project")
