"""Settings: flag > ``EVERYLINUX_SECTION_KEY`` > ``everylinux.toml`` > default.

The same keys may stand in ``[tool.everylinux]`` of pyproject.toml, and in ``[package.metadata.everylinux]`` or
``[workspace.metadata.everylinux]`` of Cargo.toml.
What a key means is written here once; the JSON Schema (`schema`) and the commented file (`commented_file`) come from
it.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from everylinux.decoding import converted
from everylinux.errors import InputOutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FILE_NAME = "everylinux.toml"


def _doc(text: str, example: str) -> msgspec.Meta:
    return msgspec.Meta(description=text, examples=[example])


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Base of all sections: unknown keys are errors."""


class BuildSettings(_Section, frozen=True, kw_only=True):
    """What `build` and `matrix` build."""

    targets: Annotated[tuple[str, ...], _doc("Targets or groups, in any spelling.", '["all"]')] = ()
    libc: Annotated[
        str | None,
        _doc("The libc of targets that name none: gnu, musl, gnu.2.28; for wheels also neutral, static.", '"musl"'),
    ] = None
    kind: Annotated[str | None, _doc("The kind of project, when the choice by its files is wrong.", '"cmake"')] = None
    sysroot: Annotated[
        str | None,
        _doc(
            "The target's headers and libraries: a folder, or Debian packages (gnu targets only).",
            '"debian:12=libssl-dev,zlib1g-dev"',
        ),
    ] = None
    args: Annotated[tuple[str, ...], _doc("Arguments for the project's own build.", '["-DWITH_TLS=ON"]')] = ()
    artifacts: Annotated[tuple[str, ...], _doc("Globs of the files to keep.", '["bin/*"]')] = ()
    rust_std: Annotated[
        Literal["auto", "prebuilt", "source"],
        _doc(
            "Where Rust's standard library comes from when the toolchain lacks it: rustup, else its source (auto),"
            " or only one of them.",
            '"source"',
        ),
    ] = "auto"
    rust_std_room: Annotated[
        float,
        msgspec.Meta(
            ge=0,
            description="Gigabytes that Rust's standard libraries built from source may take in the cache.",
            examples=["2.0"],
        ),
    ] = 2.0
    python: Annotated[tuple[str, ...], _doc("The releases of Python that wheels are made for.", '["3.11"]')] = ()
    limited_api: Annotated[
        str | None, _doc("Make one wheel for this Python and all newer ones, by its stable ABI.", '"3.11"')
    ] = None
    allow_two_libcs: Annotated[
        bool,
        _doc("Build static modules, too, whose libc depends on that of the process: they may crash.", "true"),
    ] = False


class Allowance(_Section, frozen=True, kw_only=True):
    """One finding that is accepted, with its reason."""

    code: str
    reason: str
    subject: str = "*"
    image: str = "*"


class CheckSettings(_Section, frozen=True, kw_only=True):
    """What `check` judges, and what it accepts."""

    images: Annotated[tuple[str, ...], _doc("Images or groups.", '["debian:12", "alpine:3.22"]')] = ()
    fail_on: Annotated[
        tuple[str, ...], _doc("Reason codes that make the exit code 1; none for never.", '["none"]')
    ] = ()
    allow: Annotated[
        tuple[Allowance, ...],
        _doc(
            "Findings that are accepted.",
            '[{ code = "missing-library", subject = "libX11.so.6", reason = "GUI only" }]',
        ),
    ] = ()


class ProveSettings(_Section, frozen=True, kw_only=True):
    """Where `prove` runs the files."""

    images: Annotated[tuple[str, ...], _doc("Images to run in.", '["scratch", "dir:rootfs"]')] = ()
    timeout: Annotated[float | None, _doc("Seconds that one run may take.", "30.0")] = None
    sandbox: Annotated[
        Literal["bubblewrap", "podman", "docker"], _doc("What isolates the files that are run.", '"podman"')
    ] = "bubblewrap"


class ImagesSettings(_Section, frozen=True, kw_only=True):
    """Where images are fetched from."""

    mirrors: Annotated[
        tuple[str, ...], _doc("What is asked in place of a registry.", '["docker.io=mirror.example.com/hub"]')
    ] = ()
    plain_http: Annotated[
        tuple[str, ...], _doc("Registries that are asked without encryption.", '["localhost:5000"]')
    ] = ()


class Smoke(_Section, frozen=True, kw_only=True):
    """One run with an expected outcome, for the files that the glob ``file`` matches."""

    file: Annotated[
        str, _doc("The files that it is for: a glob for the name, or for as many of the last parts.", '"bin/app"')
    ]
    args: Annotated[tuple[str, ...], _doc("The program's arguments.", '["--version"]')] = ()
    stdin: Annotated[str, _doc("The text that it reads from standard input.", '"one\\ntwo\\n"')] = ""
    files: Annotated[
        tuple[str, ...],
        _doc(
            "Files and folders below the folder of the settings, brought read-only into the folder of the run.",
            '["tests/data"]',
        ),
    ] = ()
    exit: Annotated[int, msgspec.Meta(ge=0, le=255, description="The expected exit code.", examples=["0"])] = 0
    stdout: Annotated[
        str | None,
        _doc(
            "A regular expression (Python's; ^ and $ at each line) that occurs in standard output.",
            '"^app 1\\\\.2"',
        ),
    ] = None
    port: Annotated[
        Annotated[int, msgspec.Meta(ge=1, le=65535)] | None,
        _doc("A TCP port on which the program answers; it is then ended, and its exit code is not looked at.", "8080"),
    ] = None


class Settings(_Section, frozen=True, kw_only=True):
    """All settings of a project."""

    build: BuildSettings = BuildSettings()
    check: CheckSettings = CheckSettings()
    prove: ProveSettings = ProveSettings()
    images: ImagesSettings = ImagesSettings()
    smoke: tuple[Smoke, ...] = ()


# Those with keys that the environment may set too.
_TABLES: dict[str, type[msgspec.Struct]] = {
    "build": BuildSettings,
    "check": CheckSettings,
    "prove": ProveSettings,
    "images": ImagesSettings,
}


def load_settings(start: Path, *, config: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the project at ``start``, with the environment's values over the file's.

    ``config`` names the file instead of looking for one. Raises `UsageError` for a key or a value that is not
    understood, `InputOutputError` for a file that cannot be read.
    """
    table, file = _find(start, config)
    _overlay(table, os.environ if environ is None else environ)
    return _convert(table, str(file) if file else "the settings")


def settings_folder(start: Path, *, config: Path | None = None) -> Path:
    """Return the folder that paths in the settings are taken from: that of their file, else ``start``.

    Raises what `load_settings` raises for a file that cannot be read.
    """
    _, file = _find(start, config)
    return file.parent if file else start


def _find(start: Path, config: Path | None) -> tuple[dict[str, Any], Path | None]:
    """Return the table of the settings, and the file that it is from."""
    if config is not None:
        return _read_toml(config), config
    for path, keys in _candidates(start):
        found = _section(_read_toml(path), keys)
        if found is not None:
            return found, path
    return {}, None


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the settings file."""
    return msgspec.json.schema(Settings)


def commented_file() -> str:
    """Return a settings file in which every key is explained and commented out."""
    lines = ["# everylinux settings. Flags and EVERYLINUX_SECTION_KEY variables win over this file."]
    for section, kind in _TABLES.items():
        lines += ["", f"[{section}]", *_explained(kind)]
    lines += ["", "# A run with an expected outcome. Repeat for several.", "# [[smoke]]", *_explained(Smoke)]
    return "\n".join(lines) + "\n"


def _explained(kind: type[msgspec.Struct]) -> list[str]:
    """Return two comments for each key of a section: what it means, and an example."""
    lines = []
    for name, hint in get_type_hints(kind, include_extras=True).items():
        meta = get_args(hint)[1]
        lines += [f"# {meta.description}", f"# {name.replace('_', '-')} = {meta.examples[0]}"]
    return lines


def _candidates(start: Path) -> list[tuple[Path, tuple[str, ...]]]:
    """Return the files that may hold settings, nearest folder first, up to the top of the repository."""
    folder = start.resolve()
    folder = folder if folder.is_dir() else folder.parent
    found: list[tuple[Path, tuple[str, ...]]] = []
    for each in (folder, *folder.parents):
        places = (
            (FILE_NAME, ()),
            ("pyproject.toml", ("tool", "everylinux")),
            ("Cargo.toml", ("package", "metadata", "everylinux")),
            ("Cargo.toml", ("workspace", "metadata", "everylinux")),
        )
        found += [(each / name, keys) for name, keys in places if (each / name).is_file()]
        if (each / ".git").exists():
            break
    return found


def _read_toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"there is no settings file {path}", hint="check --config") from error
    except OSError as error:
        raise InputOutputError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}", hint="https://toml.io says what is") from error


def _section(table: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any] | None:
    section: Any = table
    for key in keys:
        section = section.get(key) if isinstance(section, dict) else None
    return section if isinstance(section, dict) else None


def _overlay(table: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Put ``EVERYLINUX_BUILD_TARGETS=a,b`` and the like over the file's values."""
    if not any(name.startswith("EVERYLINUX_") for name in environ):
        return
    for section, kind in _TABLES.items():
        for name, hint in get_type_hints(kind).items():
            value = environ.get(f"EVERYLINUX_{section}_{name}".upper())
            if value is None or name == "allow":
                continue
            entry = table.setdefault(section, {})
            if isinstance(entry, dict):
                entry[name.replace("_", "-")] = _from_text(value, hint)


def _from_text(value: str, hint: object) -> object:
    if get_origin(hint) is tuple:
        return [part.strip() for part in value.split(",") if part.strip()]
    if hint is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
    if hint is float or float in get_args(hint):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _convert(table: dict[str, Any], where: str) -> Settings:
    if not table:
        return Settings()
    try:
        return converted(table, Settings)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {error}", hint=_nearest_key(str(error))) from error


def _nearest_key(message: str) -> str:
    """Return a hint that names the key that was probably meant."""
    unknown = re.search(r"unknown field `([^`]*)`", message)
    if not unknown:
        return "`everylinux build --init` writes a file with every key and its meaning"
    known = [field.encode_name for field in msgspec.structs.fields(_section_at(message))]
    import difflib

    near = difflib.get_close_matches(unknown[1], known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"the keys there are {', '.join(sorted(known))}"


def _section_at(message: str) -> type[msgspec.Struct]:
    """Return the section that a message of msgspec is about: ``at `$.check.allow[0]```, or none for the whole."""
    section: type[msgspec.Struct] = Settings
    where = re.search(r"at `\$([^`]*)`", message)
    for name in re.findall(r"\.([\w-]+)", where[1] if where else ""):
        (kind,) = (field.type for field in msgspec.structs.fields(section) if field.encode_name == name)
        section = next(inner for inner in _types_in(kind) if isinstance(inner, type) and issubclass(inner, _Section))
    return section


def _types_in(kind: object) -> Iterator[object]:
    """Yield a type and all that it is made of."""
    yield kind
    for inner in get_args(kind):
        yield from _types_in(inner)
