"""A libc inside of a module: what of it depends on the process, read from the map of a link and told by a note."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from described_image import X86_64, DescribedImage, glibc, library, musl
from test_risks import risks, strings, subject, written

from everylinux import elf
from everylinux.elf.errors import CorruptElfError
from everylinux.elf.file import Notes
from everylinux.elf.notes import read_build_id
from everylinux.elf.reader import map_layout
from everylinux.errors import UsageError
from everylinux.loader import check_file
from everylinux.settings import load_settings
from everylinux.spelling import parse_targets
from everylinux.static.facts import facts
from everylinux.static.judge import dependences
from everylinux.static.link_map import Part, read_references, read_sections, read_symbols
from everylinux.static.note import write_note

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.images.interface import Image

PT_NOTE = 4
# As lld 20 writes it: -Map and --cref.
MAP = """\
             VMA              LMA     Size Align Out     In      Symbol
             238              238       60     8 .dynsym
             238              238       60     8         <internal>:(.dynsym)
             670              670      870     8         /o/a/libc.a(/o/b/exp_data.o):(.rodata.__exp_data)
             670              670      870     1                 __exp_data
            4850             4850       94    16         bad.o:(.text)
            4850             4850       2f     1                 f
            48e4             48e4        0     4         /o/a/libc.a(/o/c/printf.o):(.text)
            48e4             48e4        e     1         /o/a/libc.a(/o/c/__errno_location.o):(.text.__errno_location)
            48e4             48e4        e     1                 ___errno_location
            9000             9000       e8     8         /o/a b/libc.a(/o/d/stdout.o):(.data.__stdout_FILE)
"""
REFERENCES = """\
Cross Reference Table

Symbol                                            File
pow                                               /o/a/libc.a(/o/b/pow.o)
                                                  /build/x y/bad.o
f                                                 bad.o
__errno_location                                  /o/a/libc.a(/o/c/__errno_location.o)
                                                  bad.o
                                                  /o/a/libc.a(/o/c/syscall_ret.o)
"""
LIBC, OWN = "libc.a", Part("", "module")


@pytest.mark.parametrize(
    ("text", "archive", "name"),
    [
        ("capi.o", "", "capi"),
        ("/build/with blank/capi.cpp.o", "", "capi.cpp"),
        ("/o/1/libc.a(/o/2/errno.o)", "libc.a", "errno"),
        ("/o/1/libc++.a(/o/2/ios.instantiations.o)", "libc++.a", "ios.instantiations"),
        ("/deps/libstd-286e.rlib(std-286e4795762d614b.std.7b12-cgu.0.rcgu.o)", "libstd-286e.rlib", "std"),
        ("/deps/sample.sample.4dd1-cgu.0.rcgu.o", "", "sample"),
    ],
)  # fmt: skip
def test_who_a_part_of_a_link_is(text: str, archive: str, name: str) -> None:
    assert Part.of(text) == Part(archive, name)


def test_what_is_in_an_output_is_read_from_the_map() -> None:
    assert read_sections(MAP) == [
        (Part("", "<internal>"), ".dynsym"),
        (Part(LIBC, "exp_data"), ".rodata.__exp_data"),
        (Part("", "bad"), ".text"),
        (Part(LIBC, "__errno_location"), ".text.__errno_location"),
        (Part(LIBC, "stdout"), ".data.__stdout_FILE"),
    ]
    assert read_symbols(MAP) == {"__exp_data", "f", "___errno_location"}


def test_who_asks_for_what_is_read_from_the_table_of_references() -> None:
    assert read_references(MAP + REFERENCES) == {
        Part("", "bad"): {"pow", "__errno_location"},
        Part(LIBC, "syscall_ret"): {"__errno_location"},
    }
    assert read_references(MAP) == {}


def kinds(*parts: tuple[str, str]) -> list[str]:
    sections = [(Part(LIBC, member), section) for member, section in parts]
    return [one.kind for one in dependences(sections, {})]


def test_code_and_constants_stand_alone() -> None:
    assert kinds(("memcpy", ".text"), ("sin", ".text.sin"), ("exp_data", ".rodata.__exp_data")) == []
    assert kinds(("stdout", ".data.rel.ro.stdout")) == []
    assert dependences([(Part("", "stdout"), ".bss.mine"), (Part("libmine.a", "malloc"), ".data.mine")], {}) == []


def test_what_only_the_function_itself_looks_at_stands_alone() -> None:
    """strtok's place, rand's seed, lgamma's sign: static variables in musl's sources."""
    assert kinds(("strtok", ".bss.strtok.p"), ("rand", ".bss.seed"), ("signgam", ".bss.__signgam")) == []


@pytest.mark.parametrize(
    ("member", "section", "kind"),
    [
        # src/errno/__errno_location.c: &__pthread_self()->errno_val
        ("__errno_location", ".text.__errno_location", "errno"),
        ("malloc", ".bss.__malloc_context", "malloc"),
        ("stdout", ".data.__stdout_FILE", "stdio"),
        # src/multibyte/wcrtomb.c: MB_CUR_MAX is CURRENT_LOCALE's
        ("wcrtomb", ".text.wcrtomb", "locale"),
        ("pthread_self", ".text.__pthread_self_internal", "threads"),
        ("libc", ".bss.__libc", "process"),
        ("__environ", ".bss.__environ", "process"),
        # merged by the compiler on some CPUs
        ("ofl", ".bss..L_MergedGlobals", "stdio"),
        # assembler has one section without a name of its own
        ("__tls_get_offset", ".text", "threads"),
        # what nobody has judged
        ("new_in_another_release", ".bss.cache", "process"),
    ],
)
def test_what_depends_on_the_process(member: str, section: str, kind: str) -> None:
    assert kinds((member, section)) == [kind]


def test_who_leads_there_is_told_without_those_that_do_not() -> None:
    asked = {OWN: {"printf", "strlen", "f"}, Part("libc++.a", "string"): {"vsnprintf"}, Part(LIBC, "puts"): {"fputs"}}
    (found,) = dependences([(Part(LIBC, "stdout"), ".bss.buf")], asked)
    assert (found.kind, found.parts) == ("stdio", ("stdout",))
    assert found.asked == (("printf", "module"), ("vsnprintf", "string"))
    assert found.short({}) == "stdio by printf (module) and vsnprintf (string)"
    assert found.short({"vsnprintf": "m.c:3"}) == "stdio by vsnprintf (m.c:3) and printf (module)"
    assert "asked for by vsnprintf (m.c:3), printf (module); in the file: stdout" in found.whole({"vsnprintf": "m.c:3"})


def test_many_who_lead_there_are_counted() -> None:
    asked = {OWN: {"printf", "puts", "fopen"}, Part("libc++.a", "string"): {"puts", "fwrite"}}
    (found,) = dependences([(Part(LIBC, "stdout"), ".bss.buf")], asked)
    assert found.short({}) == "stdio by fopen (module) and printf (module) and 2 more"
    assert dependences([(Part(LIBC, "stdout"), ".bss.buf")], {})[0].short({}) == "stdio (stdout)"


@pytest.mark.parametrize(
    "function", ["memcpy", "strlen", "strstr", "qsort", "bsearch", "sin", "pow", "fmod", "isalpha"]
)
def test_functions_that_lead_nowhere(function: str) -> None:
    assert [kind.name for kind in facts().kinds if function in kind.leading] == []


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        ("printf", "stdio"), ("fopen", "malloc"), ("malloc", "malloc"), ("free", "malloc"), ("strdup", "malloc"),
        ("strtol", "errno"), ("open", "errno"), ("setlocale", "locale"), ("strftime", "locale"), ("getenv", "process"),
        ("pthread_create", "threads"), ("pthread_self", "threads"), ("atexit", "process"), ("__cxa_atexit", "process"),
    ],
)  # fmt: skip
def test_functions_that_lead_to_a_kind(function: str, kind: str) -> None:
    found = facts().kind(kind)
    assert found is not None
    assert function in found.leading


def test_the_facts_contradict_nothing() -> None:
    states = [member for kind in facts().kinds for member in kind.state]
    assert len(states) == len(set(states))
    assert not facts().own & set(states)
    assert all(kind.fails and kind.fails <= {"gnu", "musl"} for kind in facts().kinds)


def note(text: bytes, *, name: bytes = b"everylinux", kind: int = 1) -> bytes:
    """A note as gABI describes it: sizes of name and text, type, both padded to words."""
    padded = name + b"\0"
    return struct.pack("<III", len(padded), 96, kind) + padded.ljust(12, b"\0") + text.ljust(96, b"\0")


@pytest.mark.parametrize(
    ("content", "inside"),
    [
        (note(b"musl"), ("musl",)),
        (note(b"musl errno stdio"), ("musl", "errno", "stdio")),
        (note(b"musl ?"), ("musl", "?")),
        (note(b"musl \x1b[31m"), ()),
        (note(b"musl", name=b"somebody_e"), ()),
        (note(b"musl", kind=2), ()),
        (note(b"musl")[:20], ()),
    ],
)
def test_a_note_says_what_is_inside(content: bytes, inside: tuple[str, ...], tmp_path: Path) -> None:
    assert elf.read(written(tmp_path / "module.so", content, kind=PT_NOTE)).notes.inside == inside


def test_the_identity_of_a_file_is_read(tmp_path: Path) -> None:
    content = struct.pack("<III", 4, 4, 3) + b"GNU\0" + b"\xde\xad\xbe\xef"
    assert read_build_id(map_layout(written(tmp_path / "module.so", content, kind=PT_NOTE))) == "deadbeef"


def test_what_was_judged_is_written_into_the_note(tmp_path: Path) -> None:
    path = written(tmp_path / "module.so", note(b"musl ?"), kind=PT_NOTE)
    size = path.stat().st_size
    write_note(path, ["errno", "malloc"])
    assert elf.read(path).notes.inside == ("musl", "errno", "malloc")
    assert path.stat().st_size == size
    with pytest.raises(CorruptElfError):
        write_note(path, [])


def image(libc: str) -> Image:
    return DescribedImage(glibc() if libc == "gnu" else musl())


@pytest.mark.parametrize(
    ("inside", "libc", "subjects"),
    [
        (("musl",), "gnu", []),
        (("musl", "errno", "malloc"), "gnu", ["errno", "malloc"]),
        (("musl", "errno", "locale", "stdio"), "musl", ["stdio"]),
        (("musl", "?"), "musl", ["?"]),
    ],
)
def test_a_module_is_a_risk_where_its_libc_meets_another(
    inside: tuple[str, ...], libc: str, subjects: list[str], tmp_path: Path
) -> None:
    file = library("module.so", "PyInit_module", notes=Notes(inside=inside))
    module = subject(written(tmp_path / "module.so", strings()), file)
    assert risks(module, image(libc)) == [("two-libcs", one) for one in subjects]


def test_texts_of_musl_s_show_a_libc_in_a_module_that_needs_no_library(tmp_path: Path) -> None:
    texts = strings("-+   0X0x", "No error information")
    module = subject(written(tmp_path / "module.so", texts), library("module.so", "PyInit_module"))
    assert risks(module, image("gnu")) == [("two-libcs", "locale"), ("two-libcs", "stdio")]
    for other in (
        library("module.so", "PyInit_module", needs=("libc.so.6",)),
        library("libc.so", "__libc_start_main", "printf"),
    ):
        assert risks(subject(written(tmp_path / "other.so", texts), other), image("gnu")) == []


def test_static_is_a_libc_of_targets_for_modules() -> None:
    (target,) = parse_targets("x86_64-linux", libc="static")
    assert target == parse_targets("x86_64-linux-static")[0]
    assert (target.name, target.floor, target.interpreter, target.wheel_tag) == (
        "x86_64-linux-static",
        None,
        None,
        None,
    )
    with pytest.raises(UsageError):
        parse_targets("x86_64-linux-static.1.2")
    with pytest.raises(UsageError):
        parse_targets("x86_64-linux-musl", libc="static")


@pytest.mark.parametrize(("value", "allowed"), [("true", True), ("1", True), ("False", False), ("0", False)])
def test_the_environment_may_allow_two_libcs(value: str, allowed: bool, tmp_path: Path) -> None:  # noqa: FBT001 - its name says it
    environ = {"EVERYLINUX_BUILD_ALLOW_TWO_LIBCS": value}
    assert load_settings(tmp_path, environ=environ).build.allow_two_libcs is allowed


def test_a_word_that_is_neither_yes_nor_no_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load_settings(tmp_path, environ={"EVERYLINUX_BUILD_ALLOW_TWO_LIBCS": "perhaps"})


def test_check_says_that_a_module_has_a_libc_inside(tmp_path: Path) -> None:
    path = written(tmp_path / "module.so", note(b"musl"), kind=PT_NOTE)
    assert elf.read(path).identity.architecture == X86_64.architecture
    assert check_file(path, []).libc == "static"
