"""What reasons say beyond the loader's words: since when, whom to install, which image to take."""

from __future__ import annotations

import msgspec
import pytest
from described_image import AARCH64, I386, X86_64, library

from everylinux.elf.file import Identity, Notes, VersionNeed
from everylinux.evidence import AskedBy, Reason
from everylinux.images import catalogue
from everylinux.loader.cures import Cures
from everylinux.loader.hints import hint_facts, image_with, library_hint, package_facts
from everylinux.loader.reasons import missing_library, missing_symbol, no_interpreter, symbol_version

LOONGARCH64 = Identity(258, 64, "little")


def finish(
    reason: Reason,
    image: str,
    *,
    identity: Identity = X86_64,
    libc: tuple[str, str] = ("", ""),
    kind: str = "executable",
) -> Reason:
    (done,) = Cures([reason], library("app", identity=identity, kind=kind), libc).on(image)
    return done


def version(version: str, symbol: str, image: str, *, there: str = "GLIBC_2.31", identity: Identity = X86_64) -> Reason:
    reason = symbol_version(version, "/lib/libc.so.6", AskedBy(file="app", symbol=symbol), there, version)
    return finish(reason, image, identity=identity)


@pytest.mark.parametrize(
    ("image", "take"),
    # By the distributions' release notes: 2.28, 2.31, 2.36; 2.28, 2.34; 2.26, 2.34; 2.31, 2.35.
    [
        ("debian:10", "debian:12 or newer"),
        ("debian:bullseye", "debian:12 or newer"),
        ("ubi8", "ubi:9 or newer"),
        ("amazonlinux:2", "amazonlinux:2023"),
        ("ubuntu:20.04", "ubuntu:22.04 or newer"),
        ("dir:/srv/root", "debian:12 or ubuntu:22.04 or ubi:9"),
    ],
)
def test_a_missing_version_names_the_oldest_image_of_the_family_that_has_it(image: str, take: str) -> None:
    reason = version("GLIBC_2.34", "__libc_start_main", image)
    assert reason.hint.endswith(f"take an image with GLIBC 2.34 or newer: {take}")
    assert "everylinux build --target x86_64-linux-gnu.2.31" in reason.hint
    assert "first in glibc 2.34 (August 2021)" in reason.note
    assert "/lib/libc.so.6 has versions up to GLIBC_2.31" in reason.note


def test_the_image_to_take_has_all_that_is_missing() -> None:
    asker = AskedBy(file="app", symbol="x")
    reasons = [
        symbol_version("GLIBC_2.29", "/lib/libc.so.6", asker, "GLIBC_2.28", "GLIBC_2.29"),
        symbol_version("GLIBCXX_3.4.30", "/lib/libstdc++.so.6", asker, "GLIBCXX_3.4.25", "GLIBCXX_3.4.30"),
    ]
    # GCC 12 is Debian 12's: its glibc is newer than needed, Debian 11's libstdc++ is too old.
    assert all(": debian:12" in reason.hint for reason in Cures(reasons, library("app"), ("", "")).on("debian:10"))


@pytest.mark.parametrize(
    ("reason", "libc"),
    [
        (missing_library("libc.so", "app", ()), ("gnu", "2.36")),
        (missing_library("libc.so.6", "app", ()), ("musl", "1.2.5")),
        (missing_symbol("__sprintf_chk", None, "app", musl=True), ("musl", "1.2.5")),
    ],
)
def test_a_python_module_of_the_other_libc_may_be_built_for_both(reason: Reason, libc: tuple[str, str]) -> None:
    """Of other files nothing is said of that: they have no process to take a libc from."""
    module = library("app", "PyInit_app")
    (done,) = Cures([reason], module, libc).on("dir:/srv/root")
    assert "--libc neutral" in done.hint
    assert "build it for this image's libc" in done.hint
    assert "--libc neutral" not in finish(reason, "dir:/srv/root", libc=libc).hint


def test_what_no_image_has_names_none() -> None:
    assert image_with("debian:12", frozenset({("glibc", "9.1")})) == ""
    assert version("GLIBC_9.1", "x", "debian:12").hint.endswith("or newer")


def test_a_symbol_that_is_new_has_to_be_done_without() -> None:
    assert "do without closefrom and build it" in version("GLIBC_2.34", "closefrom", "debian:11").hint
    # glibc 2.33 NEWS: older headers call __xstat instead, so the source needs no change.
    assert "do without" not in version("GLIBC_2.33", "stat", "debian:11").hint
    assert "do without" not in version("GLIBC_2.38", "__isoc23_strtol", "debian:11").hint
    assert "do without" not in version("GLIBC_2.34", "pthread_create", "debian:11").hint


def test_commands_that_cannot_work_are_left_out() -> None:
    # No target for LoongArch, and no floor below the oldest that the compiler aims at.
    assert "everylinux build" not in version("GLIBC_2.38", "strlcpy", "debian:12", identity=LOONGARCH64).hint
    old = version("GLIBC_2.34", "__libc_start_main", "dir:x", there="GLIBC_2.12")
    assert "everylinux build" not in old.hint
    assert "gnu.2.12" not in old.hint
    assert old.hint.startswith("take an image with GLIBC 2.34 or newer")


def test_a_symbol_that_musl_got_later_names_the_image() -> None:
    reason = missing_symbol("statx", None, "/app", musl=True)
    done = finish(reason, "alpine:3.18", libc=("musl", "1.2.4"))
    # musl WHATSNEW: statx in 1.2.5, which is Alpine's since 3.20.
    assert done.note == "it is first in musl 1.2.5 (February 2024)"
    assert done.hint.endswith("take an image with musl 1.2.5 or newer: alpine:3.20 or newer")
    assert done.asked_by == AskedBy(file="/app", symbol="statx")


def test_a_symbol_of_a_library_that_nothing_asks_for_names_the_flag() -> None:
    done = finish(missing_symbol("log2", "GLIBC_2.29", "plugin.so", musl=False), "debian:12", libc=("gnu", "2.36"))
    assert done.hint.startswith("link it with -lm: ")
    assert done.note == "it is in glibc's libm, which nothing that is loaded asks for"
    # Before 2.34 dlopen was libdl's, since then it is libc's.
    old = finish(missing_symbol("dlopen", None, "plugin.so", musl=False), "debian:11", libc=("gnu", "2.31"))
    assert old.hint.startswith("link it with -ldl: ")


def test_a_symbol_that_no_musl_has_names_none() -> None:
    done = finish(missing_symbol("backtrace", None, "/app", musl=True), "alpine:3.18", libc=("musl", "1.2.4"))
    assert "take an image" not in done.hint
    assert "everylinux build --target x86_64-linux-musl" in done.hint
    assert done.note.startswith("no musl has it")


def test_a_missing_loader_names_images_that_have_all_the_file_asks_for() -> None:
    needs = (
        VersionNeed("libc.so.6", "GLIBC_2.36", weak=False),
        VersionNeed("libstdc++.so.6", "GLIBCXX_3.4.32", weak=False),
    )
    file = library("app", version_needs=needs)
    (done,) = Cures([no_interpreter("/lib64/ld-linux-x86-64.so.2")], file, ("", "")).on("alpine:3.20")
    # GLIBCXX_3.4.32 came with GCC 13.2: Debian 13, Ubuntu 24.04, RHEL 10.
    assert done.hint.endswith("take an image with glibc (debian:13 or ubuntu:24.04 or ubi:10)")


@pytest.mark.parametrize(
    ("library_name", "image", "bits", "said"),
    [
        ("libz.so.1", "debian:12", 64, "apt-get install zlib1g"),
        ("libssl.so.3", "debian:12", 64, "apt-get install libssl3"),
        ("libssl.so.3", "debian:13", 64, "apt-get install libssl3t64"),
        ("libssl.so.3", "ubuntu:24.04", 64, "apt-get install libssl3t64"),
        ("libssl.so.1.1", "debian:12", 64, "take an image that has a package for it (debian:11: libssl1.1)"),
        ("libz.so.1", "alpine:3.22", 64, "apk add so:libz.so.1"),
        ("libz.so.1", "fedora:42", 64, "dnf install 'libz.so.1()(64bit)'"),
        ("libz.so.1", "ubi9", 32, "dnf install 'libz.so.1'"),
        ("libz.so.1", "ubi:7", 64, "yum install 'libz.so.1()(64bit)'"),
        ("libstdc++.so.6", "alpine:3.22", 64, "-static-libstdc++"),
        ("libstdc++.so.6", "dir:x", 64, "apt-get install libstdc++6; apk add so:libstdc++.so.6; dnf install"),
        ("libatomic.so.1", "debian:12", 64, "apt-get install libatomic1"),
        ("libresolv.so.2", "alpine:3.22", 64, "it is part of glibc"),
        ("ld-linux-x86-64.so.2", "alpine:3.22", 64, "it is part of glibc"),
        ("libc.musl-x86_64.so.1", "debian:12", 64, "it is part of musl"),
        ("libc.so", "debian:12", 64, "it is part of musl"),
    ],
)
def test_a_missing_library_names_the_command_that_brings_it(
    library_name: str, image: str, bits: int, said: str
) -> None:
    assert said in library_hint(library_name, image, bits=bits)


@pytest.mark.parametrize("image", ["distroless/base-debian12", "scratch", "busybox:musl"])
def test_no_command_is_named_where_there_is_no_package_manager(image: str) -> None:
    assert "install" not in library_hint("libz.so.1", image, bits=64)


def test_an_unknown_library_gets_no_command() -> None:
    assert library_hint("libmy-own.so.7", "debian:12", bits=64) == ""
    reason = finish(missing_library("libmy-own.so.7", "app", ["/lib"]), "debian:12")
    assert reason.hint.startswith("ship it beside the file")
    assert "x86_64-linux-musl" in reason.hint
    assert "aarch64" in finish(missing_library("libmy.so", "app", []), "debian:12", identity=AARCH64).hint


def test_a_shared_object_is_not_told_to_be_static() -> None:
    reason = finish(missing_library("libmy-own.so.7", "module.so", []), "alpine:3.20", kind="shared-object")
    assert "-linux-musl" not in reason.hint
    assert reason.hint.endswith("link that library into it (from its static archive)")


@pytest.mark.parametrize("missing", ["liblog.so", "libc.so", "libc++_shared.so"])
def test_a_library_of_android_is_not_to_be_shipped(missing: str) -> None:
    """Bionic's libraries need Bionic's own loader; the note .note.android.ident tells such a file."""
    file = msgspec.structs.replace(library("app.so"), notes=Notes(android=True))
    (reason,) = Cures([missing_library(missing, "app.so", [])], file, ("gnu", "2.36")).on("debian:12")
    assert reason.hint == "it is built for Android: build it for this image's libc"


def test_the_cpp_runtime_names_the_sibling_image_that_has_it() -> None:
    reason = finish(missing_library("libstdc++.so.6", "app", []), "distroless/base-debian12")
    assert "take distroless/cc-debian12" in reason.hint
    # Alpine's images have none at all, and glibc's are no help to a program for musl.
    assert "take " not in finish(missing_library("libstdc++.so.6", "app", []), "alpine:3.20").hint


def test_what_is_finished_stays_the_same_reason() -> None:
    before = symbol_version(
        "OPENSSL_3.2.0", "libssl.so.3", AskedBy(file="app", symbol="SSL_x"), "OPENSSL_3.0.0", "OPENSSL_3.2.0"
    )
    after = finish(before, "debian:12", identity=I386)
    assert msgspec.structs.replace(after, hint=before.hint) == before


def test_many_reasons_are_all_kept() -> None:
    reasons = [missing_symbol(f"symbol{number}", None, "app", musl=True) for number in range(1000)]
    done = Cures(reasons, library("app"), ("musl", "1.2.5")).on("alpine:3.20")
    assert [reason.subject for reason in done] == [reason.subject for reason in reasons]
    assert all(" CPU-" not in reason.hint for reason in done)


def test_the_data_name_what_exists() -> None:
    facts, packages = hint_facts(), package_facts()
    families = {listing.family for listing in catalogue.listings().values()}
    assert set(facts.install) <= families
    assert {*facts.suggested, *facts.any_family} <= families
    assert {*facts.image, *facts.packages_of, *facts.packages_of.values()} <= set(catalogue.names())
    named = {image for listed in packages.packages.values() for images in listed.values() for image in images}
    assert named <= set(catalogue.names())
    for name, listed in packages.packages.items():
        assert name.isprintable()
        assert all(package.replace("+", "").replace("-", "").replace(".", "").isalnum() for package in listed)
