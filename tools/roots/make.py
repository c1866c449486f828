"""Make root file systems and print where they lie: ``python tools/roots/make.py debian-bookworm-arm64 ...``.

Without a name it makes the roots of the short test run.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from everylinux.errors import EverylinuxError, worst_exit_code
from roots.declaration import EMPTY, all_names, declaration
from roots.store import make_root


def main() -> int:
    """Make what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(description="Make root file systems from Debian packages.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="list every root that can be made")
    arguments = parser.parse_args()
    if arguments.list:
        print(*[EMPTY, *map(str, all_names())], sep="\n")
        return 0
    codes = [0]
    for name in arguments.names or declaration().default:
        start = time.monotonic()
        try:
            path = make_root(name)
        except EverylinuxError as error:
            print(*(part for part in (error.message, error.meaning, error.hint) if part), sep="\n", file=sys.stderr)
            codes.append(error.exit_code)
            continue
        print(path)
        print(f"{name}: {time.monotonic() - start:.1f} s", file=sys.stderr)
    return worst_exit_code(codes)


if __name__ == "__main__":
    sys.exit(main())
