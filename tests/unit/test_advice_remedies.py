"""Which change is proposed for real projects. What is expected is from the crates' own documentation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest
from made_cargo import package, project
from recorded_cargo import examined, platform, recorded

from everylinux.advice.advise import Adviser
from everylinux.advice.knowledge import Need
from everylinux.advice.remedies import Remedies
from everylinux.advice.resolution import Amendment, Project
from everylinux.debian_packages import without_brought
from everylinux.spelling import parse_targets
from everylinux.toolchains.rust.cargo_metadata import Dependency, Selection
from everylinux.toolchains.sysroot.debian import for_glibc, release_for

if TYPE_CHECKING:
    from everylinux.advice.candidate import Candidate
    from everylinux.advice.findings import Finding

MUSL = "x86_64-unknown-linux-musl"
GNU = "x86_64-unknown-linux-gnu"


def finding(name: str, crate: str, triple: str = MUSL, environment: dict[str, str] | None = None) -> Finding:
    project = recorded(name, triple)
    found = examined(project, environment).findings(project.graph())
    return next(each for each in found if each.package.name == crate and not each.unit.host)


def candidates(name: str, crate: str, triple: str = MUSL) -> tuple[Candidate, ...]:
    project = recorded(name, triple)
    examination = examined(project)
    return Remedies(examination, Amendment(), finding(name, crate, triple)).candidates()


@pytest.mark.parametrize("triple", [MUSL, GNU, "aarch64-unknown-linux-musl", "s390x-unknown-linux-gnu"])
def test_reqwest_with_default_tls_lacks_openssl_on_every_target(triple: str) -> None:
    found = finding("reqwest", "openssl-sys", triple)
    assert [need.subject for need in found.missing] == ["library openssl"]
    project = recorded("reqwest", triple)
    names = [project.packages[unit.id].name for unit in found.path]
    assert names[0] == "app"
    assert names[1] == "reqwest"
    assert names[-2:] == ["native-tls", "openssl-sys"]


@pytest.mark.parametrize(
    ("name", "crate", "kind", "dependency", "features"),
    [
        # reqwest's documentation, "Optional Features": native-tls-vendored.
        ("reqwest", "openssl-sys", "feature", "reqwest", ("native-tls-vendored",)),
        # git2's README: vendored-openssl.
        ("git2", "openssl-sys", "feature", "git2", ("vendored-openssl",)),
        # rusqlite's README, "Notes on building rusqlite": bundled.
        ("rusqlite", "libsqlite3-sys", "feature", "rusqlite", ("bundled",)),
        # diesel's guide, "Getting started": add pq-sys with its feature bundled.
        ("dieselpg", "pq-sys", "added", "pq-sys", ("bundled",)),
        # sqlx has no such feature: native-tls has, and cargo unifies features.
        ("sqlx", "openssl-sys", "added", "native-tls", ("vendored",)),
        # hidapi's documentation, "Crate features": linux-native-basic-udev needs no libudev.
        ("hidapi", "hidapi", "instead", "hidapi", ("linux-native-basic-udev",)),
        # sequoia-openpgp's README, "Feature flags": one of several cryptographic backends is chosen.
        ("sequoia", "nettle-sys", "instead", "sequoia-openpgp", ("crypto-openssl",)),
        # rusqlite's README: bundled-sqlcipher links the system's libcrypto, this one brings it.
        ("sqlcipher", "libsqlite3-sys", "feature", "rusqlite", ("bundled-sqlcipher-vendored-openssl",)),
    ],
)
def test_the_first_change_is_the_documented_one(
    name: str, crate: str, kind: str, dependency: str, features: tuple[str, ...]
) -> None:
    first = candidates(name, crate)[0]
    assert (first.kind, first.dependency, first.features) == (kind, dependency, features)


@pytest.mark.parametrize(
    ("name", "features", "without"),
    [
        ("reqwest", ("rustls-tls",), ("default-tls",)),
        ("sqlx", ("tls-rustls",), ("tls-native-tls",)),
        ("sentry", ("rustls",), ("transport",)),
    ],
)
def test_another_library_in_its_place_is_named_too(
    name: str, features: tuple[str, ...], without: tuple[str, ...]
) -> None:
    instead = next(each for each in candidates(name, "openssl-sys") if each.kind == "instead")
    assert (instead.features, instead.without) == (features, without)


def test_what_is_left_out_keeps_its_other_parts() -> None:
    """sentry's ``transport`` is ``reqwest`` and ``native-tls``: only the second goes."""
    instead = next(each for each in candidates("sentry", "openssl-sys") if each.kind == "instead")
    project = recorded("sentry")
    graph = project.graph(instead.amendment)
    names = {project.packages[unit.id].name for unit in graph.features}
    assert "reqwest" in names
    assert not names & {"openssl-sys", "native-tls"}


@pytest.mark.parametrize("name", ["reqwest", "git2", "rusqlite", "dieselpg", "sqlx", "sentry", "hidapi"])
def test_every_proposed_feature_stands_in_a_manifest(name: str) -> None:
    project = recorded(name)
    crate = {"rusqlite": "libsqlite3-sys", "dieselpg": "pq-sys", "hidapi": "hidapi"}.get(name, "openssl-sys")
    for candidate in candidates(name, crate):
        (package,) = project.by_name[candidate.dependency]
        assert set(candidate.features) <= set(package.features)
        assert set(candidate.without) <= set(package.features)


@pytest.mark.parametrize(
    "variables",
    [
        {"OPENSSL_DIR": "/opt/openssl"},
        {"X86_64_UNKNOWN_LINUX_MUSL_OPENSSL_DIR": "/opt/openssl"},
        {"X86_64_UNKNOWN_LINUX_MUSL_OPENSSL_LIB_DIR": "/opt/openssl/lib"},
    ],
)
def test_a_library_that_the_environment_names_is_there(variables: dict[str, str]) -> None:
    """openssl's documentation, "Manual"."""
    assert not finding("reqwest", "openssl-sys", environment=variables).missing
    assert finding("reqwest", "openssl-sys", "s390x-unknown-linux-gnu", {}).missing


def test_crates_that_bring_their_c_along_lack_nothing() -> None:
    project = recorded("rocksdb")
    found = examined(project).findings(project.graph())
    assert {"librocksdb-sys", "libz-sys", "zstd-sys", "lz4-sys", "bzip2-sys"} <= {each.package.name for each in found}
    assert not [each for each in found if each.lacks_library]
    assert "C++ compiler" in {need.subject for need in finding("rocksdb", "librocksdb-sys").needs}


def test_libraries_of_gtk_are_read_from_its_metadata_table() -> None:
    project = recorded("gtk")
    graph = project.graph()
    # The build scripts are not recorded: what they would say is in [package.metadata.system-deps].
    table = next(each for each in project.metadata.packages if each.name == "glib-sys").metadata["system-deps"]
    assert {"glib_2_0", "gobject_2_0"} <= set(table)
    assert graph.features


def test_a_feature_of_the_members_own_comes_first_and_is_an_argument() -> None:
    """As in sqlx-cli: ``openssl-vendored = ["openssl/vendored"]`` in the project itself."""
    project = recorded("reqwest")
    (member,) = project.members
    features = {**member.features, "vendored-tls": ("reqwest/native-tls-vendored",)}
    changed = msgspec.structs.replace(member, features=features)
    packages = tuple(changed if each.id == member.id else each for each in project.metadata.packages)
    metadata = msgspec.structs.replace(project.metadata, packages=packages)
    own = Project(metadata, project.target, project.host, Selection(), resolver=2)
    examination = examined(own)
    found = next(each for each in examination.findings(own.graph()) if each.package.name == "openssl-sys")
    first = Remedies(examination, Amendment(), found).candidates()[0]
    assert (first.kind, first.dependency, first.features) == ("own", "app", ("vendored-tls",))
    assert first.sentence(first.manifest.parent) == "build with --features=vendored-tls: a feature of app itself"


def tls_program(**features: tuple[str, ...]) -> tuple[Candidate, ...]:
    """Return what cures a program whose client takes OpenSSL by a feature that is on by default."""
    client = package(
        "client",
        Dependency(name="openssl-sys", optional=True),
        features={"default": ("native-tls",), "native-tls": ("dep:openssl-sys",), "rustls": (), "cookies": ()},
    )
    entries = (Dependency(name="client", uses_default_features=False), Dependency(name="other", optional=True))
    app = package("app", *entries, features=features)
    built = project(
        msgspec.structs.replace(app, manifest_path="/project/Cargo.toml"),
        client,
        package("other"),
        package("openssl-sys"),
    )
    examination = examined(built)
    (found,) = (each for each in examination.findings(built.graph()) if each.lacks_library)
    return Remedies(examination, Amendment(), found).candidates()


def test_a_feature_of_the_members_own_takes_the_place_of_one_that_is_on_by_default() -> None:
    """As in librespot: ``default = ["native-tls", …]`` and ``rustls-tls-native-roots`` beside it."""
    found = tls_program(
        **{"default": ("tls", "cookies"), "tls": ("client/native-tls",), "rustls-tls": ("client/rustls",)},
        cookies=("client/cookies",),
    )
    instead = next(each for each in found if each.kind == "instead")
    assert instead.arguments == ("--no-default-features", "--features=cookies,rustls-tls")
    assert (instead.without, instead.applied) == (("tls",), True)


def test_what_a_dependency_has_by_default_is_asked_for_one_by_one() -> None:
    """As in sequoia-sq: ``default = ["sqz/default"]``."""
    found = tls_program(default=("client/default",), rustls=("client/rustls",))
    instead = next(each for each in found if each.kind == "instead")
    assert instead.arguments == ("--no-default-features", "--features=rustls")
    assert instead.without == ("client/native-tls",)


def test_what_is_asked_of_a_dependency_only_if_it_is_there_stays() -> None:
    found = tls_program(
        default=("tls", "client?/cookies", "other?/more"), tls=("client/default",), rustls=("client/rustls",)
    )
    instead = next(each for each in found if each.kind == "instead")
    assert instead.arguments == ("--no-default-features", "--features=client/cookies,rustls")


def test_what_cannot_be_asked_for_from_outside_is_not_given_up_for_another_library() -> None:
    found = tls_program(default=("tls", "dep:other"), tls=("client/native-tls",), rustls=("client/rustls",))
    assert not [each for each in found if each.kind == "instead"]


def test_the_advice_says_what_is_missing_who_asks_and_what_to_do() -> None:
    project = recorded("reqwest")
    (target,) = parse_targets(MUSL)
    given = Adviser(project, target).advise(finding("reqwest", "openssl-sys"), candidates("reqwest", "openssl-sys"))
    assert given.missing == ("library openssl",)
    assert given.needs == ("library openssl", "C compiler")
    assert given.manifest == "Cargo.toml"
    assert (given.dependency, given.feature, given.without) == ("reqwest", "native-tls-vendored", ())
    assert given.change.startswith("turn on the feature `native-tls-vendored` of reqwest in Cargo.toml")
    assert "`rustls-tls`" in given.change
    assert not given.verified


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        # Debian's libc6: 2.31 in 11, 2.36 in 12, which is the first for s390x that its archive still has.
        ("x86_64-linux-musl", "with --target x86_64-linux-gnu.2.31 --sysroot debian:11=libpq-dev, or"),
        ("s390x-linux-musl", "with --target s390x-linux-gnu.2.36 --sysroot debian:12=libpq-dev, or"),
        ("x86_64-linux-musl", "libpq built for musl as static libraries"),
        ("x86_64-linux-musl.1.2.3", "libpq built for musl"),
        ("x86_64-linux-gnu.2.36", "with --sysroot debian:12=libpq-dev"),
        ("x86_64-linux-gnu.2.35", "with --sysroot debian:11=libpq-dev"),
        ("x86_64-linux-gnu.2.17", "debian:11=libpq-dev, whose libraries need the floor x86_64-linux-gnu.2.31"),
        ("s390x-linux-gnu.2.28", "debian:12=libpq-dev, whose libraries need the floor s390x-linux-gnu.2.36"),
    ],
)
def test_without_a_change_it_says_where_the_library_comes_from(target: str, expected: str) -> None:
    (parsed,) = parse_targets(target)
    project = recorded("dieselpg", parsed.rust)
    given = Adviser(project, parsed).advise(finding("dieselpg", "pq-sys", parsed.rust))
    assert expected in given.change


def test_a_feature_that_turns_on_a_client_beside_comes_after_naming_the_crate() -> None:
    """As rspotify's ``reqwest-native-tls-vendored`` in a program whose client is ureq."""
    source = package("openssl-sys", features={"vendored": ("dep:openssl-src",)})
    tls = package("native-tls", Dependency(name="openssl-sys"), features={"vendored": ("openssl-sys/vendored",)})
    optional = Dependency(name="reqwest", optional=True)
    other = package("reqwest", Dependency(name="native-tls"), features={"vendored": ("native-tls/vendored",)})
    client = package(
        "client", Dependency(name="native-tls"), optional, features={"reqwest-vendored": ("reqwest/vendored",)}
    )
    app = package("app", Dependency(name="client"))
    built = project(app, client, other, tls, source)
    examination = examined(built)
    (found,) = (each for each in examination.findings(built.graph()) if each.lacks_library)
    proposed = Remedies(examination, Amendment(), found).candidates()
    kinds = [(each.kind, each.dependency, each.intrusive) for each in proposed]
    assert kinds[0] == ("added", "native-tls", False)
    assert ("feature", "client", True) in kinds


def test_a_feature_is_proposed_once() -> None:
    """As rquickjs' ``bindgen``, which cures beside its default features and in place of them."""
    features = {"default": ("std",), "std": (), "bindgen": ("rquickjs-sys/bindgen",)}
    quick = package("rquickjs", Dependency(name="rquickjs-sys"), features=features)
    bindings = msgspec.structs.replace(package("rquickjs-sys", features={"bindgen": ()}), version="0.14.0")
    made = project(package("app", Dependency(name="rquickjs")), quick, bindings)
    built = Project(made.metadata, platform("s390x-unknown-linux-gnu"), made.host, Selection(), resolver=2)
    examination = examined(built)
    (found,) = (each for each in examination.findings(built.graph()) if each.lacks_library)
    proposed = Remedies(examination, Amendment(), found).candidates()
    assert [(each.kind, each.dependency) for each in proposed] == [("feature", "rquickjs"), ("added", "rquickjs-sys")]


def test_what_promised_to_cure_and_does_not_leaves_what_does_without() -> None:
    """As termscp, whose ``smb-vendored`` builds Samba and then wants ten other libraries."""
    bindings = package(
        "pavao-sys", Dependency(name="pavao-src", optional=True), features={"vendored": ("dep:pavao-src",)}
    )
    bindings = msgspec.structs.replace(bindings, version="0.2.16")
    features = {"default": ("smb",), "smb": ("dep:pavao-sys",), "smb-vendored": ("pavao-sys/vendored",)}
    app = package("app", Dependency(name="pavao-sys", optional=True), features=features)
    made = project(app, bindings)
    built = Project(made.metadata, platform(MUSL), made.host, Selection(), resolver=2)
    examination = examined(built)
    (found,) = (each for each in examination.findings(built.graph()) if each.lacks_library)
    remedies = Remedies(examination, Amendment(), found)
    assert "without" not in {each.kind for each in remedies.candidates()}
    (left_out,) = remedies.leaving_out()
    assert (left_out.kind, left_out.dependency, left_out.without) == ("without", "app", ("smb",))
    # With Samba's source at hand, as cargo answers once it is asked, the feature is no cure.
    whole = project(app, bindings, package("pavao-src"))
    answered = Project(whole.metadata, platform(MUSL), made.host, Selection(features=("smb-vendored",)), resolver=2)
    (further,) = (each for each in examined(answered).findings(answered.graph()) if each.lacks_library)
    assert "library gnutls" in {need.subject for need in further.missing}


@pytest.mark.parametrize(("triple", "expected"), [(MUSL, []), (GNU, [("source-fontconfig-dlopen",)])])
def test_a_static_program_is_not_told_to_load_a_library(triple: str, expected: list[tuple[str, ...]]) -> None:
    """As silicon's font-kit: ``source-fontconfig-dlopen = ["yeslogic-fontconfig-sys/dlopen"]``."""
    features = {"source-fontconfig-dlopen": ("yeslogic-fontconfig-sys/dlopen",)}
    kit = package("font-kit", Dependency(name="yeslogic-fontconfig-sys"), features=features)
    font = package("yeslogic-fontconfig-sys", features={"dlopen": ()})
    made = project(package("app", Dependency(name="font-kit")), kit, font)
    built = Project(made.metadata, platform(triple), made.host, Selection(), resolver=2)
    examination = examined(built)
    (found,) = (each for each in examination.findings(built.graph()) if each.lacks_library)
    proposed = Remedies(examination, Amendment(), found).candidates()
    assert [each.features for each in proposed if each.kind == "feature"] == expected


def test_one_sysroot_has_all_that_is_lacking() -> None:
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    postgres = finding("dieselpg", "pq-sys", GNU)
    sound = replace(postgres, missing=(Need(what="library", pkg_config=("alsa",), links=("asound",)),))
    adviser = Adviser(recorded("dieselpg", GNU), target, (sound, postgres))
    expected = (
        "no feature builds alsa and libpq from source: give headers and libraries with "
        "--sysroot debian:12=libasound2-dev,libpq-dev"
    )
    assert {adviser.advise(each).change for each in (sound, postgres)} == {expected}


def test_a_package_that_another_brings_along_is_not_named() -> None:
    """Debian 12's libgtk-3-dev depends on libglib2.0-dev, on libcairo2-dev and on libpango1.0-dev."""
    packages = ("libcairo2-dev", "libgtk-3-dev", "libpango1.0-dev", "libpq-dev", "libglib2.0-dev")
    assert without_brought(packages) == ("libgtk-3-dev", "libpq-dev")
    assert without_brought(("libcairo2-dev",)) == ("libcairo2-dev",)


def test_a_release_that_lacks_a_package_is_not_named() -> None:
    """GTK 4 came to Debian with release 12."""
    (static,) = parse_targets("x86_64-linux-musl")
    (old,) = parse_targets("x86_64-linux-gnu.2.31")
    assert "--sysroot debian:11=libgtk-3-dev" in for_glibc(static, ["libgtk-3-dev"])
    assert for_glibc(static, ["libgtk-4-dev"]) == ("--target x86_64-linux-gnu.2.36 --sysroot debian:12=libgtk-4-dev")
    assert release_for(old, ["libgtk-4-dev"]) == (
        "debian:12",
        ", whose libraries need the floor x86_64-linux-gnu.2.36",
    )
    assert release_for(old, ["libgtk-3-dev", "no-such-package-dev"])[0] == "debian:11", "what is not known may be there"
