"""Settings: flag > environment > file; unknown keys are errors."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from everylinux.errors import UsageError
from everylinux.sandbox.isolation.choice import SANDBOXES, open_sandbox
from everylinux.settings import commented_file, load_settings, schema

if TYPE_CHECKING:
    from pathlib import Path


def test_a_project_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environ={})
    assert settings.build.targets == ()
    assert settings.prove.timeout is None


def test_every_section_is_read(tmp_path: Path) -> None:
    (tmp_path / "everylinux.toml").write_text(
        """
        [build]
        targets = ["arm64", "s390x"]
        libc = "gnu.2.28"
        [check]
        fail-on = ["missing-library"]
        allow = [{ code = "missing-library", subject = "libX11.so.6", reason = "only the GUI needs it" }]
        [prove]
        timeout = 5
        [[smoke]]
        file = "app"
        exit = 3
        """
    )
    settings = load_settings(tmp_path, environ={})
    assert settings.build.targets == ("arm64", "s390x")
    assert settings.check.fail_on == ("missing-library",)
    assert settings.check.allow[0].image == "*"
    assert settings.prove.timeout == 5
    assert settings.smoke[0].exit == 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.everylinux.build]\nlibc = "musl"\n'),
        ("Cargo.toml", '[package.metadata.everylinux.build]\nlibc = "musl"\n'),
    ],
)
def test_other_files_may_hold_the_settings(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert load_settings(tmp_path, environ={}).build.libc == "musl"


def test_the_nearest_file_up_to_the_repository_wins(tmp_path: Path) -> None:
    (tmp_path / "everylinux.toml").write_text('[build]\nkind = "outside"\n')
    inner = tmp_path / "repository" / "cmd" / "app"
    inner.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    assert load_settings(inner, environ={}).build.kind is None
    (tmp_path / "repository" / "everylinux.toml").write_text('[build]\nkind = "go"\n')
    assert load_settings(inner, environ={}).build.kind == "go"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "everylinux.toml").write_text('[build]\ntargets = ["arm64"]\n[prove]\ntimeout = 5\n')
    environ = {"EVERYLINUX_BUILD_TARGETS": "s390x, riscv64", "EVERYLINUX_PROVE_TIMEOUT": "7.5"}
    environ["EVERYLINUX_BUILD_RUST_STD_ROOM"] = "0.5"
    settings = load_settings(tmp_path, environ=environ)
    assert settings.build.targets == ("s390x", "riscv64")
    assert settings.prove.timeout == 7.5
    assert settings.build.rust_std_room == 0.5


def test_an_unknown_key_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "everylinux.toml").write_text('[build]\ntarget = ["arm64"]\n')
    with pytest.raises(UsageError, match="unknown field `target`") as caught:
        load_settings(tmp_path, environ={})
    assert "'targets'" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[check]\nimagse = ['debian:12']\n", "images"),
        ("[[check.allow]]\ncode = 'wheel-tag'\nreason = 'x'\nimages = 'debian:12'\n", "image"),
        ("[[smoke]]\nfiel = 'app'\n", "file"),
        ("[chek]\nimages = ['debian:12']\n", "check"),
    ],
)
def test_the_nearest_key_is_one_of_the_same_section(text: str, meant: str, tmp_path: Path) -> None:
    (tmp_path / "everylinux.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_settings(tmp_path, environ={})
    assert caught.value.hint == f"did you mean {meant!r}?"


@pytest.mark.parametrize(
    "text", ["[build", '[build]\ntargets = "arm64"\n', "build = 1\n", "\udcff", f"a = {'[' * 20_000}"]
)
def test_a_file_that_is_not_understood_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "everylinux.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError):
        load_settings(tmp_path, environ={})


def test_a_config_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no settings file"):
        load_settings(tmp_path, config=tmp_path / "absent.toml", environ={})


def test_the_commented_file_is_valid_and_its_examples_are_too(tmp_path: Path) -> None:
    text = commented_file()
    assert tomllib.loads(text) == {"build": {}, "check": {}, "prove": {}, "images": {}}
    keys = [line.removeprefix("# ") if " = " in line or "[[" in line else line for line in text.splitlines()]
    enabled = "\n".join(keys)
    (tmp_path / "everylinux.toml").write_text(enabled)
    settings = load_settings(tmp_path, environ={})
    assert settings.build.kind == "cmake"
    assert settings.smoke[0].args == ("--version",)


def test_the_schema_describes_every_section() -> None:
    definitions = schema()["$defs"]
    assert {"BuildSettings", "CheckSettings", "ProveSettings", "ImagesSettings", "Smoke", "Allowance"} <= set(
        definitions
    )
    assert definitions["BuildSettings"]["additionalProperties"] is False


@pytest.mark.parametrize("name", ["bubblewrap", "podman", "docker"])
def test_every_sandbox_can_be_named_and_opened(tmp_path: Path, name: str) -> None:
    assert name in SANDBOXES
    settings = load_settings(tmp_path, environ={"EVERYLINUX_PROVE_SANDBOX": name})
    assert settings.prove.sandbox == name
    assert type(open_sandbox(name)).__name__.lower() == name


def test_a_sandbox_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="sandbox"):
        load_settings(tmp_path, environ={"EVERYLINUX_PROVE_SANDBOX": "chroot"})
    with pytest.raises(UsageError, match="no sandbox 'poddman'") as error:
        open_sandbox("poddman")
    assert error.value.hint == "did you mean 'podman'?"
