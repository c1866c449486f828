"""What cargo says about a project, and what its refusals become. The messages are cargo 1.95's and rustup's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from everylinux.errors import (
    BuildFailedError,
    EverylinuxError,
    InputOutputError,
    ToolMissingError,
    UsageError,
)
from everylinux.toolchains.rust.cargo_errors import cargo_error
from everylinux.toolchains.rust.cargo_metadata import Selection, read_metadata, read_platform

CARGO = shutil.which("cargo")
RUSTC = shutil.which("rustc")

REFUSALS = [
    (
        (
            "    Updating crates.io index\n"
            "error: cannot update the lock file /p/Cargo.lock because --locked was passed to prevent this\n"
            "help: to generate the lock file without accessing the network, remove the --locked flag\n"
        ),
        BuildFailedError,
        "cargo: cannot update the lock file /p/Cargo.lock because --locked was passed to prevent this",
    ),
    (
        "error: the package 'app' does not contain this feature: nope\n",
        UsageError,
        "cargo: the package 'app' does not contain this feature: nope",
    ),
    (
        (
            "error: failed to download `bumpalo v3.20.3`\n\nCaused by:\n"
            "  attempting to make an HTTP request, but --offline was specified\n"
        ),
        InputOutputError,
        "cargo: failed to download `bumpalo v3.20.3`: attempting to make an HTTP request, but --offline was specified",
    ),
    (
        (
            "    Updating crates.io index\nerror: failed to get `reqwest` as a dependency of package `app v0.1.0`\n"
            "\nCaused by:\n  download of config.json failed\n\nCaused by:\n"
            "  [7] Could not connect to server (Failed to connect to 127.0.0.1 port 9 after 0 ms)\n"
        ),
        InputOutputError,
        (
            "cargo: failed to get `reqwest` as a dependency of package `app v0.1.0`: download of config.json failed: "
            "[7] Could not connect to server (Failed to connect to 127.0.0.1 port 9 after 0 ms)"
        ),
    ),
    (
        (
            "error: toolchain '1.60.0-x86_64-unknown-linux-gnu' is not installed\n"
            "help: run `rustup toolchain install` to install it\n\nStack backtrace:\n   0: anyhow::error::from\n"
        ),
        ToolMissingError,
        "cargo: toolchain '1.60.0-x86_64-unknown-linux-gnu' is not installed",
    ),
    (
        (
            "error: no matching package found\nsearched package name: `openssl-src`\n"
            "location searched: directory source `/app/vendor` (which is replacing registry `crates-io`)\n"
            "required by package `openssl-sys v0.9.118`\n"
        ),
        InputOutputError,
        (
            "cargo: no matching package found: searched package name: `openssl-src`: location searched: directory "
            "source `/app/vendor` (which is replacing registry `crates-io`): required by package `openssl-sys v0.9.118`"
        ),
    ),
    (
        (
            "error: could not execute process `sccache rustc -vV` (never executed)\n\n"
            "Caused by:\n  No such file or directory (os error 2)\n"
        ),
        ToolMissingError,
        "cargo: could not execute process `sccache rustc -vV` (never executed): No such file or directory (os error 2)",
    ),
    (
        (
            "error: unexpected argument '--nosuchflag' found\n\n  tip: a similar argument exists: '--config'\n\n"
            "Usage: cargo build --target [<TRIPLE>] --config <KEY=VALUE|PATH>\n\nFor more information, try '--help'.\n"
        ),
        UsageError,
        "cargo: unexpected argument '--nosuchflag' found: tip: a similar argument exists: '--config'",
    ),
    (
        "error: unclosed array, expected `]`\n  --> Cargo.toml:9:7\n   |\n 9 | x = [\n   |      ^\n",
        BuildFailedError,
        "cargo: unclosed array, expected `]`",
    ),
    (
        (
            "error: failed to parse manifest at `/p/Cargo.toml`\n\nCaused by:\n  no targets specified in the manifest\n"
            "  either src/lib.rs, src/main.rs, a [lib] section, or [[bin]] section must be present\n"
        ),
        BuildFailedError,
        (
            "cargo: failed to parse manifest at `/p/Cargo.toml`: no targets specified in the manifest: "
            "either src/lib.rs, src/main.rs, a [lib] section, or [[bin]] section must be present"
        ),
    ),
]


# Each printed by cargo 1.95.0 or rustup 1.28, and the exit code of the contract for what it means.
CLASSES = [
    (
        "error: could not parse override file: '/p/rust-toolchain.toml': error parsing override file: TOML parse error",
        2,
    ),
    ("error: could not load Cargo configuration\n\nCaused by:\n  could not parse TOML configuration in `/p/c`\n", 2),
    ('error: "--bin" takes one argument.\nAvailable binaries:\n    plain\n', 2),
    (
        (
            "error: failed to parse manifest at `/p/Cargo.toml`\n\nCaused by:\n  failed to parse the `edition` key\n\n"
            "Caused by:\n  this version of Cargo is older than the `2027` edition, and only supports `2015` editions.\n"
        ),
        4,
    ),
    (
        (
            "error: failed to parse manifest at `/p/Cargo.toml`\n\nCaused by:\n  the cargo feature `profile-rustflags` "
            "requires a nightly version of Cargo, but this is the `stable` channel\n"
        ),
        4,
    ),
    (
        "error: target `tool` in package `a` requires the features: `cli`\nConsider enabling them by passing\n",
        2,
    ),
    ("error: rustc 1.95.0 is not supported by the following package:\n  a@0.1.0 requires rustc 1.999\n", 4),
    (
        (
            "error: failed to parse lock file at: /p/Cargo.lock\n\nCaused by:\n  lock file version `9` was found, but "
            "this version of Cargo does not understand this lock file, perhaps Cargo needs to be updated?\n"
        ),
        4,
    ),
    ("error: failed to parse lock file at: /p/Cargo.lock\n\nCaused by:\n  TOML parse error at line 1, column 8\n", 5),
]


@pytest.mark.parametrize(("printed", "code"), CLASSES)
def test_a_refusal_says_which_file_is_not_valid(printed: str, code: int) -> None:
    error = cargo_error(printed)
    assert error.exit_code == code
    assert "Cargo.toml is not valid" not in error.meaning


# What cargo asks rustc first, as it tells how that failed; each ending made to happen.
ASKED = (
    "error: failed to run `rustc` to learn about target-specific information\n\nCaused by:\n"
    "  process didn't exit successfully: `/usr/bin/sccache /root/.cargo/bin/rustc - --crate-name ___ "
    "--print=file-names --crate-type bin --crate-type rlib --crate-type dylib --crate-type cdylib "
    "--crate-type staticlib --crate-type proc-macro --print=sysroot --print=split-debuginfo --print=crate-name "
    "--print=cfg -Wwarnings` "
)
VERSION = "error: process didn't exit successfully: `/usr/bin/sccache /root/.cargo/bin/rustc -vV` "


@pytest.mark.parametrize(
    "said",
    [
        "error: unknown codegen option: `no-such`",
        "error: unknown unstable option: `nope`",
        "error: the option `Z` is only accepted on the nightly compiler",
        "error: Unrecognized option: 'nope'",
        "error: incorrect value `foo` for codegen option `panic` - either `unwind` or `abort` was expected",
        "error: unknown print request: `nope`",
        "error: optimization level needs to be between 0-3, s or z (instead was `9`)",
        "error: multiple input filenames provided (first two filenames are `-` and `stray`)",
    ],
)
def test_flags_that_rustc_does_not_take_are_the_users(said: str) -> None:
    error = cargo_error(f"{ASKED}(exit status: 1)\n  --- stderr\n  {said}\n")
    assert (type(error), error.message) == (UsageError, said.replace("error:", "cargo:"))
    assert "RUSTFLAGS" in error.hint


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        (f"{ASKED}(signal: 9, SIGKILL: kill)\n", "SIGKILL"),
        (
            f"{ASKED}(exit status: 2)\n  --- stderr\n  sccache: error: No space left on device (os error 28)\n",
            "(exit status: 2): sccache: error: No space left on device (os error 28)",
        ),
        (
            (
                f"{ASKED}(exit status: 127)\n  --- stderr\n  rustc: error while loading shared libraries: "
                "librustc_driver-61.so: cannot open shared object file: No such file or directory\n"
            ),
            "librustc_driver-61.so: cannot open shared object file",
        ),
        (
            f"{ASKED}(exit status: 101)\n  --- stderr\n  error: the compiler unexpectedly panicked. this is a bug.\n",
            "unexpectedly panicked",
        ),
        (f"{VERSION}(signal: 9, SIGKILL: kill)\n", "SIGKILL"),
        (f"{VERSION}(exit status: 2)\n--- stderr\nsccache: error: expected a server\n", "expected a server"),
        ("error: `rustc -vV` didn't have a line for `host:`, got:\n\n", "`host:`"),
    ],
)
def test_a_rustc_that_does_not_run_is_no_matter_of_flags(printed: str, told: str) -> None:
    error = cargo_error(printed)
    assert type(error) is ToolMissingError
    assert told in error.message
    assert "RUSTC_WRAPPER" in error.hint


def test_a_version_that_only_the_lock_file_names_is_not_laid_to_the_manifest() -> None:
    printed = (
        'error: failed to select a version for the requirement `webpki-roots = "^1"` (locked to 1.0.11)\n'
        "candidate versions found which didn't match: 1.0.10, 1.0.9, 1.0.8, ...\nlocation searched: crates.io index\n"
    )
    error = cargo_error(printed)
    assert error.exit_code == 5
    assert "`cargo update -p NAME`" in error.hint


@pytest.mark.parametrize(
    ("printed", "hint"),
    [
        (
            (
                "error: no bin target named `nope` in default-run packages\n"
                "help: available bin targets:\n    app\n    tool\n"
            ),
            "available bin targets: app, tool",
        ),
        (
            (
                "error: the package 'feat' does not contain this feature: lou\n"
                "help: there is a similarly named feature: loud\n"
            ),
            "there is a similarly named feature: loud",
        ),
    ],
)
def test_names_that_cargo_knows_are_the_hint(printed: str, hint: str) -> None:
    assert cargo_error(printed).hint == hint


@pytest.mark.parametrize(("printed", "kind", "message"), REFUSALS)
def test_a_refusal_is_told_in_cargos_words(printed: str, kind: type[EverylinuxError], message: str) -> None:
    error = cargo_error(printed)
    assert type(error) is kind
    assert error.message == message
    assert error.hint


def test_control_characters_of_a_manifest_stay_out_of_the_message() -> None:
    assert "\x1b" not in cargo_error("error: invalid character `\x1b[31m` in package name").message


def test_features_of_chosen_members_are_named_with_their_package() -> None:
    assert Selection(("a", "b"), ("x", "c/y")).metadata_arguments() == ["--features=a/x,b/x,c/y,c/y"]
    assert Selection(features=("x",), all_features=True).metadata_arguments() == ["--features=x", "--all-features"]


@pytest.mark.skipif(CARGO is None or RUSTC is None, reason="Rust is not installed")
def test_a_project_without_dependencies_is_read(tmp_path: Path) -> None:
    assert CARGO is not None
    assert RUSTC is not None
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.rs").write_text("fn main() {}\n")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "app"\nversion = "1.2.3"\n[features]\nfast = []\n')
    platform = read_platform(tmp_path, "s390x-unknown-linux-musl", rustc=Path(RUSTC))
    assert platform.configuration["target_env"] == {"musl"}
    assert platform.configuration["target_endian"] == {"big"}
    assert platform.configuration["unix"] == frozenset()
    metadata = read_metadata(tmp_path, [platform.triple], cargo=Path(CARGO), offline=True)
    (package,) = metadata.packages
    assert (package.name, package.version, package.features) == ("app", "1.2.3", {"fast": ()})
    assert metadata.workspace_members == (package.id,) == (metadata.resolve.root,)
    with pytest.raises(UsageError, match="`slow`"):
        read_metadata(
            tmp_path, [platform.triple], cargo=Path(CARGO), selection=Selection(features=("slow",)), offline=True
        )
    with pytest.raises(ToolMissingError):
        read_platform(tmp_path, "vax-unknown-linux-musl", rustc=Path(RUSTC))
    with pytest.raises(ToolMissingError):
        read_metadata(tmp_path, [], cargo=tmp_path / "no-cargo")
    with pytest.raises(UsageError, match="does not exist"):
        read_metadata(tmp_path / "nowhere", [], cargo=Path(CARGO))
