"""Write data/packages/pkg-config.json: which Debian package has the file that pkg-config reads for a library.

Debian's lists of contents are fetched by apt with a state of its own, from the mirror of the machine's own suite:
nothing is installed, and the machine's own lists do not change.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

OUTPUT = Path(__file__).parent.parent / "src/everylinux/data/packages/pkg-config.json"
# Contents of an architecture and of all of them (Debian Wiki, "RepositoryFormat").
CONFIGURATION = """
Dir::State "{folder}";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
APT::Sandbox::User "root";
Acquire::IndexTargets::deb::Contents-deb {{
  MetaKey "$(COMPONENT)/Contents-$(ARCHITECTURE)";
  ShortDescription "Contents";
  Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Contents";
  KeepCompressed "true";
  DefaultEnabled "true";
}};
"""
# apt keeps lists compressed.
CAT = ("/usr/lib/apt/apt-helper", "cat-file")
FILE = re.compile(r"^usr/(?:lib/x86_64-linux-gnu|lib|share)/pkgconfig/([A-Za-z0-9+._-]+)\.pc\s+(\S+)$")


def contents(folder: Path) -> Iterator[str]:
    """Yield the lines of all lists of contents, millions of them; apt's state is in ``folder``."""
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    (folder / "status").touch()
    configuration = folder / "apt.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder))
    environment = {**os.environ, "APT_CONFIG": str(configuration)}
    subprocess.run(["apt-get", "--quiet", "update"], check=True, env=environment, stdout=subprocess.DEVNULL)
    for path in sorted((folder / "lists").glob("*Contents-*")):
        with subprocess.Popen([*CAT, path], stdout=subprocess.PIPE, text=True) as run:
            yield from map(str.strip, run.stdout or ())


def packages_of(lines: list[str]) -> dict[str, str]:
    """Return the package for each library: one for development whose name is shortest, where several have the file."""
    found: dict[str, set[str]] = {}
    for line in lines:
        match = FILE.match(line)
        if match:
            found.setdefault(match[1], set()).update(each.rpartition("/")[2] for each in match[2].split(","))
    return {name: package for name, packages in sorted(found.items()) if (package := package_for_development(packages))}


def package_for_development(packages: Collection[str]) -> str | None:
    """Return of several packages with a file the one for development whose name is shortest."""
    return min(packages, key=lambda each: (not each.endswith("-dev"), len(each), each), default=None)


def main() -> int:
    """Write the file anew."""
    return write_packages(OUTPUT, "/pkgconfig/", packages_of, "libraries")


def write_packages(output: Path, part: str, packages_of: Callable[[list[str]], dict[str, str]], counted: str) -> int:
    """Write anew which package brings what lies in paths with a ``part``; return the exit code of a command."""
    with tempfile.TemporaryDirectory() as scratch:
        packages = packages_of([line for line in contents(Path(scratch)) if part in line])
    if not packages:
        print("no list of contents was found")
        return 1
    write_found(output, packages, counted)
    return 0


def write_found(output: Path, packages: dict[str, str], counted: str) -> None:
    """Write which package brings what, with the date and the source."""
    document = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "source": "the Contents files of Debian, main, amd64 and all",
        "packages": packages,
    }
    output.write_text(json.dumps(document, indent=1) + "\n")
    print(f"{len(packages)} {counted}")


if __name__ == "__main__":
    sys.exit(main())
