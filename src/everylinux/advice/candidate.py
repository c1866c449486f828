"""One change of a project that may do away with what is missing, and what it would build."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.advice.resolution import Amendment
    from everylinux.toolchains.rust.cargo_metadata import Dependency

# In this order they are proposed: the project's own switch, one word more in the manifest, one line more in it,
# another library in place of the missing one, and last what takes something away.
Kind = Literal["own", "feature", "added", "instead", "without"]
KINDS: tuple[Kind, ...] = ("own", "feature", "added", "instead", "without")


@dataclass(frozen=True)
class FeatureEdit:
    """Features of one entry of a manifest: those to turn on and off.

    ``defaults_off`` leaves out the default features; ``new_version`` is set for an entry that is not there yet.
    """

    manifest: Path
    dependency: Dependency
    on: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    defaults_off: bool = False
    new_version: str = ""


@dataclass(frozen=True)
class ArgumentEdit:
    """Arguments for cargo that are written into the project's settings."""

    manifest: Path
    arguments: tuple[str, ...]


Edit = FeatureEdit | ArgumentEdit


@dataclass(frozen=True)
class Candidate:
    """A change, by the features that it turns on and leaves out, and the graph that it was tried on.

    ``dependency`` is the direct dependency, or the member itself for ``own``. ``cost`` grows with what else changes;
    ``intrusive`` changes come last: they make other packages depend on what they did without. ``unfetched``: a package
    that it brings cannot be had now.
    """

    kind: Kind
    dependency: str
    features: tuple[str, ...]
    without: tuple[str, ...]
    manifest: Path
    edits: tuple[Edit, ...]
    amendment: Amendment
    cost: tuple[int, int, int, str]
    intrusive: bool = False
    unfetched: bool = False

    @property
    def applied(self) -> bool:
        """Whether it may be made unasked: what takes a function away is only said."""
        return self.kind != "without"

    @property
    def arguments(self) -> tuple[str, ...]:
        """What it adds to the arguments for cargo."""
        return tuple(each for edit in self.edits if isinstance(edit, ArgumentEdit) for each in edit.arguments)

    def sentence(self, root: Path) -> str:
        """Return the change as a command to the reader, who stands in the folder ``root`` of the workspace."""
        fetching = "; cargo has to fetch what it brings: `cargo fetch`, or `cargo vendor` into the project's folder"
        return self._change(root) + (fetching if self.unfetched else "")

    def _change(self, root: Path) -> str:
        names = " and ".join(f"`{each}`" for each in self.features)
        left_out = " and ".join(f"`{each}`" for each in self.without)
        manifest = os.path.relpath(self.manifest, root)
        where = f"of {self.dependency} in {manifest}"
        plural = "s" if len(self.features) > 1 else ""
        flags = " ".join(self.arguments)
        match self.kind:
            case "own":
                return f"build with {flags}: a feature of {self.dependency} itself"
            case "instead" if flags:
                return f"build with {flags}: {names} of {self.dependency} itself in place of {left_out}"
            case "feature":
                return f"turn on the feature{plural} {names} {where}"
            case "added":
                return f"add {self.dependency} with the feature{plural} {names} to {manifest}"
            case "instead":
                return f"turn on the feature{plural} {names} {where}, and leave out {left_out}"
            case _:
                return f"leave out {left_out} {where}, if what it does is not needed"
