"""Check data/outcomes/messages.json against the sources of those who say the messages, and date it.

usage: update_outcomes.py

Each message names source files and a part of its text that stands in one of them as it is. The sources are those of
three Debian releases, downloaded with apt-get source: what one of them says, images in use may say. Entries marked
``older`` are from releases before those and are taken as they are.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from programs.clients import SourceClient
from roots.store import development_cache

if TYPE_CHECKING:
    from collections.abc import Iterable

DATA = Path(__file__).parent.parent / "src/everylinux/data/outcomes/messages.json"
SUITES, ARCHITECTURE = ("bullseye", "bookworm", "trixie"), "amd64"
# Who speaks, and in which Debian source packages their words are.
PACKAGES = {
    "glibc": ("glibc",),
    "dlopen": ("glibc",),
    "musl": ("musl",),
    "qemu": ("qemu",),
    "env": ("coreutils", "busybox"),
    "getopt": ("glibc", "musl"),
}


def main() -> int:
    """Check every message; write the date and the versions when all are found."""
    data: dict[str, Any] = json.loads(DATA.read_text())
    entries = [
        entry for entry in [*data["messages"], *data["emulator_faults"], data["trace"]] if not entry.get("older")
    ]
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        for package in PACKAGES[entry["speaker"]]:
            wanted.setdefault(package, set()).update(source_files(entry))
    texts: dict[str, list[str]] = {}
    versions: dict[str, list[str]] = {}
    for suite in SUITES:
        client = SourceClient(suite, ARCHITECTURE, development_cache() / "sources" / suite)
        for package, files in sorted(wanted.items()):
            tarball = next(path for path in client.present_tarballs(package) if ".orig.tar" in path.name)
            versions.setdefault(package, []).append(re.split(r"_|\.orig", tarball.name)[1])
            texts.setdefault(package, []).extend(read_sources(tarball, files))
            print(f"{suite}: {package} {versions[package][-1]}")
    missing = [entry for entry in entries if not found(entry, texts)]
    for entry in missing:
        print(f"not in {entry['source']} of {entry['speaker']}: {entry['literal']}", file=sys.stderr)
    if missing:
        return 1
    data["date"] = dt.datetime.now(tz=dt.UTC).date().isoformat()
    data["sources"] = {package: ", ".join(seen) for package, seen in sorted(versions.items())}
    DATA.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    return 0


def source_files(entry: dict[str, Any]) -> list[str]:
    """Return the source files that an entry names; ``*`` stands for any folder."""
    return [file.strip() for file in entry["source"].split(",")]


def read_sources(tarball: Path, files: Iterable[str]) -> list[str]:
    """Return the texts of the named files of a source archive, strings that C joins written as one."""
    patterns = [re.compile(re.escape(file).replace(r"\*", "[^/]+")) for file in files]
    texts = []
    with tarfile.open(tarball) as archive:
        for member in archive:
            path = member.name.partition("/")[2]
            content = archive.extractfile(member) if any(pattern.fullmatch(path) for pattern in patterns) else None
            if content:
                texts.append(re.sub(r'"\s*"', "", content.read().decode(errors="replace")))
    return texts


def found(entry: dict[str, Any], texts: dict[str, list[str]]) -> bool:
    """Return whether the entry's text stands in one of its speaker's files."""
    return any(entry["literal"] in text for package in PACKAGES[entry["speaker"]] for text in texts[package])


if __name__ == "__main__":
    sys.exit(main())
