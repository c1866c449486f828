"""Bring what the two commands need on a fresh machine that has only git, Python and make.

``bootstrap.py --venv DIR`` makes the virtual environment with the package, its tools and the development tools in it.
``bootstrap.py --system demo|test`` installs what wheels cannot bring through the system's package manager where it may
(root, or sudo that asks nothing); where it may not, it says what to install and goes on: what needs it is then marked
``unknown``, never left out silently.

Uses the standard library only: nothing else is there yet.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TOOLS = TOP / "src" / "everylinux" / "data" / "tools" / "tools.json"
OLDEST_PYTHON = (3, 11)
# Which tools of tools.json each command uses beyond what the wheels bring. `gallery` are the compilers of the real
# failing builds, a tenth of which the tests run; Go, Rust and Java are left to the machine.
SYSTEM_TOOLS = {
    "demo": ("bubblewrap", "qemu-user"),
    "test": ("bubblewrap", "qemu-user", "autoreconf", "docker-registry", "skopeo", "podman", "gallery"),
    "full": ("dockerd", "user-mode-linux"),
    "bench": ("bubblewrap", "podman"),
}


def main() -> int:
    """Do what the flags ask; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", type=Path, help="make this virtual environment")
    parser.add_argument("--system", choices=sorted(SYSTEM_TOOLS), help="install system packages for this command")
    arguments = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        print(f"error: Python {wanted} or newer is needed; name one with `make PYTHON=python3.12 ...`", file=sys.stderr)
        return 4
    if arguments.venv:
        return make_environment(arguments.venv)
    if arguments.system:
        bring_system_tools(SYSTEM_TOOLS[arguments.system])
    return 0


def make_environment(venv: Path) -> int:
    """Make the virtual environment, or complete one that an interrupted run left; returns the exit code."""
    say(f"making {venv} (the zig compiler comes as a wheel of some 90 MB)")
    if not (venv / "bin" / "pip").exists() and not create_environment(venv):
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        print(
            "error: this Python cannot make virtual environments\n\n"
            f"hint: install its venv module (Debian: apt-get install python{version}-venv)",
            file=sys.stderr,
        )
        return 4
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "--editable", f"{TOP}[tools,dev,cluster]"], check=False).returncode != 0:
        print("error: pip could not install everylinux; its own message is above", file=sys.stderr)
        return 7
    (venv / ".ready").touch()
    return 0


def create_environment(venv: Path) -> bool:
    """Create it with the venv module; where the system split that off, bring it through apt."""
    for attempt in range(2):
        shutil.rmtree(venv, ignore_errors=True)
        if subprocess.run([sys.executable, "-m", "venv", str(venv)], check=False, capture_output=True).returncode == 0:
            return True
        if attempt == 0:
            install("apt", ["python3-venv"])
    return False


def bring_system_tools(names: tuple[str, ...]) -> None:
    """Install the packages of the tools that are not there, and check that what was installed works."""
    facts = json.loads(TOOLS.read_text(encoding="utf-8"))
    groups = {
        group: [tool for tool in facts[group] if (tool["name"] in names or group in names) and not is_there(tool)]
        for group in ("tools", "testing", "gallery")
    }
    missing = [tool for group in groups.values() for tool in group]
    manager = next((name for name, how in facts["managers"].items() if shutil.which(how["command"])), None)
    if missing and manager:
        # Apart, so that what only tests use keeps nothing else from being installed where there is no such package.
        for group, tools in groups.items():
            packages = sorted({package for tool in tools for package in tool["packages"].get(manager, [])})
            if packages and not install(manager, packages, lean=group == "gallery") and group == "gallery":
                for tool in tools:
                    install(manager, tool["packages"].get(manager, []), lean=True)
    for tool in missing:
        if not is_there(tool):
            packages = sorted({package for wanted in tool["packages"].values() for package in wanted})
            say(f"{tool['name']} is missing and could not be installed here: install {' or '.join(packages)}")
            say(f"  without it: {tool['purpose']} is not possible, and what needs it is marked unknown")


def is_there(tool: dict[str, list[str]]) -> bool:
    """Return whether any of a tool's commands is on PATH."""
    return any(shutil.which(command) for command in tool["commands"])


def install(manager: str, packages: list[str], *, lean: bool = False) -> bool:
    """Install packages with the system's manager where this user may; says what it does.

    ``lean`` leaves out what they only recommend. Returns whether they are there.
    """
    if not packages:
        return False
    how = json.loads(TOOLS.read_text(encoding="utf-8"))["managers"][manager]
    # Nothing is asked, and no daemon is started: what the tests need of one they start themselves.
    settings = {"DEBIAN_FRONTEND": "noninteractive", "SYSTEMD_OFFLINE": "1"}
    may = [] if os.geteuid() == 0 else ["sudo", "-n", "env", *(f"{name}={value}" for name, value in settings.items())]
    if may and (not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], check=False).returncode != 0):
        say(f"not root and no sudo without a password: please run  {how['install']} {' '.join(packages)}")
        return True
    words = how.get("lean", how["install"]) if lean else how["install"]
    say(f"{words} {' '.join(packages)}")
    environment = {**os.environ, **settings}
    with tempfile.TemporaryFile() as log:
        if manager == "apt":
            subprocess.run([*may, "apt-get", "-q", "update"], check=False, stdout=log, stderr=log, env=environment)
        command = [*may, *words.split(), *packages]
        done = subprocess.run(command, check=False, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        if done.returncode != 0:
            log.seek(0)
            tail = log.read().decode(errors="replace").splitlines()[-5:]
            say("that did not work:\n  " + "\n  ".join(tail))
    return done.returncode == 0


def say(text: str) -> None:
    """Say one line of progress."""
    print(f"bootstrap: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
