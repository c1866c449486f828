"""Bring data/risks up to date with the sources that can be read: Go's list of certificates, musl's stack of threads.

usage: update_risks.py GO_SOURCE MUSL_SOURCE

GO_SOURCE is a Go tree (``go env GOROOT``), MUSL_SOURCE a tree of musl 1.2 (https://git.musl-libc.org/cgit/musl). What
people wrote down from manuals stays as it is; the names of functions of Go that rules ask for must still be in Go.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "src/everylinux/data/risks"
FUNCTION = re.compile(r"(?P<package>.+)\.(?P<name>\w+)")


def main() -> None:
    """Read both trees and write the files that changed."""
    go, musl = map(Path, sys.argv[1:])
    roots = (go / "src/crypto/x509/root_linux.go").read_text()
    needs = _read("needs.json")
    for need in needs["needs"]:
        _check_functions(need, go)
        if need["code"] == "certificates":
            files, folders = _listed(roots, "certFiles"), _listed(roots, "certDirectories")
            others = [path for path in need["paths"] if path not in {*files, *need["folders_with_files"]}]
            need["paths"], need["folders_with_files"] = [*files, *others, *folders], folders
    _write("needs.json", needs)
    threads = _read("threads.json")
    header = (musl / "src/internal/pthread_impl.h").read_text()
    found = re.search(r"#define DEFAULT_STACK_SIZE (\d+)", header)
    if found is None:
        sys.exit("musl's header does not define DEFAULT_STACK_SIZE")
    threads["default_stack"] = int(found[1])
    _write("threads.json", threads)


def _check_functions(need: dict[str, Any], go: Path) -> None:
    names = [name for sign in need["shown_by"] for name in sign.get("functions", ())]
    for name in names:
        match = FUNCTION.fullmatch(name)
        folder = go / "src" / (match["package"] if match else "")
        sources = "".join(path.read_text() for path in folder.glob("*.go"))
        if match is None or f"func {match['name']}(" not in sources:
            sys.exit(f"Go has no function {name} any more")


def _listed(source: str, name: str) -> list[str]:
    """Return the strings of a list in Go."""
    found = re.search(rf"var {name} = \[\]string{{(.*?)\n}}", source, re.DOTALL)
    if found is None:
        sys.exit(f"Go's source has no list {name}")
    return re.findall(r'^\s*"([^"]+)"', found[1], re.MULTILINE)


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / name).read_text())
    return content


def _write(name: str, content: dict[str, Any]) -> None:
    if content == _read(name):
        print(f"{name}: nothing new")
        return
    content["date"] = dt.datetime.now(tz=dt.UTC).date().isoformat()
    (DATA / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    print(f"{name}: written")


if __name__ == "__main__":
    main()
