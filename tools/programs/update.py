"""Pin the newest sources that the archive and the Go module proxy have, and write ``sources.json`` anew."""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))

from everylinux.cache import write_atomically
from everylinux.errors import EverylinuxError, InputOutputError
from programs.clients import download_module
from programs.declaration import SOURCES, DebianSource, GoModule, sources
from programs.fetch import source_client


def main() -> int:
    """Write the file and say what changed; return the exit code."""
    before = sources()
    try:
        debian = {name: newest_tarball(before.suite, pin) for name, pin in before.debian.items()}
        modules = {name: newest_module(pin) for name, pin in before.modules.items()}
    except EverylinuxError as error:
        print(*(part for part in (error.message, error.meaning, error.hint) if part), sep="\n", file=sys.stderr)
        return error.exit_code
    changed = [name for name in debian if debian[name] != before.debian[name]]
    changed += [name for name in modules if modules[name] != before.modules[name]]
    today = dt.datetime.now(dt.UTC).date().isoformat()
    after = msgspec.structs.replace(before, date=today, debian=debian, modules=modules)
    write_atomically(SOURCES, msgspec.json.format(msgspec.json.encode(after), indent=1) + b"\n")
    print(f"{SOURCES.name}: {', '.join(changed) or 'nothing'} changed")
    return 0


def newest_tarball(suite: str, pin: DebianSource) -> DebianSource:
    """Return the upstream tarball of the package's present release in a Debian suite."""
    # Further tarballs of a package are named orig-COMPONENT (dpkg-source(1), format 3.0).
    found = [path for path in source_client(suite).present_tarballs(pin.package) if ".orig.tar." in path.name]
    if len(found) != 1:
        raise InputOutputError(f"{pin.package} has {len(found)} upstream tarballs", meaning="one was expected")
    digest = hashlib.sha256(found[0].read_bytes()).hexdigest()
    return DebianSource(package=pin.package, file=found[0].name, sha256=digest)


def newest_module(pin: GoModule) -> GoModule:
    """Return the newest release of a module."""
    found = download_module(pin.module, "latest")
    return GoModule(module=pin.module, version=found.version, sum=found.sum)


if __name__ == "__main__":
    sys.exit(main())
