"""Cargo projects on the real cargo: what is selected, what is not lost, what stays warm, what is advised and cured."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from everylinux import elf
from everylinux.cache import cache_directory
from everylinux.evidence import Build, BuildReport
from everylinux.spelling import native_targets
from everylinux.toolchains.find import find

pytestmark = pytest.mark.e2e

PROJECTS = Path(__file__).parent / "projects"
NATIVE = native_targets()
GNU, MUSL = (target.name for target in NATIVE)
FOREIGN = "s390x-linux-musl"
SECONDS = 1200
TOOL = '[package]\nname = "tool"\nversion = "0.1.0"\nedition = "2021"\n'


@pytest.fixture(scope="module", autouse=True)
def needs_cargo() -> None:
    if find("cargo") is None:
        pytest.skip("cargo is not on this machine")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One copy for all tests: its folder is what cargo's own is kept by."""
    return Path(shutil.copytree(PROJECTS / "cargo-workspace", tmp_path_factory.mktemp("cargo") / "workspace"))


def run_build(project: Path, *arguments: str, **variables: str) -> tuple[int, list[Build], str]:
    """Run the command line in the project's folder; returns its exit code, its records, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "everylinux", "build", "-o", "json", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=project,
        env={**os.environ, **variables},
        timeout=SECONDS,
    )
    assert "Traceback" not in done.stderr
    builds = msgspec.json.decode(done.stdout, type=BuildReport).builds if done.stdout else ()
    return done.returncode, list(builds), done.stderr


def built(project: Path, *arguments: str, **variables: str) -> list[Build]:
    code, builds, said = run_build(project, *arguments, **variables)
    assert code == 0, said + "".join((project / build.log).read_text()[-3000:] for build in builds)
    return builds


def programs(project: Path, build: Build) -> dict[str, Path]:
    return {Path(file.path).name: project / file.path for file in build.files}


def output_of(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def test_every_program_of_a_workspace_for_both_libcs(workspace: Path) -> None:
    for build in built(workspace, "--target", f"{GNU},{MUSL}"):
        made = programs(workspace, build)
        assert set(made) == {"app", "tool"}
        libc = "glibc" if build.target == GNU else "another libc"
        assert output_of(made["app"]) == f"{libc} true 6"
        static = elf.read(made["app"]).kind in {"static", "static-pie"}
        assert static == (build.target == MUSL)
        assert "cargo" in build.kind
        assert build.toolchain["rustc"]
    assert not (workspace / "target").exists()
    code, builds, _ = run_build(workspace, "--target", f"{GNU},{MUSL}")
    assert (code, {build.status for build in builds}) == (0, {"unchanged"})


def test_what_follows_the_dashes_selects(workspace: Path) -> None:
    (build,) = built(workspace, "--target", MUSL, "--", "-p", "app", "--features", "app/loud")
    made = programs(workspace, build)
    assert set(made) == {"app"}
    assert output_of(made["app"]).endswith("!")
    (build,) = built(workspace / "tool", "--target", MUSL, "--out", "../dist")
    assert [Path(file.path).name for file in build.files] == ["tool"]


def test_settings_in_the_manifest_count(workspace: Path) -> None:
    manifest = workspace / "Cargo.toml"
    before = manifest.read_text()
    manifest.write_text(f'{before}\n[workspace.metadata.everylinux.build]\nargs = ["-p", "tool"]\n')
    (build,) = built(workspace, "--target", MUSL)
    assert set(programs(workspace, build)) == {"tool"}
    manifest.write_text(before)


def test_flags_of_the_project_are_not_lost_and_unchanged_crates_are_not_built_again(workspace: Path) -> None:
    settings = workspace / ".cargo/config.toml"
    settings.parent.mkdir()
    settings.write_text("[build]\nrustflags = ['--cfg=marked']\n")
    (build,) = built(workspace, "--target", MUSL)
    assert output_of(programs(workspace, build)["app"]).endswith(" marked")
    source = workspace / "tool/src/main.rs"
    before = source.read_text()
    source.write_text('fn main() { println!("changed"); }\n')
    (build,) = built(workspace, "--target", MUSL)
    assert output_of(programs(workspace, build)["tool"]) == "changed"
    log = (workspace / build.log).read_text()
    assert "Compiling tool" in log
    assert "Compiling app" not in log
    (build,) = built(workspace, "--target", MUSL, RUSTFLAGS="-Copt-level=1")
    assert not output_of(programs(workspace, build)["app"]).endswith(" marked"), "RUSTFLAGS stand in for settings"
    settings.unlink()
    source.write_text(before)


def test_a_standard_library_from_source(workspace: Path) -> None:
    """Nobody has a prebuilt one for this target: it is built once, then found."""
    (build,) = built(workspace, "--target", FOREIGN, "--", "-p", "tool")
    program = programs(workspace, build)["tool"]
    assert elf.read(program).kind in {"static", "static-pie"}
    emulator = shutil.which("qemu-s390x-static") or shutil.which("qemu-s390x")
    if emulator is None:
        pytest.skip("there is no emulator for it on this machine")
    assert output_of(emulator, program) == "s390x"


def test_no_library_offline_says_what_to_do(workspace: Path, tmp_path: Path) -> None:
    elsewhere = {"EVERYLINUX_CACHE": str(tmp_path / "cache"), "CARGO_HOME": str(tmp_path / "home")}
    (tmp_path / "home").mkdir()
    zig = str(cache_directory("zig"))
    arguments = ("--target", FOREIGN, "--cache", zig, "--offline", "--", "-p", "tool")
    code, builds, said = run_build(workspace / "tool", *arguments, **elsewhere)
    assert code in {4, 7}, said
    assert builds[0].hint


def test_a_machine_without_a_c_compiler(tmp_path: Path) -> None:
    """What is built for this machine is linked by zig then, build scripts and what they compile."""
    project = Path(shutil.copytree(PROJECTS / "cargo-workspace", tmp_path / "workspace"))
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("cargo", "rustc", "rustup"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    for build in built(project, "--target", f"{GNU},{MUSL}", "--", "-p", "app", PATH=str(tools)):
        assert output_of(programs(project, build)["app"]).endswith(" true 6")


def test_prebuilt_only_says_what_would_bring_it(workspace: Path) -> None:
    code, builds, _ = run_build(workspace, "--target", FOREIGN, EVERYLINUX_BUILD_RUST_STD="prebuilt")
    assert code == 4
    assert "no standard library for s390x-unknown-linux-musl" in builds[0].problem
    assert "source" in builds[0].hint


def edited(workspace: Path, folder: Path, name: str, text: str) -> Path:
    project = Path(shutil.copytree(workspace, folder / "w"))
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text(text)
    return project


@pytest.mark.parametrize(
    ("name", "text", "arguments", "code", "problem"),
    [
        ("app/Cargo.toml", '[package]\nname = "app"\nversion = "2.0.0"\n', ["--", "--locked"], 5, "lock"),
        ("README", "", ["--", "--features", "nope"], 2, "nope"),
        ("README", "", ["--", "-p", "nope"], 2, "nope"),
        ("README", "", ["--", "--bin", "nope"], 2, "nope"),
        ("README", "", ["--", "--bin"], 2, "one argument"),
        ("README", "", ["--", "--target", "x"], 2, "--target"),
        ("README", "", ["--", "-p", "app", "--lib"], 2, "app"),
        ("rust-toolchain.toml", '[toolchain]\nchannel = "1.2.3"\n', [], 4, "1.2.3"),
        ("rust-toolchain.toml", "[toolchain\n", [], 2, "rust-toolchain.toml"),
        ("rust-toolchain.toml", '[toolchain]\npath = "/nowhere"\n', [], 4, "/nowhere"),
        ("rust-toolchain", "own-rust\n", [], 4, "own-rust"),
        (".cargo/config.toml", "[build\n", [], 2, "config.toml"),
        (".cargo/config.toml", '[build]\nrustflags = ["-C", "no-such-thing"]\n', [], 2, "no-such-thing"),
        (".cargo/config.toml", '[build]\nrustc-wrapper = "no-such-wrapper"\n', [], 4, "no-such-wrapper"),
        ("Cargo.toml", "[workspace\n", [], 2, "Cargo.toml"),
        ("Cargo.toml", '[workspace]\nmembers = ["gone"]\n', [], 5, "gone/Cargo.toml"),
        ("Cargo.lock", "version = [", [], 5, "Cargo.lock"),
        ("tool/Cargo.toml", f'{TOOL}rust-version = "1.999"\n', ["--", "-p", "tool"], 4, "1.999"),
        ("tool/Cargo.toml", f'{TOOL}[dependencies]\nother = {{ path = "../gone" }}\n', [], 5, "gone/Cargo.toml"),
        ("tool/Cargo.toml", f'{TOOL}[dependencies]\nx = {{ version = "1", registry = "ours" }}\n', [], 5, "ours"),
        ("tool/src/main.rs", 'fn main() { let x: u8 = ""; }\n', ["--", "-p", "tool"], 5, "main.rs:1"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_error(  # noqa: PLR0913 - a change, a command line, and what comes of it
    *, workspace: Path, tmp_path: Path, name: str, text: str, arguments: list[str], code: int, problem: str
) -> None:
    project = edited(workspace, tmp_path, name, text)
    found, builds, said = run_build(project, "--target", MUSL, *arguments, RUSTUP_AUTO_INSTALL="0", RUSTFLAGS="")
    assert found == code, said
    assert problem in (builds[0].problem if builds else said)
    # What a failed build itself says stands in its log; whatever was found out before it has a hint.
    assert code == 5 or (builds[0].hint if builds else "hint:" in said)


def test_settings_of_a_users_own_do_not_lead_a_build_astray(tmp_path: Path) -> None:
    """The Cargo Book, "Configuration": each of these aims a plain `cargo build` elsewhere."""
    target = NATIVE[1]
    settings = f"""
        [build]
        target = ["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"]
        target-dir = "/proc/nowhere"
        rustflags = ["--cfg", "own"]
        [target.{target.rust}]
        linker = "no-such-linker"
        runner = "no-such-runner"
        [alias]
        build = "check"
    """
    project = tmp_path / "tool"
    for name, text in {
        "Cargo.toml": TOOL,
        "src/main.rs": 'fn main() { #[cfg(own)] println!("own"); }\n',
        ".cargo/config.toml": settings,
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    (project / "target").touch()
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(f'#!/bin/sh\necho called >> {tmp_path}/calls\nexec "$@"\n')
    wrapper.chmod(0o755)
    variables = {
        "CARGO_TARGET_DIR": "/proc/nowhere",
        "CARGO_BUILD_TARGET": "s390x-unknown-linux-gnu",
        f"CARGO_TARGET_{target.rust.upper().replace('-', '_')}_LINKER": "no-such-linker",
        "RUSTC_WRAPPER": str(wrapper),
        "RUSTFLAGS": "",
    }
    (build,) = built(project, "--target", target.name, **variables)
    (program,) = programs(project, build).values()
    assert elf.read(program).needed == ()
    assert (elf.read(program).identity.machine, output_of(program)) == (target.cpu.elf.machine, "own")
    assert (tmp_path / "calls").is_file(), "a compiler cache is still asked"


def test_packages_that_lie_in_a_folder_need_no_network(tmp_path: Path) -> None:
    """As `cargo vendor` leaves them, and with one of them in place of the registry's ("Overriding Dependencies")."""
    vendored = "[source.crates-io]\nreplace-with = 'kept'\n[source.kept]\ndirectory = 'vendor'\n"
    patch = '[dependencies]\nours = "1"\nkept = "1"\n[patch.crates-io]\nours = { path = "../ours" }\n'
    for name, text in {
        "tool/Cargo.toml": TOOL + patch,
        "tool/src/main.rs": 'fn main() { println!("{} {}", ours::WORD, kept::WORD); }\n',
        "tool/.cargo/config.toml": vendored,
        "tool/vendor/kept/Cargo.toml": TOOL.replace("tool", "kept").replace("0.1.0", "1.0.0"),
        "tool/vendor/kept/.cargo-checksum.json": '{"files": {}}',
        "tool/vendor/kept/src/lib.rs": 'pub const WORD: &str = "kept";\n',
        "ours/Cargo.toml": TOOL.replace("tool", "ours").replace("0.1.0", "1.0.0"),
        "ours/src/lib.rs": 'pub const WORD: &str = "first";\n',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    home = tmp_path / "home"
    home.mkdir()

    def printed() -> str:
        (build,) = built(tmp_path / "tool", "--target", MUSL, "--offline", CARGO_HOME=str(home))
        return output_of(programs(tmp_path / "tool", build)["tool"])

    assert printed() == "first kept"
    # What lies outside of the project's folder belongs to it all the same.
    (tmp_path / "ours/src/lib.rs").write_text('pub const WORD: &str = "second";\n')
    assert printed() == "second kept"


def test_a_workspace_without_programs(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "only"\nversion = "0.1.0"\nedition = "2021"\n')
    (tmp_path / "src/lib.rs").write_text("pub fn only() {}\n")
    code, builds, _ = run_build(tmp_path, "--target", MUSL)
    assert (code, builds[0].problem) == (3, "the project has no program and no shared object")
    assert "Compiling" not in (tmp_path / builds[0].log).read_text(), "known before anything is built"


def test_a_shared_object_for_dynamic_targets_only(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text(
        '[package]\nname = "part"\nversion = "0.1.0"\nedition = "2021"\n[lib]\ncrate-type = ["cdylib"]\n'
    )
    (tmp_path / "src/lib.rs").write_text('#[no_mangle]\npub extern "C" fn part() -> u8 { 7 }\n')
    dynamic = f"{MUSL}.1.2.3"
    for build in built(tmp_path, "--target", f"{GNU},{dynamic}"):
        read = elf.read(programs(tmp_path, build)["libpart.so"])
        assert (read.kind, "part" in read.exports) == ("shared-object", True)
    code, builds, _ = run_build(tmp_path, "--target", MUSL)
    assert code == 5
    assert "dynamic target" in builds[0].hint


def test_what_is_certain_to_fail_is_said_before_and_cured(tmp_path: Path) -> None:
    """A library that nobody brings: said within seconds, cured by the change, taken back."""
    project = Path(shutil.copytree(PROJECTS / "cargo-sqlite", tmp_path / "counts"))
    manifest = (project / "Cargo.toml").read_text()
    code, builds, _ = run_build(project, "--target", MUSL)
    assert code == 5
    assert "libsqlite3-sys" in builds[0].problem
    assert "`bundled` of rusqlite" in builds[0].hint
    code, builds, said = run_build(project, "--target", MUSL, "--advise")
    assert (code, builds[0].status) == (1, "advised")
    assert '+rusqlite = { version = "0.32", features = ["bundled"] }' in said
    assert (project / "Cargo.toml").read_text() == manifest
    (build,) = built(project, "--target", MUSL, "--apply")
    advice = next(each for each in build.advice if each.crate == "libsqlite3-sys")
    assert (advice.verified, advice.dependency, advice.feature) == (True, "rusqlite", "bundled")
    assert advice.path[-1] == "libsqlite3-sys"
    assert output_of(programs(project, build)["counts"]) == "42"
    assert "# The database." in (project / "Cargo.toml").read_text()
    assert run_build(project, "--undo")[0] == 0
    assert (project / "Cargo.toml").read_text() == manifest


def test_what_only_the_linker_misses_is_cured_all_the_same(tmp_path: Path) -> None:
    """A library that an attribute in a dependency's source names: nothing says so before the build has failed."""
    project, kept = tmp_path / "app", tmp_path / "app/vendor/shapes"
    for folder in (project, kept):
        (folder / "src").mkdir(parents=True)
    (project / "Cargo.toml").write_text(
        '[package]\nname = "app"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\nshapes = "1"\n'
    )
    (project / "src/main.rs").write_text('fn main() { println!("{}", unsafe { shapes::area() }); }\n')
    (project / ".cargo").mkdir()
    (project / ".cargo/config.toml").write_text(
        '[source.crates-io]\nreplace-with = "kept"\n[source.kept]\ndirectory = "vendor"\n'
    )
    (kept / "Cargo.toml").write_text(
        '[package]\nname = "shapes"\nversion = "1.0.0"\nedition = "2021"\n[features]\nbundled = []\n'
    )
    (kept / ".cargo-checksum.json").write_text('{"files": {}}')
    (kept / "src/lib.rs").write_text(
        '#[cfg_attr(not(feature = "bundled"), link(name = "shapes_of_nobody"))]\nextern "C" { pub fn area() -> i32; }\n'
        '#[cfg(feature = "bundled")]\nmod own { #[no_mangle] extern "C" fn area() -> i32 { 42 } }\n'
    )
    code, builds, _ = run_build(project, "--target", MUSL)
    assert code == 5
    assert "shapes_of_nobody" in builds[0].problem
    assert "feature `bundled` of shapes" in builds[0].hint
    assert [each.missing for each in builds[0].advice] == [("library shapes_of_nobody",)]
    (build,) = built(project, "--target", MUSL, "--apply")
    assert [(each.crate, each.verified) for each in build.advice] == [("shapes", True)]
    assert output_of(programs(project, build)["app"]) == "42"
