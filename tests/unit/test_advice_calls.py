"""In what order a build script runs, through its own functions."""

from __future__ import annotations

import time

import pytest

from everylinux.advice.calls import MOST_CALLS, in_order


def test_what_a_script_does_is_read_in_the_order_in_which_it_runs() -> None:
    script = """
        fn last() { third(); }
        // fn main() { nothing(); }
        fn first(name: &str) -> Option<u8> { "second(); }"; second() }
        fn main() { let found = first("x {"); other.first(); last(); }
    """
    expected = '{ let found = { "second(); }"; second() }; other.first(); { third(); }; }'
    assert " ".join(in_order(script).split()) == expected
    assert in_order("fn build() { }") == ""


@pytest.mark.parametrize(
    ("script", "runs"),
    [
        # Through as many levels as there are, and through functions with parameters of types.
        ("fn main() { a(); z } fn a() { b(); y } fn b() { x }", "{ { { x }; y }; z }"),
        ("fn main() { a(1); } fn a<T: Into<Vec<u8>>, F: Fn(u8) -> u8>(x: T) -> [u8; 2] { x }", "{ { x }; }"),
        # What is defined within a function runs where it is called, and nowhere if it is not.
        ("fn main() { fn never() { x } y }", "{ y }"),
        ("fn main() { fn a() { x } y; a() }", "{ y; { x } }"),
        ("fn main() { macro_rules! m { () => { x } } y }", "{ y }"),
        # A name in a text, of a field or of a variable is no call.
        ('fn main() { f("a()"); s.a; } fn a() { x }', '{ f("a()"); s.a; }'),
        ("fn main() { let a = a(); f(a) } fn a() { x }", "{ let a = { x }; f(a) }"),
        # Arguments that do something are run before the function.
        ("fn main() { a(f(1)?); } fn a(y: u8) { x }", "{ (f(1)?){ x }; }"),
        ("fn main() { a(b()); } fn a(y: u8) { x } fn b() { z }", "{ ({ z }){ x }; }"),
        # A module's function is one of the script; another crate's of the same name is not.
        ("mod m { pub fn a() { x } } fn main() { m::a(); }", "{ m::{ x }; }"),
        ("fn main() { other::a(); y } fn a() { x }", "{ other::a(); y }"),
    ],
)
def test_functions_stand_where_they_run(script: str, runs: str) -> None:
    assert " ".join(in_order(script).split()) == runs


@pytest.mark.parametrize(
    "script",
    [
        "fn main() { y; a(); z } fn a() { a() }",
        "fn main() { y; a(); z } fn a() { b() } fn b() { a() }",
        "struct S; impl S { fn a(&self) { exit(0) } } fn main() { y; s.a(); z }",
        "struct S; impl S { fn a(&self) { exit(0) } } fn main() { y; S::a(&s); z }",
        "fn main() { y; f(a); z } fn a() { exit(0) }",
        "fn main() { y; let f = a; f(); z } fn a() { exit(0) }",
        "fn main() { y; a::<u8>(); z } fn a<T>() { exit(0) }",
        "mod m { pub fn a() { exit(0) } } mod n { pub fn a() {} } fn main() { y; m::a(); z }",
        "macro_rules! m { () => { return } } fn main() { y; m!(); z }",
        "fn main() { y; a(); z } fn a()" + " -> (u8)" * 50 + " { exit(0) }",
        "fn main() { y; " + "a();" * (MOST_CALLS + 1) + " z } fn a() { x }",
    ],
)
def test_nothing_is_known_after_a_function_that_is_not_followed(script: str) -> None:
    assert "y" in in_order(script)
    assert "z" not in in_order(script)


@pytest.mark.parametrize(
    "script",
    [
        "fn a(" * 25_000 + ")" * 25_000 + "{}",
        "fn a<" * 40_000,
        "fn a()" * 33_000,
        "fn main() { f0(); }" + "".join(f"fn f{each}() {{ f{each + 1}();" for each in range(9000)),
        "".join(f"fn f{each}() {{}}" for each in range(9000)) + "fn main() {" + "x y z " * 20_000 + "}",
        "fn main() {" + "a();" * 100 + "} fn a() {" + "b();" * 100 + "} fn b() {" + "x " * 50_000 + "}",
        "fn main() {" + "a(" * 50_000 + ")" * 50_000 + "} fn a() {}",
    ],
    ids=["parameters", "types", "signatures", "chain", "names", "calls", "arguments"],
)
def test_a_script_of_many_functions_takes_no_longer_than_its_length(script: str) -> None:
    start = time.process_time()
    in_order(script)
    assert time.process_time() - start < 5
