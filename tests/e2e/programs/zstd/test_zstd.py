"""zstd compresses and decompresses a file, with threads; the system's own zstd reads what it wrote."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from programs.trial import BuiltProgram

# Written by Debian's zstd 1.5.4 at level 19 from the output of `seq 0 9999`.
REFERENCE = Path(__file__).with_name("numbers.zst")
NUMBERS = "".join(f"{number}\n" for number in range(10_000)).encode()


def test_zstd_compresses_and_decompresses(program: BuiltProgram, tmp_path: Path) -> None:
    plain = tmp_path / "numbers"
    plain.write_bytes(NUMBERS)
    packed = program.run("zstd", "-19", "-T2", "-c", "numbers", inputs={"numbers": plain})
    assert (packed.exit, packed.truncated) == (0, False), packed.stderr
    assert len(packed.stdout) < len(NUMBERS) / 3

    unpacked = program.run("zstd", "-d", stdin=packed.stdout)
    assert (unpacked.exit, unpacked.stdout) == (0, NUMBERS)
    reference = program.run("zstd", "-d", stdin=REFERENCE.read_bytes())
    assert (reference.exit, reference.stdout) == (0, NUMBERS)

    if system_zstd := shutil.which("zstd"):
        done = subprocess.run([system_zstd, "-d"], input=packed.stdout, capture_output=True, check=True)
        assert done.stdout == NUMBERS


def test_zstd_refuses_what_it_did_not_write(program: BuiltProgram) -> None:
    done = program.run("zstd", "-d", stdin=b"this is no zstd frame")
    assert done.exit == 1
    assert b"unsupported format" in done.stderr
