"""One request to a registry, and what may come back: bounded in size and time, and never more trusting than asked.

HTTP/1.1, TLS and proxies are urllib3's work. A redirect is followed here, so that it is seen where it leads.
"""

from __future__ import annotations

import functools
import os
import socket
import threading
import time
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as WaitedTooLongError

from everylinux import __version__
from everylinux.errors import InputOutputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urllib3.response import BaseHTTPResponse

CONNECT_SECONDS = 10.0
SILENT_SECONDS = 30.0  # without a byte
HEADER_SECONDS = 60.0  # until all headers are there
SLOW_SECONDS = 30.0  # in which at least SLOW_BYTES have to come
SLOW_BYTES = 30 << 10
CHUNK = 1 << 18
LONGEST_URL = 16_384
DEFAULT_PORTS = {"https": 443, "http": 80}


class UnreachableError(InputOutputError):
    """A registry that cannot be asked at all: nothing else can be had from it now."""


class TransientError(Exception):
    """What may go well when it is tried again after ``wait`` seconds; ``final`` is what to tell when it does not."""

    def __init__(self, final: InputOutputError, wait: float = 0.0) -> None:
        super().__init__(final.message)
        self.final = final
        self.wait = wait


class _PatientMixin:
    """Gives up on headers that come too slowly, each byte within the time for one."""

    sock: socket.socket | None

    def getresponse(self) -> Any:  # noqa: ANN401 - urllib3's own response
        timer = threading.Timer(HEADER_SECONDS, self._cut)
        timer.daemon = True
        timer.start()
        try:
            return super().getresponse()  # type: ignore[misc] # of the connection that this is mixed into
        finally:
            timer.cancel()

    def _cut(self) -> None:
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


class _PlainConnection(_PatientMixin, HTTPConnection):
    """Without encryption."""


class _SecureConnection(_PatientMixin, HTTPSConnection):
    """With TLS, the certificate compared with the system's authorities."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a URL; raises `ValueError` for one that is no usable one."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        raise ValueError(url)
    return parts.scheme, parts.hostname.lower(), parts.port or DEFAULT_PORTS[parts.scheme]


def joined(url: str, location: str) -> str:
    """Return where a ``Location`` leads from a URL; raises `ValueError` for what is none."""
    if len(location) > LONGEST_URL or not location.isascii() or not location.isprintable() or " " in location:
        raise ValueError(location)
    found = urllib.parse.urljoin(url, location)
    origin(found)
    return found


def send(
    method: str, url: str, headers: Mapping[str, str], *, fields: Mapping[str, str] | None = None
) -> BaseHTTPResponse:
    """Send one request and return the response with its body unread; redirects are the caller's.

    ``fields`` is the content of a form. Raises `TransientError` for a connection that fails or is cut, and
    `InputOutputError` where trying again would not help.
    """
    host = urllib.parse.urlsplit(url).netloc
    body = urllib.parse.urlencode(fields) if fields is not None else None
    own = {"User-Agent": f"everylinux/{__version__}", "Accept-Encoding": "identity"}
    if body is not None:
        own["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        return _pools(_proxy_for(url), os.getpid()).request(
            method,
            url,
            body=body,
            headers={**own, **headers},
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
        )
    except (HTTPError, OSError, ValueError) as error:
        raise _explained(error, host) from error


def read_body(response: BaseHTTPResponse, host: str, most: int) -> Iterator[bytes]:
    """Yield a body in pieces as they come, at most ``most`` bytes of it and one more; the connection is then closed.

    Raises `TransientError` when it is cut or comes too slowly.
    """
    left = most + 1
    since, count = time.monotonic(), 0
    try:
        while left:
            piece = response.read1(min(CHUNK, left))
            if not piece:
                return
            left -= len(piece)
            count += len(piece)
            yield piece
            now = time.monotonic()
            if now - since > SLOW_SECONDS:
                if count < SLOW_BYTES:
                    raise TransientError(_slow(host))
                since, count = now, 0
    except (HTTPError, OSError, ValueError) as error:
        raise _explained(error, host) from error
    finally:
        response.close()


def _explained(error: Exception, host: str) -> TransientError | InputOutputError:
    """Return what a failed connection means; nothing of a URL but its host is told: the rest may hold secrets."""
    if isinstance(error, NameResolutionError):
        hint = "check the name; with --offline only what was fetched before is used"
        return UnreachableError(f"there is no host {host}, or no network", hint=hint)
    if isinstance(error, SSLError):
        return UnreachableError(
            f"{host} cannot be trusted: its certificate is not valid, or it does not speak TLS",
            hint=f"name an authority of your own with SSL_CERT_FILE; without TLS: --plain-http {host}",
        )
    if isinstance(error, ValueError):
        return InputOutputError(f"{host} cannot be asked: an address is malformed")
    final: InputOutputError
    if isinstance(error, ProxyError):
        hint = "HTTPS_PROXY, HTTP_PROXY and NO_PROXY decide which is taken"
        final = UnreachableError(f"the proxy on the way to {host} does not answer", hint=hint)
    elif isinstance(error, ConnectTimeoutError):
        final = UnreachableError(f"{host} does not answer", hint="check the network, or try again later")
    elif isinstance(error, WaitedTooLongError):
        final = _slow(host)
    else:
        final = InputOutputError(f"the connection to {host} was cut", hint="run it again: what was fetched is kept")
    return TransientError(final)


def _slow(host: str) -> UnreachableError:
    return UnreachableError(f"{host} is too slow", hint="run it again: what was fetched is kept")


def _proxy_for(url: str) -> str:
    """Return the proxy that the environment names for a URL, as curl and Docker read it; empty for none."""
    scheme, host, port = origin(url)
    if urllib.request.proxy_bypass_environment(f"{host}:{port}"):  # type: ignore[attr-defined] # not in typeshed
        return ""
    proxies = urllib.request.getproxies_environment()
    return proxies.get(scheme) or proxies.get("all") or ""


@functools.lru_cache(maxsize=16)
def _pools(proxy: str, process: int) -> urllib3.PoolManager:
    """Return the connections of this process: a forked one must not share them."""
    del process
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=SILENT_SECONDS)
    if proxy:
        given = urllib.parse.urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        user = urllib.parse.unquote(given.username or "")
        secret = f"{user}:{urllib.parse.unquote(given.password or '')}" if user else None
        address = f"{given.scheme}://{given.netloc.rpartition('@')[2]}"
        manager: urllib3.PoolManager = urllib3.ProxyManager(
            address, proxy_headers=urllib3.make_headers(proxy_basic_auth=secret), timeout=timeout
        )
    else:
        manager = urllib3.PoolManager(timeout=timeout)
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return manager
