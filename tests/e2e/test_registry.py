"""Images from a real registry, pushed by another client: fetched, judged, run; cut, killed, denied, tampered with."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from real_registry import (
    BALLAST,
    PASSWORD,
    PASSWORDS,
    USER,
    RealRegistry,
    TokenServer,
    Wire,
    make_certificate,
    make_layout,
    real_registry,
)

from everylinux.sandbox.emulator import cpu_of_platform, find_emulator
from everylinux.toolchains.find import find, require
from roots import make_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not (shutil.which("docker-registry") or shutil.which("registry")), reason="there is no registry to start"
    ),
    pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is missing"),
]
LOGIN = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
SECRETS = (PASSWORD, LOGIN)
ROOTS = {"linux/amd64": "alpine-like-bookworm-amd64", "linux/arm64/v8": "alpine-like-bookworm-arm64"}
can_run = pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap")


@dataclass(frozen=True)
class Pushed:
    """A registry with ``app:1`` (OCI) and ``library/debian:12`` (Docker's types), and what was pushed."""

    registry: RealRegistry
    layout: Path
    layers: dict[str, str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def layout(folder: Path) -> tuple[Path, dict[str, str]]:
    path = folder / "layout"
    return path, make_layout(path, {platform: make_root(name) for platform, name in ROOTS.items()})


@pytest.fixture(scope="module")
def pushed(folder: Path, layout: tuple[Path, dict[str, str]]) -> Iterator[Pushed]:
    with real_registry(folder / "storage") as registry:
        registry.push(layout[0], "app:1")
        registry.push(layout[0], "library/debian:12", "--format", "v2s2")
        yield Pushed(registry, *layout)


@pytest.fixture(scope="module")
def greeters(folder: Path) -> dict[str, Path]:
    """A dynamic program for musl, for each CPU."""
    source = folder / "greeter.c"
    source.write_text('#include <stdio.h>\nint main(void) { puts("greetings"); return 0; }\n')
    found = {}
    for cpu in ("x86_64", "aarch64", "s390x"):
        found[cpu] = folder / f"greeter-{cpu}"
        command = [
            str(require("zig")),
            "cc",
            "-target",
            f"{cpu}-linux-musl",
            "-dynamic",
            "-o",
            str(found[cpu]),
            str(source),
        ]
        subprocess.run(command, check=True, capture_output=True)
    return found


@pytest.fixture(autouse=True)
def _own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An own cache for each test, and no login."""
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    for name in ("REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def everylinux(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "everylinux", *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS)
    assert "Traceback" not in done.stderr
    return done


def answers(verb: str, *arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit code and the verdicts or runs."""
    done = everylinux(verb, "-o", "json", *arguments)
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    if verb == "check":
        return done.returncode, [verdict for file in document["files"] for verdict in file["verdicts"]]
    return done.returncode, document["runs" if verb == "prove" else "cells"]


def images_at(cache: Path) -> list[Path]:
    return list(cache.glob("images/oci-*"))


@can_run
def test_a_file_runs_in_the_image_of_its_own_cpu(pushed: Pushed, greeters: dict[str, Path], tmp_path: Path) -> None:
    host = pushed.registry.host
    image = f"docker://{host}/app:1"
    code, (native,) = answers("prove", greeters["x86_64"], "-i", image, "--plain-http", host)
    assert (code, native["verdict"], native["stdout"]) == (0, "ok", "greetings\n")
    assert native["image"] == image
    assert len(images_at(tmp_path / "cache")) == 1
    if find_emulator(cpu_of_platform("linux/arm64")):
        code, (emulated,) = answers("prove", greeters["aarch64"], "-i", image, "--plain-http", host)
        assert (code, emulated["verdict"], emulated["platform"]) == (0, "ok", "linux/arm64")
        assert len(images_at(tmp_path / "cache")) == 2
    code, (other,) = answers("prove", greeters["s390x"], "-i", image, "--plain-http", host)
    assert (code, other["verdict"], other["reasons"][0]["code"]) == (1, "fails", "exec-format")
    assert "linux/s390x" in other["reasons"][0]["message"]


def test_both_kinds_of_documents_are_read(pushed: Pushed, greeters: dict[str, Path]) -> None:
    host = pushed.registry.host
    images = f"docker://{host}/app:1,docker://{host}/library/debian:12"
    code, verdicts = answers("check", greeters["x86_64"], greeters["aarch64"], "-i", images, "--plain-http", host)
    assert code == 0
    assert [one["platform"] for one in verdicts] == ["linux/amd64"] * 2 + ["linux/arm64"] * 2
    assert {one["verdict"] for one in verdicts} == {"ok"}


def test_the_files_of_an_image_are_judged_on_itself(pushed: Pushed, tmp_path: Path) -> None:
    host = pushed.registry.host
    arguments = (f"docker://{host}/app:1", "--plain-http", host)
    code, verdicts = answers("check", *arguments, "--platform", "linux/arm64")
    assert code == 0
    assert {(one["platform"], one["verdict"]) for one in verdicts} == {("linux/arm64", "ok")}
    assert len(images_at(tmp_path / "cache")) == 1
    document = json.loads(everylinux("check", *arguments, "-o", "json").stdout)
    assert {file["member"].partition("!/")[0] for file in document["files"]} == {"linux/amd64", "linux/arm64"}
    layout = json.loads(everylinux("check", f"oci:{pushed.layout}", "-o", "json").stdout)
    assert [file["sha256"] for file in layout["files"]] == [file["sha256"] for file in document["files"]]
    done = everylinux("check", *arguments, "--platform", "linux/s390x")
    assert (done.returncode, "linux/amd64, linux/arm64" in done.stderr) == (2, True)


def test_offline_works_with_what_was_fetched(pushed: Pushed, greeters: dict[str, Path]) -> None:
    host = pushed.registry.host
    image = ("-i", f"docker://{host}/app:1", "--plain-http", host)
    done = everylinux("check", greeters["x86_64"], *image, "--offline")
    assert (done.returncode, "never fetched" in done.stderr) == (7, True)
    assert everylinux("check", greeters["x86_64"], *image).returncode == 0
    assert everylinux("check", greeters["x86_64"], *image, "--offline").returncode == 0
    assert everylinux("check", greeters["aarch64"], *image, "--offline").returncode == 7


@can_run
def test_catalogue_names_run_in_the_real_image(pushed: Pushed, greeters: dict[str, Path], tmp_path: Path) -> None:
    host = pushed.registry.host
    mirrors = f'[images]\nmirrors = ["docker.io={host}"]\nplain-http = ["{host}"]\n'
    (tmp_path / "everylinux.toml").write_text(mirrors)
    code, runs = answers("prove", greeters["x86_64"], "-i", "debian:12,debian:13")
    assert code == 6
    assert [(run["image"], run["verdict"]) for run in runs] == [("debian:12", "ok"), ("debian:13", "unknown")]
    assert "no such image" in runs[1]["note"]
    code, runs = answers("prove", greeters["x86_64"], "-i", "debian:12", "--offline")
    assert (code, runs[0]["verdict"]) == (0, "ok")
    code, runs = answers("prove", greeters["x86_64"], "-i", "alpine:3.22", "--offline")
    assert (code, runs[0]["verdict"]) == (6, "unknown")
    # What was pushed under that name is another image: the matrix says that the two differ.
    code, (cell,) = answers("matrix", greeters["x86_64"], "-i", "debian:12")
    assert (cell["check"]["verdict"], cell["prove"]["verdict"], cell["agree"]) == ("fails", "ok", False)


def test_an_image_is_measured_for_the_catalogue(pushed: Pushed, greeters: dict[str, Path]) -> None:
    host = pushed.registry.host
    done = everylinux("image", "add", "mine:1", f"docker://{host}/app:1", "--plain-http", host)
    assert done.returncode == 0, done.stderr
    assert "linux/amd64, linux/arm64" in done.stdout
    code, verdicts = answers("check", greeters["aarch64"], "-i", "mine:1")
    assert (code, verdicts[0]["verdict"]) == (0, "ok")


def test_what_is_not_there_is_one_clear_error(pushed: Pushed, greeters: dict[str, Path]) -> None:
    host = pushed.registry.host
    for name in ("app:2", "nothing:1", f"app@sha256:{'0' * 64}"):
        done = everylinux("check", greeters["x86_64"], "-i", f"docker://{host}/{name}", "--plain-http", host)
        assert (done.returncode, done.stdout) == (7, "")
        assert "no such image, tag or digest" in done.stderr
    done = everylinux("check", greeters["x86_64"], "-i", f"docker://{host}/app:1")
    assert (done.returncode, "--plain-http" in done.stderr) == (7, True)


def log_in(tmp_path: Path, *hosts: str) -> None:
    (tmp_path / "docker").mkdir(exist_ok=True)
    (tmp_path / "docker" / "config.json").write_text(json.dumps({"auths": {host: {"auth": LOGIN} for host in hosts}}))


def test_a_registry_with_passwords(
    layout: tuple[Path, dict[str, str]], greeters: dict[str, Path], tmp_path: Path
) -> None:
    passwords = tmp_path / "htpasswd"
    passwords.write_text(PASSWORDS)
    with real_registry(tmp_path / "storage", {"htpasswd": {"realm": "here", "path": str(passwords)}}) as registry:
        registry.push(layout[0], "app:1", "--dest-creds", f"{USER}:{PASSWORD}")
        image = ("-i", f"docker://{registry.host}/app:1", "--plain-http", registry.host)
        done = everylinux("check", greeters["x86_64"], *image)
        assert (done.returncode, f"docker login {registry.host}" in done.stderr) == (7, True)
        log_in(tmp_path, "127.0.0.1:1", "docker.io")
        assert everylinux("check", greeters["x86_64"], *image).returncode == 7
        log_in(tmp_path, registry.host)
        assert everylinux("check", greeters["x86_64"], *image).returncode == 0


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl, which signs tokens, is missing")
def test_a_registry_with_a_token_server(
    layout: tuple[Path, dict[str, str]], greeters: dict[str, Path], tmp_path: Path
) -> None:
    tokens = TokenServer(tmp_path)
    with real_registry(tmp_path / "storage", tokens.auth) as registry:
        registry.push(layout[0], "team/app:1", "--dest-creds", f"{USER}:{PASSWORD}")
        image = ("-i", f"docker://{registry.host}/team/app:1", "--plain-http")
        tokens.seen.clear()
        done = everylinux("check", greeters["x86_64"], *image, registry.host)
        assert (done.returncode, tokens.host in done.stderr, tokens.seen) == (7, True, [])
        both = f"{registry.host},{tokens.host}"
        done = everylinux("check", greeters["x86_64"], *image, both)
        assert (done.returncode, "docker login" in done.stderr, tokens.seen) == (7, True, [""])
        log_in(tmp_path, registry.host)
        done = everylinux("check", greeters["x86_64"], *image, both)
        assert done.returncode == 0, done.stderr
        assert tokens.seen[1:] == [f"Basic {LOGIN}"]
    tokens.close()


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl, which makes certificates, is missing")
def test_a_registry_with_a_certificate_of_an_authority_of_ones_own(
    layout: tuple[Path, dict[str, str]], greeters: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = make_certificate(tmp_path)
    tls = {"key": str(key), "certificate": str(certificate)}
    with real_registry(tmp_path / "storage", tls=tls) as registry:
        registry.push(layout[0], "app:1")
        image = ("-i", f"docker://{registry.host}/app:1")
        done = everylinux("check", greeters["x86_64"], *image)
        assert (done.returncode, "cannot be trusted" in done.stderr) == (7, True)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        done = everylinux("check", greeters["x86_64"], *image)
        assert done.returncode == 0, done.stderr
        done = everylinux("check", greeters["x86_64"], "-i", f"docker://localhost:{registry.port}/app:1")
        assert (done.returncode, "cannot be trusted" in done.stderr) == (7, True)


@pytest.fixture
def wire(pushed: Pushed) -> Iterator[Wire]:
    found = Wire(pushed.registry.port)
    yield found
    found.close()


def on(wire: Wire) -> tuple[str, ...]:
    return "-i", f"docker://{wire.host}/app:1", "--plain-http", wire.host


def test_images_that_nobody_named_are_not_fetched(greeters: dict[str, Path], wire: Wire, tmp_path: Path) -> None:
    mirrors = f'[images]\nmirrors = ["docker.io={wire.host}", "gcr.io={wire.host}"]\nplain-http = ["{wire.host}"]\n'
    (tmp_path / "everylinux.toml").write_text(mirrors)
    _, cells = answers("matrix", greeters["s390x"])
    assert {"debian:12", "scratch"} <= {cell["image"] for cell in cells}
    assert not wire.asked


def test_a_connection_that_is_cut_goes_on_where_it_ended(pushed: Pushed, greeters: dict[str, Path], wire: Wire) -> None:
    wire.most, wire.cuts = 2 << 20, 2
    done = everylinux("check", greeters["x86_64"], *on(wire))
    assert done.returncode == 0, done.stderr
    assert wire.cuts == 0
    assert wire.asked.count(f"/blobs/{pushed.layers['linux/amd64']}".encode()) == 3
    assert wire.asked.count(b"Range: bytes=") == 2
    assert wire.received < BALLAST + (3 << 20)


def test_a_registry_that_goes_away_is_told_and_the_next_run_goes_on(
    greeters: dict[str, Path], wire: Wire, tmp_path: Path
) -> None:
    wire.most, wire.cuts = 500_000, 1000
    done = everylinux("check", greeters["x86_64"], *on(wire))
    assert done.returncode == 7
    assert not images_at(tmp_path / "cache")
    wire.cuts = 0
    before = wire.received
    assert everylinux("check", greeters["x86_64"], *on(wire)).returncode == 0
    assert wire.received - before < BALLAST


def content_of(folder: Path) -> dict[str, tuple[int, str]]:
    """Return what a folder holds: the mode of each file and folder, and a digest of its content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (status.st_mode, hashlib.sha256(content).hexdigest())
    return found


@dataclass(frozen=True)
class Whole:
    """What an image holds, and how many bytes of it come over the wire."""

    content: dict[str, tuple[int, str]]
    size: int


@pytest.fixture(scope="module")
def whole(pushed: Pushed, greeters: dict[str, Path], folder: Path) -> Whole:
    """The image for this CPU, from a run that nobody disturbed."""
    host = pushed.registry.host
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVERYLINUX_CACHE", str(folder / "undisturbed"))
        done = everylinux("check", greeters["x86_64"], "-i", f"docker://{host}/app:1", "--plain-http", host)
    assert done.returncode == 0, done.stderr
    (image,) = images_at(folder / "undisturbed")
    layer = pushed.layout / "blobs" / "sha256" / pushed.layers["linux/amd64"].removeprefix("sha256:")
    return Whole(content_of(image), layer.stat().st_size)


# Moments of a pull: parts of what comes over the wire, and beyond 1 while it is unpacked.
MOMENTS = [round(random.Random(number).uniform(0, 1.25), 2) for number in range(24)]  # noqa: S311 - no secret


@pytest.mark.parametrize(
    "moment",
    [pytest.param(moment, marks=pytest.mark.full if number % 3 else ()) for number, moment in enumerate(MOMENTS)],
)
def test_a_killed_run_leaves_nothing_that_is_used(
    moment: float, greeters: dict[str, Path], wire: Wire, whole: Whole, tmp_path: Path
) -> None:
    wire.seconds = 0.002
    command = [sys.executable, "-m", "everylinux", "check", str(greeters["x86_64"]), *on(wire)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while wire.received < min(moment, 1) * whole.size and process.poll() is None:
            time.sleep(0.001)
        time.sleep(max(0.0, moment - 1))
        os.kill(process.pid, signal.SIGKILL)
    for image in images_at(tmp_path / "cache"):
        assert content_of(image) == whole.content
    wire.seconds = 0
    code, verdicts = answers("check", greeters["x86_64"], *on(wire))
    assert (code, verdicts[0]["verdict"]) == (0, "ok")
    (image,) = images_at(tmp_path / "cache")
    assert content_of(image) == whole.content
    assert not [*(tmp_path / "cache").rglob(".part*"), *(tmp_path / "cache").rglob(".partial-*")]


def test_several_at_once_download_once(pushed: Pushed, greeters: dict[str, Path], wire: Wire) -> None:
    wire.seconds = 0.002
    command = [sys.executable, "-m", "everylinux", "check", str(greeters["x86_64"]), "-q", *on(wire)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    outputs = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0] * 4
    assert len(set(outputs)) == 1
    assert wire.asked.count(f"/blobs/{pushed.layers['linux/amd64']}".encode()) == 1


def test_an_image_that_was_tampered_with_is_never_used(
    layout: tuple[Path, dict[str, str]], greeters: dict[str, Path], tmp_path: Path
) -> None:
    with real_registry(tmp_path / "storage") as registry:
        registry.push(layout[0], "app:1")
        blob = registry.blob(layout[1]["linux/amd64"])
        whole = blob.read_bytes()
        blob.write_bytes(whole[:-100] + bytes(100))
        image = ("-i", f"docker://{registry.host}/app:1", "--plain-http", registry.host)
        done = everylinux("check", greeters["x86_64"], *image)
        assert (done.returncode, "not what was asked for" in done.stderr) == (7, True)
        assert not images_at(tmp_path / "cache")
        assert not list((tmp_path / "cache").rglob(".part*"))
        assert everylinux("check", greeters["aarch64"], *image).returncode == 0
        blob.write_bytes(whole)
        assert everylinux("check", greeters["x86_64"], *image).returncode == 0


@pytest.mark.parametrize("megabytes", [4, 12], ids=["while it comes", "while it is unpacked"])
def test_a_full_disk_is_told_and_leaves_nothing_that_is_used(
    pushed: Pushed, greeters: dict[str, Path], tmp_path: Path, megabytes: int
) -> None:
    host = pushed.registry.host
    check = f"{sys.executable} -m everylinux check {greeters['x86_64']} -i docker://{host}/app:1 --plain-http {host} -q"
    small = f"mount -t tmpfs -o size={megabytes}m none cache"
    (tmp_path / "cache").mkdir()
    unshared = ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*unshared, "sh", "-c", small], check=False, capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    steps = [small, check, "echo first $?; ls cache/images", "mount -o remount,size=64m cache", check, "echo then $?"]
    done = subprocess.run(
        [*unshared, "sh", "-c", "\n".join(steps)], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.stderr.count("the disk is full") == 1
    lines = done.stdout.splitlines()
    assert lines[:2] == ["first 7", "registry"]
    assert lines[-1] == "then 0"
