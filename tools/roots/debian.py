"""Debian packages through the ordinary client, with a configuration of its own.

The machine's package state is neither read nor changed; only the address of its Debian mirror and its proxy settings
are taken from its configuration.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from everylinux.cache import locked, write_atomically
from everylinux.errors import InputOutputError, ToolMissingError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR_VARIABLE = "EVERYLINUX_DEBIAN_MIRROR"
ABSENT = "/nonexistent"
SECONDS_FOR_A_DOWNLOAD = 1200
_URI_LINE = re.compile(r"'[^']+' (?P<file>\S+) (?P<size>\d+) (?P<digest>\S*)")


@dataclass(frozen=True)
class Package:
    """One downloaded package."""

    name: str
    version: str
    path: Path


class Client:
    """``apt-get`` for one suite and architecture, keeping its state in ``folder``.

    ``archive_type`` is what sources.list(5) calls it: ``deb`` for packages, ``deb-src`` for their sources.
    """

    archive_type: ClassVar[str] = "deb"

    def __init__(self, suite: str, architecture: str, folder: Path) -> None:
        self._suite = suite
        self._architecture = architecture
        self._folder = folder

    def download(self, packages: tuple[str, ...], *, dependencies: bool) -> list[Package]:
        """Return the packages (with their dependencies if wanted), downloaded and checked by their signatures.

        Raises `ToolMissingError` without ``apt-get`` or Debian's keys, `InputOutputError` when the archive does not
        answer or does not have a package.
        """
        with locked(self._folder):
            self._prepare()
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
        return [self._describe(archives / file) for file in files]

    def _prepare(self) -> None:
        """Write the configuration and read the archive's index, once."""
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
        if stamp.exists() and stamp.read_bytes() == wanted:
            return
        (self._folder / "status").write_bytes(b"")
        (self._folder / "sources.list").write_text(source)
        (self._folder / "apt.conf").write_text(configuration)
        self._run(["--error-on=any", "update"], self._folder)
        write_atomically(stamp, wanted)

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
            complaint = [line.removeprefix("E: ") for line in done.stderr.splitlines() if line.startswith("E:")][:3]
            raise InputOutputError(
                f"apt-get failed for {self._suite} {self._architecture}: {'; '.join(complaint)}",
                meaning="the mirror does not answer, or does not have that suite, architecture or package",
                hint=f"set {MIRROR_VARIABLE} to the address of another Debian mirror",
            )
        return done.stdout

    @staticmethod
    def _describe(path: Path) -> Package:
        done = _command(["dpkg-deb", "--field", str(path), "Package", "Version"], cwd=None, env=None)
        fields = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
        if "Package" not in fields or "Version" not in fields:
            raise InputOutputError(f"{path.name} is no Debian package: {done.stderr.strip()}", hint="remove that file")
        return Package(fields["Package"], fields["Version"], path)


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
        meaning="the roots are made from Debian packages",
        hint=f"set {MIRROR_VARIABLE} to the address of a Debian mirror",
    )


def _machine_acquire_settings() -> list[str]:
    """Return how this machine reaches the network: its proxies and certificates."""
    done = _command(["apt-config", "dump"], cwd=None, env=None)
    return [line for line in done.stdout.splitlines() if re.match(r"Acquire::https?::", line)]


def _command(arguments: list[str], *, cwd: Path | None, env: dict[str, str] | None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            arguments, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=SECONDS_FOR_A_DOWNLOAD
        )
    except FileNotFoundError:
        raise ToolMissingError(
            f"{arguments[0]} is not on this machine",
            meaning="root file systems are made from Debian packages with Debian's own client",
            hint="install apt and dpkg (package `apt`), or run this on a Debian system",
        ) from None
