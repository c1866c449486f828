"""Every rule of the loaders, one folder each: real files, real loaders, and where this machine can a real run.

``case.json`` in a folder names the rule and where it is from, how the files are built, and what must come out in which
image. What `check_file` predicts must be that, and what the file does when it is run must agree with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
import pytest
from workshop import CPUS, HERE, ROOTS, Built, Expected, build, built, c_library, lay_image, read_case

from everylinux.errors import EverylinuxError
from everylinux.evidence import Run, same_answer
from everylinux.images.directory import DirectoryImage
from everylinux.loader import check_file
from everylinux.sandbox import Mount, ProveRequest, prove_file

FOLDERS = sorted(folder for folder in HERE.iterdir() if (folder / "case.json").is_file())
UNDER_TEST = "/under-test"
REFUSED = 3  # what host.c returns when dlopen refuses
pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Row:
    """One file on one image for one CPU."""

    folder: Path
    expected: Expected
    image: str
    cpu: str

    @property
    def libc(self) -> str:
        return self.image.partition("-")[0] if self.image in ROOTS else "musl"


def rows() -> list[object]:
    found: list[object] = []
    for folder in FOLDERS:
        for number, expected in enumerate(read_case(folder).expect):
            for image in expected.images:
                for cpu in expected.cpus:
                    name = f"{folder.name}-{number}-{Path(expected.file).name}-{image}-{cpu}"
                    found.append(pytest.param(Row(folder, expected, image, cpu), id=name))
    return found


class Workshop:
    """Builds each case once for each CPU and libc, lays each image once, and builds the program that opens plugins."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self.built = cache(lambda folder, cpu, libc: built(folder, (cpu, libc)))
        self.laid = cache(self._laid)
        self.host = cache(self._host)

    def _laid(self, folder: Path, cpu: str, name: str, files: Path) -> Path:
        image = self._factory.mktemp("image") / name
        try:
            return lay_image(read_case(folder), (name, cpu), files, image)
        except EverylinuxError as error:
            pytest.skip(f"no root for {name}: {error.message}")

    def _host(self, cpu: str, libc: str, root: Path) -> Path:
        out = self._factory.mktemp(f"host-{cpu}-{libc}")
        # musl's loader has no name of its own to link by; a stub of the name that it answers to does as well.
        stub = Built(path="libc.so", source="stub.c", link=("-shared", "-soname=libc.so"))
        libraries = ("libc.so",) if libc == "musl" else tuple(str(root / name.lstrip("/")) for name in c_library(cpu))
        program = Built(path="host", source="host.c", link=libraries)
        build((stub, program), HERE, (cpu, libc), out)
        return out / "host"


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory)


@pytest.mark.parametrize("row", rows())
def test_rule(row: Row, workshop: Workshop) -> None:
    expected = row.expected
    files = workshop.built(row.folder, row.cpu, row.libc)
    root = workshop.laid(row.folder, row.cpu, row.image, files)
    path = root / expected.file.lstrip("/") if expected.file.startswith("/") else files / expected.file
    image = DirectoryImage(f"dir:{root}", root)
    checked = check_file(path, [image], platforms=[CPUS[row.cpu].platform], alone=expected.alone, cpu=expected.level)
    verdict = checked.verdicts[0]
    first = verdict.reasons[0] if verdict.reasons else None
    loader = CPUS[row.cpu].loaders[row.libc]
    subject = expected.subject.replace("@PATH@", str(path)).replace("@BUILT@", str(files)).replace("@LOADER@", loader)
    told = (verdict.verdict, first.code, first.subject) if first else (verdict.verdict, "", "")
    assert told == (expected.verdict, expected.code, subject)
    assert {reason.code for reason in verdict.reasons[1:]} >= set(expected.also)
    if expected.risk:
        assert expected.risk in {risk.code for risk in verdict.risks}
    if expected.run and row.cpu not in expected.unrun_cpus:
        if checked.kind == "shared-object":
            run = run_library(path, files, image, workshop.host(row.cpu, row.libc, root))
        else:
            run = prove_file(ProveRequest(path=path, image=image, alone=expected.alone, arguments=()))
        assert same_answer(verdict, run) is True, f"{run.stderr} {run.note}"


def run_library(path: Path, files: Path, image: DirectoryImage, host: Path) -> Run:
    """Open a library from a C program that came along with it."""
    inside = f"{UNDER_TEST}/{path.relative_to(files)}"
    run = prove_file(ProveRequest(path=host, image=image, arguments=(inside,), mounts=(Mount(files, UNDER_TEST),)))
    return msgspec.structs.replace(run, verdict="fails") if run.exit == REFUSED else run
