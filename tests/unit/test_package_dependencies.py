"""The hint for a library that a system's package misses: its package manager brings what the package declares."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from archive_samples import PACKAGES

from everylinux.evidence import CheckedFile, Reason, Verdict
from everylinux.inputs import open_inputs
from everylinux.inputs.interface import Dependencies
from everylinux.packages.dependencies import brought_by, with_dependencies

if TYPE_CHECKING:
    from pathlib import Path


def dependencies(path: Path) -> tuple[str, str, tuple[str, ...]]:
    """Return what the first file of a package was told to depend on."""
    found = [file.dependencies for batch in open_inputs([str(path)]) for file in batch.files]
    assert found[0] is not None
    return found[0].kind, found[0].file, found[0].names


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
def test_what_a_debian_package_depends_on(tmp_path: Path) -> None:
    """deb-control(5): Pre-Depends and Depends are lists separated by commas."""
    control = tmp_path / "tree/DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text(
        "Package: demo\nVersion: 1\nArchitecture: amd64\nMaintainer: M <m@example.org>\nPre-Depends: libc6 (>= 2.36)\n"
        "Depends: libjq1 (= 1.6-2.1), libssl3t64 | libssl3\nRecommends: libz1\nDescription: demo\n"
    )
    (tmp_path / "tree/usr").mkdir()
    shutil.copy("/bin/true", tmp_path / "tree/usr/demo")
    subprocess.run(["dpkg-deb", "-b", tmp_path / "tree", tmp_path / "demo.deb"], check=True, capture_output=True)
    path = tmp_path / "demo.deb"
    assert dependencies(path) == ("deb", str(path), ("libc6 (>= 2.36)", "libjq1 (= 1.6-2.1)", "libssl3t64 | libssl3"))


def test_what_an_rpm_package_requires() -> None:
    """As ``rpm -qp --requires`` of rpm 4.18 prints it, without versions."""
    _, _, names = dependencies(PACKAGES / "hello-zstdio.rpm")
    assert set(names) == {
        "rpmlib(CompressedFileNames)",
        "rpmlib(FileDigests)",
        "rpmlib(PartialHardlinkSets)",
        "rpmlib(PayloadFilesHavePrefix)",
        "rpmlib(PayloadIsZstd)",
    }


def test_what_an_alpine_package_depends_on(tmp_path: Path) -> None:
    """Alpine's wiki, "Apk spec": one line each."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / ".PKGINFO").write_text("pkgname = demo\narch = x86_64\ndepend = so:libz.so.1\ndepend = so:libc.musl.so.1\n")
    shutil.copy("/bin/true", tree / "demo")
    subprocess.run(["tar", "-C", tree, "-czf", tmp_path / "demo.apk", ".PKGINFO", "demo"], check=True)
    path = tmp_path / "demo.apk"
    assert dependencies(path) == ("apk", str(path), ("so:libz.so.1", "so:libc.musl.so.1"))


@pytest.mark.parametrize(
    ("kind", "name", "library", "brings"),
    [
        # The packages of bookworm and trixie that hold these libraries.
        ("deb", "libjq1 (= 1.6-2.1)", "libjq.so.1", True),
        ("deb", "libssl3t64 (>= 3.5) | libssl3", "libssl.so.3", True),
        ("deb", "libdbus-1-3:any", "libdbus-1.so.3", True),
        ("deb", "libdb5.3t64", "libdb-5.3.so", True),
        ("deb", "libsystemd-shared (= 252.39)", "libsystemd-shared-252.so", True),
        ("deb", "libgcc-s1", "libgcc_s.so.1", True),
        ("deb", "libjq10", "libjq.so.1", False),
        ("deb", "jq", "libjq.so.1", False),
        ("rpm", "libjq.so.1()(64bit)", "libjq.so.1", True),
        ("rpm", "libssl.so.3(OPENSSL_3.0.0)(64bit)", "libssl.so.3", True),
        ("rpm", "libjq.so.10()(64bit)", "libjq.so.1", False),
        ("apk", "so:libz.so.1", "libz.so.1", True),
        ("apk", "so:libz.so.1=1.3", "libz.so.1", True),
        ("apk", "so:libz.so.12", "libz.so.1", False),
    ],
)
def test_which_dependency_has_a_library(kind: str, name: str, library: str, brings: bool) -> None:  # noqa: FBT001
    assert brought_by(library, Dependencies(kind, "demo", ("other", name))) == (name if brings else "")


INSTALLED = "apt-get install ./demo.deb brings it where that release has what the package depends on: libjq1 (= 1.6)"


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        ("debian:12", INSTALLED),
        ("dir:root", INSTALLED),
        # No package manager; one for other packages.
        ("distroless/cc-debian12", "before"),
        ("fedora:42", "before"),
    ],
)
def test_the_package_manager_brings_what_a_package_depends_on(image: str, hint: str) -> None:
    reasons = (
        Reason(code="missing-library", subject="libjq.so.1", message="missing", hint="before"),
        Reason(code="missing-library", subject="libother.so.1", message="missing", hint="before"),
        Reason(code="symbol-version", subject="GLIBC_2.99", message="missing", hint="before"),
    )
    verdict = Verdict(image=image, platform="linux/amd64", verdict="fails", reasons=reasons)
    checked = CheckedFile(
        path="demo.deb", sha256="", kind="executable", arch="", libc=None, interpreter=None, verdicts=(verdict,)
    )
    told = with_dependencies(checked, Dependencies("deb", "demo.deb", ("libc6", "libjq1 (= 1.6)")))
    assert [reason.hint for reason in told.verdicts[0].reasons] == [hint, "before", "before"]
