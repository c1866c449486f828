"""Debian packages through the ordinary client, apt-get(8), with a configuration and a state of its own.

The machine's package state is neither read nor changed, nothing is installed, and no rights are needed. Only the
address of the machine's Debian mirror, its proxies and its certificates are taken from its configuration.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from everylinux.cache import locked, write_atomically
from everylinux.errors import EverylinuxError, InputOutputError, ToolMissingError, UsageError
from everylinux.toolchains.find import require

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR_VARIABLE = "EVERYLINUX_DEBIAN_MIRROR"
ABSENT = "/nonexistent"
SECONDS_FOR_A_DOWNLOAD = 1200
MOST_COMPLAINTS = 3
# A line of --print-uris: the address in quotes, the file's name, its size, its digest.
_URI_LINE = re.compile(r"'[^']+' (?P<file>\S+) (?P<size>\d+) (?P<digest>\S*)")
# What apt-get says of a package that an index does not have, and of a suite that a mirror does not have.
_NO_PACKAGE = re.compile(r"Unable to locate package (\S+)|Package '([^']+)' has no installation candidate")
_NO_SUITE = re.compile(r"does not have a Release file")


@dataclass(frozen=True)
class DownloadedPackage:
    """One package that lies on this machine."""

    name: str
    version: str
    path: Path


class Client:
    """``apt-get`` for one suite and architecture, keeping its state in ``folder``.

    ``present`` are packages that count as installed, in every version: neither they nor what only they need is
    brought. ``archive_type`` is what sources.list(5) calls it: ``deb`` for packages, ``deb-src`` for their sources.
    """

    archive_type: ClassVar[str] = "deb"

    def __init__(self, suite: str, architecture: str, folder: Path, *, present: tuple[str, ...] = ()) -> None:
        self._suite = suite
        self._architecture = architecture
        self._folder = folder
        self._present = present

    def download(self, packages: tuple[str, ...], *, dependencies: bool) -> list[DownloadedPackage]:
        """Return the packages (with their dependencies if wanted), downloaded and checked by their signatures.

        Raises `ToolMissingError` without ``apt-get`` or Debian's keys, `UsageError` for a suite or a package that the
        archive does not have, `InputOutputError` when it does not answer.
        """
        with locked(self._folder):
            read_anew = self._prepare()
            try:
                files = self._download(packages, dependencies=dependencies)
            except EverylinuxError:
                if read_anew:
                    raise
                # An index that has grown old names files that are gone, and lacks packages that came.
                (self._folder / "updated").unlink(missing_ok=True)
                self._prepare()
                files = self._download(packages, dependencies=dependencies)
        return [_described(path) for path in files]

    def _download(self, packages: tuple[str, ...], *, dependencies: bool) -> list[Path]:
        archives = self._folder / "cache" / "archives"
        arguments = ["install", "--yes", "--download-only"] if dependencies else ["download"]
        # What is there already is not listed: the list is made as if nothing were.
        nothing = self._folder / "nothing" / "partial"
        nothing.mkdir(parents=True, exist_ok=True)
        listed = self._run(
            ["--option", f"Dir::Cache::archives={nothing.parent}", "--print-uris", *arguments, *packages], nothing
        )
        self._run([*arguments, *packages], archives)
        files = sorted(match["file"] for match in map(_URI_LINE.match, listed.splitlines()) if match)
        return [archives / file for file in files]

    def _prepare(self) -> bool:
        """Write the configuration and read the archive's index, once; returns whether it was read just now."""
        require("apt-get")
        if not KEYRING.exists():
            raise ToolMissingError(
                "Debian's archive keys are not on this machine",
                meaning="packages of another suite cannot be verified",
                hint="apt-get install debian-archive-keyring",
            )
        for name in ("lists/partial", "cache/archives/partial", "state"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        source = f"{self.archive_type} [signed-by={KEYRING}] {mirror()} {self._suite} main\n"
        configuration = "\n".join((*_machine_acquire_settings(), *self._settings())) + "\n"
        stamp = self._folder / "updated"
        wanted = (source + configuration).encode()
        write_atomically(self._folder / "status", _status(self._present, self._architecture).encode())
        if stamp.exists() and stamp.read_bytes() == wanted:
            return False
        (self._folder / "sources.list").write_text(source)
        # The address of a proxy may have a password in it.
        write_atomically(self._folder / "apt.conf", configuration.encode(), mode=0o600)
        self._run(["--error-on=any", "update"], self._folder)
        write_atomically(stamp, wanted, mode=0o600)
        return True

    def _settings(self) -> list[str]:
        folder = self._folder
        settings = {
            "APT::Architecture": self._architecture,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",
            "Dir::State": f"{folder}/state",
            "Dir::State::Lists": f"{folder}/lists",
            "Dir::State::status": f"{folder}/status",
            "Dir::Cache": f"{folder}/cache",
            "Dir::Etc::sourcelist": f"{folder}/sources.list",
            "Dir::Etc::main": ABSENT,
            "Dir::Etc::parts": ABSENT,
            "Dir::Etc::sourceparts": ABSENT,
            "Dir::Etc::preferences": ABSENT,
            "Dir::Etc::preferencesparts": ABSENT,
            "Dir::Etc::trusted": ABSENT,
            "Dir::Etc::trustedparts": ABSENT,
            # The indexes of a suite are 50 MB and apt's caches of them as much: kept small, they fit a CI cache.
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
            "Acquire::GzipIndexes": "true",
            "Debug::NoLocking": "true",
            "Acquire::Languages": "none",
            # A suite that is no longer updated keeps its last index, whose validity has run out.
            "Acquire::Check-Valid-Until": "false",
            "Acquire::Retries": "3",
        }
        return [f'APT::Architectures {{ "{self._architecture}"; }};'] + [f'{k} "{v}";' for k, v in settings.items()]

    def _run(self, arguments: list[str], folder: Path) -> str:
        environment = {**os.environ, "APT_CONFIG": str(self._folder / "apt.conf"), "LC_ALL": "C"}
        done = _command(["apt-get", "--quiet", *arguments], cwd=folder, env=environment)
        if done.returncode != 0:
            complaint = [line.removeprefix("E: ") for line in done.stderr.splitlines() if line.startswith("E:")]
            raise self._refusal("; ".join(complaint[:MOST_COMPLAINTS]))
        return done.stdout

    def _refusal(self, complaint: str) -> EverylinuxError:
        """Return the error for what apt-get complained about."""
        package = _NO_PACKAGE.search(complaint)
        if package:
            return UsageError(
                f"Debian's {self._suite} has no package {package[1] or package[2]} for {self._architecture}",
                hint="names differ between releases: `apt-cache search` on one of that release tells them",
            )
        if _NO_SUITE.search(complaint):
            return UsageError(
                f"the Debian mirror of this machine has no suite {self._suite}: {complaint}",
                hint=f"set {MIRROR_VARIABLE} to the address of a mirror that has it",
            )
        return InputOutputError(
            f"apt-get failed for {self._suite} {self._architecture}: {complaint}",
            meaning="the mirror does not answer, or what was asked for cannot be had together",
            hint=f"set {MIRROR_VARIABLE} to the address of another Debian mirror",
        )


def mirror() -> str:
    """Return the address of the Debian archive this machine uses; raises `InputOutputError` if it has none."""
    configured = os.environ.get(MIRROR_VARIABLE)
    if configured:
        return configured
    done = _command(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"],
        cwd=None,
        env=None,
    )
    for line in done.stdout.splitlines():
        address, release, component = line.split(" ", 2)
        if component == "main" and address.rstrip("/").endswith("/debian") and "-" not in release:
            return address
    raise InputOutputError(
        "no Debian mirror is configured on this machine",
        meaning="Debian packages are fetched from where this machine fetches its own",
        hint=f"set {MIRROR_VARIABLE} to the address of a Debian mirror",
    )


def _status(present: tuple[str, ...], architecture: str) -> str:
    """Return a dpkg status file that has one package, which provides all others (deb-control(5), Provides)."""
    if not present:
        return ""
    return (
        "Package: everylinux-toolchain\nStatus: install ok installed\nMaintainer: everylinux\n"
        f"Architecture: {architecture}\nMulti-Arch: foreign\nVersion: 1\nDescription: what the compiler brings\n"
        f"Provides: {', '.join(present)}\n\n"
    )


def _described(path: Path) -> DownloadedPackage:
    """Return a package with what it says of itself; raises `InputOutputError` for a damaged one."""
    from everylinux.archives.budget import Budget
    from everylinux.archives.errors import ArchiveError
    from everylinux.archives.streams import open_regular
    from everylinux.inputs.packages import open_package

    try:
        with open_regular(path) as file:
            opened = open_package(file, "deb", path.name, Budget(path.stat().st_size))
    except ArchiveError as error:
        raise InputOutputError(f"{path.name} is no Debian package: {error}", hint=f"remove {path}") from error
    if opened is None or not opened.facts.name:
        raise InputOutputError(f"{path.name} is no Debian package: it has no name", hint=f"remove {path}")
    return DownloadedPackage(opened.facts.name, opened.facts.version, path)


def _machine_acquire_settings() -> list[str]:
    """Return how this machine reaches the network: its proxies and certificates."""
    done = _command(["apt-config", "dump"], cwd=None, env=None)
    return [line for line in done.stdout.splitlines() if re.match(r"Acquire::https?::", line)]


def _command(arguments: list[str], *, cwd: Path | None, env: dict[str, str] | None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            arguments,
            cwd=cwd,
            env=env,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            check=False,
            timeout=SECONDS_FOR_A_DOWNLOAD,
        )
    except subprocess.TimeoutExpired:
        raise InputOutputError(
            f"{arguments[0]} did not end within {SECONDS_FOR_A_DOWNLOAD} s",
            meaning="the Debian mirror does not answer",
            hint=f"set {MIRROR_VARIABLE} to the address of another one",
        ) from None
