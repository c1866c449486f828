"""What `explain` says of builds that failed, for the verbs that build."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everylinux.evidence import Build


def explained(builds: Iterable[Build]) -> tuple[Build, ...]:
    """Return the builds, each that failed with the diagnoses of its log."""
    return tuple(_explained(build) if build.status == "failed" and build.log else build for build in builds)


def _explained(build: Build) -> Build:
    from everylinux.diagnosis import explain

    try:
        with Path(build.log).open("rb") as log:
            return replace(build, diagnoses=explain(log).diagnoses)
    except OSError:  # what was to be told is told by the build's own problem
        return build
