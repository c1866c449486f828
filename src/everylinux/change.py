"""A change of a project's files: shown as a diff, made as a whole, undone as a whole.

What was there before is kept in the user's data folder, not in the project; `undo` puts it back unless somebody has
changed the files since.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from everylinux.decoding import decoded
from everylinux.errors import UsageError

KEPT_FILE = "change.json"


class _Kept(msgspec.Struct):
    """One file as it was: its path, its content, and the digest of what the change made of it."""

    path: str
    before: bytes | None
    after_sha256: str


class _KeptChange(msgspec.Struct):
    files: list[_Kept]


@dataclass(frozen=True)
class Change:
    """New contents for files of one project, and the arguments for cargo that belong to them.

    ``root`` is the folder of the workspace. ``Cargo.lock`` is among ``files`` where the change adds packages to it.
    """

    root: Path
    files: dict[Path, bytes]
    arguments: tuple[str, ...] = ()

    def diff(self) -> str:
        """Return what changes, as a unified diff; Cargo.lock's many lines are left out."""
        return "".join(self.diffs())

    def diffs(self) -> tuple[str, ...]:
        """Return the unified diff of each file, in the order of their paths."""
        diffs: list[str] = []
        for path, content in sorted(self.files.items()):
            if path.name == "Cargo.lock":
                continue
            name = os.path.relpath(path, self.root)
            before = _lines(path.read_bytes()) if path.exists() else []
            old = f"a/{name}" if path.exists() else os.devnull
            lines = (
                line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
                for line in difflib.unified_diff(before, _lines(content), old, f"b/{name}")
            )
            diffs.append("".join(lines))
        return tuple(diffs)

    def apply(self) -> None:
        """Write all files, each as a whole, and keep what was there; a failure on the way puts all of it back."""
        from everylinux.cache import write_atomically

        kept = _KeptChange([])
        for path, content in sorted(self.files.items()):
            before = path.read_bytes() if path.exists() else None
            kept.files.append(_Kept(str(path), before, hashlib.sha256(content).hexdigest()))
        folder = _folder(self.root)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = 1 + max((int(each.name) for each in folder.iterdir() if each.name.isdigit()), default=0)
        place = folder / f"{number:04}"
        place.mkdir()
        write_atomically(place / KEPT_FILE, msgspec.json.encode(kept), mode=0o600)
        try:
            for path, content in sorted(self.files.items()):
                write_atomically(path, content, mode=_mode(path))
        except BaseException:
            _put_back(kept)
            shutil.rmtree(place, ignore_errors=True)
            raise


def undo(root: Path) -> tuple[Path, ...]:
    """Take back the last change of the project at ``root`` or of its workspace; return the files that it concerned.

    Raises `UsageError` when there is none, or when a file was changed since.
    """
    root = root.resolve()
    places: list[Path] = []
    for parent in (root, *root.parents):
        folder = _folder(parent)
        places = sorted(place for place in folder.iterdir() if place.name.isdigit()) if folder.is_dir() else []
        if places:
            break
    if not places:
        raise UsageError(f"there is no change to take back in {root}", hint="`--apply` makes one")
    content = (places[-1] / KEPT_FILE).read_bytes()
    kept = decoded(content, _KeptChange)
    for each in kept.files:
        path = Path(each.path)
        now = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
        # cargo itself brings the lock file up to date.
        if now != each.after_sha256 and path.name != "Cargo.lock":
            raise UsageError(
                f"{path} was changed since", hint=f"what it was before is kept in {places[-1] / KEPT_FILE}"
            )
    _put_back(kept)
    shutil.rmtree(places[-1])
    return tuple(Path(each.path) for each in kept.files)


def _put_back(kept: _KeptChange) -> None:
    from everylinux.cache import write_atomically

    for each in kept.files:
        path = Path(each.path)
        if each.before is None:
            path.unlink(missing_ok=True)
        else:
            write_atomically(path, each.before, mode=_mode(path))


def _lines(content: bytes) -> list[str]:
    *lines, last = content.decode(errors="replace").split("\n")
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        return 0o644


def _folder(root: Path) -> Path:
    from everylinux.folders import user_data

    digest = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    return user_data() / "everylinux" / "changes" / f"{root.name}-{digest}"
