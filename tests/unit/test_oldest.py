"""The oldest release of each family on which a file starts."""

from __future__ import annotations

from everylinux.evidence import Verdict, VerdictWord
from everylinux.images.stored import Listing
from everylinux.loader.oldest import oldest_releases


def listing(name: str, family: str, *aliases: str) -> Listing:
    return Listing(
        name=name,
        family=family,
        aliases=aliases,
        platforms=(),
        libc="gnu",
        provenance="measured",
        date="2026-01-01",
        source="",
    )


LISTINGS = {
    one.name: one
    for one in (
        listing("alpine:3.22", "alpine"),
        listing("debian:9", "debian"),
        listing("debian:10", "debian", "debian:buster"),
        listing("debian:11", "debian"),
        listing("ubi:8", "rhel"),
        listing("ubi:9", "rhel"),
    )
}


def verdict(image: str, word: VerdictWord) -> Verdict:
    return Verdict(image=image, platform="linux/amd64", verdict=word)


def test_the_order_is_the_catalogues_and_a_family_without_any_is_left_out() -> None:
    verdicts = [
        verdict("ubi:9", "ok"),
        verdict("ubi:8", "unknown"),
        verdict("alpine:3.22", "fails"),
        verdict("debian:11", "ok"),
        verdict("debian:10", "ok"),
        verdict("debian:9", "fails"),
    ]
    assert oldest_releases(verdicts, LISTINGS) == {"debian": "debian:10", "rhel": "ubi:9"}


def test_an_alias_stands_for_its_image_and_a_folder_for_none() -> None:
    assert oldest_releases([verdict("debian:buster", "ok"), verdict("dir:root", "ok")], LISTINGS) == {
        "debian": "debian:10"
    }
