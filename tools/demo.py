"""The demonstration: build a real program for several targets, check and prove it, and show the matrix.

Lua, as Debian distributes its source, for three CPUs on both libcs, on an empty root, on musl as Alpine lays it out and
on Debian's glibc. With ``--readme`` the picture in README.md is replaced by what was shown.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from everylinux.errors import EverylinuxError
from programs.fetch import fetch_project
from roots import make_root

TOP = Path(__file__).resolve().parent.parent
PROGRAM = "lua"
TARGETS = (
    "x86_64-linux-gnu.2.17",
    "aarch64-linux-gnu.2.36",
    "x86_64-linux-musl",
    "aarch64-linux-musl",
    "s390x-linux-musl",
)
ARCHITECTURES = "amd64+arm64+s390x"
IMAGES = {
    "alpine-like": f"alpine-like-bookworm-{ARCHITECTURES}",
    "debian:11": "distroless-cc-bullseye-amd64+arm64",
    "debian:12": f"distroless-cc-bookworm-{ARCHITECTURES}",
}
PICTURE = re.compile(r"(<!-- picture[^\n]*-->\n```\n).*?(```\n)", re.DOTALL)


def main() -> int:
    """Run it; returns the exit code of `everylinux matrix`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readme", action="store_true", help="put the picture into README.md")
    arguments = parser.parse_args()
    try:
        project = fetch_project(PROGRAM)
        images = ["scratch", *(f"{name}=dir:{make_root(root)}" for name, root in IMAGES.items())]
    except EverylinuxError as error:
        print(f"error: {error.message}\n  {error.meaning}\n\nhint: {error.hint}", file=sys.stderr)
        return error.exit_code
    command = ["everylinux", "matrix", "PROJECT", "--target", ",".join(TARGETS), "--image", ",".join(images)]
    command += ["--artifact", "src/lua"]
    command += ["--fail-on", "none"]  # that a glibc program does not start on musl is the point, not a failure
    print(f"$ {' '.join(command).replace('PROJECT', str(project))} -- linux", file=sys.stderr)
    command = [sys.executable, "-m", *command, "--out", "dist/demo", "--", "linux"]
    command[command.index("PROJECT")] = str(project)
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True, cwd=TOP)
    print(done.stdout, end="")
    if arguments.readme:
        readme, picture = TOP / "README.md", done.stdout.replace(f"{TOP}/", "")
        readme.write_text(PICTURE.sub(lambda match: match[1] + picture + match[2], readme.read_text()))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
