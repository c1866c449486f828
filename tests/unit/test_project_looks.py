"""What each kind of file in a project tells, and that a hostile project tells nothing wrong."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux.diagnosis import looks
from everylinux.diagnosis.project import LOOKERS, Tree
from everylinux.diagnosis.project import cargo as cargo_files

if TYPE_CHECKING:
    from everylinux.diagnosis.project.sight import Sight

PROJECTS = Path(__file__).parent / "data" / "projects"


@pytest.fixture(autouse=True)
def _cargo_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end-to-end tests ask it; here the files alone have to do."""
    monkeypatch.setattr(cargo_files, "advice_for", lambda *_: None)


def seen(asked: looks.Look, folder: Path) -> Sight:
    sight = LOOKERS[type(asked)](asked, Tree(folder))
    assert sight is not None
    return sight


def lines_of(sight: Sight) -> list[tuple[str, int]]:
    return [(place.file, place.line) for place in sight.places]


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_lock_file_tells_who_pulls_a_crate_in() -> None:
    sight = seen(looks.Cargo(crate="openssl-sys"), PROJECTS / "cargo")
    assert sight.found["dependency"] == "reqwest"
    assert sight.found["path"].startswith("app → reqwest → ")
    assert sight.found["path"].endswith(" → openssl-sys")
    assert lines_of(sight) == [("Cargo.toml", 7)]


@pytest.mark.parametrize(
    ("crate", "feature"), [("openssl-sys", "vendored"), ("libsqlite3-sys", "bundled"), ("ring", None), ("serde", None)]
)
def test_a_known_crate_has_its_feature_even_where_cargo_cannot_be_asked(
    tmp_path: Path, crate: str, feature: str | None
) -> None:
    """As the manifests of these crates document them."""
    lock = f'[[package]]\nname = "a"\nversion = "1.0.0"\ndependencies = ["{crate}"]\n'
    lock += f'[[package]]\nname = "{crate}"\nversion = "0.9.1"\nsource = "x"\n'
    folder = written(tmp_path, {"Cargo.lock": lock, "Cargo.toml": f'[dependencies]\n{crate} = "0.9"\n'})
    found = seen(looks.Cargo(crate=crate), folder).found
    assert found.get("feature") == feature
    assert found.get("change", "").startswith(f"turn on the feature {feature} of {crate}") == bool(feature)


def test_a_direct_dependency_is_found_under_its_own_and_under_another_name(tmp_path: Path) -> None:
    manifest = '[package]\nname = "a"\nversion = "1.0.0"\n[target.\'cfg(unix)\'.build-dependencies]\n'
    folder = written(tmp_path, {"Cargo.toml": f'{manifest}tls = {{ package = "openssl-sys", version = "0.9" }}\n'})
    assert lines_of(seen(looks.Cargo(crate="openssl-sys v0.9.104"), folder)) == [("Cargo.toml", 5)]


def test_circles_in_a_lock_file_end(tmp_path: Path) -> None:
    source = 'source = "x"'
    lock = "".join(
        f'[[package]]\nname = "p{number}"\nversion = "1.0.0"\n{source if number else ""}\n'
        f'dependencies = ["p{(number + 1) % 50}", "p{(number + 7) % 50}"]\n'
        for number in range(50)
    )
    folder = written(tmp_path, {"Cargo.lock": lock, "Cargo.toml": '[dependencies]\np1 = "1"\n'})
    assert seen(looks.Cargo(crate="p8"), folder).found["path"] == "p0 → p1 → p8"
    assert LOOKERS[looks.Cargo](looks.Cargo(crate="absent"), Tree(folder)) is None


def test_settings_of_cargo_tell_which_key_asks_for_a_linker(tmp_path: Path) -> None:
    settings = '[build]\njobs = 2\n\n[target.aarch64-unknown-linux-gnu]\nlinker = "aarch64-linux-gnu-gcc"\n'
    folder = written(tmp_path, {".cargo/config.toml": settings})
    sight = seen(looks.CargoSettings(key=r"\.linker$", value="^aarch64-linux-gnu-gcc$"), folder)
    assert sight.found["key"] == "target.aarch64-unknown-linux-gnu.linker"
    assert lines_of(sight) == [(".cargo/config.toml", 5)]


@pytest.mark.parametrize(
    ("package", "module", "line"),
    [
        ("github.com/mattn/go-sqlite3", "github.com/mattn/go-sqlite3", 6),
        ("github.com/mattn/go-sqlite3/internal/x", "github.com/mattn/go-sqlite3", 6),
        ("/home/u/go/pkg/mod/github.com/!azure/sdk@v1.0.0/a.go", "github.com/Azure/sdk", 7),
        ("example.com/one/sub", "example.com/one", 3),
        ("go-sqlite3", "github.com/mattn/go-sqlite3", 6),
    ],
)
def test_a_module_is_found_by_package_and_by_path(tmp_path: Path, package: str, module: str, line: int) -> None:
    text = (
        "module example.com/app\n\nrequire example.com/one v0.1.0\n\nrequire (\n"
        "\tgithub.com/mattn/go-sqlite3 v1.14.16\n\tgithub.com/Azure/sdk v1.0.0 // indirect\n)\n\n"
        "exclude (\n\tgithub.com/mattn/go-sqlite3/internal v1.0.0\n)\n"
    )
    sight = seen(looks.Go(package=package), written(tmp_path, {"go.mod": text}))
    assert (sight.found["module"], lines_of(sight)) == (module, [("go.mod", line)])


def test_a_cache_of_cmake_tells_the_compiler() -> None:
    sight = seen(looks.CMakeCache(variable="^CMAKE_C_COMPILER$"), PROJECTS / "cmake")
    assert sight.found == {"variable": "CMAKE_C_COMPILER", "value": "/usr/bin/musl-gcc"}
    assert sight.places[0].text == "CMAKE_C_COMPILER:FILEPATH=/usr/bin/musl-gcc"


@pytest.mark.parametrize(
    ("stage", "base", "platform", "line"), [("first", "golang:1.22", "$BUILDPLATFORM", 1), ("last", "alpine", "", 2)]
)
def test_a_stage_that_begins_with_another_has_its_image(
    tmp_path: Path, stage: str, base: str, platform: str, line: int
) -> None:
    text = "FROM --platform=$BUILDPLATFORM golang:1.22 AS build\nfrom alpine as base\nRUN x\nFROM base\nCOPY a a\n"
    sight = seen(looks.Dockerfile(stage=stage), written(tmp_path, {"Dockerfile": text}))
    assert (sight.found["base"], sight.found["base_platform"]) == (base, platform)
    assert lines_of(sight) == [("Dockerfile", line)]


@pytest.mark.parametrize("asked", ["numpy", "NumPy", "numpy==1.19.5", "numpy-1.19.5-cp39-cp39-linux_x86_64.whl"])
def test_a_requirement_is_found_in_whatever_spelling(tmp_path: Path, asked: str) -> None:
    text = '[project]\nname = "numpy-tools"\n# numpy\ndependencies = ["numpy-stl", "Numpy[extra] >= 1.19, <2"]\n'
    sight = seen(looks.Requirement(package=asked), written(tmp_path, {"pyproject.toml": text}))
    assert lines_of(sight) == [("pyproject.toml", 4)]


def test_npm_tells_the_direct_dependency(tmp_path: Path) -> None:
    manifest = '{\n  "name": "app",\n  "dependencies": {\n    "vite": "^5"\n  }\n}\n'
    lock = """{"lockfileVersion": 3, "packages": {"": {"dependencies": {"vite": "^5"}},
      "node_modules/vite": {"version": "5.0.0", "dependencies": {"esbuild": "^0.19"}},
      "node_modules/esbuild": {"version": "0.19.1", "optionalDependencies": {"@esbuild/linux-x64": "0.19.1"}},
      "node_modules/@esbuild/linux-x64": {"version": "0.19.1", "dependencies": {"vite": "*"}}}}"""
    folder = written(tmp_path, {"package.json": manifest, "package-lock.json": lock})
    sight = seen(looks.Npm(package="@esbuild/linux-x64"), folder)
    assert sight.found == {"dependency": "vite", "path": "vite → esbuild → @esbuild/linux-x64", "version": "0.19.1"}
    assert lines_of(sight) == [("package.json", 4)]


def test_a_match_is_told_at_its_own_line_and_not_in_what_was_generated(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        {
            "Makefile": "all:\n\n\tcc -m64 a.c\n",
            "build/CMakeCache.txt": "",
            "build/Makefile": "x:\n\tcc -m64\n",
            "sub/rules.mk": "F = -m64\n",
        },
    )
    sight = seen(looks.Lines(files=(":make",), find=r"(?:^|\s)-m64\b"), folder)
    assert lines_of(sight) == [("Makefile", 3), ("sub/rules.mk", 1)]


@pytest.mark.parametrize(
    "named", ["src/a.c", "../src/a.c", "/build/app/src/a.c", "/home/ci/work/app/app/src/a.c", "a.c"]
)
def test_a_file_of_a_message_is_found_wherever_the_build_was(tmp_path: Path, named: str) -> None:
    folder = written(tmp_path, {"src/a.c": "one\ntwo\n", "src/b.c": ""})
    sight = seen(looks.Source(file=named, line="2"), folder)
    assert [(place.file, place.line, place.text) for place in sight.places] == [("src/a.c", 2, "two")]


@pytest.mark.parametrize("line", ["0", "3", "99999999999999999999", "-1", "²"])
def test_a_line_that_is_not_there_tells_nothing(tmp_path: Path, line: str) -> None:
    folder = written(tmp_path, {"a.c": "one\ntwo"})
    assert LOOKERS[looks.Source](looks.Source(file="a.c", line=line), Tree(folder)) is None


def test_a_name_that_several_files_have_tells_nothing(tmp_path: Path) -> None:
    folder = written(tmp_path, {"x/a.c": "1", "y/a.c": "2"})
    assert Tree(folder).find("/elsewhere/a.c") is None


def test_no_link_leads_out_of_the_project(tmp_path: Path) -> None:
    outside = written(tmp_path / "outside", {"Makefile": "CC = secret\n", "more/Makefile": "CC = secret\n"})
    project = tmp_path / "project"
    project.mkdir()
    (project / "Makefile").symlink_to(outside / "Makefile")
    (project / "folder").symlink_to(outside / "more")
    (project / "loop").symlink_to(project)
    tree = Tree(project)
    assert LOOKERS[looks.Lines](looks.Lines(files=(":make",), find="secret"), tree) is None
    assert tree.notes == ["Makefile: it leads out of the project"]
    assert tree.find("../outside/Makefile") is None


def test_what_is_no_regular_file_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Makefile")
    os.mkfifo(tmp_path / "a.o")
    tree = Tree(tmp_path)
    begin = time.monotonic()
    assert LOOKERS[looks.Lines](looks.Lines(files=(":make",), find="x"), tree) is None
    assert LOOKERS[looks.Binary](looks.Binary(file="a.o"), tree) is None
    assert LOOKERS[looks.Binary](looks.Binary(file="/dev/zero"), tree) is None
    assert time.monotonic() - begin < 1


def test_a_huge_file_is_left_out_and_said(tmp_path: Path) -> None:
    with (tmp_path / "Cargo.lock").open("wb") as file:
        file.truncate(1 << 40)
    (tmp_path / "Cargo.toml").write_text("[dependencies]\na = 1\n")
    tree = Tree(tmp_path)
    assert LOOKERS[looks.Cargo](looks.Cargo(crate="b"), tree) is None
    assert tree.notes == ["Cargo.lock: larger than 4 MiB"]


@pytest.mark.parametrize(
    ("name", "text", "asked"),
    [
        ("Cargo.toml", "[" * 100_000, looks.Cargo(crate="a")),
        ("Cargo.toml", "a = " + "[" * 5000, looks.Cargo(crate="a")),
        ("package.json", "[" * 100_000, looks.Npm(package="a")),
        (".cargo/config.toml", "\0\xff", looks.CargoSettings(key="a")),
    ],
)
def test_what_cannot_be_understood_is_left_out_and_said(
    tmp_path: Path, name: str, text: str, asked: looks.Look
) -> None:
    tree = Tree(written(tmp_path, {name: text}))
    assert LOOKERS[type(asked)](asked, tree) is None
    assert [note.partition(":")[0] for note in tree.notes] == [name]


@pytest.mark.parametrize(
    ("files", "asked"),
    [
        ({"Cargo.lock": "package = 3", "Cargo.toml": "dependencies = 4"}, looks.Cargo(crate="a")),
        ({"Cargo.lock": "package = [1, {name = 2}]", "Cargo.toml": "[target]\na = 1"}, looks.Cargo(crate="a")),
        ({"package.json": "[]"}, looks.Npm(package="a")),
        ({"package.json": '{"dependencies": 5}', "package-lock.json": '{"packages": [1]}'}, looks.Npm(package="a")),
        ({"go.mod": "require (\n" * 1000}, looks.Go(package="a")),
        ({"Dockerfile": "FROM a AS a\nFROM b AS b\nFROM"}, looks.Dockerfile(stage="x")),
    ],
)
def test_other_shapes_than_expected_do_no_harm(tmp_path: Path, files: dict[str, str], asked: looks.Look) -> None:
    LOOKERS[type(asked)](asked, Tree(written(tmp_path, files)))


def test_a_place_never_holds_what_a_terminal_obeys(tmp_path: Path) -> None:
    folder = written(
        tmp_path, {"Makefile": "CC = \x1b[31mgcc\x07 \u202e token=ghp_0123456789abcdefghijABCDEFGHIJ012345\n"}
    )
    (place,) = seen(looks.Lines(files=("Makefile",), find="CC"), folder).places
    assert place.text.isprintable()
    assert "0123456789abcdef" not in place.text


def test_a_tree_without_end_is_looked_at_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("everylinux.diagnosis.project.tree.MOST_ENTRIES", 10)
    tree = Tree(written(tmp_path, {f"d{number}/Makefile": "CC\n" for number in range(20)} | {"Makefile": "CC\n"}))
    sight = LOOKERS[looks.Lines](looks.Lines(files=("Makefile",), find="CC"), tree)
    assert sight is not None
    assert tree.notes


MUTATED = {
    "Cargo.toml": '[package]\nname = "a"\nversion = "1.0.0"\n[dependencies]\nb = { version = "1", features = ["c"] }\n',
    "Cargo.lock": '[[package]]\nname = "a"\nversion = "1.0.0"\ndependencies = ["b 1.0.0"]\n',
    "package.json": '{"dependencies": {"b": "^5"}}',
    "package-lock.json": '{"packages": {"": {}, "node_modules/b": {"version": "1", "dependencies": {"c": "1"}}}}',
    "go.mod": "module a\nrequire (\n\tgithub.com/a/b v1.0.0 // indirect\n)\n",
    "Dockerfile": "FROM --platform=$X a AS b\nFROM b\n",
    ".cargo/config.toml": '[target.x]\nlinker = "gcc"\nrustflags = ["-C", "a"]\n',
    "pyproject.toml": '[project]\ndependencies = ["b[c] >= 1"]\n',
    "build/CMakeCache.txt": "A:STRING=b\n//c\nCMAKE_C_COMPILER:FILEPATH=/usr/bin/cc\n",
    "config.log": "configure:1: checking for a\nb.c:1:1: error: c\nconfigure:2: error: a\n",
    "libb.a": "!<arch>\nb.o/            0           0     0     644     4         `\nabcd",
}
ASKED = (
    looks.Cargo(crate="b"),
    looks.CargoSettings(key=".", value="."),
    looks.Go(package="github.com/a/b/c"),
    looks.CMakeCache(variable=".", value="."),
    looks.Npm(package="c"),
    looks.Dockerfile(stage="last"),
    looks.Requirement(package="b"),
    looks.Lines(files=("*",), find="(?P<first>.)"),
    looks.Binary(file="libb.a"),
    looks.Source(file="go.mod", line="3"),
)


@pytest.mark.parametrize("seed", range(30))
def test_a_tree_of_changed_files_is_looked_at_without_a_fault(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, and no secret
    for name, text in MUTATED.items():
        content = bytearray(text.encode())
        for _ in range(chance.choice([0, 1, 4, 16])):
            at = chance.randrange(len(content))
            other = chance.randrange(len(content))
            content[at : at + chance.randrange(3)] = chance.choice(
                [bytes([chance.randrange(256)]), bytes(content[other : other + 40]), b"[[{{", b'"\n', b"\xff\0"]
            )
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for asked in ASKED:
        sight = LOOKERS[type(asked)](asked, Tree(tmp_path))
        assert all(place.text.isprintable() for place in (sight.places if sight else ()))
