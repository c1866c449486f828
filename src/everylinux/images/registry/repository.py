"""Asking one registry for one repository's documents and blobs.

Source: OCI distribution specification, "Pulling manifests" and "Pulling blobs".
"""

from __future__ import annotations

import contextlib
import email.utils
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from everylinux.errors import InputOutputError
from everylinux.images.manifests import DIGEST, INDEX_TYPES, LARGEST_DOCUMENT, MANIFEST_TYPES
from everylinux.images.registry.credentials import find_login
from everylinux.images.registry.facts import hosts
from everylinux.images.registry.tokens import fetch_token, read_challenge
from everylinux.images.registry.transport import TransientError, UnreachableError, joined, origin, read_body, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from urllib3.response import BaseHTTPResponse

    from everylinux.images.access import Access
    from everylinux.images.registry.reference import Reference

Result = TypeVar("Result")

# Seconds before each further try.
DELAYS = (0.5, 1.0, 2.0, 4.0)
LONGEST_WAIT = 60.0
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ACCEPT_MANIFEST = ", ".join(sorted(INDEX_TYPES | MANIFEST_TYPES))


class Repository:
    """One image's place in one registry, or in the mirror that is asked instead; safe to use from several threads."""

    def __init__(self, reference: Reference, access: Access) -> None:
        self.reference = reference
        host = reference.host.lower()
        mirror = access.mirror_of(host)
        known = hosts().get(host)
        endpoint = mirror or (known.endpoint if known else host)
        self._host, _, prefix = endpoint.partition("/")
        self._key = known.host if known and not mirror else self._host
        self._path = f"{prefix}/{reference.path}" if prefix else reference.path
        self._scheme = "http" if self._host in access.plain_http else "https"
        self._home = origin(f"{self._scheme}://{self._host}/")
        self._access = access
        self._authorization = ""
        self._lock = threading.Lock()

    def manifest(self, name: str) -> tuple[bytes, str]:
        """Return a manifest or an index by its tag or digest, and the digest that the registry claims (or nothing)."""

        def attempt() -> tuple[bytes, str]:
            response = self._open("GET", f"manifests/{name}", {"Accept": ACCEPT_MANIFEST})
            claimed = response.headers.get("Docker-Content-Digest", "")
            content = b"".join(read_body(response, self._host, LARGEST_DOCUMENT))
            return content, claimed if DIGEST.fullmatch(claimed) else ""

        return self._patiently(attempt)

    def digest_of(self, tag: str) -> str:
        """Return the digest that a tag has now; not counted as a download.

        Nothing where the registry does not tell, or refuses: fetching the manifest will say why.
        """

        def attempt() -> str:
            response = self._open("HEAD", f"manifests/{tag}", {"Accept": ACCEPT_MANIFEST})
            response.close()
            claimed = str(response.headers.get("Docker-Content-Digest", ""))
            return claimed if DIGEST.fullmatch(claimed) else ""

        try:
            return self._patiently(attempt)
        except UnreachableError:
            raise
        except InputOutputError:
            return ""

    def small_blob(self, digest: str) -> bytes:
        """Return a configuration, or whatever is at its digest, up to the size of a document."""

        def attempt() -> bytes:
            response = self._open("GET", f"blobs/{digest}", {})
            return b"".join(read_body(response, self._host, LARGEST_DOCUMENT))

        return self._patiently(attempt)

    def open_blob(self, digest: str, start: int) -> tuple[BaseHTTPResponse, int]:
        """Begin one download of a blob; return the response and where in the blob it begins: ``start``, or 0.

        Tries once. Raises `TransientError` and `InputOutputError`.
        """
        response = self._open("GET", f"blobs/{digest}", {"Range": f"bytes={start}-"} if start else {})
        begins = start if response.status == HTTPStatus.PARTIAL_CONTENT else 0
        given = response.headers.get("Content-Range", "")
        if begins and not given.startswith(f"bytes {begins}-"):
            response.close()
            raise InputOutputError(f"{self._host} sends another part of a blob than was asked for")
        return response, begins

    @property
    def host(self) -> str:
        """The host that is asked, with its port."""
        return self._host

    def _patiently(self, attempt: Callable[[], Result]) -> Result:
        for delay in DELAYS:
            try:
                return attempt()
            except TransientError as error:
                wait(error, delay)
        try:
            return attempt()
        except TransientError as error:
            raise error.final from error

    def _open(self, method: str, path: str, headers: dict[str, str]) -> BaseHTTPResponse:
        """Send one request, with a login when it is asked for, and follow where it leads."""
        url = f"{self._scheme}://{self._host}/v2/{self._path}/{path}"
        response = self._send(method, url, headers)
        if response.status == HTTPStatus.UNAUTHORIZED:
            challenges = response.headers.getlist("WWW-Authenticate")
            response.close()
            self._authorise(challenges)
            response = self._send(method, url, headers)
        for _ in range(MOST_REDIRECTS):
            location = response.headers.get("Location")
            if response.status not in REDIRECTS or location is None:
                break
            response.close()
            url = self._target(url, location)
            # The login stays at home: another scheme, host or port never sees it.
            response = self._send(method, url, headers) if origin(url) == self._home else send(method, url, headers)
        if response.status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            return response
        response.close()
        raise self._refusal(response)

    def _send(self, method: str, url: str, headers: dict[str, str]) -> BaseHTTPResponse:
        own = {"Authorization": self._authorization} if self._authorization else {}
        return send(method, url, {**headers, **own})

    def _target(self, url: str, location: str) -> str:
        """Return where a redirect leads; raises `InputOutputError` where nothing may be fetched from."""
        try:
            target = joined(url, location)
        except ValueError:
            raise InputOutputError(f"{self._host} redirects to an address that is malformed") from None
        scheme, name, port = origin(target)
        if scheme != "https" and not {name, f"{name}:{port}"} & self._access.plain_http:
            raise InputOutputError(
                f"{self._host} redirects to {name}:{port} without encryption",
                hint=f"if that is meant: --plain-http {name}:{port}",
            )
        return target

    def _authorise(self, challenges: list[str]) -> None:
        challenge = read_challenge(challenges)
        login = find_login(self._key, self._path)
        credential = login.credential
        if challenge is None:
            raise InputOutputError(f"{self._host} asks for a login of a kind that is not known here")
        with self._lock:
            if credential.registry_token:
                self._authorization = f"Bearer {credential.registry_token}"
            elif challenge.bearer:
                token = fetch_token(challenge, self._path, credential, self._host, self._access)
                self._authorization = f"Bearer {token}"
            elif credential.basic:
                self._authorization = credential.basic
            else:
                raise self._denied(login.trouble)

    def _denied(self, trouble: str = "") -> InputOutputError:
        trouble = trouble or find_login(self._key, self._path).trouble
        return InputOutputError(
            f"{self._host} refuses to give it",
            meaning=trouble or "it needs a login, or the image is not there: many registries do not tell which",
            hint=f"`docker login {self._key}` or `podman login {self._key}`",
        )

    def _refusal(self, response: BaseHTTPResponse) -> InputOutputError | TransientError:
        status = response.status
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return self._denied()
        if status == HTTPStatus.NOT_FOUND:
            return InputOutputError(f"{self._host} has no such image, tag or digest", hint="check its name and tag")
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            waiting = _seconds(response.headers.get("Retry-After", ""))
            later = f"in {waiting:.0f} seconds" if waiting else "later"
            final = InputOutputError(
                f"{self._host} limits how much you may fetch",
                meaning="too many requests came from your address or login (HTTP 429)",
                hint=f"try again {later}, log in with `docker login`, or name a mirror in the settings",
            )
            return TransientError(final, waiting)
        final = InputOutputError(f"{self._host} fails: HTTP {status}", hint="try again later")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            return TransientError(final, _seconds(response.headers.get("Retry-After", "")))
        if status in REDIRECTS:
            return InputOutputError(f"{self._host} redirects more than {MOST_REDIRECTS} times, or nowhere")
        return final


def wait(error: TransientError, delay: float) -> None:
    """Wait before the next try, as long as the registry asks; raises what it means when that is too long."""
    if error.wait > LONGEST_WAIT:
        raise error.final from error
    time.sleep(max(delay, error.wait))


def _seconds(text: str) -> float:
    """Return what a ``Retry-After`` header asks for: seconds, or a date (RFC 9110, section 10.2.3)."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max(0.0, email.utils.parsedate_to_datetime(text[:100]).timestamp() - time.time())
    return 0.0
