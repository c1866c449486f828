"""Logins that ``docker login``, ``podman login`` and credential helpers keep: found for their own registry only."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from everylinux.images.registry.credentials import Credential, find_login

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = Credential()
SECRET = "refresh"  # noqa: S105 - no secret


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without any login; what the machine has is out of reach."""
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def auth(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def docker(home: Path, **content: object) -> None:
    folder = home / ".docker"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(content))


def helper(home: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str) -> None:
    folder = home / "bin"
    folder.mkdir(exist_ok=True)
    (folder / f"docker-credential-{name}").write_text(f"#!/bin/sh\n{script}\n")
    (folder / f"docker-credential-{name}").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_without_a_file_there_is_no_login() -> None:
    login = find_login("localhost:5000", "app")
    assert login.credential == NOBODY
    assert not login.trouble


def test_a_login_is_for_its_own_registry(home: Path) -> None:
    docker(home, auths={"localhost:5000": auth("ann", "a:b")})
    assert find_login("localhost:5000", "app").credential == Credential("ann", "a:b")
    assert find_login("localhost:5000", "app").credential.basic == "Basic " + auth("ann", "a:b")["auth"]
    for other in ("localhost", "localhost:5001", "127.0.0.1:5000", "x.localhost:5000", "docker.io"):
        assert find_login(other, "app").credential == NOBODY


@pytest.mark.parametrize(
    "key",
    ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "https://registry-1.docker.io/v2/"],
)
def test_dockers_own_registry_is_known_by_its_old_names(home: Path, key: str) -> None:
    docker(home, auths={key: auth("ann", "secret")})
    assert find_login("docker.io", "library/debian").credential.user == "ann"
    assert find_login("quay.io", "library/debian").credential == NOBODY


def test_other_forms_of_a_login(home: Path) -> None:
    docker(
        home,
        auths={
            "a.example": {"username": "ann", "password": "plain"},
            "b.example": {"identitytoken": SECRET, **auth("<token>", "")},
            "c.example": {"registrytoken": SECRET},
            "d.example": {},
            "e.example": {"auth": "no base64!"},
            "https://f.example/v2/": auth("ann", "url"),
        },
    )
    assert find_login("a.example", "x").credential == Credential("ann", "plain")
    assert find_login("b.example", "x").credential == Credential(identity_token=SECRET)
    assert find_login("c.example", "x").credential == Credential(registry_token=SECRET)
    assert find_login("d.example", "x").credential == NOBODY
    assert find_login("e.example", "x").credential == NOBODY
    assert find_login("f.example", "x").credential == Credential("ann", "url")


def test_docker_config_and_podmans_files_count_in_their_order(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    podman = home / ".config" / "containers"
    podman.mkdir(parents=True)
    (podman / "auth.json").write_text(
        json.dumps({"auths": {"r.example": auth("podman", "1"), "r.example/team": auth("team", "2")}})
    )
    assert find_login("r.example", "other/app").credential.user == "podman"
    assert find_login("r.example", "team/app").credential.user == "team"
    docker(home, auths={"r.example": auth("docker", "3")})
    assert find_login("r.example", "other/app").credential.user == "docker"
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "config.json").write_text(json.dumps({"auths": {"r.example": auth("elsewhere", "4")}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(elsewhere))
    assert find_login("r.example", "other/app").credential.user == "elsewhere"
    named = home / "named.json"
    named.write_text(json.dumps({"auths": {"r.example": auth("named", "5")}}))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(named))
    assert find_login("r.example", "other/app").credential.user == "named"


def test_a_helper_is_asked_as_docker_asks_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = 'server=$(cat); [ "$1" = get ] && printf \'{"Username":"%s","Secret":"s3"}\' "$server"'
    helper(home, monkeypatch, "mine", script)
    docker(home, credHelpers={"r.example": "mine", "docker.io": "mine"})
    assert find_login("r.example", "app").credential == Credential("r.example", "s3")
    assert find_login("docker.io", "library/debian").credential.user == "https://index.docker.io/v1/"
    assert find_login("other.example", "app").credential == NOBODY
    docker(home, credsStore="mine")
    assert find_login("other.example", "app").credential.user == "other.example"


def test_a_helper_may_give_an_identity_token(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(home, monkeypatch, "token", 'echo \'{"Username":"<token>","Secret":"refresh"}\'')
    docker(home, credsStore="token")
    assert find_login("r.example", "app").credential == Credential(identity_token=SECRET)


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ("echo 'credentials not found in native keychain'; exit 1", ""),
        ("echo 'the keychain is locked: s3cret'; exit 1", "failed with exit code 1"),
        ("echo 's3cret no json'", "malformed"),
        ("true", "malformed"),
    ],
)
def test_a_helper_that_has_nothing_leaves_the_file_to_answer(
    home: Path, monkeypatch: pytest.MonkeyPatch, script: str, trouble: str
) -> None:
    helper(home, monkeypatch, "bad", script)
    docker(home, credsStore="bad")
    login = find_login("r.example", "app")
    assert login.credential == NOBODY
    assert trouble in login.trouble
    assert bool(trouble) == bool(login.trouble)
    assert "s3cret" not in login.trouble
    docker(home, credsStore="bad", auths={"r.example": auth("ann", "file")})
    assert find_login("r.example", "app").credential == Credential("ann", "file")


@pytest.mark.parametrize("name", ["missing", "../../bin/sh", "a/b", "-x", ""])
def test_helpers_that_are_not_there_or_cannot_be(home: Path, name: str) -> None:
    docker(home, credHelpers={"r.example": name})
    login = find_login("r.example", "app")
    assert login.credential == NOBODY
    assert bool(login.trouble) == bool(name)


@pytest.mark.parametrize("content", ["{", "[]", '{"auths": 3}', '"\\ud800"', "[" * 100_000, '{"auths": {"r": 1}}'])
def test_a_damaged_file_is_told_and_passed_over(home: Path, content: str) -> None:
    folder = home / ".docker"
    folder.mkdir()
    (folder / "config.json").write_text(content)
    login = find_login("r.example", "app")
    assert login.credential == NOBODY
    assert "malformed" in login.trouble


def test_no_credential_shows_itself() -> None:
    credential = Credential("ann", "s3cret", "t0ken", "b3arer")
    assert not any(secret in repr(credential) + str(credential) for secret in ("ann", "s3cret", "t0ken", "b3arer"))
