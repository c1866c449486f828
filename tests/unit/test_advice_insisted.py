"""Which libraries a build script cannot do without."""

from __future__ import annotations

import time

import pytest

from everylinux.advice.insisted import insisted, probed

FAILING = [
    "Err(_) => panic!()",
    'Err(error) => { eprintln!("no foo (see README): {}", error); std::process::exit(1) }',
    "Err(error) => fail(&error)",
    "Err(Error::Probe) => panic!(), Err(_) => process::exit(2)",
]
GOING_ON = [
    # Only one error ends it.
    "Err(pkg_config::Error::CrossCompilation) => panic!(), Err(_) => build_from_source()",
    "Err(error) if strict => panic!(), Err(_) => build_from_source()",
    # Another match, within an arm.
    "Err(_) => match build() { Err(_) => panic!(), Ok(_) => {} }",
    "Err(_) => { build(); match test() { Err(_) => panic!(), Ok(_) => {} } }",
    # The program ends there, and well.
    "Err(_) => std::process::exit(0)",
    'Err(_) => { println!("cargo:warning=without foo"); exit(0) }',
    "_ => {}",
    "",
]


def matching(arm: str, first: str = "Ok(found) => found,") -> str:
    """Return a build script that matches what pkg-config says of a library, with an arm for errors."""
    fail = 'fn fail(error: &Error) -> ! { panic!("{error}") }'
    return f'{fail} fn main() {{ match pkg_config::probe_library("foo") {{ {first} {arm} }}; }}'


@pytest.mark.parametrize("arm", FAILING)
def test_a_match_insists_where_every_error_ends_the_program(arm: str) -> None:
    assert list(insisted(matching(arm))) == ["foo"]
    # An arm for what was found may itself have arms, and end without a comma.
    assert list(insisted(matching(arm, "Ok(found) => match found.version { V => a(1, 2), _ => {} }"))) == ["foo"]
    assert list(insisted(matching(arm, "Ok(found) if found.version == V => {} Ok(_) => {}"))) == ["foo"]


@pytest.mark.parametrize("arm", GOING_ON)
def test_a_match_does_not_insist_where_an_error_leads_on(arm: str) -> None:
    assert list(insisted(matching(arm))) == []
    assert list(insisted(matching(arm, "Ok(found) => match found.test() { Err(_) => panic!(), Ok(x) => x },"))) == []


def test_what_follows_an_arm_that_returns_is_not_insisted_on() -> None:
    following = matching("Err(_) => panic!()").replace("};", '}; pkg_config::probe_library("bar").unwrap();')
    assert list(insisted(following)) == ["foo", "bar"]
    assert list(insisted(following.replace("=> found,", "=> return,"))) == ["foo"]


def test_a_branch_is_seen_through_every_function_of_the_script() -> None:
    script = """
        fn main() { a(); pkg_config::probe_library("foo").unwrap(); }
        fn a() { b() }
        fn b() { if vendored { build(); exit(0) } }
    """
    assert list(insisted(script)) == []
    assert list(insisted(script.replace("fn b()", "fn b<T>()"))) == []
    assert list(insisted(script.replace("fn a()", "fn a<T: Default>()"))) == []
    assert list(insisted(script.replace("if vendored { build(); exit(0) }", "build();"))) == ["foo"]


def test_what_main_only_defines_or_says_is_not_insisted_on() -> None:
    probe = 'pkg_config::probe_library("foo").unwrap();'
    assert list(insisted(f"fn main() {{ fn never() {{ {probe} }} }}")) == []
    assert list(insisted(f"fn main() {{ fn find() {{ {probe} }} find(); }}")) == ["foo"]
    assert list(insisted(f'fn main() {{ say("find()"); }} fn find() {{ {probe} }}')) == []
    assert list(insisted(f'fn main() {{ say(r#"{probe}"#); }}')) == []


@pytest.mark.parametrize(
    "script",
    [
        "".join(f"probe(x{each});" for each in range(14_000)),
        'fn main() { match probe("x") {' + "Err(_) => panic!()," * 10_000 + "}}",
        'fn main() { match probe("x") { Err(_) => ' + "println!();" * 18_000 + "}}",
        'fn main() { match probe("x") {' + "Ok(" * 60_000,
        'fn main() { match probe("x") {' + "Ok()" * 50_000 + "=> 1 }}",
    ],
    ids=["names", "arms", "texts", "open", "pattern"],
)
def test_a_hostile_match_takes_no_longer_than_its_length(script: str) -> None:
    start = time.process_time()
    list(probed(script))
    list(insisted(script))
    assert time.process_time() - start < 5
