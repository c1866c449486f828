"""A real registry on this machine, images that another client pushes to it, and a wire that can be cut."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import http.server
import io
import json
import random
import shutil
import socket
import subprocess
import tarfile
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

OCI = "application/vnd.oci.image"
# `htpasswd -nbB ann s3cret`
PASSWORDS = "ann:$2y$05$3JSFQT2Sripyazyz2VzJD.hdfgPSvzxb66dX9f.tt3Fv5dUaePJ0q\n"
USER, PASSWORD = "ann", "s3cret"
# So that a download takes long enough to be cut: bytes that do not pack.
BALLAST = 6 << 20


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@dataclass
class RealRegistry:
    """The ``registry`` of distribution, as Debian has it."""

    folder: Path
    port: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def push(self, layout: Path, name: str, *flags: str) -> None:
        """Have skopeo copy all platforms of a layout there."""
        subprocess.run(
            [
                "skopeo",
                "--insecure-policy",
                "copy",
                "--all",
                "--quiet",
                "--dest-tls-verify=false",
                *flags,
                f"oci:{layout}:1",
                f"docker://{self.host}/{name}",
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )

    def blob(self, digest: str) -> Path:
        """Return the file in which it keeps a blob."""
        value = digest.removeprefix("sha256:")
        return self.folder / "docker/registry/v2/blobs/sha256" / value[:2] / value / "data"


@contextlib.contextmanager
def real_registry(
    folder: Path, auth: Mapping[str, Any] | None = None, tls: Mapping[str, str] | None = None
) -> Iterator[RealRegistry]:
    """Start a registry that keeps its files in a folder, and end it with the block."""
    command = shutil.which("docker-registry") or shutil.which("registry")
    assert command is not None
    folder.mkdir(parents=True, exist_ok=True)
    registry = RealRegistry(folder, free_port())
    settings: dict[str, Any] = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder)}},
        "http": {"addr": registry.host},
    }
    if auth:
        settings["auth"] = auth
    if tls:
        settings["http"]["tls"] = tls
    file = folder / "registry.json"  # JSON is YAML too
    file.write_text(json.dumps(settings))
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen([command, "serve", file], stdout=log, stderr=log) as process,
    ):
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", registry.port), 1):
                    break
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.05)
            yield registry
        finally:
            process.terminate()


def make_layout(folder: Path, roots: Mapping[str, Path]) -> dict[str, str]:
    """Write an OCI layout with an image for each platform; return the digest of each one's layer."""
    (folder / "blobs" / "sha256").mkdir(parents=True)

    def put(content: bytes, kind: str) -> dict[str, Any]:
        value = hashlib.sha256(content).hexdigest()
        (folder / "blobs" / "sha256" / value).write_bytes(content)
        return {"mediaType": f"{OCI}.{kind}", "digest": f"sha256:{value}", "size": len(content)}

    manifests, layers = [], {}
    for platform, root in roots.items():
        keys = zip(("os", "architecture", "variant"), platform.split("/"), strict=False)
        named = dict(keys)
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w") as archive:
            archive.add(root, ".")
            ballast = tarfile.TarInfo("ballast")
            ballast.size = BALLAST
            archive.addfile(ballast, io.BytesIO(random.Random(platform).randbytes(BALLAST)))  # noqa: S311 - no secret
        layer = put(gzip.compress(raw.getvalue(), 1), "layer.v1.tar+gzip")
        layers[platform] = layer["digest"]
        diff = f"sha256:{hashlib.sha256(raw.getvalue()).hexdigest()}"
        config = {**named, "config": {}, "rootfs": {"type": "layers", "diff_ids": [diff]}}
        manifest = {"schemaVersion": 2, "config": put(json.dumps(config).encode(), "config.v1+json"), "layers": [layer]}
        manifest["mediaType"] = f"{OCI}.manifest.v1+json"
        manifests.append({**put(json.dumps(manifest).encode(), "manifest.v1+json"), "platform": named})
    index = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": manifests}
    whole = {
        **put(json.dumps(index).encode(), "index.v1+json"),
        "annotations": {"org.opencontainers.image.ref.name": "1"},
    }
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [whole]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return layers


@dataclass
class Wire:
    """A way to a registry that counts, and cuts each connection after ``most`` bytes as often as ``cuts`` says."""

    target: int
    most: int = 1 << 62
    cuts: int = 0
    seconds: float = 0.0  # between pieces
    received: int = 0
    asked: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                threading.Thread(target=self._up, args=(near, far), daemon=True).start()
                threading.Thread(target=self._down, args=(far, near), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(65_536):
                with self._lock:
                    self.asked += data
                far.sendall(data)

    def _down(self, far: socket.socket, near: socket.socket) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := far.recv(65_536):
                passed += len(data)
                with self._lock:
                    self.received += len(data)
                    cut = passed > self.most and self.cuts > 0
                    self.cuts -= cut
                if cut:
                    break
                near.sendall(data)
                time.sleep(self.seconds)
        for end in (near, far):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Have openssl make a key and a certificate for this machine's own address, signed by itself."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=here"]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *files], check=True, capture_output=True)
    return key, certificate


@dataclass
class TokenServer:
    """Gives signed tokens for pulling to who shows the login, as registries' token servers do."""

    folder: Path
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key, self.certificate = make_certificate(self.folder)
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def auth(self) -> dict[str, Any]:
        """What the registry has to know."""
        realm = f"http://{self.host}/token"
        return {
            "token": {
                "realm": realm,
                "service": "here",
                "issuer": "tokens",
                "rootcertbundle": str(self.certificate),
            }
        }

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        shown = request.headers["Authorization"] or ""
        self.seen.append(shown)
        login = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query)
        granted = [self._granted(scope) for scope in asked.get("scope", ())] if shown == login else []
        content = json.dumps({"token": self._signed(granted)}).encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def _granted(self, scope: str) -> dict[str, Any]:
        kind, name, actions = scope.split(":")
        return {"type": kind, "name": name, "actions": actions.split(",")}

    def _signed(self, access: list[dict[str, Any]]) -> str:
        now = int(time.time())
        lines = self.certificate.read_text().splitlines()[1:-1]
        header = {"typ": "JWT", "alg": "RS256", "x5c": ["".join(lines)]}
        claims: dict[str, Any] = {"iss": "tokens", "aud": "here", "sub": USER, "jti": str(now), "access": access}
        claims |= {"iat": now, "nbf": now - 60, "exp": now + 300}
        text = b".".join(map(encoded, (json.dumps(header).encode(), json.dumps(claims).encode())))
        done = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.key], input=text, check=True, capture_output=True
        )
        return (text + b"." + encoded(done.stdout)).decode()


def encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
