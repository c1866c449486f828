"""Write data/toolchains/debian-suites.json: Debian's releases, their CPUs and their glibc.

Each suite is asked of this machine's Debian mirror: its Release file tells the version and the architectures, its index
the release of glibc. A suite that the mirror does not have any more is left out.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import sys
from pathlib import Path

from everylinux.errors import UsageError
from everylinux.toolchains.debian_client import Client
from roots.store import development_cache

OUTPUT = Path(__file__).parent.parent / "src/everylinux/data/toolchains/debian-suites.json"
SUITES = ("buster", "bullseye", "bookworm", "trixie", "forky", "sid")
UPSTREAM = re.compile(r"(?:\d+:)?(\d+\.\d+)")


class Asking(Client):
    """A client that tells what the mirror says of a suite."""

    def facts(self) -> dict[str, object]:
        """Return the suite's name, version (empty before its release), architectures and release of glibc."""
        (self._folder / "updated").unlink(missing_ok=True)
        (glibc,) = self.download(("libc6",), dependencies=False)
        version = UPSTREAM.match(glibc.version)
        if version is None:
            sys.exit(f"{glibc.version} is no version of glibc")
        (release,) = (self._folder / "lists").glob("*_InRelease")
        fields = dict(re.findall(r"^(\w+): (.*)$", release.read_text(), re.MULTILINE))
        return {
            "name": fields["Codename"],
            "version": fields.get("Version", "").partition(".")[0],
            "glibc": version[1],
            "architectures": sorted(set(fields["Architectures"].split()) - {"all"}),
        }


def main() -> None:
    """Ask for each suite and write the data file."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    suites = []
    for name in SUITES:
        try:
            suites.append(Asking(name, "amd64", development_cache() / "packages" / f"{name}-asked").facts())
        except UsageError as error:
            print(f"left out: {error.message}", file=sys.stderr)
    facts = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "sources": {
            "name": "the Release files of Debian's archive: Codename, Version, Architectures",
            "glibc": "the version of libc6 in each suite's index",
        },
        "suites": suites,
    }
    OUTPUT.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
