"""Whole judgements on described images: the order of reasons, what is unknown, what is a risk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from described_image import (
    AARCH64,
    GLIBC_LOADER,
    I386,
    MUSL_LOADER,
    X86_64,
    DescribedImage,
    glibc,
    library,
    musl,
    with_undefined,
)

from everylinux.elf.file import ElfFile, Identity, Notes, Undefined, VersionNeed
from everylinux.images.empty import EmptyImage
from everylinux.loader.judge import judge
from everylinux.loader.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import Verdict
    from everylinux.images.interface import Image


def verdict_of(file: ElfFile, image: Image, platform: str = "linux/amd64", *, level: int = 0) -> Verdict:
    subject = Subject(
        "app", Path("/somewhere/app"), file.kind, "an ELF file", executable=True, head=b"\x7fELF", elf=file
    )
    return judge(subject, image, platform, alone=True, level=level)


def verdicts_in_turn(turns: Sequence[tuple[ElfFile, Image]]) -> list[Verdict]:
    """Judge files on images in this order: what was found out about one may be known when the next is judged."""
    subjects = {
        id(file): Subject(
            f"app{number}", Path(f"/somewhere/app{number}"), file.kind, "", executable=True, head=b"\x7fELF", elf=file
        )
        for number, (file, _) in enumerate(turns)
    }
    return [judge(subjects[id(file)], image, "linux/amd64", alone=True) for file, image in turns]


def program(*needed: str, interpreter: str | None = GLIBC_LOADER, **fields: object) -> ElfFile:
    kind = "executable" if interpreter else "static"
    return library("", needs=needed, **{"kind": kind, "soname": None, "interpreter": interpreter, **fields})


def codes(verdict: Verdict) -> list[tuple[str, str]]:
    return [(reason.code, reason.subject) for reason in verdict.reasons]


def test_a_program_whose_closure_is_there_starts() -> None:
    file = with_undefined(program("libc.so.6"), Undefined("puts", "GLIBC_2.2.5", "libc.so.6"))
    assert verdict_of(file, DescribedImage(glibc())).verdict == "ok"


def test_missing_libraries_come_before_missing_versions() -> None:
    file = program(
        "libgone.so.1",
        "libc.so.6",
        version_needs=(VersionNeed("libc.so.6", "GLIBC_2.99"), VersionNeed("libc.so.6", "GLIBC_2.2.5")),
    )
    verdict = verdict_of(file, DescribedImage(glibc()))
    assert codes(verdict) == [("missing-library", "libgone.so.1"), ("symbol-version", "GLIBC_2.99")]


def test_a_version_names_the_symbol_that_forces_it() -> None:
    file = with_undefined(
        program("libc.so.6", version_needs=(VersionNeed("libc.so.6", "GLIBC_2.99"),)),
        Undefined("brand_new", "GLIBC_2.99", "libc.so.6"),
    )
    (reason,) = verdict_of(file, DescribedImage(glibc())).reasons
    assert reason.asked_by is not None
    assert reason.asked_by.symbol == "brand_new"


def test_a_weak_version_need_is_no_reason() -> None:
    file = program("libc.so.6", version_needs=(VersionNeed("libc.so.6", "GLIBC_2.99", weak=True),))
    assert verdict_of(file, DescribedImage(glibc())).verdict == "ok"


def test_a_function_that_is_called_later_is_a_risk_until_it_is_bound_at_the_start() -> None:
    symbol = Undefined("absent", data=None, plt=0)
    lazy = verdict_of(with_undefined(program("libc.so.6"), symbol), DescribedImage(glibc()))
    now = verdict_of(with_undefined(program("libc.so.6", bind_now=True), symbol), DescribedImage(glibc()))
    assert (lazy.verdict, [risk.code for risk in lazy.risks]) == ("ok", ["missing-symbol"])
    assert codes(now) == [("missing-symbol", "absent")]


def test_glibc_names_the_dependency_s_missing_symbol_before_the_program_s() -> None:
    image = DescribedImage({**glibc(), "/lib/libx.so": with_undefined(library("libx.so"), Undefined("deep"))})
    file = with_undefined(program("libx.so", "libc.so.6"), Undefined("shallow"))
    assert codes(verdict_of(file, image)) == [("missing-symbol", "deep"), ("missing-symbol", "shallow")]


def test_musl_lists_all_missing_libraries_and_answers_to_libc() -> None:
    file = program("libone.so", "libc.so.6", "libtwo.so", interpreter=MUSL_LOADER)
    verdict = verdict_of(file, DescribedImage(musl()))
    assert codes(verdict) == [("missing-library", "libone.so"), ("missing-library", "libtwo.so")]


@pytest.mark.parametrize(("release", "word"), [("1.2.3", "fails"), ("1.2.5", "ok")])
def test_large_file_names_depend_on_musl_s_release(release: str, word: str) -> None:
    file = with_undefined(program("libc.so", interpreter=MUSL_LOADER), Undefined("open64"))
    assert verdict_of(file, DescribedImage(musl(release))).verdict == word


def test_an_incomplete_image_makes_a_missing_library_unknown() -> None:
    verdict = verdict_of(program("libgone.so.1", "libc.so.6"), DescribedImage(glibc(), complete=False))
    assert (verdict.verdict, codes(verdict)) == ("unknown", [("missing-library", "libgone.so.1")])


def test_an_image_without_the_cpu_is_an_exec_format_error() -> None:
    file = program("libc.so.6", identity=AARCH64)
    verdict = verdict_of(file, DescribedImage(glibc()), "linux/arm64")
    assert codes(verdict) == [("exec-format", "linux/arm64")]
    assert "linux/arm64" in verdict.reasons[0].message


def test_amd64_kernels_execute_static_i386_programs() -> None:
    file = program(interpreter=None, identity=I386)
    assert verdict_of(file, DescribedImage(glibc()), "linux/386").verdict == "ok"


@pytest.mark.parametrize(
    ("identity", "platform", "word"),
    [
        (I386, "linux/amd64", "ok"),
        (I386, "linux/arm64", "fails"),
        (AARCH64, "linux/amd64", "fails"),
        (X86_64, "linux/amd64", "ok"),
    ],
)
def test_a_platform_that_is_asked_for_is_the_only_one(identity: Identity, platform: str, word: str) -> None:
    file = program(interpreter=None, identity=identity)
    verdict = verdict_of(file, DescribedImage(glibc()), platform)
    assert (verdict.verdict, verdict.platform) == (word, platform)


def test_a_dynamic_program_in_the_empty_image_has_no_interpreter() -> None:
    assert codes(verdict_of(program("libc.so.6"), EmptyImage())) == [("no-interpreter", GLIBC_LOADER)]


@pytest.mark.parametrize(("own", "libc"), [("libc.so.6", "glibc"), ("libc.musl-x86_64.so.1", "musl")])
def test_a_shared_object_is_never_told_to_be_linked_statically(own: str, libc: str) -> None:
    (reason,) = verdict_of(library("plugin.so", needs=(own,)), EmptyImage()).reasons
    assert reason.code == "no-interpreter"
    assert reason.hint.startswith(f"take an image with {libc} and a program that opens it")


@pytest.mark.parametrize(
    ("files", "own", "chosen"),
    [
        ({**glibc(), **musl()}, ("libc.so.6",), "ok"),
        ({**glibc(), **musl()}, ("libc.musl-x86_64.so.1",), "ok"),
        (musl(), ("libc.so.6",), "ok"),
        (glibc(), ("libc.musl-x86_64.so.1",), "fails"),
    ],
)
def test_a_shared_object_takes_its_own_libc_s_loader_where_there_are_both(
    files: dict[str, ElfFile | bytes], own: tuple[str, ...], chosen: str
) -> None:
    assert verdict_of(library("plugin.so", needs=own), DescribedImage(files)).verdict == chosen


def test_a_plugin_expects_its_host_s_symbols_from_the_host() -> None:
    plugin = with_undefined(library("m.so", needs=("libc.so.6",)), Undefined("PyList_New"), Undefined("napi_throw"))
    assert verdict_of(plugin, DescribedImage(glibc())).verdict == "ok"


def test_a_plugin_is_bound_at_once() -> None:
    plugin = with_undefined(library("m.so", needs=("libc.so.6",)), Undefined("absent", data=None, plt=0))
    assert codes(verdict_of(plugin, DescribedImage(glibc()))) == [("missing-symbol", "absent")]


@pytest.mark.parametrize(("level", "word"), [(0, "ok"), (1, "fails"), (3, "ok")])
def test_the_cpu_s_level_counts_only_when_it_is_named(level: int, word: str) -> None:
    file = program("libc.so.6", notes=Notes(x86_level=3))
    verdict = verdict_of(file, DescribedImage(glibc()), level=level)
    assert verdict.verdict == word
    assert [risk.code for risk in verdict.risks] == (["cpu-isa-level"] if level == 0 else [])


def test_a_text_file_ends_glibc_s_search() -> None:
    image = DescribedImage({**glibc(), "/lib/libx.so": b"INPUT(-lx) " * 9, "/usr/lib/libx.so": library("libx.so")})
    verdict = verdict_of(program("libx.so", "libc.so.6"), image)
    assert codes(verdict) == [("exec-format", "libx.so")]
    assert "invalid ELF header" in verdict.reasons[0].message


def test_a_candidate_of_the_other_class_is_passed_over_and_named_when_nothing_else_is_found() -> None:
    wrong, right = library("libx.so", identity=I386), library("libx.so")
    both = DescribedImage({**glibc(), "/lib/libx.so": wrong, "/usr/lib/libx.so": right})
    alone = DescribedImage({**glibc(), "/lib/libx.so": wrong})
    assert verdict_of(program("libx.so", "libc.so.6"), both).verdict == "ok"
    (reason,) = verdict_of(program("libx.so", "libc.so.6"), alone).reasons
    assert "wrong ELF class: ELFCLASS32" in reason.message


def test_a_file_that_asks_for_endless_lookups_is_unknown() -> None:
    file = program(*(f"lib{number}.so" for number in range(3000)), runpath=":".join(f"/{n}" for n in range(300)))
    assert verdict_of(file, DescribedImage(glibc())).verdict == "unknown"


@pytest.mark.parametrize("damaged", [program("libc.so.6", truncated=True), program("libc.so.6", alignment=512)])
def test_a_file_like_a_damaged_one_is_judged_by_itself(damaged: ElfFile) -> None:
    sound = with_undefined(program("libc.so.6"), Undefined("not_there", "GLIBC_2.2.5", "libc.so.6"))
    first, second = DescribedImage(glibc()), DescribedImage(glibc())
    *_, there, here = verdicts_in_turn([(damaged, second), (sound, first), (sound, second)])
    assert codes(there) == codes(here) == [("missing-symbol", "not_there")]


def test_files_with_the_same_needs_are_told_apart_by_their_symbols_on_every_image() -> None:
    good, bad = (
        with_undefined(program("libc.so.6"), Undefined(name, "GLIBC_2.2.5", "libc.so.6")) for name in ("puts", "gone")
    )
    first, second = DescribedImage(glibc()), DescribedImage(glibc())
    verdicts = verdicts_in_turn([(good, first), (bad, first), (bad, second), (good, second)])
    assert [verdict.verdict for verdict in verdicts] == ["ok", "fails", "fails", "ok"]


def test_what_a_library_of_the_process_lacks_is_not_held_against_what_is_opened_later() -> None:
    libdl = with_undefined(library("libdl.so.2", "dlsym@@GLIBC_2.2.5"), Undefined("gone"))
    image = DescribedImage({**glibc(), "/lib/libdl.so.2": libdl})
    starting = program("libc.so.6", "ld-linux-x86-64.so.2", "libdl.so.2")
    started, opened = verdicts_in_turn([(starting, image), (library("libapp.so"), image)])
    assert codes(started) == [("missing-symbol", "gone")]
    assert opened.verdict == "ok"
