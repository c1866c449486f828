"""What is known about crates: every file is whole, and its conditions say what the crate's build script does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from made_cargo import package, project
from recorded_cargo import examined, platform, recorded

from everylinux import data
from everylinux.advice import knowledge
from everylinux.advice.conditions import holds
from everylinux.advice.graph import Unit
from everylinux.advice.inferred import inferred_needs
from everylinux.advice.needs import needs_of
from everylinux.advice.resolution import Project
from everylinux.toolchains.rust.cargo_metadata import CargoTarget, Dependency, Selection
from everylinux.toolchains.rust.libclang import find_libclang

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = sorted((data.FOLDER / "crates").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_about_the_crate_that_it_is_named_after(path: Path) -> None:
    crate = knowledge.known(path.stem)
    assert crate is not None
    assert crate.source.startswith("https://")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", crate.date)
    assert re.match(r"\d+\.\d+\.\d+", crate.read)
    for need in crate.needs:
        holds(need.when, {})
        assert bool(need.pkg_config or need.links) is (need.what == "library")
        assert bool(need.note) or need.what != "port"


def needs(name: str, version: str, *features: str, triple: str = "x86_64-unknown-linux-musl", **env: str) -> set[str]:
    """Return what a crate of that version certainly wants with some features, as a direct dependency."""
    crate = msgspec.structs.replace(package(name, features=dict.fromkeys(features, ())), version=version)
    app = package("app", Dependency(name=name, features=features))
    base = project(app, crate)
    built = Project(base.metadata, platform(triple), base.host, Selection(), resolver=2)
    found = needs_of(built, built.graph(), Unit(name, host=False), env)
    return {need.subject for need in found if need.certain}


@pytest.mark.parametrize(
    ("crate", "version", "features", "expected"),
    [
        ("openssl-sys", "0.9.118", (), {"library openssl", "C compiler"}),
        ("openssl-sys", "0.9.118", ("vendored",), {"C compiler", "perl", "make"}),
        ("libsqlite3-sys", "0.35.0", (), {"library sqlite3"}),
        ("libsqlite3-sys", "0.35.0", ("bundled",), {"C compiler"}),
        # Its README, "Optional Features": sqlcipher overrides bundled; bundled-sqlcipher links a system's libcrypto.
        ("libsqlite3-sys", "0.39.1", ("sqlcipher", "bundled"), {"library sqlcipher"}),
        ("libsqlite3-sys", "0.39.1", ("bundled", "bundled-sqlcipher"), {"library libcrypto", "C compiler"}),
        ("libsqlite3-sys", "0.39.1", ("bundled-sqlcipher", "bundled-sqlcipher-vendored-openssl"), {"C compiler"}),
        ("odbc-sys", "0.31.2", (), {"library odbc"}),
        ("odbc-sys", "0.31.2", ("static",), {"library odbc"}),
        ("odbc-sys", "0.31.2", ("static", "vendored-unix-odbc"), set()),
        ("fuser", "0.18.0", (), set()),
        ("fuser", "0.18.0", ("libfuse", "libfuse3"), {"library fuse3"}),
        ("hdf5-metno-sys", "0.12.5", ("static",), {"C compiler", "cmake"}),
        ("xcb", "1.7.1", ("dl",), set()),
        # Its build.rs: with runtime nothing is looked for before the program runs.
        ("clang-sys", "1.9.1", (), {"library clang"}),
        ("clang-sys", "1.9.1", ("runtime",), set()),
        ("vapoursynth-sys", "0.5.0", (), {"library vapoursynth", "library vapoursynth-script"}),
        ("vapoursynth-sys", "0.6.0", (), set()),
        ("rquickjs-sys", "0.12.2", (), {"C compiler"}),
        ("inotify-sys", "0.1.8", (), set()),
        ("av-scenechange", "0.20.0", ("asm",), {"nasm"}),
        ("zstd-sys", "2.0.16", (), {"C compiler"}),
        ("freetype-sys", "0.20.1", (), {"C++ compiler"}),
        ("freetype-sys", "0.23.0", (), {"library freetype2"}),
        ("freetype-sys", "0.21.0", ("bundled",), {"C++ compiler"}),
        ("freetype-sys", "0.23.0", ("bundled",), {"C compiler"}),
        ("libdeflate-sys", "1.26.0", (), {"C compiler"}),
        ("libdeflate-sys", "1.26.0", ("dynamic",), set()),
        ("wayland-backend", "0.3.17", (), set()),
        ("nettle-sys", "2.3.2", (), {"library nettle", "library hogweed", "library gmp"}),
        ("turbojpeg-sys", "1.2.0", ("cmake", "pkg-config", "require-simd"), {"C compiler", "cmake", "nasm"}),
        ("turbojpeg-sys", "1.2.0", ("pkg-config",), {"library libturbojpeg"}),
        ("ffmpeg-sys-next", "9.0.1", ("avcodec",), {"library libavutil", "library libavcodec", "C compiler"}),
        ("ffmpeg-sys-next", "9.0.1", ("avcodec", "build"), {"C compiler", "git", "make"}),
        ("wayland-backend", "0.3.17", ("log",), {"C compiler"}),
        ("zstd-sys", "2.0.16", ("pkg-config",), {"library libzstd"}),
        ("libz-sys", "1.1.22", ("zlib-ng",), {"C compiler", "cmake"}),
        ("libdbus-sys", "0.2.7", ("vendored",), {"C compiler"}),
        ("rdkafka-sys", "4.9.0", ("cmake-build",), {"C compiler", "C++ compiler", "cmake"}),
        ("aws-lc-sys", "0.47.0", (), {"C compiler"}),
        ("seccomp-sys", "0.1.3", (), {"library libseccomp"}),
        ("syscallz", "0.17.0", (), set()),
        ("pcap-sys", "0.1.3", (), {"library libpcap"}),
        ("GSL-sys", "4.0.0", (), {"library gsl"}),
        ("mlua-sys", "0.13.0", ("luajit", "vendored"), {"C compiler", "make"}),
        ("mlua-sys", "0.13.0", ("lua51", "vendored"), {"C compiler"}),
        ("ring", "0.17.14", (), {"C compiler"}),
    ],
)
def test_what_a_build_wants_depends_on_features(
    crate: str, version: str, features: tuple[str, ...], expected: set[str]
) -> None:
    assert needs(crate, version, *features) == expected


def test_a_variable_can_take_vendoring_back() -> None:
    """openssl's documentation, "Vendored": OPENSSL_NO_VENDOR."""
    assert "library openssl" in needs("openssl-sys", "0.9.118", "vendored", OPENSSL_NO_VENDOR="1")


def test_ring_knows_few_cpus_before_0_17() -> None:
    """ring's README, "Supported platforms": 0.17 added a portable implementation for other CPUs."""
    assert len(needs("ring", "0.16.20", triple="s390x-unknown-linux-gnu")) == 2
    assert needs("ring", "0.16.20") == {"C compiler"}
    assert needs("ring", "0.17.14", triple="s390x-unknown-linux-gnu") == {"C compiler"}


def test_aws_lc_has_bindings_for_few_targets_before_0_33() -> None:
    """Before src/universal_crypto.rs came, its builder asked for bindgen: "Please enable the 'bindgen' feature"."""
    older = needs("aws-lc-sys", "0.30.0", triple="s390x-unknown-linux-musl")
    assert {"C compiler", "cmake"} < older
    assert len(older) == 3
    assert needs("aws-lc-sys", "0.30.0", "bindgen", triple="s390x-unknown-linux-musl") == {"C compiler", "cmake"}
    assert needs("aws-lc-sys", "0.30.0", triple="aarch64-unknown-linux-musl") == {"C compiler"}
    assert needs("aws-lc-sys", "0.33.0", triple="s390x-unknown-linux-musl") == {"C compiler"}


@pytest.mark.parametrize("crate", ["libloading", "clang-sys"])
@pytest.mark.parametrize(
    ("host", "triple", "told"),
    [
        (False, "aarch64-unknown-linux-musl", True),
        (False, "aarch64-unknown-linux-gnu", False),
        # What a build script loads is loaded on this machine.
        (True, "aarch64-unknown-linux-musl", False),
    ],
)
def test_a_static_program_that_loads_libraries_is_told_of_it(
    crate: str, *, host: bool, triple: str, told: bool
) -> None:
    """musl's src/ldso/dlopen.c: dlopen in a static program says "Dynamic loading not supported"."""
    entry = Dependency(name=crate, features=("runtime",), kind="build" if host else None)
    base = project(package("app", entry), package(crate, features={"runtime": ()}))
    built = Project(base.metadata, platform(triple), base.host, Selection(), resolver=2)
    needs = needs_of(built, built.graph(), Unit(crate, host=host), {})
    assert any("when it runs" in need.subject for need in needs) is told


@pytest.mark.parametrize("cpu", ["s390x", "riscv64gc", "powerpc64le"])
def test_luajit_is_for_few_cpus(cpu: str) -> None:
    """luajit.org, "Status": x86, x64, ARM, ARM64, PPC32 and MIPS."""
    triple = f"{cpu}-unknown-linux-gnu"
    assert needs("mlua-sys", "0.13.0", "luajit", "vendored", triple=triple) > {"C compiler", "make"}
    assert needs("mlua-sys", "0.13.0", "lua51", "vendored", triple=triple) == {"C compiler"}


def test_quickjs_has_bindings_for_the_targets_whose_files_it_ships() -> None:
    """rquickjs-sys 0.14, src/bindings: one file a target; its build.rs says "try the `bindgen` feature instead"."""
    assert len(needs("rquickjs-sys", "0.14.0", triple="s390x-unknown-linux-gnu")) == 2
    assert len(needs("rquickjs-sys", "0.14.0", triple="riscv64gc-unknown-linux-musl")) == 2
    assert needs("rquickjs-sys", "0.14.0", "bindgen", triple="s390x-unknown-linux-gnu") == {"C compiler"}


def test_v8_knows_musl_on_two_cpus() -> None:
    """rusty_v8 150.4, build.rs: "musl builds are only supported for x86_64 and aarch64"."""
    assert len(needs("v8", "140.0.0")) == 1
    assert needs("v8", "150.4.0") == set()
    assert len(needs("v8", "150.4.0", triple="s390x-unknown-linux-musl")) == 1


def test_snmalloc_as_cmake_builds_it_is_for_glibc() -> None:
    """upstream/CMakeLists.txt: __cxa_thread_atexit_impl on Linux; build.rs calls CMake unless build_cc is on."""
    assert needs("snmalloc-sys", "0.7.6", "build_cmake", triple="x86_64-unknown-linux-gnu") == {"C++ compiler", "cmake"}
    assert len(needs("snmalloc-sys", "0.7.6", "build_cmake")) == 3
    assert needs("snmalloc-sys", "0.7.6", "build_cc") == {"C++ compiler"}


def test_onnx_runtime_is_published_for_few_targets() -> None:
    """The list in ort-sys' build/download/dist.tsv."""
    downloading = ("ort-sys", "2.0.0-rc.15", "download-binaries")
    assert needs(*downloading, triple="aarch64-unknown-linux-gnu") == set()
    assert len(needs(*downloading, triple="aarch64-unknown-linux-musl")) == 1
    assert len(needs(*downloading, triple="s390x-unknown-linux-gnu")) == 1
    assert needs("ort-sys", "2.0.0-rc.15", triple="s390x-unknown-linux-gnu") == set()


def test_a_project_may_say_itself_where_the_linker_finds_a_library(tmp_path: Path) -> None:
    def certain(script: str) -> list[bool]:
        path = tmp_path / f"build-{len(script)}.rs"
        path.write_text(script)
        app = package("app", Dependency(name="pcap"))
        app = msgspec.structs.replace(app, targets=(*app.targets, CargoTarget("build", ("custom-build",), str(path))))
        built = project(app, package("pcap"))
        return [need.certain for need in needs_of(built, built.graph(), Unit("pcap", host=False), {})]

    assert certain("fn main() {}") == [True]
    for said in ("rustc-link-search=native=libs", "rustc-flags=-L libs", "rustc-link-arg=-Llibs"):
        assert certain(f'fn main() {{ println!("cargo:{said}"); }}') == [False]


def test_protoc_is_wanted_by_the_package_whose_script_compiles(tmp_path: Path) -> None:
    def wanted(script: str) -> set[str]:
        path = tmp_path / f"build-{abs(hash(script))}.rs"
        path.write_text(script)
        app = package("app", Dependency(name="tonic-build", kind="build"))
        targets = (*app.targets, CargoTarget("build", ("custom-build",), str(path)))
        app = msgspec.structs.replace(app, targets=targets)
        built = project(app, package("tonic-build", Dependency(name="prost-build")), package("prost-build"))
        found = needs_of(built, built.graph(), Unit("prost-build", host=True), {})
        return {need.subject for need in found if need.certain}

    assert wanted('tonic_build::compile_protos("a.proto").unwrap();') == {"protoc"}
    assert wanted("let fds = protox::compile(files); tonic_build::configure().compile_fds(fds);") == set()
    assert wanted("// nothing is generated here") == set()


def test_clang_is_wanted_where_a_build_script_compiles_for_the_kernel(tmp_path: Path) -> None:
    """libbpf-cargo's documentation, "SkeletonBuilder": it calls clang for the CPU bpf."""

    def wanted(script: str) -> set[str]:
        path = tmp_path / f"build-{len(script)}.rs"
        path.write_text(script)
        app = package("app", Dependency(name="libbpf-cargo", kind="build"))
        app = msgspec.structs.replace(app, targets=(*app.targets, CargoTarget("build", ("custom-build",), str(path))))
        built = project(app, package("libbpf-cargo"))
        return {need.subject for need in needs_of(built, built.graph(), Unit("libbpf-cargo", host=True), {})}

    assert wanted('SkeletonBuilder::new().source("a.bpf.c").build_and_generate(out).unwrap();') == {"clang"}
    assert wanted("fn main() {}") == set()


@pytest.fixture
def inferred(tmp_path: Path) -> Callable[..., dict[str, bool]]:
    """What a crate that nothing is known about seems to need, and whether that is certain."""

    def answer(name: str, script: str, *tools: str, metadata: object = None) -> dict[str, bool]:
        path = tmp_path / f"{name}.rs"
        path.write_text(script)
        crate = package(name, *(Dependency(name=tool, kind="build") for tool in tools))
        targets = (*crate.targets, CargoTarget("build", ("custom-build",), str(path)))
        crate = msgspec.structs.replace(crate, targets=targets, links="foo", metadata=metadata)
        built: Project = project(package("app", Dependency(name=name)), crate, *map(package, tools))
        found = inferred_needs(built, built.graph(), Unit(name, host=False))
        return {need.subject: need.certain for need in found}

    return answer


def test_an_unknown_crate_is_judged_by_its_manifest_and_script(inferred: Callable[..., dict[str, bool]]) -> None:
    probe = 'fn main() { pkg_config::probe_library("foo-1").unwrap(); }'
    assert inferred("only-sys", probe, "pkg-config") == {"library foo-1": True}
    # With a compiler at hand it may build what it does not find.
    both = 'if pkg_config::probe_library("foo-1").is_err() { cc::Build::new().file("foo.c").compile("foo") }'
    assert inferred("both-sys", both, "pkg-config", "cc") == {"C compiler": False, "library foo-1": False}
    # As bupstash has it: it compiles something else, and ends where pkg-config does not know the library.
    insists = 'fn main() { pkg_config::probe_library("foo-1").unwrap(); cc::Build::new().file("x.c").compile("x"); }'
    assert inferred("insisting-sys", insists, "pkg-config", "cc") == {"C compiler": False, "library foo-1": True}
    config = insists.replace("probe_library(", 'Config::new().atleast_version("1").probe(').replace(
        "unwrap(", 'expect("'
    )
    assert inferred("config-sys", config, "pkg-config", "cc")["library foo-1"] is True
    # As smithay-client-toolkit has it.
    older = insists.replace("probe_library(", 'Config::new().arg("-x").find(')
    assert inferred("older-sys", older, "pkg-config", "cc")["library foo-1"] is True
    asked = insists.replace("main() {", 'main() { if env::var("X").is_ok() { return; }')
    assert inferred("asked-sys", asked, "pkg-config", "cc")["library foo-1"] is False
    # It ends there only where nothing led past it, and not where it is a comment.
    for before in ("vendored()?;", 'let x = env::var("X").unwrap_or_else(|_| String::new());', "//"):
        passed = insists.replace("main() {", f"main() {{ {before}")
        assert inferred("passed-sys", f"{passed}\n}}", "pkg-config", "cc").get("library foo-1", False) is False
    elsewhere = insists.replace("fn main() {", "fn find() {")
    assert inferred("elsewhere-sys", elsewhere, "pkg-config", "cc")["library foo-1"] is False
    forgiving = insists.replace(".unwrap()", ".ok()")
    assert inferred("forgiving-sys", forgiving, "pkg-config", "cc")["library foo-1"] is False
    # As libcryptsetup-rs-sys has it: a function of the script asks, and the program ends where the library is not.
    matched = (
        "fn probe() -> Library { let mut config = Config::new(); match config.atleast_version(V).probe("
        '"foo-1") { Ok(found) => found, Err(error) => panic!("foo: {error}"), } } '
        "fn main() { let found = probe(); if found.version < LATEST { cc::Build::new().compile(); } }"
    )
    assert inferred("matched-sys", matched, "pkg-config", "cc")["library foo-1"] is True
    for kept, other in (
        ('panic!("foo: {error}")', "build()"),
        ("let found = probe();", "if old() { return; } let found = probe();"),
        ("let found = probe();", "let found = std::panic::catch_unwind(|| probe());"),
        ("match config", "if let Ok(x) = y { return x; } match config"),
        ("fn main() {", "fn other() {"),
    ):
        led_past = matched.replace(kept, other)
        assert inferred(f"past-{len(led_past)}-sys", led_past, "pkg-config", "cc")["library foo-1"] is False, other
    table = {"system-deps": {"foo": "1.2", "bar": {"name": "bar-2", "version": "2", "feature": "with-bar"}}}
    script = "system_deps::Config::new().probe().unwrap();"
    assert inferred("deps-sys", script, "system-deps", metadata=table) == {"library foo": True}
    # As libheif-sys has it: only features name versions.
    by_feature = {"system-deps": {"foo": {"v1_2": {"version": "1.2"}}, "bar": {"default": {"version": "2"}}}}
    assert inferred("versions-sys", script, "system-deps", metadata=by_feature) == {}
    assert inferred("plain", 'println!("cargo:rerun-if-changed=x");') == {}
    # As libpulse-simple-sys names it.
    named = 'let name: &str = "foo-1"; config.probe(name); config.probe(min_version);'
    assert inferred("named-sys", named, "pkg-config") == {"library foo-1": True}


def test_what_a_script_has_linked_is_wanted(inferred: Callable[..., dict[str, bool]]) -> None:
    # As libxdo-sys has it. A script that decides anything may be told where it is, or leave it out.
    linked = 'fn main() { println!("cargo:rustc-link-lib=foo"); println!("cargo:rustc-link-lib=pthread"); }'
    assert inferred("linked-sys", linked) == {"library foo": True}
    # As libmpv2-sys has it: where cargo keeps a script's own files decides nothing.
    copying = 'use std::env; fn main() { copy(env::var("OUT_DIR").unwrap()); ' + linked.removeprefix("fn main() {")
    assert inferred("copying-foo-sys", copying) == {"library foo": True}
    # As librpm-sys has it: linked before anything is asked. As rust-apt: by another name than the crate's.
    early = linked.removesuffix("}") + 'if std::env::var("X").is_ok() { more(); } }'
    assert inferred("early-foo-sys", early) == {"library foo": True}
    late = early.replace("fn main() {", 'fn main() { if std::env::var("Y").is_ok() { return; }')
    assert inferred("late-foo-sys", late) == {"library foo": False}
    apt = linked.replace("link-lib=foo", "link-lib=apt-pkg")
    assert inferred("package-manager", apt) == {"library apt-pkg": True}
    assert inferred("package-manager-late", late.replace("link-lib=foo", "link-lib=apt-pkg")) == {}
    # Only docs.rs leaves out what follows this.
    documented = linked.replace("fn main() {", 'fn main() { if std::env::var("DOCS_RS").is_ok() { return; }')
    assert inferred("documented-foo-sys", documented) == {"library foo": True}
    assert inferred("told-sys", linked + 'println!("cargo:rustc-link-search={}", folder());') == {"library foo": False}
    # It may come from a folder that is named in another way, or a program may build it.
    for before in (
        'println!("cargo:rustc-flags=-L {}", folder());',
        'println!("cargo::rustc-link-arg=-L/opt/foo");',
        'Command::new("make").arg("libfoo.so").status().unwrap();',
    ):
        brought = linked.replace("main() {", f"main() {{ {before}")
        assert inferred("brought-foo-sys", brought) == {"library foo": False}, before
        # As before a branch, so in a script without one.
        branching = brought.removesuffix("}") + 'if std::env::var("X").is_ok() { more(); } }'
        assert inferred("brought-early-foo-sys", branching) == {"library foo": False}, before
    assert inferred("built-sys", linked, "foo-src") == {"library foo": True}
    assert inferred("other-sys", "#[cfg(windows)]\n" + linked) == {}
    assert inferred("m-sys", 'fn main() { println!("cargo:rustc-link-lib=m"); }') == {}
    assert inferred("off-sys", "if cfg!(windows) { " + linked + " }") == {}


def test_names_of_features_are_those_of_recorded_manifests() -> None:
    """Each condition of a file about a crate that is recorded names features of that crate."""
    checked = 0
    for name in ("rocksdb", "sqlx", "sentry", "hidapi", "git2"):
        for built in recorded(name).metadata.packages:
            crate = knowledge.known(built.name)
            conditions = " ".join(need.when for need in crate.needs) if crate else ""
            used = set(re.findall(r'feature = "([^"]+)"', conditions))
            if used and crate and crate.read.partition("+")[0] == built.version.partition("+")[0]:
                assert used <= set(built.features), built.name
                checked += 1
    assert checked > 3


def test_the_c_plus_plus_library_of_clang_is_not_libclang(tmp_path: Path) -> None:
    (tmp_path / "libclang-cpp.so.14").write_bytes(b"")
    found = find_libclang({"LIBCLANG_PATH": str(tmp_path)})
    assert found is None or found.parent != tmp_path
    (tmp_path / "libclang-14.so.1").write_bytes(b"")
    assert find_libclang({"LIBCLANG_PATH": str(tmp_path)}) == tmp_path / "libclang-14.so.1"


def test_a_sysroot_with_the_library_is_enough(tmp_path: Path) -> None:
    from everylinux.advice.findings import Examination
    from everylinux.advice.surroundings import Surroundings
    from everylinux.spelling import parse_targets
    from everylinux.toolchains.sysroot.folder import open_sysroot

    folder = tmp_path / "usr/lib/x86_64-linux-gnu/pkgconfig"
    folder.mkdir(parents=True)
    (tmp_path / "usr/include").mkdir()
    (folder / "openssl.pc").write_text("prefix=/usr\n")
    built = recorded("reqwest", "x86_64-unknown-linux-gnu")
    assert [each for each in examined(built).findings(built.graph()) if each.lacks_library]
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    surroundings = Surroundings(target, open_sysroot(tmp_path, target), {})
    assert not [each for each in Examination(built, surroundings).findings(built.graph()) if each.lacks_library]
