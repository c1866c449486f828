"""Single files out of other releases of the compiler's wheel: their lists of libc symbols are newer or older."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from everylinux.cache import directory_made_whole, locked
from everylinux.errors import InputOutputError
from roots.store import development_cache

if TYPE_CHECKING:
    from pathlib import Path

SECONDS_FOR_A_DOWNLOAD = 600


def wheel_file(release: str, member: str) -> bytes:
    """Return one file of ``ziglang`` in a release (``0.12.1``); the wheel is downloaded once by pip and kept.

    ``member`` is below the wheel's ``ziglang/lib/libc``. Raises `InputOutputError` when it cannot be had.
    """
    (wheel,) = _folder(release).glob("*.whl")
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(f"ziglang/lib/libc/{member}")
    except (KeyError, zipfile.BadZipFile) as error:
        raise InputOutputError(f"{wheel.name} has no {member}", hint=f"remove {wheel}") from error


def _folder(release: str) -> Path:
    folder = development_cache() / "wheels" / f"ziglang-{release}"
    with locked(folder):
        if not folder.is_dir():
            with directory_made_whole(folder) as partial:
                command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(partial)]
                done = subprocess.run(
                    [*command, f"ziglang=={release}"],
                    check=False,
                    capture_output=True,
                    text=True,
                    timeout=SECONDS_FOR_A_DOWNLOAD,
                )
                if done.returncode != 0:
                    raise InputOutputError(f"pip cannot download ziglang {release}: {done.stderr.strip()[-300:]}")
    return folder
