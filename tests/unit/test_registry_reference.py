"""Names of images in registries: Docker's shorthand, its grammar, and where the catalogue's images lie."""

from __future__ import annotations

import pytest

from everylinux.errors import UsageError
from everylinux.images import catalogue
from everylinux.images.access import read_mirrors
from everylinux.images.registry.facts import references
from everylinux.images.registry.reference import parse_reference

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "full"),
    [
        # The examples of distribution/reference: normalize_test.go.
        ("debian", "docker.io/library/debian:latest"),
        ("debian:12", "docker.io/library/debian:12"),
        ("library/debian", "docker.io/library/debian:latest"),
        ("docker.io/debian", "docker.io/library/debian:latest"),
        ("docker.io/library/debian", "docker.io/library/debian:latest"),
        ("index.docker.io/debian", "docker.io/library/debian:latest"),
        ("private/moonbase", "docker.io/private/moonbase:latest"),
        ("127.0.0.1:5000/fooo/bar", "127.0.0.1:5000/fooo/bar:latest"),
        ("localhost/bar", "localhost/bar:latest"),
        ("localhost:5000/bar:v1", "localhost:5000/bar:v1"),
        ("notlocalhost/bar", "docker.io/notlocalhost/bar:latest"),
        ("[2001:db8::1]:5000/bar", "[2001:db8::1]:5000/bar:latest"),
        ("Example/bar", "Example/bar:latest"),
        ("gcr.io/distroless/static-debian12", "gcr.io/distroless/static-debian12:latest"),
        (f"debian@{DIGEST}", f"docker.io/library/debian@{DIGEST}"),
        (f"quay.io/a/b__c/d--e:1.0_x@{DIGEST}", f"quay.io/a/b__c/d--e:1.0_x@{DIGEST}"),
        (f"localhost:5000/bar@sha512:{'ab' * 64}", f"localhost:5000/bar@sha512:{'ab' * 64}"),
    ],
)
def test_shorthand_is_read_as_docker_reads_it(text: str, full: str) -> None:
    reference = parse_reference(text)
    assert str(reference) == full
    assert parse_reference(full) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "Debian",
        "debian:",
        "debian:a b",
        "debian:" + "a" * 129,
        "debian:-a",
        "debian@sha256:abc",
        "debian@" + DIGEST.upper(),
        "debian@md5:" + "0" * 32,
        "-debian",
        "de..bian",
        "a///b",
        "localhost:5000/",
        "localhost:port/bar",
        "user:password@localhost/bar",
        "local host.x/bar",
        "https://localhost/bar",
        "localhost:5000/../bar",
        "localhost:5000/bar?x=1",
        "localhost:5000/bar\r\nHost: other",
        "localhost:5000/" + "a" * 256,
        "a" * 100_000,
        "_" * 599 + "A",
    ],
)
def test_what_no_registry_could_have_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_reference(text)


def test_a_login_in_a_name_is_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        parse_reference("ann:s3cret@localhost:5000/bar")
    assert "s3cret" not in f"{caught.value.message} {caught.value.meaning} {caught.value.hint}"


def test_every_image_of_the_catalogue_that_a_registry_has_is_known_there() -> None:
    known = references()
    missing = {name for name in catalogue.names() if name not in known}
    assert missing == {"scratch"}
    for name, reference in known.items():
        assert str(parse_reference(reference)) == reference
        assert catalogue.canonical_name(name) in catalogue.names()


def test_mirrors_are_pairs_of_hosts() -> None:
    assert read_mirrors(["docker.io=mirror.example.com:5000/hub/", "gcr.io=localhost"]) == (
        ("docker.io", "mirror.example.com:5000/hub"),
        ("gcr.io", "localhost"),
    )
    for wrong in ("docker.io", "=x", "docker.io=", "docker.io=https://x", "docker.io/library=x", "a=user:secret@b"):
        with pytest.raises(UsageError, match="is no mirror"):
            read_mirrors([wrong])
