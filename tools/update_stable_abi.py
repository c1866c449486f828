"""Write data/python/stable-abi.json: what CPython's stable ABI has on Linux, and since which Python.

CPython keeps the list in Misc/stable_abi.toml; the package abi3info publishes it as it grows. It is compared with the
file in the sources of the Pythons that Debian ships.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from everylinux.target import version_key
from programs.clients import SourceClient
from roots.store import development_cache

OUTPUT = Path(__file__).parent.parent / "src/everylinux/data/python/stable-abi.json"
PACKAGE = "abi3info"
# Debian suite: its Python, and the release whose stable ABI that one's file lists.
CHECKED = {"bookworm": ("python3.11", "3.11"), "trixie": ("python3.13", "3.13")}
# Whether a release build of CPython for Linux defines a feature macro of stable_abi.toml.
ON_LINUX = {
    "HAVE_FORK": True,
    "PY_HAVE_THREAD_NATIVE_ID": True,
    "MS_WINDOWS": False,
    "USE_STACKCHECK": False,
    "Py_REF_DEBUG": False,
    "Py_TRACE_REFS": False,
}


class Item(NamedTuple):
    """One function or object: the first Python whose stable ABI has it, and the macro that it depends on."""

    added: str
    macro: str | None


def published_items(folder: Path) -> tuple[str, dict[str, Item], dict[str, str]]:
    """Return the release of the published list, its items, and what each feature macro means."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", PACKAGE]
    subprocess.run([*command, "--dest", folder], check=True)
    wheel = next(folder.glob("*.whl"))
    sys.path.insert(0, str(wheel))
    package = importlib.import_module(PACKAGE)
    entries = [*package.FUNCTIONS.values(), *package.DATAS.values()]
    items = {one.symbol.name: Item(str(one.added), one.ifdef.name if one.ifdef else None) for one in entries}
    return wheel.name.split("-")[1], items, {name: macro.doc for name, macro in package.FEATURE_MACROS.items()}


def own_items(suite: str, package: str) -> tuple[str, dict[str, Item]]:
    """Return the name of CPython's source release in a Debian suite, and the items that its file lists."""
    client = SourceClient(suite, "amd64", development_cache() / "packages" / f"{suite}-source")
    tarball = next(path for path in client.present_tarballs(package) if ".orig." in path.name)
    with tarfile.open(tarball) as archive:
        member = next(one for one in archive if one.name.endswith("/Misc/stable_abi.toml"))
        file = archive.extractfile(member)
        if file is None:
            sys.exit(f"{tarball.name} has no stable_abi.toml")
        document: dict[str, dict[str, Any]] = tomllib.loads(file.read().decode())
    listed = {**document["function"], **document["data"]}
    return tarball.name, {name: Item(one["added"], one.get("ifdef")) for name, one in listed.items()}


def differences(items: dict[str, Item], own: dict[str, Item], newest: str) -> list[str]:
    """Return the names that two lists do not agree on, as far as the older one goes."""
    older = {name: item for name, item in items.items() if version_key(item.added) <= version_key(newest)}
    return sorted(name for name in {*older, *own} if older.get(name) != own.get(name))


def main() -> None:
    """Read both, compare them, and write the data file."""
    with tempfile.TemporaryDirectory() as folder:
        release, items, meanings = published_items(Path(folder))
    checked = []
    for suite, (package, newest) in CHECKED.items():
        name, own = own_items(suite, package)
        different = differences(items, own, newest)
        if different:
            sys.exit(f"{name} and {PACKAGE} {release} do not agree: {', '.join(different)}")
        checked.append(name)
    symbols: dict[str, list[str]] = {}
    elsewhere: dict[str, list[str]] = {}
    for name, item in sorted(items.items()):
        if item.macro is None or ON_LINUX[item.macro]:
            symbols.setdefault(item.added, []).append(name)
        else:
            elsewhere.setdefault(meanings[item.macro], []).append(name)
    content = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "source": f"CPython's Misc/stable_abi.toml as published in {PACKAGE} {release}",
        "checked": f"the same file in {' and '.join(checked)} (Debian) agrees, as far as it goes",
        "symbols": dict(sorted(symbols.items(), key=lambda one: version_key(one[0]))),
        "elsewhere": dict(sorted(elsewhere.items())),
    }
    OUTPUT.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{OUTPUT}: {sum(map(len, symbols.values()))} symbols")


if __name__ == "__main__":
    main()
