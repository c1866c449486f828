"""What a file shows of its expectations, and on which images they are known not to be met."""

# ruff: noqa: S108 - the folders named here are an image's
from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from described_image import GLIBC_LOADER, MUSL_LOADER, X86_64, DescribedImage, glibc, library, musl, with_undefined

from everylinux import elf
from everylinux.elf.file import DlopenNote, ElfFile, Identity, Notes, Undefined
from everylinux.images.directory import DirectoryImage
from everylinux.images.empty import EmptyImage
from everylinux.loader.judge import judge
from everylinux.loader.risks import declared, evidence_of
from everylinux.loader.risks.facts import anchors, conversions, described, name_service, needs
from everylinux.loader.subject import Subject

if TYPE_CHECKING:
    from everylinux.images.interface import Image

DOCUMENTATION = Path(__file__).parents[2] / "docs/risks.md"
GLIBC_NOTE = Notes(system=0, kernel=(3, 2, 0))
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
FEDORA_CERTIFICATES = "/etc/pki/tls/certs/ca-bundle.crt"
NAME_SERVICE = ("/etc/nsswitch.conf", "/etc/gai.conf")
INSIDE = ("/etc/aliases", "/etc/ethers")
READ, EXECUTE = 4, 5
PT_LOAD, PT_NOTE, PT_GNU_STACK = 1, 4, 0x6474E551


def written(  # noqa: PLR0913 - one thing each that a file has
    path: Path, content: bytes, *, kind: int = PT_LOAD, flags: int = READ, sections: bytes = b"", stack: int = 0
) -> Path:
    """Write an x86-64 file whose only segment holds some bytes."""
    start = 64 + 2 * 56
    end = start + len(content)
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, end if sections else 0, 0, 64, 56, 2, 64, len(sections) // 64, 0
    )
    load = struct.pack("<IIQQQQQQ", kind, flags, start, start, start, len(content), len(content), 1)
    size = struct.pack("<IIQQQQQQ", PT_GNU_STACK, 6, 0, 0, 0, 0, stack, 16)
    path.write_bytes(header + load + size + content + sections)
    return path


def strings(*texts: str) -> bytes:
    return b"\0" + b"\0".join(text.encode() for text in texts) + b"\0"


def program(folder: Path, *texts: str, calls: tuple[str, ...] = (), libc: str = "gnu", **fields: object) -> Subject:
    """Return a dynamic program with some strings that calls some functions."""
    interpreter = GLIBC_LOADER if libc == "gnu" else MUSL_LOADER
    defaults: dict[str, object] = {"kind": "executable", "interpreter": interpreter, "soname": None, "pie": True}
    # The small C libraries of these tests have none of the functions: weak ones would not count as calls.
    undefined = tuple(Undefined(name, data=None, plt=None) for name in calls)
    parsed = with_undefined(library("", **{**defaults, **fields}), *undefined)  # type: ignore[arg-type] # fields by name
    return subject(written(folder / "program", strings(*texts)), parsed)


def static(folder: Path, *texts: str, notes: Notes = GLIBC_NOTE) -> Subject:
    """Return a static program with some strings; glibc's, unless the notes are others."""
    return subject(written(folder / "static", strings(*texts)), library("", kind="static", soname=None, notes=notes))


def subject(path: Path, elf: ElfFile) -> Subject:
    return Subject(str(path), path, elf.kind, "an ELF file", executable=True, head=b"\x7fELF", elf=elf)


def risks(file: Subject, image: Image) -> list[tuple[str, str]]:
    verdict = judge(file, image, "linux/amd64", alone=True)
    assert not verdict.reasons, verdict.reasons
    return [(risk.code, risk.subject) for risk in verdict.risks if risk.code != "page-size"]


def test_a_need_is_a_risk_where_it_is_known_to_be_missing(tmp_path: Path) -> None:
    file = program(tmp_path, calls=("system",))
    assert risks(file, DescribedImage(glibc())) == [("shell", "/bin/sh")]
    assert risks(file, DescribedImage({**glibc(), "/bin/sh": b"\x7fELF"})) == []


def test_nothing_is_claimed_of_an_image_that_documents_tell_of(tmp_path: Path) -> None:
    file = program(tmp_path, "libknown.so.1", CERTIFICATES, calls=("system", "dlopen", "connect", "getpwuid"))
    assert risks(file, DescribedImage(glibc(), complete=False)) == []


def test_a_file_that_does_not_start_has_no_risks(tmp_path: Path) -> None:
    file = program(tmp_path, calls=("system",), needed=("libgone.so.1",))
    verdict = judge(file, DescribedImage(glibc()), "linux/amd64", alone=True)
    assert verdict.verdict == "fails"
    assert verdict.risks == ()


@pytest.mark.parametrize("text", ["#!/bin/sh", "/usr/bin/sh", "see /bin/sh", "/bin/shutdown"])
def test_a_shell_that_is_only_written_about_is_not_needed(tmp_path: Path, text: str) -> None:
    assert risks(program(tmp_path, text, calls=("execve",)), DescribedImage(glibc())) == []


def test_a_shell_is_needed_by_its_path_alone(tmp_path: Path) -> None:
    file = program(tmp_path, "/bin/sh", calls=("execve",))
    assert risks(file, DescribedImage(glibc())) == [("shell", "/bin/sh")]


def test_certificates_are_needed_where_the_program_looks(tmp_path: Path) -> None:
    knows_one = program(tmp_path, CERTIFICATES, calls=("connect",))
    assert risks(knows_one, DescribedImage({**glibc(), CERTIFICATES: b""})) == []
    assert risks(knows_one, DescribedImage({**glibc(), FEDORA_CERTIFICATES: b""})) == [
        ("certificates", "ca-certificates")
    ]


def test_a_program_that_looks_in_many_places_finds_certificates_in_any(tmp_path: Path) -> None:
    file = program(tmp_path, CERTIFICATES, "/etc/ssl/ca-bundle.pem", calls=("connect",))
    assert risks(file, DescribedImage({**glibc(), FEDORA_CERTIFICATES: b""})) == []


def test_a_program_with_certificates_of_its_own_needs_none(tmp_path: Path) -> None:
    assert risks(program(tmp_path, CERTIFICATES, "ISRG Root X1", calls=("connect",)), DescribedImage(glibc())) == []
    many = ["-----BEGIN CERTIFICATE-----"] * 20
    assert risks(program(tmp_path, CERTIFICATES, *many, calls=("connect",)), DescribedImage(glibc())) == []


def test_an_empty_folder_of_certificates_is_as_good_as_none(tmp_path: Path) -> None:
    file = static(tmp_path, CERTIFICATES, "/etc/ssl/certs", notes=Notes())
    root = tmp_path / "root"
    folder = root / "etc/ssl/certs"
    folder.mkdir(parents=True)
    image = DirectoryImage("dir:root", root)
    assert risks(file, image) == [("certificates", "ca-certificates")]
    (folder / "4042bcee.0").write_text("a certificate")
    assert risks(file, DirectoryImage("dir:root", root)) == []


def test_a_program_that_names_many_zones_has_a_table_of_them(tmp_path: Path) -> None:
    calls = ("tzset", "setenv")
    assert risks(program(tmp_path, "Europe/Berlin", calls=calls), DescribedImage(glibc())) == [
        ("time-zones", "/usr/share/zoneinfo")
    ]
    many = [f"Europe/City_{letter}" for letter in "abcdefghijklmnopqrstu"]
    assert risks(program(tmp_path, *many, calls=calls), DescribedImage(glibc())) == []
    assert risks(program(tmp_path, "Europe/Berlin", calls=("tzset",)), DescribedImage(glibc())) == []


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("/tmp/known.log", True),
        ("/tmp/.X11-unix", True),
        ("/tmp/known/XXXXXX", True),
        ("/tmp", False),
        ("/tmp/build/known/etc/known.conf", False),
        ("/tmp/known.c", False),
        ("/var/tmp/known", False),
    ],
)
def test_where_a_file_was_built_is_not_where_it_writes(tmp_path: Path, text: str, *, needed: bool) -> None:
    found = risks(static(tmp_path, text), EmptyImage())
    assert found == ([("temporary-folder", "/tmp")] if needed else [])


def test_a_name_after_numbers_is_found_too(tmp_path: Path) -> None:
    path = written(tmp_path / "file", b"\x01\x07\x1f\x07/bin/sh\0")
    parsed = with_undefined(
        library("", kind="executable", interpreter=GLIBC_LOADER, soname=None), Undefined("execv", data=None)
    )
    assert risks(subject(path, parsed), DescribedImage(glibc())) == [("shell", "/bin/sh")]


# Libraries opened later.


def opens(file: Subject) -> list[tuple[str, ...]]:
    return [one.sonames for one in evidence_of(file).opens]


def test_names_of_one_library_are_one_entry_the_newest_first(tmp_path: Path) -> None:
    names = ("libssl.so", "libssl.so.1.1", "libssl.so.10", "libssl.so.3", "libz.so.1")
    assert opens(program(tmp_path, *names, calls=("dlopen",))) == [
        ("libssl.so.10", "libssl.so.3", "libssl.so.1.1", "libssl.so"),
        ("libz.so.1",),
    ]


@pytest.mark.parametrize(
    "text", ["libplugin.so", "libc.so.6", "lib%s.so.1", "/opt/lib/libz.so.1", "cannot open libz.so.1", "libz.so.1.old"]
)
def test_not_every_name_is_opened(tmp_path: Path, text: str) -> None:
    assert opens(program(tmp_path, text, calls=("dlopen",))) == []


def test_a_name_counts_only_for_a_file_that_opens_libraries_and_does_not_need_it_anyway(tmp_path: Path) -> None:
    assert opens(program(tmp_path, "libz.so.1")) == []
    assert opens(program(tmp_path, "libz.so.1", calls=("dlopen",), needed=("libz.so.1",))) == []


def test_a_table_of_libraries_is_no_list_of_what_is_opened(tmp_path: Path) -> None:
    assert opens(program(tmp_path, *(f"lib{number}.so.1" for number in range(70)), calls=("dlopen",))) == []


def test_a_library_is_searched_by_the_rules_of_the_images_loader(tmp_path: Path) -> None:
    file = program(tmp_path, "libknown.so.1", calls=("dlopen",), runpath="/opt/known")
    assert risks(file, DescribedImage(glibc())) == [("opened-library", "libknown.so.1")]
    for place in ("/usr/lib/libknown.so.1", "/opt/known/libknown.so.1"):
        assert risks(file, DescribedImage({**glibc(), place: library("libknown.so.1")})) == []
    elsewhere = {**glibc(), "/opt/other/libknown.so.1": library("libknown.so.1")}
    assert risks(file, DescribedImage(elsewhere)) == [("opened-library", "libknown.so.1")]


def test_what_is_declared_comes_first_and_what_is_only_suggested_is_not_missed(tmp_path: Path) -> None:
    notes = Notes(
        dlopen=(
            DlopenNote(("libseldom.so.1",), "more", "suggested"),
            DlopenNote(("liba.so.2", "liba.so.1"), "colour"),
            DlopenNote(("libmust.so.1",), "all", "required"),
        )
    )
    file = program(tmp_path, "libmust.so.1", "libother.so.4", calls=("dlopen",), notes=notes)
    assert [(one.sonames[0], one.priority) for one in evidence_of(file).opens] == [
        ("libmust.so.1", "required"),
        ("liba.so.2", "recommended"),
        ("libseldom.so.1", "suggested"),
        ("libother.so.4", ""),
    ]
    there = {**glibc(), "/lib/liba.so.1": library("liba.so.1")}
    assert risks(file, DescribedImage(there)) == [
        ("opened-library", "libmust.so.1"),
        ("opened-library", "libother.so.4"),
    ]


def test_dlopen_of_a_program_that_is_static_with_musl_never_works(tmp_path: Path) -> None:
    file = static(tmp_path, "libknown.so.1", "Dynamic loading not supported", notes=Notes())
    assert risks(file, EmptyImage()) == [("static-dlopen", "libknown.so.1")]
    assert risks(static(tmp_path, "libknown.so.1", notes=Notes()), EmptyImage()) == []
    assert risks(static(tmp_path, "Dynamic loading not supported", notes=Notes()), EmptyImage()) == []


# The name service of programs that are static with glibc.


def test_before_2_34_the_name_service_is_loaded(tmp_path: Path) -> None:
    file = static(tmp_path, *NAME_SERVICE)
    expected = [("static-name-service", "getaddrinfo")]
    assert risks(file, EmptyImage()) == expected
    assert risks(file, DescribedImage(musl())) == expected
    assert risks(file, DescribedImage(glibc("2.31"))) == expected
    modules = {"/lib/libnss_files.so.2": library("libnss_files.so.2")}
    assert risks(file, DescribedImage({**glibc("2.36"), **modules})) == expected


def test_since_2_34_only_what_else_the_image_configures_is_loaded(tmp_path: Path) -> None:
    file = static(tmp_path, *NAME_SERVICE, *INSIDE)
    assert risks(file, EmptyImage()) == []
    assert risks(file, DescribedImage(glibc())) == []

    def image(hosts: str, *modules: str) -> DescribedImage:
        found = {f"/lib/{name}": library(name) for name in modules}
        return DescribedImage({**glibc(), **found, "/etc/nsswitch.conf": f"passwd: sss\nhosts: {hosts}\n".encode()})

    assert risks(file, image("files dns")) == []
    assert risks(file, DescribedImage(glibc(), complete=False)) == [("static-name-service", "getaddrinfo")]
    assert risks(file, image("files resolve [!UNAVAIL=return] dns # mdns", "libnss_mdns.so.2")) == []
    assert risks(file, image("files myhostname dns", "libnss_myhostname.so.2")) == [
        ("static-name-service", "libnss_myhostname.so.2")
    ]


# Conversions, locales, threads, times.


def test_a_conversion_with_a_suffix_fails_under_musl_only(tmp_path: Path) -> None:
    calls = ("iconv_open",)
    file = program(tmp_path, "ASCII//TRANSLIT", calls=calls, libc="musl")
    assert risks(file, DescribedImage(musl())) == [("character-sets", "ASCII//TRANSLIT")]
    assert risks(program(tmp_path, "ASCII//TRANSLIT", calls=calls), DescribedImage(glibc())) == []
    assert risks(program(tmp_path, "UTF-16LE", calls=calls, libc="musl"), DescribedImage(musl())) == []


@pytest.mark.parametrize("path", ["locale-archive", "de_DE.UTF-8", "de_DE.utf8", "de_DE"])
def test_a_locale_may_lie_in_the_archive_or_in_a_folder(tmp_path: Path, path: str) -> None:
    file = program(tmp_path, "de_DE.UTF-8", calls=("setlocale",))
    assert risks(file, DescribedImage(glibc())) == [("locale-data", "de_DE.UTF-8")]
    assert risks(file, DescribedImage({**glibc(), f"/usr/lib/locale/{path}": b""})) == []


def test_a_locale_of_cpp_is_asked_for_by_its_constructor(tmp_path: Path) -> None:
    file = program(tmp_path, "de_DE.UTF-8", calls=("_ZNSt6localeC1EPKc",))  # c++filt: std::locale::locale(char const*)
    assert risks(file, DescribedImage(glibc())) == [("locale-data", "de_DE.UTF-8")]
    assert risks(program(tmp_path, "de_DE.UTF-8"), DescribedImage(glibc())) == []


def test_spellings_of_one_locale_are_one_need(tmp_path: Path) -> None:
    file = program(tmp_path, "C.UTF-8", "C.utf8", calls=("setlocale",))
    assert risks(file, DescribedImage(glibc())) == [("locale-data", "C.UTF-8")]
    assert risks(file, DescribedImage({**glibc(), "/usr/lib/locale/C.utf8": b""})) == []


def test_a_table_of_locales_is_no_need(tmp_path: Path) -> None:
    names = ("de_DE.UTF-8", "fr_FR.UTF-8", "it_IT.UTF-8", "es_ES.UTF-8")
    assert risks(program(tmp_path, *names, calls=("setlocale",)), DescribedImage(glibc())) == []


# sub rsp, N; and lea r11, [rsp - N] as gcc -fstack-clash-protection writes it (objdump of both).
@pytest.mark.parametrize(
    ("code", "frame"),
    [
        (b"\x48\x81\xec\x00\x00\x03\x00", "192 KiB"),
        (b"\x4c\x8d\x9c\x24\x00\x00\xfd\xff", "192 KiB"),
        (b"\x48\x81\xec\x00\x00\x01\x00", ""),
        (b"\x48\x81\xec\x00\x00\x00\x7f", ""),
    ],
)
def test_a_frame_larger_than_a_threads_stack_is_a_risk_under_musl(tmp_path: Path, code: bytes, frame: str) -> None:
    def risks_of(stack: int, *calls: str) -> list[tuple[str, str]]:
        path = written(tmp_path / "threads", b"\x90" * 5 + code + b"\xc3", flags=EXECUTE, stack=stack)
        undefined = tuple(Undefined(name, data=None) for name in calls)
        parsed = with_undefined(library("", kind="executable", interpreter=MUSL_LOADER, soname=None), *undefined)
        return risks(subject(path, parsed), DescribedImage(musl()))

    assert risks_of(0, "pthread_create") == ([("thread-stack", frame)] if frame else [])
    assert risks_of(0) == []
    assert risks_of(0, "pthread_create", "pthread_attr_setstacksize") == []
    assert risks_of(8 << 20, "pthread_create") == []


@pytest.mark.parametrize(
    ("identity", "calls", "expected"),
    [
        (Identity(40, 32, "little"), ("time",), [("time-32-bit", "time")]),
        (Identity(40, 32, "little"), ("__time64", "time"), []),
        (Identity(243, 32, "little"), ("time",), []),
        (X86_64, ("time",), []),
    ],
)
def test_times_of_32_bits_are_those_of_old_cpus(
    tmp_path: Path, identity: Identity, calls: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    file = program(tmp_path, calls=calls, identity=identity)
    found = [risk for one in evidence_of(file).expectations for risk in one.risks_on(None)]  # type: ignore[arg-type] # no image changes it
    assert [(risk.code, risk.subject) for risk in found] == expected


# Hostile and damaged files.


def test_a_file_full_of_names_is_searched_in_bounded_time(tmp_path: Path) -> None:
    content = b"/etc/ssl/certs/ca-certificates.crt" * 200_000
    path = written(tmp_path / "full", content)
    parsed = library("", kind="static", soname=None, notes=Notes())
    assert evidence_of(subject(path, parsed)).expectations


@pytest.mark.parametrize(
    "text", [b'[{"soname":["\xa3"]}]', b"[" * 100_000, b'{"soname":"libz.so.1"}', b"", b'[{"soname":[]}]']
)
def test_a_note_that_declares_nonsense_declares_nothing(tmp_path: Path, text: bytes) -> None:
    note = struct.pack("<III4s", 4, len(text), 0x407C0C0A, b"FDO") + text.ljust(-len(text) % 4 + len(text), b"\0")
    path = written(tmp_path / "note", note, kind=PT_NOTE)
    assert declared(elf.read(path)) == ()


def test_a_note_declares_what_is_opened(tmp_path: Path) -> None:
    text = b'[{"feature":"colour","soname":["libz.so.2","libz.so.1"]}]'
    note = struct.pack("<III4s", 4, len(text), 0x407C0C0A, b"FDO") + text
    (opened,) = declared(elf.read(written(tmp_path / "note", note, kind=PT_NOTE)))
    # The priority that stands for none, in the specification.
    assert (opened.sonames, opened.feature, opened.priority) == (("libz.so.2", "libz.so.1"), "colour", "recommended")


def test_sections_that_are_not_there_tell_nothing(tmp_path: Path) -> None:
    table = struct.pack("<IIQQQQIIQQ", 0, 2, 0, 0, 1 << 40, 1 << 40, 5, 0, 8, 24)
    path = written(tmp_path / "sections", strings("/etc/nsswitch.conf"), sections=table)
    parsed = library("", kind="static", soname=None, notes=GLIBC_NOTE)
    assert risks(subject(path, parsed), EmptyImage()) == [
        ("static-name-service", "getpwnam"),
        ("user-database", "/etc/passwd"),
    ]


def test_a_file_that_is_gone_meanwhile_shows_nothing(tmp_path: Path) -> None:
    file = static(tmp_path, *NAME_SERVICE)
    file.real.unlink()
    assert evidence_of(file).expectations == ()


# The facts.


def test_every_text_that_is_searched_begins_with_an_anchor() -> None:
    facts, service = conversions(), name_service()
    texts = [*facts.only_glibc, *facts.locale_anchors, service.linked, service.hosts_text, *service.built_in]
    texts += [".so", "/gconv", "Dynamic loading not supported"]
    for need in needs():
        texts += [*need.unless_contains, *need.unless_repeated]
        for sign in need.shown_by:
            texts += [*sign.texts, *sign.without, *sign.anchors]
            texts += [path for path in need.paths if sign.names_paths and path not in need.folders_with_files]
    assert [text for text in texts if not text.startswith(anchors())] == []


def test_every_kind_of_risk_is_described_and_documented() -> None:
    codes = {need.code for need in needs()}
    codes |= set(re.findall(r'risk_of\(\s*"([a-z0-9-]+)"', "".join(path.read_text() for path in sources())))
    assert codes == set(described())
    documented = re.findall(r"^## `([a-z0-9-]+)`", DOCUMENTATION.read_text(), re.MULTILINE)
    assert documented == sorted(codes)


def sources() -> list[Path]:
    return sorted((Path(__file__).parents[2] / "src/everylinux/loader/risks").glob("*.py"))
