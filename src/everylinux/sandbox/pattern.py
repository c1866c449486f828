"""Looking for a regular expression in a program's output, both of which may be hostile.

Some expressions take longer than anybody can wait for, and some more memory than there is. So the search is made in a
process of its own, under limits of time and memory.
"""

from __future__ import annotations

import struct
import subprocess
import sys

from everylinux.errors import UsageError

SECONDS = 5
MEMORY = 512 * 1024 * 1024
_FOUND, _NOT_FOUND, _INVALID = 10, 11, 12
_LENGTH = struct.Struct("=Q")
_SEARCH = f"""
import re, resource, struct, sys
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
size, = struct.unpack("=Q", sys.stdin.buffer.read(8))
pattern = sys.stdin.buffer.read(size).decode(errors="surrogatepass")
text = sys.stdin.buffer.read().decode(errors="surrogatepass")
try:
    expression = re.compile(pattern, re.MULTILINE)
except (re.error, OverflowError, RecursionError) as error:
    print(error)
    sys.exit({_INVALID})
sys.exit({_FOUND} if expression.search(text) else {_NOT_FOUND})
"""


def found(pattern: str, text: str) -> bool | None:
    """Return whether a regular expression of Python's (``re``, with ``^`` and ``$`` at each line) occurs in a text.

    ``None``: it took more than the time or the memory that it may take. Raises `UsageError` for what is no expression.
    """
    written = pattern.encode(errors="surrogatepass")
    given = _LENGTH.pack(len(written)) + written + text.encode(errors="surrogatepass")
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _SEARCH],
            check=False,
            input=given,
            capture_output=True,
            timeout=4 * SECONDS,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode == _INVALID:
        raise UsageError(
            f"{pattern!r} is no regular expression: {done.stdout.decode(errors='replace').strip()}",
            hint="stdout of a [[smoke]] is one, as Python's re has them",
        )
    return {_FOUND: True, _NOT_FOUND: False}.get(done.returncode)
