"""Write data/packages/headers.json: which Debian package has a library's header, as sources include it.

A header at the top is there by its name, the others by the folder that they are in, where one package has most of that.
Those of packages with few headers are there by folder and name where the folder does not tell of them (uuid/uuid.h).
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

from update_pkg_config import package_for_development, write_packages

OUTPUT = Path(__file__).parent.parent / "src/everylinux/data/packages/headers.json"
# In the folders that every compiler searches (Filesystem Hierarchy Standard; Debian multiarch).
FILE = re.compile(
    r"^usr/include/(?:x86_64-linux-gnu/)?((?:[A-Za-z][A-Za-z0-9+._-]*/){0,2})([A-Za-z0-9+._-]+\.h(?:pp|xx)?)\s+(\S+)$"
)
# The compiler has those of C, C++ and Linux.
OWN = re.compile(r"libc6.*|linux-libc-dev.*|musl.*|libstdc\+\+.*|.*-cross|dietlibc.*|libklibc.*|libgcc.*|gcc-.*")
FEW = 8


def packages_of(lines: list[str]) -> dict[str, str]:
    """Return the package for each header (``ffi.h``) and each folder of headers (``openssl/``, ``libxml/``)."""
    headers: dict[str, set[str]] = {}
    folders: dict[str, Counter[str]] = {}
    for line in lines:
        match = FILE.match(line)
        if match:
            packages = {each.rpartition("/")[2] for each in match[3].split(",")}
            headers.setdefault(match[1] + match[2], set()).update(packages)
            for folder in match[1].split("/")[:-1]:
                folders.setdefault(f"{folder}/", Counter()).update(packages)
    found = {name: package_for_development(packages) for name, packages in headers.items() if "/" not in name}
    for folder, counted in folders.items():
        for package, count in counted.most_common(1):
            found[folder] = package if 2 * count > counted.total() else None
    apart = {
        name: package for name, package in of_few(headers).items() if found.get(f"{Path(name).parent}/") != package
    }
    every = sorted((inside_of_few(headers) | found | apart).items())
    return {name: package for name, package in every if package and not OWN.fullmatch(package)}


def of_few(headers: dict[str, set[str]]) -> dict[str, str]:
    """Return the package for each header in a folder that no other package has, of packages with few headers."""
    inside = {name: packages for name, packages in headers.items() if name.count("/") == 1}
    sizes = Counter(package for packages in inside.values() for package in packages)
    return {
        name: package
        for name, packages in inside.items()
        if len(packages) == 1 and (package := package_for_development(packages)) and sizes[package] <= FEW
    }


def inside_of_few(headers: dict[str, set[str]]) -> dict[str, str | None]:
    """Return the package for headers in a folder that a .pc file or a ``-config`` program names: libpq-fe.h.

    Only of packages with few headers, and where no other package has one of that name.
    """
    inside = {name: packages for name, packages in headers.items() if name.count("/") == 1}
    sizes = Counter(package for packages in inside.values() for package in packages)
    alike = Counter(name.rpartition("/")[2] for name in headers)
    return {
        base: package
        for name, packages in inside.items()
        if alike[base := name.rpartition("/")[2]] == 1
        and (package := package_for_development(packages))
        and sizes[package] <= FEW
    }


def main() -> int:
    """Write the file anew."""
    return write_packages(OUTPUT, "usr/include/", packages_of, "headers and folders of headers")


if __name__ == "__main__":
    sys.exit(main())
