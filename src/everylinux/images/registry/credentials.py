"""Who the user is to a registry: what ``docker login`` and ``podman login`` left behind.

Sources: docker/cli (docs/reference/commandline/login: ``auths``, ``credsStore``, ``credHelpers``), the protocol of
docker-credential-helpers; containers-auth.json(5) for podman's files and for keys with a path.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import decoded
from everylinux.images.registry.facts import hosts

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_FILE = 4 << 20
HELPER_SECONDS = 60.0
HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# A helper's name for a secret that is an identity token (docker/cli, cli/config/credentials/native_store.go).
TOKEN_USER = "<token>"  # noqa: S105 - no secret but a word of the protocol


@dataclass(frozen=True)
class Credential:
    """What to show one registry; never part of a record, an error or a log.

    Either a name with a password, an identity token that a token server takes in their place, or a token that the
    registry itself takes.
    """

    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        """Whether it holds anything."""
        return bool(self.user or self.identity_token or self.registry_token)

    @property
    def basic(self) -> str:
        """The value of an ``Authorization`` header (RFC 7617); empty without a name."""
        pair = f"{self.user}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}" if self.user else ""


@dataclass(frozen=True)
class Login:
    """What was found for one registry; ``trouble`` says what was passed over on the way, for when it is refused."""

    credential: Credential = Credential()
    trouble: str = ""


class _Entry(msgspec.Struct, rename="lower"):
    auth: str = ""
    username: str = ""
    password: str = ""
    identity_token: str = msgspec.field(default="", name="identitytoken")
    registry_token: str = msgspec.field(default="", name="registrytoken")


class _File(msgspec.Struct, rename="camel"):
    auths: dict[str, _Entry | None] = {}
    creds_store: str = ""
    cred_helpers: dict[str, str] = {}


class _Answer(msgspec.Struct, rename="pascal"):
    username: str = ""
    secret: str = ""


def find_login(host: str, path: str) -> Login:
    """Return what the first file with an entry for a registry has; nothing for a registry without one.

    ``path`` is the image's: podman keeps entries for parts of a registry too.
    """
    troubles = []
    for file in _files():
        try:
            found = _in_file(_read(file), host, path)
        except _TroubleError as trouble:
            troubles.append(str(trouble))
            continue
        if found:
            return Login(found)
    return Login(trouble="; ".join(troubles))


class _TroubleError(Exception):
    """A file or a helper that cannot be used; the message holds no secret."""


def _files() -> Iterator[Path]:
    """Yield the files that may hold logins, in the order in which they count."""
    environ = os.environ
    if named := environ.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
    home = Path(environ.get("HOME") or "/")
    yield Path(environ.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
    if runtime := environ.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "containers" / "auth.json"
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "containers" / "auth.json"


def _read(path: Path) -> _File:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE)
    except (FileNotFoundError, NotADirectoryError):
        return _File()
    except OSError as error:
        raise _TroubleError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    try:
        return decoded(content, _File)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        # The error itself is left out: it could hold a part of the file.
        raise _TroubleError(f"{path} is malformed") from None


def _in_file(file: _File, host: str, path: str) -> Credential | None:
    keys = _keys(host, path)
    helpers = {_normal(key): name for key, name in file.cred_helpers.items()}
    helper = next((helpers[key] for key in keys if key in helpers), file.creds_store)
    trouble = None
    if helper:
        try:
            if found := _ask(helper, host):
                return found
        except _TroubleError as error:
            trouble = error
    entries = {_normal(key): entry for key, entry in file.auths.items()}
    for key in keys:
        if found := _of_entry(entries.get(key)):
            return found
    if trouble:
        raise trouble
    return None


def _keys(host: str, path: str) -> list[str]:
    """Return the keys that stand for an image's registry, the most specific first."""
    known = hosts().get(host)
    names = (known.host, *known.names, *known.credentials) if known else (host,)
    parts = path.split("/")
    specific = ["/".join((host, *parts[:count])) for count in range(len(parts), 0, -1)]
    return list(dict.fromkeys([*specific, *map(_normal, names)]))


def _normal(key: str) -> str:
    """Return a key without scheme, and without the path of an API: what is left of an URL is its host."""
    scheme, separator, rest = key.partition("://")
    if separator and scheme in {"http", "https"}:
        return rest.partition("/")[0].lower()
    host, slash, path = key.partition("/")
    if path.strip("/") in {"", "v1", "v2"}:
        return host.lower()
    return f"{host.lower()}{slash}{path}"


def _of_entry(entry: _Entry | None) -> Credential | None:
    if entry is None:
        return None
    user, password = entry.username, entry.password
    if entry.auth:
        try:
            user, _, password = base64.b64decode(entry.auth).decode().partition(":")
        except (binascii.Error, ValueError):
            return None
    if entry.identity_token:
        return Credential(identity_token=entry.identity_token)
    return Credential(user, password.rstrip("\0"), registry_token=entry.registry_token) or None


def _ask(helper: str, host: str) -> Credential | None:
    """Ask a helper, as Docker does: the registry on its standard input, JSON back."""
    command = f"docker-credential-{helper}"
    known = hosts().get(host)
    server = known.credentials[0] if known else host
    if not HELPER.fullmatch(helper):
        raise _TroubleError("a credential helper with a name that no program could have is configured")
    try:
        done = subprocess.run(
            [command, "get"],
            input=server.encode(),
            capture_output=True,
            check=False,
            timeout=HELPER_SECONDS,
        )
    except FileNotFoundError:
        raise _TroubleError(f"{command} is configured for {host}, and is not on PATH") from None
    except (OSError, subprocess.TimeoutExpired):
        raise _TroubleError(f"{command} is configured for {host}, and did not answer") from None
    if done.returncode != 0:
        # This text is the protocol's for "none stored"; anything else is a helper in trouble.
        if b"credentials not found" in done.stdout + done.stderr:
            return None
        raise _TroubleError(f"{command} is configured for {host}, and failed with exit code {done.returncode}")
    try:
        answer = decoded(done.stdout, _Answer)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise _TroubleError(f"{command} is configured for {host}, and what it answers is malformed") from None
    if answer.username == TOKEN_USER:
        return Credential(identity_token=answer.secret) or None
    return Credential(answer.username, answer.secret) or None
