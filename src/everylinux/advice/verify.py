"""Asking cargo itself what a change would build, in a copy of the manifests: the project is not touched."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.errors import BuildFailedError
from everylinux.toolchains.rust.cargo_metadata import read_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from everylinux.toolchains.rust.cargo_metadata import Metadata, Selection


def metadata_with(  # noqa: PLR0913 - what cargo is asked with
    metadata: Metadata,
    manifests: Mapping[Path, str],
    triples: Sequence[str],
    *,
    folder: Path,
    cargo: Path,
    selection: Selection,
    offline: bool,
    environment: Mapping[str, str] | None,
) -> tuple[Metadata, bytes | None] | None:
    """Return cargo's answer for other manifests, and the lock file that it made; ``None`` when cargo refuses them.

    The answer tells the paths of the project, not those of the copy. Raises `InputOutputError` when a package that is
    needed cannot be had now.
    """
    root = Path(metadata.workspace_root)
    with _mirrored(metadata, manifests) as moved:
        try:
            answer = read_metadata(
                folder,
                triples,
                cargo=cargo,
                selection=selection,
                manifest=moved(root / "Cargo.toml"),
                offline=offline,
                environment=environment,
                told_as=(moved.mirror, moved.base),
            )
        except BuildFailedError:
            return None
        lock = moved(root / "Cargo.lock")
        return answer, lock.read_bytes() if lock.is_file() else None


class _Moved:
    """Where a path of the project lies in its mirror."""

    def __init__(self, base: Path, mirror: Path) -> None:
        self.base = base
        self.mirror = mirror

    def __call__(self, path: Path) -> Path:
        return self.mirror / path.relative_to(self.base)


@contextlib.contextmanager
def _mirrored(metadata: Metadata, manifests: Mapping[Path, str]) -> Iterator[_Moved]:
    """Yield a folder that looks like the project: new manifests and a lock file of its own, links for all the rest."""
    root = Path(metadata.workspace_root)
    folders = [root, *(Path(each.manifest_path).parent for each in metadata.packages if each.source is None)]
    base = Path(os.path.commonpath(folders))
    real = {root, *(path.parent for path in manifests)}
    for folder in tuple(real):
        real.update(parent for parent in folder.parents if parent.is_relative_to(base))
    with tempfile.TemporaryDirectory(prefix="everylinux-advice-") as scratch:
        # The same name: cargo's ids of packages have it in them.
        moved = _Moved(base, Path(scratch) / base.name)
        for folder in sorted(real):
            moved(folder).mkdir(parents=True, exist_ok=True)
            with os.scandir(folder) as entries:
                names = [entry.name for entry in entries]
            for name in names:
                path = folder / name
                if path in real or (folder == root and name in {"target", "Cargo.lock"}) or path in manifests:
                    continue
                moved(path).symlink_to(path)
        for path, text in manifests.items():
            moved(path).write_text(text, encoding="utf-8")
        if (root / "Cargo.lock").is_file():
            moved(root / "Cargo.lock").write_bytes((root / "Cargo.lock").read_bytes())
        yield moved
