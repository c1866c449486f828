"""Which part of a build script is compiled on this machine, and what that says of libclang."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from made_cargo import package, project

from everylinux.advice.calls import in_order
from everylinux.advice.graph import Unit
from everylinux.advice.needs import needs_of
from everylinux.advice.scripts import compiled
from everylinux.toolchains.rust.cargo_metadata import CargoTarget, Dependency

if TYPE_CHECKING:
    from pathlib import Path

LINUX = {
    "target_os": frozenset({"linux"}),
    "target_env": frozenset({"gnu"}),
    "unix": frozenset[str](),
    "feature": frozenset({"fast"}),
}
# As libproc's build.rs has it.
ON_MACOS = """
#[cfg(target_os = "macos")]
fn main() {
    let text = format!("{}}}", '"'); // a brace: }
    bindgen::builder().generate().unwrap();
}
#[cfg(any(target_os = "linux", target_os = "android"))]
fn main() { println!("nothing to do"); }
"""


def test_items_of_other_systems_are_left_out() -> None:
    text = compiled(ON_MACOS, LINUX)
    assert "bindgen" not in text
    assert 'println!("nothing to do")' in text


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("#[cfg(windows)] use x::{a, b};\nuse y;", "use y;"),
        ('#[cfg(feature = "fast")] a();\n#[cfg(not(feature = "fast"))] b();\nc();', "a();c();"),
        ("#[cfg(windows)]\n#[allow(dead_code)]\nmod w { fn f() {} }\nfn g() {}", "fn g() {}"),
        ("f(#[cfg(windows)] w(1, 2), u)", "f( u)"),
        ("vec![a, #[cfg(windows)] w]", "vec![a, ]"),
        ("#[cfg(windows)] fn f<'a>(x: &'a str) -> char { '}' } fn g() {}", "fn g() {}"),
        ('#[cfg(windows)] fn f() { r#"}"}"# } /* } */ fn g() {}', "/* } */ fn g() {}"),
        ("#[cfg(what is this)] fn f() {}", "fn f() {}"),
        ("fn main() {}", "fn main() {}"),
        ('if cfg!(feature = "fast") { a(); } else { b(); } c();', "{ a(); } c();"),
        (
            'if cfg!(feature = "slow") { a(); } else if x { b(); } else { c(); } d();',
            "if x { b(); } else { c(); } d();",
        ),
        ("if !cfg!(windows) { a(); if cfg!(windows) { b(); } c(); } else { d(); }", "{ a(); c(); }"),
        ("if cfg!(unix) && x { a(); } else { b(); }", "if cfg!(unix) && x { a(); } else { b(); }"),
        ("if cfg!(windows) || x { a(); }", "if cfg!(windows) || x { a(); }"),
        # youki's build.rs asks in this way, static-web-server's and others' with var_os.
        ('if std::env::var("CARGO_FEATURE_SECCOMP").is_ok() { probe(); } a();', "a();"),
        ('if env::var_os("CARGO_FEATURE_FAST").is_some() { a(); } else { b(); }', "{ a(); }"),
        ('if env::var("CARGO_FEATURE_FAST").is_err() { a(); }', ""),
        ('let x = if cfg!(windows) { "a" } else { "b" };', 'let x = { "b" };'),
    ],
)
def test_where_an_item_ends(source: str, left: str) -> None:
    assert "".join(compiled(source, LINUX).split()) == "".join(left.split())


@pytest.mark.parametrize(
    "piece",
    [
        *("#[cfg(", "#[cfg(windows)]", "#[cfg(windows)] (", "/*", 'r#"', "'\\a", "{[("),
        *("if cfg!(unix) {", "if cfg!(windows) {} else ", "if cfg!("),
        *("fn a() {", "fn a(", "fn main() { a(); } fn a() { a();", 'match probe("x") { Err(e) => { println!("");'),
    ],
)
def test_a_hostile_script_takes_no_longer_than_its_length(piece: str) -> None:
    text = "#[cfg(windows)] " + piece * (200_000 // len(piece))
    start = time.process_time()
    in_order(compiled(text, LINUX))
    assert time.process_time() - start < 5


def test_libclang_is_not_wanted_where_bindgen_is_called_on_other_systems_only(tmp_path: Path) -> None:
    def wanted(script: str) -> set[str]:
        path = tmp_path / f"{abs(hash(script))}.rs"
        path.write_text(script)
        processes = package("processes", Dependency("bindgen", kind="build"))
        targets = (*processes.targets, CargoTarget("build", ("custom-build",), str(path)))
        processes = msgspec.structs.replace(processes, targets=targets)
        built = project(
            package("app", Dependency("processes")),
            processes,
            package("bindgen", Dependency("clang-sys")),
            package("clang-sys"),
        )
        found = needs_of(built, built.graph(), Unit("clang-sys", host=True), {})
        return {need.subject for need in found}

    assert wanted(ON_MACOS) == set()
    assert wanted(ON_MACOS.replace("macos", "linux")) == {"libclang"}
    # It may be called by a function of another crate.
    assert wanted("fn main() { helper::generate() }") == {"libclang"}
