"""What a documented image does not list and is known to lack all the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from described_image import GLIBC_LOADER, I386, MUSL_LOADER, X86_64, DescribedImage, glibc, library

from everylinux.elf.file import VersionNeed
from everylinux.images import open_images
from everylinux.loader.judge import judge
from everylinux.loader.subject import Subject
from everylinux.loader.unlisted import is_nowhere

if TYPE_CHECKING:
    from everylinux.elf.file import ElfFile, Identity


def verdict_of(file: ElfFile) -> tuple[str, str]:
    image = DescribedImage(glibc(), complete=False)
    subject = Subject("app", Path("/x/app"), file.kind, "an ELF file", executable=True, head=b"", elf=file)
    verdict = judge(subject, image, "linux/amd64", alone=True)
    return verdict.verdict, verdict.reasons[0].code if verdict.reasons else ""


def program(interpreter: str, needs: tuple[str, ...] = (), identity: Identity = X86_64) -> ElfFile:
    return library("app", needs=needs, kind="executable", soname=None, interpreter=interpreter, identity=identity)


def test_a_loader_that_is_not_documented_is_not_there() -> None:
    assert verdict_of(program(interpreter=MUSL_LOADER)) == ("fails", "no-interpreter")
    assert verdict_of(program(interpreter="/lib/ld-linux.so.2", identity=I386)) == ("fails", "no-interpreter")
    assert verdict_of(program(interpreter="/lib/klibc-abc.so")) == ("fails", "no-interpreter")


def test_a_library_that_only_comes_bundled_is_not_there() -> None:
    bundled = program(interpreter=GLIBC_LOADER, needs=("libgfortran-040039e1.so.5.0.0",))
    assert verdict_of(bundled) == ("fails", "missing-library")
    for name in ("libc.musl-x86_64.so.1", "libc.so", "liblog.so"):
        assert verdict_of(program(interpreter=GLIBC_LOADER, needs=(name,))) == ("fails", "missing-library")


def test_any_other_library_is_unknown() -> None:
    assert verdict_of(program(interpreter=GLIBC_LOADER, needs=("libcurl.so.4",))) == ("unknown", "missing-library")
    assert verdict_of(program(interpreter="/opt/loader")) == ("unknown", "no-interpreter")


def test_an_image_whose_libraries_are_all_documented_lacks_any_other() -> None:
    (image,) = open_images(["ubuntu:22.04"])

    def needing(name: str) -> tuple[str, str]:
        file = program(GLIBC_LOADER, needs=(name,))
        subject = Subject("app", Path("/x/app"), file.kind, "an ELF file", executable=True, head=b"", elf=file)
        verdict = judge(subject, image, "linux/amd64", alone=True)
        return verdict.verdict, verdict.reasons[0].code if verdict.reasons else ""

    # The image's manifest has libgnutls30 and libtinfo6, neither libatomic1 nor libtinfo5.
    assert needing("libgnutls.so.30") == ("ok", "")
    assert needing("libtinfo.so.6") == ("ok", "")
    assert needing("libatomic.so.1") == ("fails", "missing-library")
    assert needing("libtinfo.so.5") == ("fails", "missing-library")


@pytest.mark.parametrize(
    ("image", "verdict"),
    # glibc 2.43 has it, and its branches from 2.38 on took it over: updates decide. 2.35 never has it.
    [("ubuntu:26.04", "ok"), ("ubuntu:24.04", "unknown"), ("ubuntu:22.04", "fails")],
)
def test_a_version_that_updates_may_have_brought_is_unknown(image: str, verdict: str) -> None:
    (opened,) = open_images([image])
    needs = (VersionNeed("libc.so.6", "GLIBC_ABI_GNU2_TLS", weak=False),)
    file = library(
        "app", kind="executable", soname=None, interpreter=GLIBC_LOADER, needs=("libc.so.6",), version_needs=needs
    )
    subject = Subject("app", Path("/x/app"), file.kind, "an ELF file", executable=True, head=b"", elf=file)
    assert judge(subject, opened, "linux/amd64", alone=True).verdict == verdict


@pytest.mark.parametrize(
    "name", ["libz.so.1", "libstdc++.so.6", "libicudata.so.72", "libfoo-1.2.so", "libLLVM-15.so.1", "libdeadbeef.so.1"]
)
def test_usual_names_are_not_taken_for_bundled_ones(name: str) -> None:
    assert not is_nowhere(name)
