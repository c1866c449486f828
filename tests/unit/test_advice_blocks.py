"""How advice is folded in the table of `build`."""

from __future__ import annotations

import io

from rich.console import Console

from everylinux.evidence import Advice, Build
from everylinux.report.tables.advised import advice_shown, blocks, render_advice

GNU, MUSL = "x86_64-linux-gnu.2.36", "x86_64-linux-musl"


def wanting(crate: str, *path: str, change: str = "", feature: str = "") -> Advice:
    """Return the advice about a crate that lacks a library where there is a change."""
    library = (f"library {crate}",) if change else ()
    needs = library or ("C compiler",)
    return Advice(
        crate=crate,
        version="1.0.0",
        needs=needs,
        missing=library,
        path=(*path, crate),
        change=change,
        feature=feature,
    )


def folded(*advice: Advice, targets: tuple[str, ...] = (MUSL,)) -> list[tuple[list[str], tuple[str, ...]]]:
    builds = [Build(target=target, project=".", kind="cargo", status="advised", advice=advice) for target in targets]
    return [([each.crate for each in block.crates], block.through) for block in blocks(advice_shown(builds))]


def test_libraries_of_one_way_out_and_one_direct_dependency_are_one_block() -> None:
    gtk = [
        wanting("cairo", "app", "rfd", "gtk", change="--sysroot X"),
        wanting("gtk", "app", "rfd", change="--sysroot X"),
    ]
    other = wanting("udev", "app", "gilrs", change="--sysroot X")
    assert folded(*gtk, other) == [(["cairo", "gtk"], ("app", "rfd")), (["udev"], ("app", "gilrs"))]


def test_what_a_feature_cures_stands_alone() -> None:
    change = "turn on the feature `vendored` of tls"
    advice = [wanting(name, "app", "tls", change=change, feature="vendored") for name in ("a", "b")]
    assert folded(*advice) == [(["a"], ("app", "tls")), (["b"], ("app", "tls"))]


def test_crates_that_one_crate_brings_and_that_want_the_same_are_one_block() -> None:
    grammars = [wanting(name, "app", "grammars") for name in ("bash", "c")]
    assert folded(*grammars, wanting("ring", "app", "tls")) == [
        (["bash", "c"], ("app", "grammars")),
        (["ring"], ("app", "tls")),
    ]


def test_targets_that_differ_in_the_way_out_stay_apart() -> None:
    builds = [
        Build(target=target, project=".", kind="cargo", status="advised", advice=(wanting("x", "app", change=target),))
        for target in (GNU, MUSL)
    ]
    assert [block.targets for block in blocks(advice_shown(builds))] == [(GNU,), (MUSL,)]


def test_a_block_says_what_all_its_crates_lack() -> None:
    advice = (wanting("cairo", "app", "rfd", change="bring it"), wanting("pango", "app", "rfd", change="bring it"))
    builds = [Build(target=MUSL, project=".", kind="cargo", status="failed", advice=advice)]
    console = Console(file=io.StringIO(), width=80)
    render_advice(builds, console)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines()[1:] == [
        f"LACKS   cairo 1.0.0, pango 1.0.0  ({MUSL})",
        "        through: app → rfd",
        "        needs: library cairo, library pango",
        "        missing: library cairo, library pango",
        "        change: bring it",
    ]
