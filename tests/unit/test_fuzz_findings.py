"""What fuzzing found (tools/fuzz), each as the smallest thing that shows it."""

from __future__ import annotations

import io
import struct
import threading
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from described_image import GLIBC_LOADER, X86_64, DescribedImage, glibc, library

from everylinux import elf
from everylinux.diagnosis import explain
from everylinux.elf.file import ElfFile, StoredTables, Undefined, VersionNeed
from everylinux.evidence import CheckedFile, CheckReport
from everylinux.inputs import open_inputs
from everylinux.inputs.scratch import scratch_folder
from everylinux.loader.judge import judge
from everylinux.loader.outcome import Outcome
from everylinux.loader.reasons import plain, risk
from everylinux.loader.subject import Subject
from everylinux.report.json import REPORTER as JSON

if TYPE_CHECKING:
    from everylinux.evidence import Verdict


def header(*, type_: int = 3) -> bytes:
    """Return the header of a 64-bit file for x86-64 without segments (gABI, figure 4-3)."""
    identity = b"\x7fELF\2\1\1" + bytes(9)
    return identity + struct.pack("<HHIQQQIHHHHHH", type_, 62, 1, 0, 0, 0, 0, 64, 56, 0, 64, 0, 0)


def verdict_of(file: ElfFile, image: DescribedImage) -> Verdict:
    subject = Subject("app", Path("/app"), file.kind, "an ELF file", executable=True, head=b"\x7fELF", elf=file)
    return judge(subject, image, "linux/amd64", alone=True)


@pytest.mark.parametrize("fill", [b"/", b"a/", b"/\0", b"a/\0", b"/usr/lib/\0"])
def test_a_loader_s_strings_are_read_in_time_that_grows_with_them(fill: bytes, tmp_path: Path) -> None:
    path = tmp_path / "loader"
    path.write_bytes(header() + b"LD_LIBRARY_PATH\0" + fill * (200_000 // len(fill)))
    start = time.process_time()
    assert elf.read(path).loader is not None
    # A loader has 200 KiB; work that grew with the square of that took a minute.
    assert time.process_time() - start < 1


def test_a_library_that_needs_itself_has_one_answer() -> None:
    image = DescribedImage(glibc())
    file = library("", needs=("", "libc.so.6"), version_needs=(VersionNeed("", "SELF_1"),))
    first, second = verdict_of(file, image), verdict_of(file, image)
    assert first == second


def test_glibc_whose_library_has_an_abi_version_of_its_own() -> None:
    files = glibc()
    path = next(path for path in files if path.endswith("libc.so.6"))
    files[path] = library("libc.so.6", identity=X86_64._replace(osabi=3, abi_version=200))
    loader = library("ld-linux-x86-64.so.2", read_loader_facts=files[GLIBC_LOADER].read_loader_facts)
    files[GLIBC_LOADER] = loader
    program = ElfFile(identity=X86_64, kind="executable", interpreter=GLIBC_LOADER, needed=("libc.so.6",))
    verdict = verdict_of(program, DescribedImage(files))
    assert [reason.code for reason in verdict.reasons] == ["exec-format"]


@pytest.mark.parametrize("version", ["GLIBC_2..5", "GLIBC_2.", f"GLIBC_{'9' * 5000}", "GLIBC_2.\u0663", "_", "GLIBC_"])
def test_versions_with_any_name(version: str) -> None:
    needs = (VersionNeed("libc.so.6", version), VersionNeed("libc.so.6", "GLIBC_2.17"))
    tables = StoredTables(undefined=(Undefined("puts", version, "libc.so.6"),))
    program = ElfFile(
        identity=X86_64,
        kind="executable",
        interpreter=GLIBC_LOADER,
        needed=("libc.so.6",),
        version_needs=needs,
        tables=tables,
    )
    assert program.floor() == {"GLIBC": "2.17"}
    verdict = verdict_of(program, DescribedImage(glibc()))
    assert version in [reason.subject for reason in verdict.reasons]


def test_a_zip_archive_with_a_member_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(""), header())
    batches = [(list(batch.files), batch.skipped) for batch in open_inputs([str(path)])]
    assert [why for _, skipped in batches for why in skipped]


@pytest.mark.parametrize("more", [1, 30, 0x1000, 0x7FFFFFFF])
@pytest.mark.parametrize("place", ["member", "list"])
def test_a_zip_archive_whose_offsets_lead_elsewhere(place: str, more: int, tmp_path: Path) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("first", header() * 20)
    content = bytearray(path.read_bytes())
    # Where a member lies, and where the list does: with more there, all lies before the file (APPNOTE.TXT, 4.3.12).
    at = content.find(b"PK\1\2") + 42 if place == "member" else len(content) - 6
    (offset,) = struct.unpack_from("<I", content, at)
    struct.pack_into("<I", content, at, offset + more)
    path.write_bytes(content)
    batches = [(list(batch.files), batch.incomplete) for batch in open_inputs([str(path)])]
    assert any(incomplete for _, incomplete in batches)


def test_risks_without_end_hide_no_reason() -> None:
    outcome = Outcome()
    for number in range(20_000):
        outcome.add_risk(risk("missing-symbol", f"f{number}", "found out only when it is called"))
    outcome.add(plain("missing-symbol", "g", "undefined symbol: g"))
    outcome.add(plain("missing-symbol", "h", "perhaps undefined: h"), known=False)
    assert [one.subject for one in (*outcome.reasons, *outcome.unknowns)] == ["g", "h"]
    assert len(outcome.risks) < 20_000


def test_names_as_long_as_a_book_are_not_told_whole_a_thousand_times() -> None:
    outcome = Outcome()
    for number in range(1_000):
        outcome.add(plain("missing-symbol", f"{number}" + "x" * 100_000, "y" * 100_000))
    assert outcome.reasons
    assert sum(len(one.subject) + len(one.message) for one in outcome.reasons) < 8_000_000
    assert max(len(one.subject) for one in outcome.reasons) < 20_000


def test_json_says_the_same_without_what_a_terminal_obeys() -> None:
    name = "lib\u202e\x9b2J\x7f\x1b]0;x\x07.so"
    stream = io.StringIO()
    file = CheckedFile(path=name, sha256="", kind="other", arch=None, libc=None, interpreter=None)
    JSON.render(CheckReport(files=(file,)), stream, color=None)
    assert stream.getvalue().isascii()
    assert all(character.isprintable() or character == "\n" for character in stream.getvalue())
    assert msgspec.json.decode(stream.getvalue(), type=CheckReport).files == (file,)


def test_scratch_folders_of_many_runs_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path))
    problems: list[Exception] = []

    def many() -> None:
        try:
            for _ in range(40):
                with scratch_folder() as folder:
                    (folder / "file").write_text("x")
        except OSError as error:
            problems.append(error)

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert not list((tmp_path / "unpacked").iterdir())


def test_a_step_with_a_number_that_python_refuses_to_read() -> None:
    explanation = explain(io.BytesIO(b"[%b/%b] Linking app\n" % (b"1" * 5000, b"2" * 5000)))
    assert explanation.outcome == "unknown"


def test_blanks_within_a_line_of_a_log_cost_what_they_are() -> None:
    start = time.process_time()
    explain(io.BytesIO(b"a" + b" " * 200_000 + b"b\nmake: *** [Makefile:2: app] Error 1\n"))
    assert time.process_time() - start < 2
