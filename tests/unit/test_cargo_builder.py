"""Cargo packages without cargo: arguments, flags that are not lost, what is read of answers, what is kept."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from pathlib import Path

import msgspec
import pytest
from made_cargo import package, project

from everylinux.builders.cargo.ahead import Ahead
from everylinux.builders.cargo.arguments import OURS, read_arguments
from everylinux.builders.cargo.builder import check_made_once
from everylinux.builders.cargo.folder import MOST, target_folder
from everylinux.builders.cargo.messages import artifacts_made, makers
from everylinux.builders.cargo.refusals import build_error
from everylinux.builders.interface import Artifact
from everylinux.cache import cache_directory
from everylinux.errors import BuildFailedError, ToolMissingError, UsageError
from everylinux.evidence import Advice
from everylinux.kept import MARK
from everylinux.spelling import parse_targets
from everylinux.toolchains.rust.cargo_metadata import CargoTarget, Package, Platform
from everylinux.toolchains.rust.settings import project_flags, settings_files, without_own_processor
from everylinux.toolchains.rust.toolchain import Rust
from everylinux.toolchains.rust.wiring import rust_environment, rust_flags
from everylinux.toolchains.wiring import wire
from everylinux.toolchains.zig import Zig

TRIPLE = "aarch64-unknown-linux-musl"
PLATFORM = Platform(TRIPLE, {"target_os": frozenset({"linux"}), "target_env": frozenset({"musl"}), "unix": frozenset()})


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), ["--release", "--jobs=3"]),
        (("-p", "app"), ["--release", "--jobs=3", "-p", "app"]),
        (("--profile", "dev"), ["--jobs=3", "--profile", "dev"]),
        (("--profile=small", "-j1"), ["--profile=small", "-j1"]),
        (("-r", "--offline"), ["--jobs=3", "-r", "--offline"]),
    ],
)
def test_the_release_profile_unless_another_is_named(given: tuple[str, ...], expected: list[str]) -> None:
    assert read_arguments(given, offline=False).command_arguments(jobs=3) == expected


def test_offline_is_handed_on_once() -> None:
    for given in ((), ("--offline",), ("--frozen",)):
        arguments = read_arguments(given, offline=True)
        assert arguments.offline
        assert sum(each in {"--offline", "--frozen"} for each in arguments.command_arguments(jobs=1)) == 1


def test_what_is_selected() -> None:
    given = ("-p", "one", "--package=two", "-Ftls,zip", "--features", "log json", "--no-default-features", "--frozen")
    arguments = read_arguments(given, offline=False)
    assert arguments.selection.packages == ("one", "two")
    assert arguments.selection.features == ("tls", "zip", "log", "json")
    assert arguments.selection.no_default_features
    assert arguments.locked
    assert arguments.offline


@pytest.mark.parametrize("given", [*((name, "x") for name in OURS), ("--target=x",), ("+nightly",)])
def test_what_everylinux_decides_cannot_be_given(given: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        read_arguments(given, offline=False)
    assert caught.value.hint


def flags(folder: Path, **environment: str) -> list[str]:
    return project_flags(folder, TRIPLE, lambda: PLATFORM, environment)


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A package with cargo's settings in its own folder, in the one above, and in cargo's home."""
    package = tmp_path / "project/package"
    for folder, text in (
        (tmp_path / "home", '[build]\nrustflags = ["--cfg=home"]\n'),
        (tmp_path / "project/.cargo", '[build]\nrustflags = "--cfg=above -Copt-level=1"\n'),
        (package / ".cargo", '[build]\nrustflags = ["--cfg=own"]\n'),
    ):
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text(text)
    return package


def test_flags_of_all_settings_come_together_the_nearest_last(configured: Path) -> None:
    assert flags(configured) == ["--cfg=home", "--cfg=above", "-Copt-level=1", "--cfg=own"]
    assert flags(configured, CARGO_BUILD_RUSTFLAGS="--cfg=variable")[-1] == "--cfg=variable"


def test_flags_of_the_target_stand_in_for_those_of_all_builds(configured: Path) -> None:
    (configured / ".cargo/config.toml").write_text(
        f"[build]\nrustflags = ['--cfg=own']\n[target.{TRIPLE}]\nrustflags = ['--cfg=exact']\n"
        "[target.'cfg(target_env = \"musl\")']\nrustflags = ['--cfg=musl']\n"
        "[target.'cfg(windows)']\nrustflags = ['--cfg=windows']\n"
    )
    assert flags(configured) == ["--cfg=exact", "--cfg=musl"]
    variable = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUSTFLAGS"
    assert flags(configured, **{variable: "-Cdebuginfo=1"})[-1] == "-Cdebuginfo=1"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["-C", "target-cpu=native", "-g"], ["-g"]),
        (["-Ctarget-cpu=native"], []),
        (["--codegen", "target-cpu=native"], []),
        (["--codegen=target-cpu=native", "--cfg=x"], ["--cfg=x"]),
        # A processor that is named is what was asked for; a configuration may have any name.
        (["-C", "target-cpu=x86-64-v3"], ["-C", "target-cpu=x86-64-v3"]),
        (["--cfg", "target-cpu=native"], ["--cfg", "target-cpu=native"]),
        (["-C"], ["-C"]),
    ],
)
def test_programs_are_not_made_for_this_machines_processor(given: list[str], kept: list[str]) -> None:
    """The rustc Book, "Codegen Options", target-cpu: "native" is the processor of the machine that compiles."""
    assert without_own_processor(given) == kept


def test_variables_stand_in_for_settings(configured: Path) -> None:
    assert flags(configured, RUSTFLAGS="-Ctarget-cpu=x -g") == ["-Ctarget-cpu=x", "-g"]
    assert flags(configured, RUSTFLAGS="-g", CARGO_ENCODED_RUSTFLAGS="--cfg\x1fwith space") == ["--cfg", "with space"]


@pytest.mark.parametrize("content", [b"not toml [", b"\xff", b"build = 1\ntarget = 2\n", b"[build]\nrustflags = 7\n"])
def test_settings_that_cargo_will_refuse_are_left_to_cargo(content: bytes, tmp_path: Path) -> None:
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo/config.toml").write_bytes(content)
    assert flags(tmp_path) == []


def test_the_files_that_choose_a_toolchain_are_among_the_settings(configured: Path) -> None:
    (configured.parent / "rust-toolchain.toml").write_text('[toolchain]\nchannel = "1.95.0"\n')
    names = [path.name for path in settings_files(configured)]
    assert names == ["config.toml", "config.toml", "rust-toolchain.toml", "config.toml"]


def message(**fields: object) -> str:
    return json.dumps({"reason": "compiler-artifact", **fields})


def test_programs_and_shared_objects_are_what_a_build_made(tmp_path: Path) -> None:
    root, answer = tmp_path / "project", tmp_path / "answer"
    own, foreign = str(root / "Cargo.toml"), "/registry/other/Cargo.toml"
    lines = [
        message(manifest_path=own, target={"name": "app", "kind": ["bin"]}, filenames=["/t/app"], executable="/t/app"),
        message(manifest_path=own, target={"name": "build", "kind": ["custom-build"]}, filenames=["/t/build"]),
        message(
            manifest_path=own, target={"name": "l", "kind": ["cdylib", "rlib"]}, filenames=["/t/l.so", "/t/l.rlib"]
        ),
        message(manifest_path=own, target={"name": "m", "kind": ["proc-macro"]}, filenames=["/t/m.so"]),
        message(manifest_path=foreign, target={"name": "f", "kind": ["cdylib", "lib"]}, filenames=["/t/f.so"]),
        '{"reason": "build-finished", "success": true}',
        "what a tool prints",
        '{"reason": 7}',
        message(manifest_path=own, target={"name": "s", "kind": ["staticlib"]}, filenames=["/t/s.a"]),
    ]
    answer.write_text("\n".join(lines))
    assert [made.name for made in artifacts_made(answer, root)] == ["app", "l.so", "s.a"]


def test_a_program_that_two_packages_make_is_nobodys(tmp_path: Path) -> None:
    """With cargo 1.95, as two members of a workspace each with a program ``tool`` are told of."""
    answer, tool = tmp_path / "answer", "/t/release/tool"
    lines = [
        message(package_id=f"path+file:///w/{spelling}", filenames=[file], target={"name": "tool", "kind": ["bin"]})
        for spelling, file in (("first#0.1.0", tool), ("b#second@0.1.0", tool), ("first#0.1.0", "/t/release/other"))
    ]
    answer.write_text("\n".join(lines))
    made = makers(answer)
    check_made_once([Artifact(Path("/t/release/other"), "other")], made)
    with pytest.raises(BuildFailedError, match="tool is what first and second each make") as caught:
        check_made_once([Artifact(Path(tool), "tool")], made)
    assert "-- -p first" in caught.value.hint


@pytest.mark.parametrize(
    ("package_id", "name"),
    [
        ("path+file:///w/first#0.1.0", "first"),
        ("registry+https://github.com/rust-lang/crates.io-index#serde@1.0.0", "serde"),
        ("git+https://example.org/w/tool?branch=main#0.1.0", "tool"),
        ("first 0.1.0 (path+file:///w/first)", "first"),
    ],
)
def test_the_name_in_the_id_of_a_package(package_id: str, name: str, tmp_path: Path) -> None:
    """The Cargo Book, Package ID Specifications; the last one as cargo wrote it before 1.77."""
    answer = tmp_path / "answer"
    answer.write_text(message(package_id=package_id, filenames=["/t/tool"], target={"name": "t", "kind": ["bin"]}))
    assert makers(answer) == {Path("/t/tool"): (name,)}


SCRIPT_FAILED = """\
   Compiling ring v0.17.14
error: failed to run custom build command for `ring v0.17.14 (/registry/ring)`

Caused by:
  process didn't exit successfully: `/t/build-script-build` (exit status: 1)
  --- stdout
  cargo:rerun-if-env-changed=CC
  {stdout}

  --- stderr
  {stderr}
"""


@pytest.mark.parametrize(
    ("stdout", "stderr", "said"),
    [
        ("cargo:warning=x.c:3:5: error: unknown type", "error occurred in cc-rs: command did not", "x.c:3:5: error"),
        ("", "thread 'main' panicked at build.rs:7:5:\n  no perl here", "no perl here"),
        ("checking for x... not found", "Failed to find tool. Is `cmake` not installed?", "Is `cmake` not installed"),
    ],
)
def test_what_a_build_script_said_is_named(stdout: str, stderr: str, said: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(SCRIPT_FAILED.format(stdout=stdout, stderr=stderr))
    error = build_error(log, 0)
    assert error.exit_code == 5
    assert error.message.startswith("the build script of ring v0.17.14 failed: ")
    assert said in error.message


def test_of_two_build_scripts_that_failed_each_speaks_for_itself(tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = SCRIPT_FAILED.format(stdout="", stderr="thread 'main' panicked at build.rs:9:18:\nUnsupported target")
    log.write_text(first + first.replace("ring v0.17.14", "other v1.0.0").replace("Unsupported", "error: no"))
    assert build_error(log, 0).message == "the build script of ring v0.17.14 failed: Unsupported target"


def test_a_failed_link_and_a_failed_compilation(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        "   Compiling a v1\nerror: linking with `/w/cc` failed: exit status: 1\n  |\n"
        '  = note:  "/w/cc" "-o" "a"\n  = note: ld.lld: error: undefined symbol: x\n'
    )
    assert build_error(log, 0).message == "linking failed: ld.lld: error: undefined symbol: x"
    log.write_text("   Compiling a v1\nerror[E0425]: cannot find value `x` in this scope\n  --> src/main.rs:1:1\n")
    assert build_error(log, 0).message == (
        "cargo build failed: src/main.rs:1:1: error[E0425]: cannot find value `x` in this scope"
    )


def test_a_compiler_that_did_not_come_to_its_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    ending = (
        'error: could not compile `app` (bin "app")\n\nCaused by:\n  process didn\'t exit successfully: `rustc app` '
    )
    log.write_text(f"   Compiling a v1\n{ending}(signal: 9, SIGKILL: kill)\n")
    assert build_error(log, 0).message == (
        'cargo build failed: error: could not compile `app` (bin "app") (signal: 9, SIGKILL: kill)'
    )
    refusing = "rustc-LLVM ERROR: 64-bit code requested on a subtarget that doesn't support it!"
    log.write_text(f"   Compiling a v1\n{refusing}\n{ending}(exit status: 101)\n")
    assert build_error(log, 0).message == f"cargo build failed: {refusing}"


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("error: the package 'app' does not contain this feature: nope\n", 2),
        ("error: no bin target named `nope` in default-run packages\n", 2),
        ("error: unexpected argument '--wrong' found\n\nUsage: cargo build\n", 2),
        ("error: profile `nope` is not defined\n", 2),
        ("error: custom toolchain 'own' specified in override file '/x/rust-toolchain' is not installed\n", 4),
        ("error: invalid toolchain: the path '/x' has no bin/ directory\n", 4),
        ("error: registry index was not found in any configuration: `ours`\n", 5),
        ("error: cannot produce cdylib for `c v0.1.0` as the target `t` does not support these crate types\n", 5),
    ],
)
def test_a_refusal_keeps_its_class(printed: str, code: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(printed)
    error = build_error(log, 0)
    assert error.exit_code == code
    assert error.hint


def test_of_a_program_that_cargo_asks_its_own_words_are_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        "error: failed to run `rustc` to learn about target-specific information\n\nCaused by:\n"
        "  process didn't exit successfully: `rustc - -C nope` (exit status: 1)\n"
        "  --- stderr\n  error: unknown codegen option: `nope`\n\n"
    )
    error = build_error(log, 0)
    assert (error.message, error.exit_code) == ("cargo: unknown codegen option: `nope`", 2)
    assert "RUSTFLAGS" in error.hint


def test_targets_share_a_folder_unless_their_c_code_differs(tmp_path: Path) -> None:
    spellings = ("x86_64-linux-gnu.2.17", "aarch64-linux-musl", "x86_64-linux-gnu.2.28", "x86_64-linux-musl.1.2.3")
    found = []
    for target in (target for spelling in spellings for target in parse_targets(spelling)):
        with target_folder(tmp_path, target) as folder:
            found.append(folder.name)
    assert found == ["oldest", "oldest", "x86_64-linux-gnu.2.28", "x86_64-linux-musl.1.2.3"]


def test_folders_that_were_not_used_for_long_are_removed_but_none_that_is_in_use(tmp_path: Path) -> None:
    target = parse_targets("x86_64-linux-musl")[0]
    places = []
    for number in range(MOST + 2):
        with target_folder(tmp_path / str(number), target) as folder:
            places.append(folder.parent)
    old = time.time() - 365 * 24 * 3600
    with target_folder(tmp_path / "5", target):
        os.utime(places[5] / MARK, (old, old))
        os.utime(places[6] / MARK, (old, old))
        with target_folder(tmp_path / "another", target):
            assert places[5].exists()
            assert not places[6].exists()
            assert len(list(cache_directory("cargo").iterdir())) <= MOST + 2


def ahead(project: Path, built: Path, *beside: Path) -> Ahead:
    """What is asked before a build, anew: what it found out once is remembered in ``built``."""
    return Ahead(
        folder=project,
        workspace=project,
        parts=(project, *beside),
        built=built,
        rust=Rust(Path("cargo"), Path("rustc"), "1.95.0", "abc", "x86_64-unknown-linux-gnu", project),
        arguments=read_arguments((), offline=False),
        target=parse_targets("x86_64-linux-musl")[0],
        sysroot=None,
        environment={},
    )


@pytest.mark.parametrize(
    "changed",
    [
        *("Cargo.toml", "Cargo.lock", "app/Cargo.toml", "app/build.rs", ".cargo/config.toml"),
        *("../config.toml", "../beside/Cargo.toml"),
    ],
)
def test_what_was_found_before_a_build_is_forgotten_when_what_decides_it_changes(changed: str, tmp_path: Path) -> None:
    project, built, beside = tmp_path / "project", tmp_path / "built", (tmp_path / "beside", tmp_path / "config.toml")
    for name in ("app", ".cargo", "../beside", "../built"):
        (project / name).mkdir(parents=True)
    for name in ("Cargo.toml", "app/build.rs", "app/main.rs", "../config.toml"):
        (project / name).write_text("1")
    found = (Advice(crate="ring", version="0.17.0", needs=("C compiler",), path=("app", "ring")),)
    assert ahead(project, built, *beside).remembered() is None
    ahead(project, built, *beside).keep(found)
    assert ahead(project, built, *beside).remembered() == found
    (project / "app/main.rs").write_text("2")
    assert ahead(project, built, *beside).remembered() == found
    (project / changed).write_text("3")
    assert ahead(project, built, *beside).remembered() is None


@pytest.mark.parametrize(
    ("arguments", "makes", "lacking"),
    [
        ((), False, {"tool": ("cli",)}),
        (("--features", "cli"), True, {}),
        # A feature that turns the other one on.
        (("-Fall",), True, {}),
        (("--bin", "tool"), True, {"tool": ("cli",)}),
    ],
)
def test_a_program_is_built_with_the_features_that_it_requires(
    *, arguments: tuple[str, ...], makes: bool, lacking: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    """The Cargo Book, "Cargo Targets", required-features."""
    library = package("app", features={"cli": (), "all": ("cli",), "default": ()})
    tool = CargoTarget("tool", ("bin",), "main.rs", ("cli",))
    found = dataclasses.replace(
        ahead(tmp_path / "project", tmp_path / "built"), arguments=read_arguments(arguments, offline=False)
    )
    metadata = project(msgspec.structs.replace(library, targets=(*library.targets, tool))).metadata
    found.__dict__["metadata"] = metadata
    assert found.makes_programs() is makes
    assert found.features_lacking() == lacking


def test_a_lock_file_that_cargo_writes_meanwhile_counts_to_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "built").mkdir()
    (tmp_path / "project").mkdir()
    first = ahead(tmp_path / "project", tmp_path / "built")
    assert first.remembered() is None
    (tmp_path / "project/Cargo.lock").write_text("version = 4\n")
    first.keep(())
    assert ahead(tmp_path / "project", tmp_path / "built").remembered() == ()


def test_variables_name_the_target_and_leave_this_machine_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CC", "CFLAGS", "CARGO_TARGET_DIR", "CPATH", "PKG_CONFIG_PATH", "CC_aarch64_unknown_linux_musl"):
        monkeypatch.setenv(name, f"given-{name}")
    program = tmp_path / "program"
    program.write_text("")
    host = "x86_64-unknown-linux-gnu"
    rust = Rust(Path("cargo"), Path("rustc"), "1.95.0", "abc", host, tmp_path)
    zig = Zig(tmp_path / "zig", "0.15.2", tmp_path / "zig-cache")
    target = parse_targets("aarch64-linux-musl")[0]
    wiring = wire(tmp_path / "tools", target, zig, program, None)
    found = rust_environment(wiring, rust, tmp_path / "built")
    name = "aarch64_unknown_linux_musl"
    for tool, command in (
        ("CC", "cc"),
        ("CXX", "c++"),
        ("AR", "ar"),
        ("RANLIB", "ranlib"),
        ("PKG_CONFIG", "pkg-config"),
    ):
        assert found[f"{tool}_{name}"] == str(wiring.command(command))
        assert tool not in found
    assert found["HOST_CC"] == "given-CC"
    assert found["CFLAGS"] == "given-CFLAGS"
    assert found["HOST_PKG_CONFIG_PATH"] == "given-PKG_CONFIG_PATH"
    assert not {"CARGO_TARGET_DIR", "CPATH", "PKG_CONFIG_PATH"} & set(found)
    assert found[f"CARGO_TARGET_{name.upper()}_LINKER"] == str(wiring.command("cc"))
    assert str(tmp_path / "built") in Path(found[f"CMAKE_TOOLCHAIN_FILE_{name}"]).read_text()


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("s390x-linux-musl", {"-Clink-self-contained=no", "-Ctarget-feature=+crt-static"}),
        ("aarch64-linux-musl.1.2.3", {"-Clink-self-contained=no", "-Ctarget-feature=-crt-static"}),
        ("x86_64-linux-gnu.2.17", {"-Ctarget-feature=-crt-static"}),
    ],
)
def test_the_target_decides_what_is_static(spelling: str, expected: set[str], tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("")
    zig = Zig(tmp_path / "zig", "0.15.2", tmp_path / "zig-cache")
    wiring = wire(tmp_path / "tools", parse_targets(spelling)[0], zig, program, None)
    linker = f"-Clinker={wiring.command('cc')}"
    assert set(rust_flags(wiring, None)) == expected | {linker}
    assert f"--sysroot={tmp_path}" in rust_flags(wiring, tmp_path)


def wanting(name: str, rust_version: str | None) -> Package:
    return msgspec.structs.replace(package(name), rust_version=rust_version)


@pytest.mark.parametrize("enough", [None, "1.56", "1.95", "1.95.0"])
def test_a_rust_that_is_new_enough_is_not_complained_about(enough: str | None, tmp_path: Path) -> None:
    ahead(tmp_path, tmp_path).require_rust([wanting("app", enough)])


def test_a_rust_that_is_too_old_is_said_before_anything_is_built(tmp_path: Path) -> None:
    compiled = [wanting("app", "1.96"), wanting("ring", "1.100.1"), wanting("log", "1.60")]
    with pytest.raises(ToolMissingError) as caught:
        ahead(tmp_path, tmp_path).require_rust(compiled)
    assert caught.value.message == "Rust 1.95.0 is too old: ring 1.0.0 wants 1.100.1, app 1.0.0 wants 1.96"
    assert "rustup update" in caught.value.hint
    assert "cargo update ring --precise VERSION" in caught.value.hint
    given = read_arguments(("--ignore-rust-version",), offline=False)
    dataclasses.replace(ahead(tmp_path, tmp_path), arguments=given).require_rust(compiled)


def test_a_nightly_counts_by_its_number(tmp_path: Path) -> None:
    """cargo leaves the mark of a release that is not out yet out of the comparison."""
    found = ahead(tmp_path, tmp_path)
    nightly = dataclasses.replace(found, rust=dataclasses.replace(found.rust, version="1.96.0-nightly"))
    nightly.require_rust([wanting("app", "1.96")])
    with pytest.raises(ToolMissingError):
        nightly.require_rust([wanting("app", "1.97")])
