"""Real wheels: published ones, and ones built here with wrong tags; `auditwheel show` is asked about each of them too.

Where auditwheel says something else, ``wheels/published.json`` has the reason. Published wheels are fetched by pip and
kept in the development cache; what they are is pinned there.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from everylinux.cache import cache_directory, locked, write_atomically
from everylinux.errors import ToolMissingError
from everylinux.images.directory import DirectoryImage
from everylinux.inputs import open_inputs
from everylinux.loader import check_file
from everylinux.packages import judge_package
from everylinux.sandbox import ProveRequest, prove_file
from roots import make_root
from roots.store import development_cache

if TYPE_CHECKING:
    from everylinux.evidence import Package

pytestmark = pytest.mark.e2e
PUBLISHED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("wheels").joinpath("published.json").read_text())[
    "wheels"
]
SOURCE = """
#ifdef INIT
void *PyInit_m(void);
#ifdef ASK
extern void *ASK(void);
void *PyInit_m(void) { return ASK(); }
#else
void *PyInit_m(void) { return 0; }
#endif
#endif
#ifdef NEWER
#include <unistd.h>
#include <fcntl.h>
int newer(int fd) { return getpid() + fcntl(fd, F_GETFD); }
#endif
int plain(void) { return 1; }
"""


def published(file: str, sha256: str) -> Path:
    """Return a published wheel, fetched by pip when it is not there; skips the test where it cannot be had."""
    path = development_cache() / "wheels" / "published" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path):
        if not path.exists():
            name, version, python, _, platform = _parts(file)
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            command += ["--implementation=cp", f"--python-version={python}", f"--dest={path.parent}"]
            command += [f"--platform={one}" for one in platform.split(".")]
            done = subprocess.run([*command, f"{name}=={version}"], capture_output=True, text=True, check=False)
            if not path.exists():
                pytest.skip(f"pip cannot fetch {file}: {done.stderr.strip()[-200:]}")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    return path


def _parts(file: str) -> tuple[str, str, str, str, str]:
    name, version, *_, python, abi, platform = file.removesuffix(".whl").split("-")
    return name, version, python[2:] if python.startswith("cp") else "3.12", abi, platform


def judged(wheel: Path) -> Package:
    """Judge a wheel as `check` does."""
    packages = []
    for batch in open_inputs([str(wheel)]):
        files = [
            replace(check_file(file.real, [], package=file.package, digest=False), member=file.member)
            for file in batch.files
        ]
        if batch.package is not None:
            packages.append(judge_package(batch.package, files))
    (package,) = packages
    return package


def audited(wheel: Path) -> str:
    """Return the tag that auditwheel would give a wheel, empty where it has no answer."""
    command = [sys.executable, "-m", "auditwheel", "show", "--json", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return str(json.loads(done.stdout).get("overall_tag") or "")
    except ValueError:
        return ""


@pytest.mark.parametrize("wheel", PUBLISHED, ids=[wheel["file"][:50] for wheel in PUBLISHED])
def test_published_wheels_are_judged_as_auditwheel_does_or_it_is_known_why_not(wheel: dict[str, Any]) -> None:
    path = published(wheel["file"], wheel["sha256"])
    package = judged(path)
    assert package.truth is wheel["truth"], package.reasons
    assert bool(wheel["difference"]) == (audited(path) not in package.true_tags)


def test_a_musllinux_wheel_with_dt_relr_crashes_where_its_tag_is_false(tmp_path: Path) -> None:
    (wheel,) = (one for one in PUBLISHED if one["file"].startswith("pyzmq-"))
    with zipfile.ZipFile(published(wheel["file"], wheel["sha256"])) as archive:
        library = next(name for name in archive.namelist() if "/libgcc_s-" in name)
        path = Path(archive.extract(library, tmp_path))
    runs = []
    for root in ("alpine-like-bookworm-amd64", "alpine-like-trixie-amd64"):  # musl 1.2.3, 1.2.5
        try:
            runs.append(prove_file(ProveRequest(path=path, image=DirectoryImage(f"dir:{root}", make_root(root)))))
        except ToolMissingError as error:
            pytest.skip(error.message)
    assert [(run.verdict, run.signal) for run in runs] == [("fails", "SIGSEGV"), ("ok", None)]


class Workbench:
    """Builds small modules with zig and packs them into wheels."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def module(self, target: str, *arguments: str) -> bytes:
        source = self.folder / "m.c"
        source.write_text(SOURCE)
        out = self.folder / f"m-{abs(hash((target, *arguments)))}.so"
        caches = dict.fromkeys(("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"), str(cache_directory("zig-tests")))
        command = [sys.executable, "-m", "ziglang", "cc", "-target", target, "-shared", "-fPIC", "-O1", "-g0"]
        command += ["-D_FILE_OFFSET_BITS=64"]
        command += [*arguments, str(source), "-o", str(out)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, **caches})
        return out.read_bytes()

    def wheel(self, tag: str, files: dict[str, bytes]) -> Path:
        path = self.folder / f"p-1.0-{tag}.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
            archive.writestr("p-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: p\nVersion: 1.0\n")
            text = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\n"
            archive.writestr("p-1.0.dist-info/WHEEL", text + f"Tag: {tag}\n")
            archive.writestr("p-1.0.dist-info/RECORD", "".join(f"{name},,\n" for name in archive.namelist()))
        return path


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path)


EXTENSION = ("-DINIT", "-Wl,-z,undefs")


def test_a_module_for_a_newer_glibc_is_not_manylinux2014(bench: Workbench) -> None:
    # glibc 2.28 gave fcntl a new version (its NEWS: fcntl64).
    module = bench.module("x86_64-linux-gnu.2.28", *EXTENSION, "-DNEWER")
    wheel = bench.wheel("cp312-cp312-manylinux2014_x86_64", {"p/m.cpython-312-x86_64-linux-gnu.so": module})
    package = judged(wheel)
    assert [(reason.subject, reason.asked_by and reason.asked_by.symbol) for reason in package.reasons] == [
        ("manylinux2014_x86_64", "fcntl64")
    ]
    assert package.true_tags == ("manylinux_2_28_x86_64",) == (audited(wheel),)


def test_the_same_module_built_for_its_floor_is(bench: Workbench) -> None:
    module = bench.module("x86_64-linux-gnu.2.17", *EXTENSION, "-DNEWER")
    wheel = bench.wheel("cp312-cp312-manylinux2014_x86_64", {"p/m.cpython-312-x86_64-linux-gnu.so": module})
    package = judged(wheel)
    assert package.truth is True
    assert audited(wheel) in package.true_tags


def test_a_module_for_another_cpu_or_libc_makes_the_tag_false(bench: Workbench) -> None:
    name = "p/m.cpython-312-x86_64-linux-gnu.so"
    foreign = judged(
        bench.wheel(
            "cp312-cp312-manylinux2014_x86_64", {name: bench.module("aarch64-linux-gnu.2.17", *EXTENSION, "-DNEWER")}
        )
    )
    assert foreign.truth is False
    assert foreign.true_tags == ("manylinux_2_17_aarch64", "manylinux2014_aarch64")
    musl = judged(
        bench.wheel(
            "cp312-cp312-manylinux_2_17_x86_64", {name: bench.module("x86_64-linux-musl", *EXTENSION, "-DNEWER")}
        )
    )
    assert musl.truth is False
    assert musl.true_tags == ("musllinux_1_2_x86_64",)


def test_an_abi3_module_that_asks_for_more_makes_the_tag_false(bench: Workbench) -> None:
    good = bench.module("x86_64-linux-gnu.2.17", *EXTENSION, "-DASK=PyList_New")
    bad = bench.module("x86_64-linux-gnu.2.17", *EXTENSION, "-DASK=PyUnicode_AsUTF8")
    assert judged(bench.wheel("cp38-abi3-manylinux2014_x86_64", {"p/m.abi3.so": good})).truth is True
    package = judged(bench.wheel("cp38-abi3-manylinux2014_x86_64", {"p/m.abi3.so": bad}))
    assert [(reason.subject, reason.asked_by and reason.asked_by.symbol) for reason in package.reasons] == [
        ("cp38-abi3", "PyUnicode_AsUTF8")
    ]


def test_a_pure_wheel_holds_no_file_for_one_cpu(bench: Workbench) -> None:
    module = bench.module("x86_64-linux-gnu.2.17", "-DNEWER")
    wheel = bench.wheel("py3-none-any", {"p/lib.so": module})
    package = judged(wheel)
    assert [reason.subject for reason in package.reasons] == ["py3-none-any"]
    assert audited(wheel) in package.true_tags


def test_a_library_in_the_wheel_is_found_by_its_renamed_name(bench: Workbench) -> None:
    library = bench.module("x86_64-linux-gnu.2.17", "-Wl,-soname,libfoo-1a2b3c4d.so.1")
    folder = bench.folder
    write_atomically(folder / "libfoo-1a2b3c4d.so.1", library)
    user = bench.module("x86_64-linux-gnu.2.17", *EXTENSION, "-Wl,--no-as-needed", str(folder / "libfoo-1a2b3c4d.so.1"))
    name = "p/m.cpython-312-x86_64-linux-gnu.so"
    alone = judged(bench.wheel("cp312-cp312-manylinux2014_x86_64", {name: user}))
    assert [reason.subject for reason in alone.reasons] == ["manylinux2014_x86_64"]
    both = {name: user, "p.libs/libfoo-1a2b3c4d.so.1": library}
    assert judged(bench.wheel("cp312-cp312-manylinux2014_x86_64", both)).truth is True
