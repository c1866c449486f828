"""Write data/packages/debian-development.json: what Debian's packages bring along, and which releases lack them.

Only the packages count that `pkg-config.json`, `headers.json` and `data/crates` name. What they bring is read from the
index of the release that those lists are of, what a release lacks from its own index. Run it after their updaters.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from everylinux import data
from everylinux.advice import knowledge
from everylinux.debian_packages import described_packages, header_packages
from everylinux.toolchains.debian_client import Client
from everylinux.toolchains.sysroot.debian import suites
from roots.store import development_cache

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

OUTPUT = data.FOLDER / "packages/debian-development.json"
# The release whose lists of contents the names are from.
NAMED_IN = "12"
# A name in Depends or Provides, without what follows it (deb-control(5)).
NAME = re.compile(r"\s*([a-z0-9][a-z0-9+.-]+)")


class Index(Client):
    """A client that returns the archive's index of packages."""

    def read(self) -> dict[str, tuple[str, ...]]:
        """Return what each package depends on; a virtual package depends on nothing."""
        self.download(("libc6",), dependencies=False)
        found: dict[str, tuple[str, ...]] = {}
        for path in sorted((self._folder / "lists").glob("*_Packages*")):
            text = subprocess.run(
                ["/usr/lib/apt/apt-helper", "cat-file", path], check=True, capture_output=True, text=True
            ).stdout
            for paragraph in text.split("\n\n"):
                fields = dict(re.findall(r"^(Package|Depends|Provides): (.*)$", paragraph, re.MULTILINE))
                if "Package" in fields:
                    found[fields["Package"]] = _names(fields.get("Depends", ""))
                    for name in _names(fields.get("Provides", "")):
                        found.setdefault(name, ())
        return found


def _names(relations: str) -> tuple[str, ...]:
    """Return the first of the alternatives of each relation."""
    return tuple(match[1] for relation in relations.split(",") if (match := NAME.match(relation)))


def named_packages() -> frozenset[str]:
    """Return every package that an advice may name."""
    crates = (knowledge.known(path.stem) for path in (data.FOLDER / "crates").glob("*.toml"))
    written = {name for crate in crates if crate for need in crate.needs for name in need.debian}
    return frozenset(written.union(described_packages().values(), header_packages().values()))


def brought(package: str, named: Collection[str], index: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the named packages that a package brings, itself or by others that are not named."""
    found, seen, stack = set(), {package}, list(index.get(package, ()))
    while stack:
        name = stack.pop()
        if name not in seen:
            seen.add(name)
            if name in named:
                found.add(name)
            elif name.endswith("-dev"):
                stack += index.get(name, ())
    return sorted(found)


def main() -> int:
    """Write the file anew."""
    named, indexes = named_packages(), {}
    for suite in suites():
        if suite.version:
            folder = development_cache() / "packages" / f"{suite.name}-asked"
            indexes[suite.version] = Index(suite.name, "amd64", folder).read()
    bringing = {name: brought(name, named, indexes[NAMED_IN]) for name in sorted(named)}
    document = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "source": "the Packages files of Debian, main, amd64",
        "brings": {name: others for name, others in bringing.items() if others},
        "absent": {version: sorted(named.difference(index)) for version, index in indexes.items()},
    }
    OUTPUT.write_text(json.dumps(document, indent=1) + "\n")
    print(f"{len(named)} packages in {len(indexes)} releases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
