"""Getting past ``401``: what a registry asks for, and the token that it wants to see.

Sources: distribution's token authentication (docs: spec/auth/token.md, oauth.md), RFC 9110 section 11.6.1.
"""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import decoded
from everylinux.errors import InputOutputError
from everylinux.images.registry.transport import TransientError, joined, origin, read_body, send

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.images.access import Access
    from everylinux.images.registry.credentials import Credential

LARGEST_ANSWER = 1 << 20
LONGEST_CHALLENGE = 8192
LONGEST_TOKEN = 32_768
CLIENT = "everylinux"
SCHEME = re.compile(r"(?:^|[\s,])(Bearer|Basic)(?:\s+|$)", re.IGNORECASE)
PARAMETER = re.compile(r'([A-Za-z_-]{1,40})\s{0,5}=\s{0,5}(?:"([^"]*)"|([^\s,"]+))')


@dataclass(frozen=True)
class Challenge:
    """What a ``WWW-Authenticate`` header asks for; a basic one has no realm that matters."""

    bearer: bool
    realm: str = ""
    service: str = ""
    scope: str = ""


class _Answer(msgspec.Struct):
    token: str = ""
    access_token: str = ""


def read_challenge(headers: Sequence[str]) -> Challenge | None:
    """Return the best of what is asked for, a token before a password; ``None`` when it is neither."""
    text = ", ".join(headers)[:LONGEST_CHALLENGE]
    # What is quoted may hold the name of a scheme too.
    unquoted = re.sub(r'"[^"]*"', lambda found: '"' + "." * (len(found[0]) - 2) + '"', text)
    starts = [(found.end(), found[1].lower()) for found in SCHEME.finditer(unquoted)]
    basic = None
    for number, (start, scheme) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(text)
        found = {one[1].lower(): one[2] or one[3] or "" for one in PARAMETER.finditer(text[start:end])}
        if scheme == "bearer":
            return Challenge(True, found.get("realm", ""), found.get("service", ""), found.get("scope", ""))  # noqa: FBT003 - the class's first field
        basic = Challenge(bearer=False)
    return basic


def fetch_token(challenge: Challenge, path: str, credential: Credential, host: str, access: Access) -> str:
    """Return a token for reading a repository, with the user's login or, without one, anonymously.

    The login goes to the realm that the registry itself names, over TLS or to a host for which plain HTTP was asked.
    Raises `InputOutputError` when there is none to be had, `TransientError` when trying again may help.
    """
    realm = challenge.realm
    try:
        scheme, name, port = origin(joined(realm, realm))
    except ValueError:
        raise InputOutputError(f"{host} asks for a token, and the address of its token server is malformed") from None
    if scheme != "https" and not {name, f"{name}:{port}"} & access.plain_http:
        raise InputOutputError(
            f"{host} asks for a token from {name}:{port} without encryption",
            hint=f"if that is meant: --plain-http {name}:{port}",
        )
    asked = {"service": challenge.service, "scope": challenge.scope or f"repository:{path}:pull"}
    asked = {key: value for key, value in asked.items() if value}
    if credential.identity_token:
        form = {**asked, "grant_type": "refresh_token", "refresh_token": credential.identity_token, "client_id": CLIENT}
        response = send("POST", realm, {}, fields=form)
    else:
        separator = "&" if urllib.parse.urlsplit(realm).query else "?"
        headers = {"Authorization": credential.basic} if credential.basic else {}
        response = send("GET", f"{realm}{separator}{urllib.parse.urlencode(asked)}", headers)
    content = b"".join(read_body(response, name, LARGEST_ANSWER))
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TransientError(InputOutputError(f"the token server {name} of {host} fails: HTTP {response.status}"))
    if response.status != HTTPStatus.OK or len(content) > LARGEST_ANSWER:
        raise InputOutputError(
            f"the token server {name} gives no token for {host}/{path}: HTTP {response.status}",
            hint=f"check the name of the image, or log in with `docker login {host}`",
        )
    return _token_in(content, name)


def _token_in(content: bytes, name: str) -> str:
    try:
        answer = decoded(content, _Answer)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise InputOutputError(f"what the token server {name} answers is malformed") from None
    token = answer.token or answer.access_token
    # It becomes a header: nothing in it may end one.
    if not token or len(token) > LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise InputOutputError(f"what the token server {name} gives is no token")
    return token
