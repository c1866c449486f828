"""Published files, as really loaded or started: `check` must say what the loaders said.

``published/*.json`` pin the files and hold what was measured: the verdict, and the loader's first complaint verbatim.
"""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec
import pytest

from everylinux.errors import EverylinuxError
from everylinux.evidence import same_answer
from everylinux.images import open_images
from everylinux.images.directory import DirectoryImage
from everylinux.loader import check_file
from everylinux.sandbox import ProveRequest, prove_file
from published import Published, published_file
from roots import make_root

pytestmark = pytest.mark.e2e

MEASURED = Path(__file__).parent / "published"
PLATFORMS = {
    "amd64": "linux/amd64",
    "arm64": "linux/arm64",
    "armhf": "linux/arm/v7",
    "i386": "linux/386",
    "ppc64el": "linux/ppc64le",
    "riscv64": "linux/riscv64",
    "s390x": "linux/s390x",
}


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen of one file in one root; ``image`` is the catalogue's name for what that root is made of."""

    root: str
    verdict: str
    image: str = ""
    mode: str = "package"
    code: str = ""
    subject: str = ""
    said: str = ""


class File(Published, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a package, and all that was seen of it."""

    path: str
    sha256: str
    rows: tuple[Row, ...]


class Measurement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When and how the files were measured."""

    measured: str
    how: str
    files: tuple[File, ...]


def rows(*, programs: bool = False) -> list[object]:
    """Return all measured rows, or those of programs: what is opened by others has a suffix."""
    found: list[object] = []
    for path in sorted(MEASURED.glob("*.json")):
        for file in msgspec.json.decode(path.read_bytes(), type=Measurement).files:
            found += [
                pytest.param(file, row, id=f"{file.package}-{file.platform or 'npm'}-{row.root}-{row.mode}")
                for row in file.rows
                if not programs or "." not in Path(file.path).name
            ]
    return found


@functools.cache
def root_of(name: str) -> Path:
    try:
        return make_root(name)
    except EverylinuxError as error:
        pytest.skip(f"{name} cannot be made here: {error.message}")


@functools.cache
def fetched(file: File) -> Path:
    try:
        return published_file(file, file.path, file.sha256)
    except EverylinuxError as error:
        pytest.skip(f"{file.package} {file.version} cannot be fetched here: {error.message}")


@pytest.mark.parametrize(("file", "row"), rows())
def test_check_says_what_the_loader_said(file: File, row: Row) -> None:
    path, root = fetched(file), root_of(row.root)
    images = [DirectoryImage(f"dir:{root}", root), *open_images([row.image] if row.image else [])]
    platform = PLATFORMS[row.root.rpartition("-")[2]]
    for verdict in check_file(path, images, platforms=[platform], alone=row.mode == "alone").verdicts:
        first = verdict.reasons[0] if verdict.reasons else None
        told = (verdict.verdict, first.code, first.subject) if first else (verdict.verdict, "", "")
        assert told == (row.verdict, row.code, row.subject.replace("@PATH@", str(path))), verdict.image
        if row.code in ("missing-library", "symbol-version", "missing-symbol"):
            assert row.subject in row.said


@pytest.mark.parametrize(("file", "row"), rows(programs=True))
def test_a_program_still_does_what_was_seen(file: File, row: Row) -> None:
    path, root = fetched(file), root_of(row.root)
    image = DirectoryImage(f"dir:{root}", root)
    platform = PLATFORMS[row.root.rpartition("-")[2]]
    run = prove_file(ProveRequest(path=path, image=image, platform=platform, alone=row.mode == "alone"))
    verdict = check_file(path, [image], platforms=[platform], alone=row.mode == "alone").verdicts[0]
    assert run.verdict == row.verdict, f"{run.stderr} {run.note}"
    assert same_answer(verdict, run) is True
