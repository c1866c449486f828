"""The arguments for ``cargo build`` that a user gives, and those that are added to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux.errors import UsageError
from everylinux.toolchains.rust.cargo_metadata import Selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# What decides where files go and in which form cargo answers is everylinux's own to say (`cargo help build`).
OURS = {
    "--target": "name targets before the --, with --target",
    "--target-dir": "builds are kept in everylinux's cache; files go to --out",
    "--artifact-dir": "name the folder before the --, with --out",
    "--out-dir": "name the folder before the --, with --out",
    "--message-format": "cargo's answer is read by everylinux",
    "--manifest-path": "name the package's folder before the --",
    "--build-plan": "there would be nothing built",
    "--unit-graph": "there would be nothing built",
}
# What chooses among the targets of a package (`cargo help build`, "Target Selection").
CHOOSING = ("--lib", "--bin", "--bins", "--example", "--examples", "--test", "--tests", "--bench", "--benches")
ANY_RUST = "--ignore-rust-version"
PROFILES = ("--release", "-r", "--profile")
# Long options by the short ones (`cargo help build`); each takes a value.
LONG = {"-p": "--package", "-F": "--features", "-j": "--jobs"}


@dataclass(frozen=True)
class CargoArguments:
    """The arguments, and what of them matters before the build.

    ``choosing``: they choose among the targets of a package, so that its programs are not what is built.
    ``any_rust``: what packages say of the Rust that they are made for is not to count.
    """

    given: tuple[str, ...]
    selection: Selection
    locked: bool
    offline: bool
    choosing: bool = False
    any_rust: bool = False

    def command_arguments(self, *, jobs: int) -> list[str]:
        """Return what follows ``cargo build``: the release profile, unless one was named, and the jobs."""
        names = {name for name, _ in _options(self.given)}
        return [
            *([] if names.intersection(PROFILES) else ["--release"]),
            *([] if "--jobs" in names else [f"--jobs={jobs}"]),
            *(["--offline"] if self.offline and not names.intersection(("--offline", "--frozen")) else []),
            *self.given,
        ]


def read_arguments(given: Sequence[str], *, offline: bool) -> CargoArguments:
    """Return what the arguments say; raises `UsageError` for one that everylinux has to decide itself."""
    if given and given[0].startswith("+"):
        name = given[0][1:]
        raise UsageError(
            f"a toolchain cannot be chosen by {given[0]}",
            hint=f"set RUSTUP_TOOLCHAIN={name}, or write rust-toolchain.toml",
        )
    options = list(_options(given))
    for name, _ in options:
        if name in OURS:
            raise UsageError(f"{name} cannot be given to cargo build", hint=OURS[name])
    names = {name for name, _ in options}
    return CargoArguments(
        given=tuple(given),
        selection=Selection(
            packages=tuple(_values(options, "--package")),
            features=tuple(feature for text in _values(options, "--features") for feature in _words(text)),
            all_features="--all-features" in names,
            no_default_features="--no-default-features" in names,
            workspace=bool(names & {"--workspace", "--all"}),
            exclude=tuple(_values(options, "--exclude")),
        ),
        locked=bool(names & {"--locked", "--frozen"}),
        offline=offline or bool(names & {"--offline", "--frozen"}),
        choosing=bool(names.intersection((*CHOOSING, "--all-targets"))),
        any_rust=ANY_RUST in names,
    )


def _options(given: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Yield each option under its long name with its value; ``None`` where the value is the next word or missing.

    A word without a dash is yielded too, as its own name: it may be the value of the option before it.
    """
    for word in given:
        name, equals, value = word.partition("=")
        if word.startswith("--"):
            yield name, value if equals else None
        elif word[:2] in LONG:
            yield LONG[word[:2]], word[2:].removeprefix("=") or None
        else:
            yield word, None


def _values(options: Sequence[tuple[str, str | None]], name: str) -> Iterator[str]:
    for number, (each, value) in enumerate(options):
        if each == name:
            following = options[number + 1][0] if number + 1 < len(options) else ""
            yield following if value is None else value


def _words(text: str) -> list[str]:
    """Return the features in one value: separated by commas or blanks."""
    return text.replace(",", " ").split()
