"""Which packages are compiled, with which features: the same as `cargo tree` says of the same projects."""

from __future__ import annotations

import pytest
from made_cargo import package, project
from recorded_cargo import FOLDER, NAMES, recorded

from everylinux.advice.graph import Unit
from everylinux.advice.resolution import Amendment
from everylinux.errors import UsageError
from everylinux.toolchains.rust.cargo_metadata import Dependency, Selection


@pytest.mark.parametrize("name", NAMES)
def test_packages_and_features_are_those_of_cargo_tree(name: str) -> None:
    expected: dict[str, set[str]] = {}
    for line in (FOLDER / f"{name}.tree").read_text().splitlines():
        name_and_version, _, active = line.partition("|")
        expected.setdefault(name_and_version, set()).update(active.split(",") if active else ())
    known = recorded(name)
    graph = known.graph()
    found: dict[str, set[str]] = {}
    for unit, features in graph.features.items():
        built = known.packages[unit.id]
        found.setdefault(f"{built.name} v{built.version}", set()).update(features)
    assert found == expected


TARGET, HOST = False, True


def test_a_weak_feature_turns_no_dependency_on() -> None:
    """The Cargo Book, "Features": ``package-name?/feature-name``."""
    tls = package("tls", features={"vendored": ()})
    optional = Dependency(name="tls", optional=True)
    features = {"weak": ("tls?/vendored",), "strong": ("tls/vendored",), "on": ("dep:tls",)}
    for chosen, expected in [
        (("weak",), None),
        (("strong",), {"vendored"}),
        (("on",), set()),
        (("on", "weak"), {"vendored"}),
    ]:
        built = project(package("app", optional, features=features), tls, selection=Selection(features=chosen)).graph()
        assert built.features.get(Unit("tls", TARGET)) == expected


def test_what_runs_in_the_compiler_has_features_of_its_own_with_version_2() -> None:
    """The Cargo Book, "Feature resolver version 2"."""
    common = package("common", features={"std": (), "extra": ()})
    macros = package("macros", Dependency(name="common", features=("extra",)))
    app = package("app", Dependency(name="macros"), Dependency(name="common", features=("std",)))
    second = project(app, macros, common).graph()
    assert second.features[Unit("common", TARGET)] == {"std"}
    assert second.features[Unit("common", HOST)] == {"extra"}
    first = project(app, macros, common, resolver=1).graph()
    assert first.features[Unit("common", TARGET)] == first.features[Unit("common", HOST)] == {"std", "extra"}


def test_development_dependencies_are_not_built_and_count_for_features_with_version_1_only() -> None:
    common = package("common", features={"extra": ()})
    tests = package("tests", Dependency(name="common", features=("extra",)))
    app = package("app", Dependency(name="common"), Dependency(name="tests", kind="dev"))
    for resolver, expected in ((1, {"extra"}), (2, set())):
        graph = project(app, tests, common, resolver=resolver).graph()
        assert Unit("tests", TARGET) not in graph.features
        assert graph.features[Unit("common", TARGET)] == expected


def test_the_path_is_the_shortest_and_build_dependencies_are_for_this_machine() -> None:
    sys = package("x-sys", Dependency(name="cc", kind="build"))
    long = package("long", Dependency(name="short"))
    short = package("short", Dependency(name="x-sys"))
    app = package("app", Dependency(name="long"), Dependency(name="short"))
    graph = project(app, long, short, sys, package("cc")).graph()
    assert [unit.id for unit in graph.path(Unit("cc", HOST))] == ["app", "short", "x-sys", "cc"]
    assert Unit("cc", TARGET) not in graph.features


def test_chosen_packages_and_features_decide_what_is_built() -> None:
    app = package("app", Dependency(name="x", optional=True), features={"default": ("x",), "x": ("dep:x",)})
    tool = package("tool", Dependency(name="y"))
    packages = (app, tool, package("x"), package("y"))

    def names(selection: Selection) -> set[str]:
        return {unit.id for unit in project(*packages, selection=selection).graph().features}

    assert names(Selection()) == {"app", "tool", "x", "y"}
    assert names(Selection(("app",))) == {"app", "x"}
    assert names(Selection(("app",), no_default_features=True)) == {"app"}
    assert names(Selection(("app@1.0.0",), ("x",), no_default_features=True)) == {"app", "x"}
    assert names(Selection(("t*",))) == {"tool", "y"}
    assert names(Selection(workspace=True, exclude=("app",))) == {"tool", "y"}
    with pytest.raises(UsageError, match="no package toool in the workspace"):
        project(*packages).selected(Selection(("toool",)))


def test_an_amendment_shows_what_other_manifests_would_build() -> None:
    tls = package("tls", features={"vendored": ("dep:source",)})
    app = package("app", Dependency(name="tls"))
    plain = project(app, tls)
    changed = Amendment({"app": (Dependency(name="tls", features=("vendored",)),)})
    assert plain.graph().features[Unit("tls", TARGET)] == set()
    assert plain.graph(changed).features[Unit("tls", TARGET)] == {"vendored"}


def test_a_hundred_features_that_turn_each_other_on_end() -> None:
    ring = {f"f{number}": (f"f{(number + 1) % 100}",) for number in range(100)}
    graph = project(package("app", features={"default": ("f0",), **ring})).graph()
    assert len(graph.features[Unit("app", TARGET)]) == 101
