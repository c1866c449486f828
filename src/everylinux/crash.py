"""The report file of a bug of ours."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback

from everylinux import __version__


def write_crash_report(error: BaseException, arguments: list[str]) -> str:
    """Write what is needed to find the bug into a file and return its path.

    Never raises: a machine on which nothing can be written gets the report on standard error.
    """
    text = "\n".join(
        [
            f"everylinux {__version__} on Python {platform.python_version()}, {platform.platform()}",
            f"arguments: {arguments!r}",
            "",
            *traceback.format_exception(error),
        ]
    )
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="everylinux-crash-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(text)
            return file.name
    except OSError:
        sys.stderr.write(text)
        return "the lines above"
