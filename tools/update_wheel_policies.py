"""Write data/wheels/policies.json: what each manylinux and musllinux tag lets a wheel expect from a system.

The policies are those of the published auditwheel package, which the Python Packaging Authority keeps for PEP 600 and
PEP 656. Each of their lists only grows from an older policy to a newer one (checked here), so that every library and
version is kept once, with the oldest policy that has it.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from everylinux.images.catalogue import listings
from everylinux.target import version_key

OUTPUT = Path(__file__).parent.parent / "src/everylinux/data/wheels/policies.json"
Policies = list[dict[str, Any]]
# pypa's only musllinux_1_1 images were Alpine 3.12.
MUSL_1_1 = "1.1.24"


def published_policies() -> tuple[str, Policies, Policies]:
    """Return auditwheel's release and its policies for glibc and musl, the oldest first."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*command, "--dest", folder, "auditwheel"], check=True)
        wheel = next(Path(folder).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            names = ("manylinux-policy.json", "musllinux-policy.json")
            documents = [json.loads(archive.read(f"auditwheel/policy/{name}")) for name in names]
    glibc, musl = ([one for one in document if one["name"] != "linux"] for document in documents)
    for policies in (glibc, musl):
        policies.sort(key=lambda one: version_key(release(one)))
    return wheel.name.split("-")[1], glibc, musl


def release(policy: dict[str, Any]) -> str:
    """Return the libc release of a policy: ``2.17`` of ``manylinux_2_17``."""
    return ".".join(policy["name"].split("_")[1:])


def first_with(policies: Policies, kind: str, elements: dict[str, set[str]]) -> dict[str, str]:
    """Return each element's oldest policy; ends the program when a newer one lacks it."""
    first: dict[str, str] = {}
    for policy in policies:
        present = elements.get(release(policy))
        if present is None:
            continue
        lost = set(first) - present
        if lost:
            sys.exit(f"{policy['name']} lacks {kind} of an older policy: {', '.join(sorted(lost))}")
        for element in present:
            first.setdefault(element, release(policy))
    return dict(sorted(first.items()))


def versions(policies: Policies, cpu: str) -> dict[str, dict[str, str]]:
    """Return for each version family of a CPU the oldest policy that has each version."""
    listed = {release(one): one["symbol_versions"][cpu] for one in policies if cpu in one["symbol_versions"]}
    families = sorted({family for one in listed.values() for family in one})
    return {
        family: first_with(
            policies, f"{cpu} {family}", {name: set(one.get(family, ())) for name, one in listed.items()}
        )
        for family in families
    }


def forbidden(policies: Policies) -> dict[str, dict[str, str | None]]:
    """Return for each library the symbols that no wheel may ask for, and the first policy that allows each."""
    found: dict[str, dict[str, str | None]] = {}
    for policy in policies:
        for library, symbols in policy["blacklist"].items():
            for symbol in symbols:
                found.setdefault(library, {})[symbol] = None
    for library, symbols in found.items():
        for symbol in symbols:
            banned = [symbol in policy["blacklist"].get(library, ()) for policy in policies]
            if banned != sorted(banned, reverse=True):
                sys.exit(f"{symbol} of {library} is allowed by an older policy and forbidden by a newer one")
            symbols[symbol] = None if all(banned) else release(policies[banned.index(False)])
    return {library: dict(sorted(symbols.items())) for library, symbols in sorted(found.items())}


def family(policies: Policies, meaning: str, bases: dict[str, str]) -> dict[str, Any]:
    """Return what the policies of one libc say; ``bases`` are those that stand for another release than their name."""
    cpus = sorted({cpu for policy in policies for cpu in policy["symbol_versions"]})
    return {
        "meaning": meaning,
        "policies": [release(policy) for policy in policies],
        "bases": {name: bases.get(name, name) for name in map(release, policies)},
        "aliases": {alias: release(policy) for policy in policies for alias in policy["aliases"]},
        "cpus": {cpu: next(release(one) for one in policies if cpu in one["symbol_versions"]) for cpu in cpus},
        "libraries": first_with(policies, "libraries", {release(one): set(one["lib_whitelist"]) for one in policies}),
        "forbidden": forbidden(policies),
        "versions": {cpu: versions(policies, cpu) for cpu in cpus},
    }


def musl_bases(policies: Policies) -> dict[str, str]:
    """Return the musl of each policy's oldest system: PEP 656 means mainstream ones, here the catalogue's."""
    known = [found.releases["musl"] for found in listings().values() if "musl" in found.releases]
    bases = {"1.1": MUSL_1_1}
    for name in map(release, policies):
        there = [one for one in known if one.startswith(f"{name}.")]
        if there:
            bases[name] = min(there, key=version_key)
    return bases


def main() -> None:
    """Read the published policies and write the data file."""
    published, glibc, musl = published_policies()
    content = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "source": f"auditwheel {published} (https://github.com/pypa/auditwheel), policies of PEP 600 and PEP 656",
        "bases": "musllinux: the oldest system of the catalogue with that musl; 1.1: pypa's images (Alpine 3.12)",
        "manylinux": family(glibc, "PEP 600: a distribution with this glibc or a newer one", {}),
        "musllinux": family(musl, "PEP 656: a distribution with this musl or a newer one", musl_bases(musl)),
    }
    OUTPUT.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{OUTPUT}: {len(glibc)} + {len(musl)} policies of auditwheel {published}")


if __name__ == "__main__":
    main()
