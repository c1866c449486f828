"""Registries that fail, lie or attack: one clear error, nothing half-written, no login in other hands, and an end."""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
import shutil
import tarfile
import threading
import time
from typing import TYPE_CHECKING

import pytest
from registry_server import CONFIG, INDEX, LAYER, MANIFEST, Handler, Registry, layer_of

from everylinux.errors import InputOutputError, NotProvenError, UsageError
from everylinux.images import at_hand, open_images
from everylinux.images.access import Access
from everylinux.images.registry import blobs, repository, transport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.images.interface import Image

LOGIN = "Basic " + base64.b64encode(b"ann:s3cret").decode()


@pytest.fixture(autouse=True)
def _surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An own cache and home, no proxy, and no waiting between tries."""
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for module in (repository, blobs):
        monkeypatch.setattr(module, "DELAYS", (0.0, 0.0))


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as server:
        yield server


def log_in(tmp_path: Path, *hosts: str) -> None:
    (tmp_path / ".docker").mkdir(exist_ok=True)
    auths = {host: {"auth": LOGIN.removeprefix("Basic ")} for host in hosts}
    (tmp_path / ".docker" / "config.json").write_text(json.dumps({"auths": auths}))


def access(registry: Registry, *more: str, offline: bool = False) -> Access:
    return Access(plain_http=frozenset({registry.host, *more}), offline=offline)


def opened(registry: Registry, name: str = "app:1", *more: str, offline: bool = False) -> Image:
    (image,) = open_images([f"docker://{registry.host}/{name}"], access(registry, *more, offline=offline))
    return image


def files_of(image: Image, platform: str = "linux/amd64") -> set[str]:
    directory = image.tree(platform).directory
    assert directory is not None
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


def refused(registry: Registry, name: str = "app:1", *more: str) -> InputOutputError:
    """Return the error of an image that must not be had."""
    with pytest.raises(InputOutputError) as caught:
        files_of(opened(registry, name, *more))
    assert caught.value.exit_code == 7
    text = f"{caught.value.message} {caught.value.meaning} {caught.value.hint}"
    assert "s3cret" not in text
    assert LOGIN.removeprefix("Basic ") not in text
    return caught.value


def parts(tmp_path: Path) -> list[Path]:
    """Return the blobs in the cache, but for those that are not whole."""
    return [path for path in (tmp_path / "cache").glob("images/registry/blobs/*/*") if not path.name.startswith(".")]


# ---- what is fetched, and when


def test_layers_are_fetched_only_for_the_platform_that_is_asked_for(registry: Registry) -> None:
    listed = []
    for architecture in ("amd64", "arm64", "s390x"):
        one = registry.image(f"for-{architecture}", architecture=architecture)
        listed.append({**one, "platform": {"os": "linux", "architecture": architecture}})
    listed.append({**listed[0], "platform": {"os": "windows", "architecture": "amd64"}})
    listed.append({**listed[0], "platform": {"os": "unknown", "architecture": "unknown"}})
    registry.put(json.dumps({"schemaVersion": 2, "manifests": listed}).encode(), "1", kind=INDEX)
    image = opened(registry)
    assert image.platforms() == ("linux/amd64", "linux/arm64", "linux/s390x")
    assert len(registry.seen) == 1
    assert files_of(image, "linux/s390x") == {"for-s390x"}
    assert len(registry.asked("/blobs/")) == 1
    with pytest.raises(KeyError):
        image.tree("linux/386")


def test_of_arms_variants_the_exact_one_is_taken(registry: Registry) -> None:
    listed = [
        {
            **registry.image(name, architecture="arm"),
            "platform": {"os": "linux", "architecture": "arm", "variant": name},
        }
        for name in ("v5", "v6", "v7")
    ]
    registry.put(json.dumps({"manifests": listed}).encode(), "1", kind=INDEX)
    image = opened(registry)
    assert image.platforms() == ("linux/arm/v5", "linux/arm/v7")
    assert files_of(image, "linux/arm/v7") == {"v7"}


def test_what_was_fetched_once_is_not_fetched_again(registry: Registry) -> None:
    registry.image("a")
    assert files_of(opened(registry)) == {"a"}
    before = len(registry.seen)
    assert files_of(opened(registry)) == {"a"}
    assert [request.method for request in registry.seen[before:]] == ["HEAD"]
    assert files_of(opened(registry, offline=True)) == {"a"}
    assert len(registry.seen) == before + 1


def test_a_registry_that_knows_no_head_is_asked_again(registry: Registry) -> None:
    registry.image("a")
    files_of(opened(registry))

    def before(handler: Handler) -> bool:
        if handler.command != "HEAD":
            return False
        handler.reply(405)
        return True

    registry.before = before
    assert files_of(opened(registry)) == {"a"}


def test_a_tag_that_moved_is_seen(registry: Registry) -> None:
    registry.image("old")
    assert files_of(opened(registry)) == {"old"}
    registry.image("new")
    assert files_of(opened(registry)) == {"new"}


def test_offline_nothing_is_asked(registry: Registry) -> None:
    registry.image("a")
    with pytest.raises(InputOutputError, match="never fetched"):
        opened(registry, offline=True)
    assert not registry.seen
    opened(registry)
    count = len(registry.seen)
    with pytest.raises(InputOutputError, match="never fetched"):
        files_of(opened(registry, offline=True))
    assert len(registry.seen) == count


def test_a_digest_is_asked_for_by_itself(registry: Registry) -> None:
    digest = registry.image("a")["digest"]
    assert files_of(opened(registry, f"app:other@{digest}")) == {"a"}
    assert files_of(opened(registry, f"app@{digest}", offline=True)) == {"a"}


def test_an_image_may_have_another_name(registry: Registry) -> None:
    registry.image("a")
    (image,) = open_images([f"mine=docker://{registry.host}/app:1"], access(registry))
    assert image.name == "mine"


def test_mirrors_are_asked_in_place_of_a_registry(registry: Registry) -> None:
    registry.image("a")
    for path, found in list(registry.documents.items()):
        registry.documents[path.replace("/app/", "/hub/library/debian/")] = found
    there = Access(plain_http=frozenset({registry.host}), mirrors=(("docker.io", f"{registry.host}/hub"),))
    (image,) = open_images(["docker://debian:1"], there)
    assert files_of(image) == {"a"}


# ---- plain HTTP


def test_nothing_is_sent_without_encryption_unless_asked(registry: Registry) -> None:
    registry.image("a")
    with pytest.raises(InputOutputError, match="cannot be trusted"):
        open_images([f"docker://{registry.host}/app:1"])
    with pytest.raises(InputOutputError):
        open_images([f"docker://{registry.host}/app:1"], Access(plain_http=frozenset({"127.0.0.1:1", registry.other})))
    assert not registry.seen


# ---- logins


def basic(handler: Handler) -> bool:
    if handler.headers["Authorization"] == LOGIN:
        return False
    handler.reply(401, WWW_Authenticate='Basic realm="x"')
    return True


def test_a_login_is_shown_to_its_registry_only_when_it_asks(registry: Registry, tmp_path: Path) -> None:
    registry.image("a")
    log_in(tmp_path, registry.host)
    assert files_of(opened(registry)) == {"a"}
    assert all(request.authorization is None for request in registry.seen)
    registry.before = basic
    registry.image("b")
    assert files_of(opened(registry)) == {"b"}


def test_without_a_login_the_error_says_how_to_log_in(registry: Registry, tmp_path: Path) -> None:
    registry.image("a")
    registry.before = basic
    assert f"login {registry.host}" in refused(registry).hint
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text(json.dumps({"credsStore": "not-there"}))
    assert "docker-credential-not-there" in refused(registry).meaning


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_login_never_goes_along_a_redirect(registry: Registry, tmp_path: Path, status: int) -> None:
    registry.image("a")
    log_in(tmp_path, registry.host, registry.other)

    def before(handler: Handler) -> bool:
        if "/blobs/" in handler.path and handler.headers["Host"] == registry.host:
            handler.reply(status, Location=f"http://{registry.other}{handler.path}?signature=s3cret")
            return True
        if handler.headers["Host"] == registry.other:
            handler.path = handler.path.partition("?")[0]
            return False
        return basic(handler)

    registry.before = before
    assert files_of(opened(registry, "app:1", registry.other)) == {"a"}
    away = [request for request in registry.seen if request.host == registry.other]
    assert away
    assert all(request.authorization is None for request in away)


def test_who_asks_for_a_login_behind_a_redirect_gets_none(registry: Registry, tmp_path: Path) -> None:
    registry.image("a")
    log_in(tmp_path, registry.host, registry.other)

    def before(handler: Handler) -> bool:
        if handler.headers["Host"] == registry.other:
            handler.reply(401, WWW_Authenticate='Basic realm="x"')
        elif "/blobs/" in handler.path:
            handler.reply(307, Location=f"http://{registry.other}{handler.path}")
        else:
            return False
        return True

    registry.before = before
    refused(registry, "app:1", registry.other)
    assert all(request.authorization is None for request in registry.seen)


def test_a_redirect_at_home_keeps_the_login(registry: Registry, tmp_path: Path) -> None:
    registry.image("a")
    log_in(tmp_path, registry.host)

    def before(handler: Handler) -> bool:
        if "/blobs/" in handler.path and "again" not in handler.path:
            handler.reply(307, Location=f"{handler.path}?again")
            return True
        handler.path = handler.path.partition("?")[0]
        return basic(handler)

    registry.before = before
    assert files_of(opened(registry)) == {"a"}


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost:{port}/x",  # not among those that may be asked without encryption
        "file:///etc/passwd",
        "ftp://localhost/x",
        "http://user:password@127.0.0.1:{port}/x",
        "http://127.0.0.1:99999/x",
        "http://[::1/x",
        "https:///x",
        "https://127.0.0.1:{port}/a b",
        "http://127.0.0.1:{port}/" + "a" * 20_000,
    ],
)
def test_redirects_lead_nowhere_else(registry: Registry, location: str) -> None:
    registry.image("a")

    def before(handler: Handler) -> bool:
        if "/blobs/" not in handler.path:
            return False
        handler.reply(307, Location=location.format(port=registry.port))
        return True

    registry.before = before
    error = refused(registry)
    assert "redirects" in error.message
    assert all(request.host == registry.host for request in registry.seen)


def test_redirects_end(registry: Registry) -> None:
    def before(handler: Handler) -> bool:
        handler.reply(307, Location=f"{handler.path}x")
        return True

    registry.before = before
    assert "redirects more than" in refused(registry).message
    assert len(registry.seen) < 10


# ---- tokens


def token_server(registry: Registry, where: str, **answer: str) -> None:
    """Let the registry ask for a token that is given at ``where``, the same server by one of its names."""

    def before(handler: Handler) -> bool:
        if handler.path.startswith("/token"):
            handler.reply(200, json.dumps(answer).encode())
            return True
        if handler.headers["Authorization"] == "Bearer t0ken":
            return False
        realm = f'Bearer realm="http://{where}/token",service="a, Basic b",scope="repository:app:pull"'
        handler.reply(401, WWW_Authenticate=realm)
        return True

    registry.before = before


@pytest.mark.parametrize("answer", ["token", "access_token"])
def test_a_token_is_fetched_without_a_login(registry: Registry, answer: str) -> None:
    registry.image("a")
    token_server(registry, registry.other, **{answer: "t0ken"})
    assert files_of(opened(registry, "app:1", registry.other)) == {"a"}
    (asked,) = registry.asked("/token")
    assert asked.authorization is None
    assert "service=a%2C+Basic+b" in asked.path
    assert "scope=repository%3Aapp%3Apull" in asked.path


def test_the_login_goes_to_the_token_server_and_the_token_to_the_registry(registry: Registry, tmp_path: Path) -> None:
    registry.image("a")
    log_in(tmp_path, registry.host)
    token_server(registry, registry.other, token="t0ken")  # noqa: S106 - no secret
    assert files_of(opened(registry, "app:1", registry.other)) == {"a"}
    assert [request.authorization for request in registry.asked("/token")] == [LOGIN]
    assert {request.authorization for request in registry.asked("/v2/")} == {None, "Bearer t0ken"}


def test_an_identity_token_is_exchanged(registry: Registry, tmp_path: Path) -> None:
    registry.image("a")
    (tmp_path / ".docker").mkdir()
    entry = {"identitytoken": "s3cret"}
    (tmp_path / ".docker" / "config.json").write_text(json.dumps({"auths": {registry.host: entry}}))
    token_server(registry, registry.host, access_token="t0ken")  # noqa: S106 - no secret
    assert files_of(opened(registry)) == {"a"}
    (asked,) = registry.asked("/token")
    assert asked.method == "POST"
    assert "grant_type=refresh_token" in asked.body
    assert "refresh_token=s3cret" in asked.body
    assert "s3cret" not in asked.path


def test_a_token_server_without_encryption_is_asked_only_when_that_was_meant(registry: Registry) -> None:
    registry.image("a")
    token_server(registry, registry.other, token="t0ken")  # noqa: S106 - no secret
    assert registry.other in refused(registry).hint
    assert not registry.asked("/token")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"{}",
        b'{"token": ""}',
        b'{"token": "a\\r\\nHost: x"}',
        b'{"token": "a b"}',
        b"[" * 10_000,
        b'{"token": "' + b"a" * 40_000 + b'"}',
        b'{"token": "' + b"a" * 2_000_000 + b'"}',
    ],
)
def test_what_is_no_token_never_becomes_a_header(registry: Registry, answer: bytes) -> None:
    def before(handler: Handler) -> bool:
        if handler.path.startswith("/token"):
            handler.reply(200, answer)
        else:
            handler.reply(401, WWW_Authenticate=f'Bearer realm="http://{registry.host}/token"')
        return True

    registry.before = before
    assert "token" in refused(registry).message
    assert len(registry.asked("/v2/")) == 1


@pytest.mark.parametrize(
    "challenge", [None, "Digest x", "Bearer", 'Bearer realm="/token"', 'Bearer realm="', "," * 9000]
)
def test_challenges_that_cannot_be_met(registry: Registry, challenge: str | None) -> None:
    def before(handler: Handler) -> bool:
        handler.reply(401, **({"WWW_Authenticate": challenge} if challenge else {}))
        return True

    registry.before = before
    refused(registry)
    assert len(registry.seen) <= 2


# ---- failures on the way


def failing(times: int, status: int, **headers: str) -> object:
    left = [times]

    def before(handler: Handler) -> bool:
        left[0] -= 1
        if left[0] < 0:
            return False
        handler.reply(status, **headers)
        return True

    return before


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(registry: Registry, status: int) -> None:
    registry.image("a")
    registry.before = failing(2, status)  # type: ignore[assignment]
    assert files_of(opened(registry)) == {"a"}
    registry.before = failing(99, status)  # type: ignore[assignment]
    before = len(registry.seen)
    refused(registry, "app:2")
    assert len(registry.seen) - before == 3


@pytest.mark.parametrize(("status", "text"), [(400, "HTTP 400"), (403, "refuses"), (404, "no such"), (405, "HTTP 405")])
def test_what_will_not_pass_is_told_at_once(registry: Registry, status: int, text: str) -> None:
    registry.before = failing(99, status)  # type: ignore[assignment]
    assert text in refused(registry).message
    assert len(registry.seen) == 1


def test_retry_after_is_honoured(registry: Registry) -> None:
    registry.image("a")
    registry.before = failing(1, 429, Retry_After="1")  # type: ignore[assignment]
    since = time.monotonic()
    opened(registry)
    assert time.monotonic() - since >= 1


def test_a_rate_limit_that_lasts_is_told(registry: Registry) -> None:
    registry.before = failing(99, 429, Retry_After="3600")  # type: ignore[assignment]
    error = refused(registry)
    assert "limits" in error.message
    assert "3600 seconds" in error.hint
    assert len(registry.seen) == 1


def big(registry: Registry) -> int:
    """Keep an image of 3 MiB that cannot be packed; return the size of its layer."""
    content = random.Random(1).randbytes(3 << 20)  # noqa: S311 - bytes that do not pack
    registry.image("big", content=content)
    return next(len(data) for kind, data in registry.documents.values() if kind == LAYER)


def cut_at(registry: Registry, count: int, times: int) -> None:
    """Close the connection after so many bytes of a layer, as often as told."""
    left = [times]

    def before(handler: Handler) -> bool:
        kind, content = registry.documents.get(handler.path, ("", b""))
        if kind != LAYER or left[0] == 0:
            return False
        left[0] -= 1
        start = int((handler.headers["Range"] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        more = {"Content_Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        handler.begin(206 if start else 200, len(content) - start, **more)
        handler.wfile.write(content[start : start + count])
        handler.cut()
        return True

    registry.before = before


def test_a_download_that_is_cut_goes_on_where_it_ended(registry: Registry) -> None:
    size = big(registry)
    cut_at(registry, 1 << 20, 2)
    assert files_of(opened(registry)) == {"big"}
    ranges = [request.range for request in registry.asked("/blobs/")[1:]]
    assert ranges == [None, f"bytes={1 << 20}-", f"bytes={2 << 20}-"]
    assert size > 2 << 20


def test_the_next_run_goes_on_where_this_one_failed(registry: Registry, tmp_path: Path) -> None:
    big(registry)
    cut_at(registry, 300_000, -1)
    assert "ends a download" in refused(registry).message or "was cut" in refused(registry).message
    assert not [path for path in parts(tmp_path) if path.stat().st_size > 100_000]
    count = len(registry.asked("/blobs/"))
    registry.before = lambda _handler: False
    assert files_of(opened(registry)) == {"big"}
    (last,) = registry.asked("/blobs/")[count:]
    assert last.range is not None


def test_a_registry_without_ranges_begins_again(registry: Registry) -> None:
    big(registry)
    left = [1]

    def before(handler: Handler) -> bool:
        kind, content = registry.documents.get(handler.path, ("", b""))
        if kind != LAYER:
            return False
        handler.begin(200, len(content))
        handler.wfile.write(content[: 1 << 20] if left[0] else content)
        if left[0]:
            handler.cut()
        left[0] = 0
        return True

    registry.before = before
    assert files_of(opened(registry)) == {"big"}


def test_what_a_killed_run_left_is_compared_too(registry: Registry, tmp_path: Path) -> None:
    big(registry)
    cut_at(registry, 300_000, -1)
    refused(registry)
    (part,) = (tmp_path / "cache").glob("images/registry/blobs/*/.part-*")
    part.write_bytes(b"damaged" * 1000)
    registry.before = lambda _handler: False
    assert files_of(opened(registry)) == {"big"}
    assert not part.exists()


def test_a_blob_that_was_damaged_on_this_disk_is_fetched_again(registry: Registry, tmp_path: Path) -> None:
    registry.image("a")
    files_of(opened(registry))
    for path in parts(tmp_path):
        path.write_bytes(b"damaged")
    for folder in (tmp_path / "cache" / "images").glob("oci-*"):
        shutil.rmtree(folder)
    assert files_of(opened(registry)) == {"a"}


def test_two_at_once_download_once(registry: Registry) -> None:
    big(registry)
    results: list[set[str]] = []

    def run() -> None:
        results.append(files_of(opened(registry)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [{"big"}] * 4
    assert len([one for one in registry.asked("/blobs/") if registry.documents[one.path][0] == LAYER]) == 1


# ---- lies


def test_content_that_is_not_what_its_digest_names(registry: Registry, tmp_path: Path) -> None:
    registry.image("a")
    for path, (kind, content) in list(registry.documents.items()):
        if kind == LAYER:
            registry.documents[path] = kind, content[:-1] + bytes([content[-1] ^ 1])
    assert "not what was asked for" in refused(registry).message
    assert not list((tmp_path / "cache" / "images").glob("oci-*"))
    assert not [path for path in parts(tmp_path) if path.read_bytes()[:2] == b"\x1f\x8b"]


def test_a_manifest_that_is_not_what_its_digest_names(registry: Registry) -> None:
    one, other = registry.image("a", tag="1"), registry.image("b", tag="2")
    registry.documents[f"/v2/app/manifests/{one['digest']}"] = MANIFEST, registry.documents["/v2/app/manifests/2"][1]
    assert "not what was asked for" in refused(registry, f"app@{one['digest']}").message
    assert files_of(opened(registry, f"app@{other['digest']}")) == {"b"}


def test_a_digest_that_the_registry_claims_is_compared(registry: Registry) -> None:
    registry.image("a")

    def before(handler: Handler) -> bool:
        if handler.path != "/v2/app/manifests/1":
            return False
        handler.reply(200, registry.documents[handler.path][1], **{"Docker-Content-Digest": "sha256:" + "0" * 64})
        return True

    registry.before = before
    assert "not what was asked for" in refused(registry).message


@pytest.mark.parametrize("change", [-1, 1, 1 << 40])
@pytest.mark.parametrize("which", ["layer", "config"])
def test_sizes_are_held(registry: Registry, change: int, which: str) -> None:
    layer = registry.put(gzip.compress(layer_of("a")), kind=LAYER)
    config = registry.put(json.dumps({"os": "linux", "architecture": "amd64"}).encode(), kind=CONFIG)
    (layer if which == "layer" else config)["size"] += change
    registry.manifest(config, [layer])
    refused(registry)


def endless(handler: Handler, piece: bytes = b"a" * 65_536) -> bool:
    """Send a body that never ends."""
    handler.begin(200, None)
    handler.close_connection = True
    try:
        while True:
            handler.wfile.write(piece)
    except OSError:
        return True


@pytest.mark.parametrize("part", ["/manifests/", "/blobs/"])
def test_bodies_without_an_end(registry: Registry, part: str) -> None:
    registry.image("a")
    registry.before = lambda handler: part in handler.path and endless(handler)
    refused(registry)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'{"manifests": 3}',
        b'{"manifests": []}',
        b'{"layers": [], "config": {}}',
        b'{"manifests": [{"digest": "../../x", "platform": {"os": "linux", "architecture": "amd64"}}]}',
        b'{"manifests": [{"digest": "sha256:' + b"0" * 64 + b'"}]}',
        b'{"manifests": [' + b",".join([b'{"digest": "sha256:' + b"0" * 64 + b'"}'] * 500) + b"]}",
        b'{"schemaVersion": 1, "fsLayers": []}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"manifests": [' + b" " * (5 << 20) + b"]}",
    ],
)
def test_documents_that_are_none(registry: Registry, document: bytes) -> None:
    registry.put(document, "1", kind=INDEX)
    refused(registry)


def test_indexes_in_indexes_end(registry: Registry) -> None:
    inner = registry.image("a", tag="0")
    for depth in range(8):
        inner = registry.put(json.dumps({"manifests": [inner]}).encode(), str(depth), kind=INDEX)
    assert files_of(opened(registry, "app:1")) == {"a"}
    refused(registry, "app:7")


def test_what_is_no_container_image_is_told(registry: Registry) -> None:
    config = registry.put(b"{}", kind="application/vnd.cncf.helm.config.v1+json")
    chart = registry.put(b"x", kind="application/vnd.cncf.helm.chart.content.v1.tar+gzip")
    registry.manifest(config, [chart])
    assert "no container image" in refused(registry).message
    secret = registry.put(b"x", kind=LAYER + "+encrypted")
    registry.manifest(config, [secret], "2")
    assert "encrypted" in refused(registry, "app:2").message


def test_a_layer_that_grows_beyond_its_size(registry: Registry) -> None:
    member = tarfile.TarInfo("large")
    member.size = 300 << 20
    zeros = gzip.compress(bytes(1 << 20))
    bomb = registry.put(gzip.compress(member.tobuf()) + zeros * 300, kind=LAYER)
    config = registry.put(json.dumps({"os": "linux", "architecture": "amd64"}).encode(), kind=CONFIG)
    registry.manifest(config, [bomb])
    assert "when unpacked" in refused(registry).message


# ---- time


def test_silence_ends(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SILENT_SECONDS", 0.1)
    transport._pools.cache_clear()  # noqa: SLF001 - made with the time above
    end = threading.Event()
    registry.before = lambda _handler: end.wait(5)
    try:
        assert "too slow" in refused(registry).message
    finally:
        end.set()
        transport._pools.cache_clear()  # noqa: SLF001


def dripping(handler: Handler) -> bool:
    """Send headers byte by byte, without an end."""
    handler.close_connection = True
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            handler.wfile.write(b"a")
            handler.wfile.flush()
            time.sleep(0.01)
    except OSError:
        return True


def test_headers_that_drip_end(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "HEADER_SECONDS", 0.1)
    registry.before = dripping
    refused(registry)


def test_bodies_that_drip_end(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SLOW_SECONDS", 0.1)

    def before(handler: Handler) -> bool:
        handler.begin(200, 1 << 20)
        handler.close_connection = True
        try:
            while True:
                handler.wfile.write(b"a")
                handler.wfile.flush()
                time.sleep(0.01)
        except OSError:
            return True

    registry.before = before
    assert "too slow" in refused(registry).message


def test_nobody_there_is_told() -> None:
    with Registry() as gone:
        pass
    assert "does not answer" in refused(gone).message


def test_a_host_that_does_not_exist_is_told_without_trying_again() -> None:
    with pytest.raises(InputOutputError, match=r"no host nowhere\.invalid"):
        open_images(["docker://nowhere.invalid/app:1"])


def test_a_proxy_is_taken_as_others_take_it(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.image("a")
    for path, found in list(registry.documents.items()):
        registry.documents[f"http://far.example{path}"] = found
    monkeypatch.setenv("http_proxy", f"http://user:s3cret@{registry.host}")
    monkeypatch.setenv("no_proxy", "near.example")
    (image,) = open_images(["docker://far.example/app:1"], Access(plain_http=frozenset({"far.example"})))
    assert files_of(image) == {"a"}
    with pytest.raises(InputOutputError, match=r"no host near\.example"):
        open_images(["docker://near.example/app:1"], Access(plain_http=frozenset({"near.example"})))


# ---- the catalogue's names


def test_a_catalogue_name_is_fetched_when_its_files_are_asked_for(registry: Registry) -> None:
    registry.image("a", tag="12")
    for path, found in list(registry.documents.items()):
        registry.documents[path.replace("/app/", "/library/debian/")] = found
    there = Access(plain_http=frozenset({registry.host}), mirrors=(("docker.io", registry.host),))
    images = at_hand(open_images(["scratch", "debian:12", "debian:13"]), there)
    assert not registry.seen
    assert [image.name for image in images] == ["scratch", "debian:12", "debian:13"]
    assert files_of(images[1]) == {"a"}
    with pytest.raises(NotProvenError, match="has no linux/arm64"):
        images[1].tree("linux/arm64")
    with pytest.raises(NotProvenError, match="no such image"):
        images[2].tree("linux/amd64")


def test_a_registry_that_does_not_answer_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with Registry() as gone:
        pass
    there = Access(plain_http=frozenset({gone.host}), mirrors=(("docker.io", gone.host),))
    images = at_hand(open_images(["debian:12", "debian:13"]), there)
    with pytest.raises(NotProvenError, match=r"debian:12: .*does not answer"):
        images[0].tree("linux/amd64")
    monkeypatch.setattr(transport, "send", None)
    monkeypatch.setattr(repository, "send", None)
    with pytest.raises(NotProvenError, match=r"debian:13: .*does not answer"):
        images[1].tree("linux/amd64")


def test_a_name_that_is_none_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        open_images(["docker://Not A Name"])
    with pytest.raises(UsageError):
        open_images(["docker://"])
