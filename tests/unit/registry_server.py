"""A registry that misbehaves on request: what no real one can be made to do. The real ones are tested end to end."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    method: str
    host: str
    path: str
    authorization: str | None
    range: str | None
    body: str


@dataclass
class Registry:
    """Serves documents by path below ``/v2/``; ``before`` may answer first, and then returns ``True``."""

    before: Callable[[Handler], bool] = lambda _handler: False
    documents: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    seen: list[Request] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"owner": self}))
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def host(self) -> str:
        """What it is called by its users; ``other`` is the same server by another name."""
        return f"127.0.0.1:{self.port}"

    @property
    def other(self) -> str:
        return f"localhost:{self.port}"

    def put(self, content: bytes, *names: str, kind: str = "application/octet-stream") -> dict[str, Any]:
        """Keep a blob (and, with names, a manifest) of the repository ``app``; return its descriptor."""
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        place = "manifests" if kind in {INDEX, MANIFEST} else "blobs"
        for name in (digest, *names):
            self.documents[f"/v2/app/{place}/{name}"] = kind, content
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    def image(self, *files: str, tag: str = "1", architecture: str = "amd64", content: bytes = b"x") -> dict[str, Any]:
        """Keep an image of one layer; return the descriptor of its manifest."""
        layer = self.put(gzip.compress(layer_of(*files, content=content), 1), kind=LAYER)
        config = self.put(json.dumps({"os": "linux", "architecture": architecture}).encode(), kind=CONFIG)
        return self.manifest(config, [layer], tag)

    def manifest(self, config: dict[str, Any], layers: list[dict[str, Any]], tag: str = "1") -> dict[str, Any]:
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
        return self.put(json.dumps(document).encode(), tag, kind=MANIFEST)

    def asked(self, part: str) -> list[Request]:
        """Return the requests with a text in their path."""
        return [request for request in self.seen if part in request.path]


class Server(ThreadingHTTPServer):
    """Says nothing of connections that the other side cuts."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    owner: Registry
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        headers = self.headers
        self.owner.seen.append(
            Request(self.command, headers["Host"], self.path, headers["Authorization"], headers["Range"], body)
        )
        if not self.owner.before(self):
            self.serve()

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for
    do_POST = do_GET  # noqa: N815 - the same

    def serve(self) -> None:
        """Answer as a registry does."""
        found = self.owner.documents.get(self.path)
        if found is None:
            self.reply(404)
            return
        kind, content = found
        start = int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        more = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        self.reply(
            206 if start else 200, content[start:], **{"Content-Type": kind, "Docker-Content-Digest": digest}, **more
        )

    def reply(self, status: int, content: bytes = b"", /, **headers: str) -> None:
        """Send a whole response."""
        self.begin(status, len(content), **headers)
        if self.command != "HEAD":
            self.wfile.write(content)

    def begin(self, status: int, length: int | None, **headers: str) -> None:
        """Send everything but the body."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def cut(self) -> None:
        """Close the connection after this response."""
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def layer_of(*files: str, content: bytes = b"x") -> bytes:
    """Return an uncompressed layer with these files, all with the same content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
