"""Folders of this machine that a build may write to without anything being written there: overlays, thrown away.

They are made in a user namespace of our own (overlayfs(5): since Linux 5.11 no root is needed), in which bubblewrap is
then started. Where the kernel or the machine refuses that, the folders are shown read-only.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from everylinux.cache import cache_directory

# What the options of a mount cannot hold without escapes that older kernels lack.
_SPECIAL = frozenset(",:\\\"'")
_ENTER = ("--user", "--map-root-user", "--mount", "--propagation", "private", "--")
# Each layer is four arguments; what remains is the command that follows.
_SCRIPT = """
count=$1; shift
while [ "$count" -gt 0 ]; do
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3,userxattr" "$4" || exit 1
    shift 4; count=$((count - 1))
done
exec "$@"
"""


@dataclass(frozen=True)
class Layer:
    """A folder of this machine, and the folder in which what is written over it lies."""

    source: Path
    place: Path

    @property
    def folders(self) -> tuple[Path, Path, Path, Path]:
        """What is below, what is written, what the kernel works in, and where both are seen as one."""
        return self.source, self.place / "written", self.place / "work", self.place / "seen"

    def make(self) -> None:
        """Make the folders that the mount needs."""
        for folder in self.folders[1:]:
            folder.mkdir(parents=True)


def before_command(layers: list[Layer]) -> tuple[str, ...]:
    """Return the words of a command that mounts the layers and becomes what follows; empty without layers."""
    if not layers:
        return ()
    words = [str(folder) for layer in layers for folder in layer.folders]
    return ("unshare", *_ENTER, "sh", "-c", _SCRIPT, "sh", str(len(layers)), *words)


def can_be_layered(folder: Path) -> bool:
    """Return whether a folder can have a layer here."""
    return has_layers() and not _SPECIAL & set(str(folder))


@functools.cache
def has_layers() -> bool:
    """Return whether this machine lets this user make them: one is made and thrown away, where others will be.

    An overlay is no place for what is written over another one, and containers have their files on overlays.
    """
    if not (shutil.which("unshare") and shutil.which("mount")):
        return False
    with tempfile.TemporaryDirectory(prefix="layer-", dir=cache_directory()) as name:
        source = Path(name, "source")
        source.mkdir()
        layer = Layer(source, Path(name, "layer"))
        layer.make()
        done = subprocess.run(
            [*before_command([layer]), "touch", layer.folders[3] / "file"],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
        return done.returncode == 0 and (layer.folders[1] / "file").exists()
