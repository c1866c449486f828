"""What a project's own build script can be told: the variables that the script which ended a build reads.

A script that asks the libraries of this machine (``ctypes``, ``h5cc``) knows nothing of a target's; mostly it takes the
answers from the environment, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.reading import read_head

if TYPE_CHECKING:
    from pathlib import Path

MOST_SCRIPTS, LARGEST, MOST_NAMES = 50, 1 << 20, 12
# As much of a message is looked for: what comes behind it may be another line's, or made at run time.
TELLING = 20
_READ = re.compile(r"""(?:environ(?:\.get\(|\[)|getenv\()\s*["']([A-Z][A-Z0-9_]{2,60})["']""")
# What every build has; no answer of a project's own.
COMMON = frozenset({"PATH", "HOME", "CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "PKG_CONFIG", "TMPDIR"})
_KIND = re.compile(r"^(?:error|[\w.]{1,60}): ", re.IGNORECASE)


def variables_told(said: str, folder: Path) -> tuple[str, tuple[str, ...]]:
    """Return the script at the top of a project that has a message's text, and the variables that it reads.

    Those come first that have a word of the message in their name. Both are empty where no script has the text.
    """
    text = _KIND.sub("", said)
    if len(text) < TELLING:
        return "", ()
    for script in sorted(folder.glob("*.py"))[:MOST_SCRIPTS]:
        content = read_head(script, LARGEST).decode(errors="replace") if script.is_file() else ""
        if text[:TELLING] in content:
            words = {word.upper() for word in re.findall(r"\w{3,}", text)}
            names = dict.fromkeys(name for name in _READ.findall(content) if name not in COMMON)
            ordered = sorted(names, key=lambda name: words.isdisjoint(name.split("_")))
            return script.name, tuple(ordered)
    return "", ()
