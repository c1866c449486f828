"""What a build that failed has shown: it counts from then on, and what brings the library along cures it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from made_cargo import package, project
from recorded_cargo import examined

from everylinux.advice import Lack
from everylinux.advice.remedies import Remedies
from everylinux.advice.resolution import Amendment
from everylinux.advice.shown import with_features
from everylinux.toolchains.rust.cargo_metadata import Dependency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from everylinux.advice.findings import Examination
    from everylinux.advice.resolution import Project

SHOWN = Lack("shapes-sys", "1.0.0", "geos")


def with_shapes(features: Mapping[str, tuple[str, ...]], *more: Dependency) -> Project:
    """Return a program that calls a crate of bindings through one above it, which hands its features on."""
    sources = Dependency("shapes-src", optional=True)
    return project(
        package("app", Dependency("shapes"), *more),
        package("shapes", Dependency("shapes-sys"), features={name: (f"shapes-sys/{name}",) for name in features}),
        package("shapes-sys", sources, features={"shapes-src": ("dep:shapes-src",), **features}),
        package("shapes-src"),
    )


def examination(made: Project, *shown: Lack) -> Examination:
    """Return the examination of a project of which something was shown."""
    found = examined(made)
    return replace_surroundings(found, with_features(shown, made, made.graph()))


def replace_surroundings(found: Examination, shown: tuple[Lack, ...]) -> Examination:
    return type(found)(found.project, replace(found.surroundings, shown=shown))


def proposed(made: Project) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the changes that are proposed for the library that was shown to be missing."""
    examined_now = examination(made, SHOWN)
    (finding,) = examined_now.findings(made.graph())
    found = Remedies(examined_now, Amendment(), finding).candidates()
    return [(each.kind, each.dependency, each.features) for each in found]


def test_what_was_shown_is_missing_for_certain_where_nothing_was_known_before() -> None:
    made = with_shapes({})
    assert examination(made).findings(made.graph()) == ()
    (finding,) = examination(made, SHOWN).findings(made.graph())
    assert finding.package.name == "shapes-sys"
    assert [need.subject for need in finding.missing] == ["library geos"]
    assert finding.missing[0].packages == ("libgeos-dev",)


def test_another_version_of_the_crate_was_not_shown_to_lack_anything() -> None:
    made = with_shapes({})
    assert examination(made, Lack("shapes-sys", "2.0.0", "geos")).findings(made.graph()) == ()


def test_a_feature_that_builds_the_library_is_proposed() -> None:
    assert proposed(with_shapes({"static": ("shapes-src",)}))[0] == ("feature", "shapes", ("static",))
    assert proposed(with_shapes({"vendored": ()}))[0] == ("feature", "shapes", ("vendored",))


def test_linking_the_missing_library_statically_is_no_cure() -> None:
    assert proposed(with_shapes({"static": ()})) == []


def test_this_machine_is_not_accused_where_the_targets_build_failed() -> None:
    made = with_shapes({}, Dependency("shapes-sys", kind="build"))
    (finding,) = examination(made, SHOWN).findings(made.graph())
    assert not finding.unit.host
