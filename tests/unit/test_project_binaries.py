"""A file at stake is believed, and not the message about it: what it holds, and which cause that is."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from everylinux.diagnosis import explain
from everylinux.diagnosis.project.binary import facts_of
from everylinux.elf.numbers import ELF_MAGIC

if TYPE_CHECKING:
    from everylinux.evidence import Diagnosis

# A shared object that a real linker made: an extension module of this Python.
EXTENSION = next(Path(msgspec.__file__).parent.glob("_core*.so")).read_bytes()
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0f\nsize 12345\n"
MACHINE_OFFSET = 18
EM_AARCH64, EM_MIPS_NOWHERE = 183, 0xFEED
IN_WRONG_FORMAT = (
    "aarch64-linux-gnu-ld: ./libfoo.so: file in wrong format\ncollect2: error: ld returned 1 exit status\n"
)


def for_machine(machine: int) -> bytes:
    return EXTENSION[:MACHINE_OFFSET] + struct.pack("<H", machine) + EXTENSION[MACHINE_OFFSET + 2 :]


def archive_of(*members: tuple[str, bytes]) -> bytes:
    """Return an archive in the form of ar(5)."""
    parts = [b"!<arch>\n"]
    for name, content in members:
        header = f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(content):<10}`\n"
        parts.append(header.encode() + content + b"\n" * (len(content) % 2))
    return b"".join(parts)


def told(log: str, folder: Path) -> Diagnosis:
    return explain(io.BytesIO(log.encode()), project=folder).diagnoses[0]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (EXTENSION, "elf"),
        (b"", "empty"),
        (POINTER, "lfs-pointer"),
        (b"\n <!DOCTYPE HTML>\n<html>", "web-page"),
        (b"/* GNU ld script */\nGROUP ( /lib/libc.so.6 AS_NEEDED ( /lib/ld.so ) )\n", "linker-script"),
        (b"INPUT(-lncursesw)\n", "linker-script"),
        (b"#!/bin/sh\nGROUP=(a b)\n", "script"),
        (b"libfoo.so.1\n", "text"),
        (b"MZ\x90\0", "windows"),
        (b"\xcf\xfa\xed\xfe", "macos"),
        (b"BC\xc0\xde", "bitcode"),
        (b"\0\1\2", "data"),
        (EXTENSION[:40], "truncated"),
        (EXTENSION[: len(EXTENSION) // 2], "truncated"),
        (ELF_MAGIC + b"\xff" * 8000, "damaged"),
        (archive_of(), "empty-archive"),
        (archive_of(("a.o", EXTENSION)), "elf"),
        (archive_of(("a.o", POINTER)), "lfs-pointer"),
        (archive_of(("a.o", EXTENSION))[:5000], "damaged"),
        (archive_of(("a.o", EXTENSION))[:30], "damaged"),
        (b"!<arch>\n" + b"\xff" * 60, "damaged"),
    ],
)
def test_a_file_is_called_what_it_is(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "libfoo.so"
    path.write_bytes(content)
    assert facts_of(path)["contents"] == word


@pytest.mark.parametrize("end", range(0, 4096, 61))
def test_a_file_cut_anywhere_is_never_whole(tmp_path: Path, end: int) -> None:
    path = tmp_path / "a.o"
    path.write_bytes(EXTENSION[:end])
    assert facts_of(path)["contents"] in {"empty", "data", "text", "truncated", "damaged"}


@pytest.mark.parametrize(
    ("content", "cause", "because"),
    [
        (for_machine(EM_AARCH64), "wrong-arch-library", "./libfoo.so is a shared object for aarch64"),
        (archive_of(("a.o", for_machine(EM_AARCH64))), "wrong-arch-library", "./libfoo.so is an archive of a shared"),
        (for_machine(EM_MIPS_NOWHERE), "wrong-arch-library", "./libfoo.so is a shared object for ELF machine 65261"),
        (EXTENSION[:5000], "truncated-file", "./libfoo.so is cut off after 5000 bytes"),
        (b"", "truncated-file", "./libfoo.so is an empty file"),
        (POINTER, "not-portability/git-lfs", "./libfoo.so is a pointer of Git LFS, and not the file itself"),
        (b"<html>not found</html>", "not-portability/web-page-for-file", "./libfoo.so is a web page"),
    ],
)
def test_one_message_has_the_cause_that_the_file_tells(
    tmp_path: Path, content: bytes, cause: str, because: str
) -> None:
    (tmp_path / "libfoo.so").write_bytes(content)
    diagnosis = told(IN_WRONG_FORMAT, tmp_path)
    assert (diagnosis.cause, diagnosis.confidence) == (cause, "sure")
    assert diagnosis.because.startswith(because)
    assert [(place.file, place.line) for place in diagnosis.places] == [("libfoo.so", 0)]
    assert diagnosis.evidence[0].line == 1


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (POINTER, "not-portability/git-lfs"),
        (b"MZ\x90\0", "foreign-os-binary"),
        (b"GROUP ( libfoo.so.1 )\n", "linker-script-opened"),
        (EXTENSION[:10], "truncated-file"),
    ],
)
def test_what_a_loader_calls_an_invalid_header_has_four_causes(tmp_path: Path, content: bytes, cause: str) -> None:
    (tmp_path / "libfoo.so").write_bytes(content)
    assert told("OSError: /app/libfoo.so: invalid ELF header\n", tmp_path).cause == cause


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"echo started\n", "script-without-shebang"),
        (for_machine(EM_AARCH64), "wrong-arch-binary"),
        (POINTER, "not-portability/git-lfs"),
    ],
)
def test_what_the_kernel_calls_an_exec_format_error_has_three(tmp_path: Path, content: bytes, cause: str) -> None:
    (tmp_path / "run").write_bytes(content)
    diagnosis = told("exec /usr/local/bin/run: exec format error\n", tmp_path)
    assert (diagnosis.cause, diagnosis.confidence) == (cause, "sure")


def test_what_is_not_there_leaves_the_message_to_be_believed(tmp_path: Path) -> None:
    diagnosis = told(IN_WRONG_FORMAT, tmp_path)
    assert (diagnosis.cause, diagnosis.places) == ("wrong-arch-library", ())
