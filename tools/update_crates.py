"""Hold what is known about crates (`data/crates`) against their newest published versions.

For each file cargo is asked for the newest version of its crate. Reported are features that a condition names and that
are gone, build dependencies that came or went, and versions that are newer than the one that was read: then the build
script is to be read again. With ``--accept`` the version, its build dependencies and today's date are written into the
files whose conditions still hold.

    python tools/update_crates.py [--accept] [NAME...]
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import tomlkit

from everylinux import data
from everylinux.advice import knowledge
from everylinux.errors import EverylinuxError
from everylinux.toolchains.find import require
from everylinux.toolchains.rust.cargo_metadata import read_metadata

if TYPE_CHECKING:
    from everylinux.advice.knowledge import Crate
    from everylinux.toolchains.rust.cargo_metadata import Package

FOLDER = data.FOLDER / "crates"
# Conditions are about Linux; what other systems need is not downloaded.
PLATFORM = "x86_64-unknown-linux-gnu"


def main() -> int:
    """Compare the files that are named, or all; return 1 when one of them has to be read again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accept", action="store_true", help="write the newest version into files that still hold")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    worst = 0
    for path in sorted(FOLDER.glob("*.toml")):
        crate = knowledge.known(path.stem)
        if crate is None or (arguments.names and path.stem not in arguments.names):
            continue
        try:
            package = _newest(crate.crate)
        except EverylinuxError as error:
            print(f"{crate.crate}: {error.message}")
            worst = 1
            continue
        differences = _differences(crate, package)
        for difference in differences:
            print(f"{crate.crate} {package.version}: {difference}")
        if differences and not (arguments.accept and _holds(crate, package)):
            worst = 1
        elif arguments.accept:
            _accept(path, package)
    return worst


def _newest(name: str) -> Package:
    """Return the newest version of a crate as cargo tells it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "src").mkdir()
        (folder / "src/main.rs").write_text("fn main() {}\n")
        manifest = {
            "package": {"name": "newest", "version": "0.0.0", "edition": "2021"},
            "dependencies": {name: {"version": "*", "default-features": False}},
        }
        (folder / "Cargo.toml").write_text(tomlkit.dumps(manifest))
        metadata = read_metadata(folder, [PLATFORM], cargo=require("cargo"))
    return next(each for each in metadata.packages if each.name == name)


def _differences(crate: Crate, package: Package) -> list[str]:
    found = [f"a condition names the feature {name}, which is gone" for name in sorted(_gone(crate, package))]
    now = _build_dependencies(package)
    found += [f"its build script uses {name} now" for name in sorted(now - set(crate.build_dependencies))]
    found += [f"its build script does without {name} now" for name in sorted(set(crate.build_dependencies) - now)]
    if package.version != crate.read:
        found.append(f"{crate.read} was read: read {crate.source} again")
    return found


def _holds(crate: Crate, package: Package) -> bool:
    return not _gone(crate, package)


def _gone(crate: Crate, package: Package) -> set[str]:
    # A condition for older versions may name what only they had.
    conditions = " ".join(need.when for need in crate.needs if not need.before)
    return set(re.findall(r'feature = "([^"]+)"', conditions)) - set(package.features)


def _build_dependencies(package: Package) -> set[str]:
    return {each.name for each in package.dependencies if each.kind == "build"}


def _accept(path: Path, package: Package) -> None:
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    document["read"] = package.version
    document["date"] = dt.datetime.now(tz=dt.UTC).date().isoformat()
    document["build_dependencies"] = sorted(_build_dependencies(package))
    text = tomlkit.dumps(document)
    msgspec.convert(tomlkit.parse(text).unwrap(), knowledge.Crate)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
