"""The answers that configure is given are what a shell reads in its cache file."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from everylinux.builders.autoconf import answers, cache_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("libc", ["gnu", "musl"])
def test_a_shell_reads_each_answer_as_it_is(tmp_path: Path, libc: str) -> None:
    cache = tmp_path / "config.cache"
    cache.write_text(cache_file(libc))
    expected = answers(libc)
    script = "set -eu; . ./config.cache; " + " ".join(f'printf "%s\\n" "${name}";' for name in expected)
    done = subprocess.run(["sh", "-c", script], check=True, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.splitlines() == list(expected.values())
    assert any(" " in value for value in expected.values())
