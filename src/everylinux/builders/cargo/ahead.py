"""What a build will lack, known before it begins, and remembered until the project changes."""

from __future__ import annotations

import functools
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.builders.cargo.arguments import ANY_RUST
from everylinux.builders.fingerprint import is_listened_to
from everylinux.builders.scratch import is_left_out
from everylinux.cache import write_atomically
from everylinux.decoding import decoded
from everylinux.errors import BuildFailedError, ToolMissingError
from everylinux.evidence import Advice  # noqa: TC001 - msgspec reads the annotations of _Kept
from everylinux.reading import read_head
from everylinux.target import version_key
from everylinux.toolchains.rust.cargo_metadata import read_metadata
from everylinux.wording import together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from everylinux.advice import Lack, Outlook
    from everylinux.builders.cargo.arguments import CargoArguments
    from everylinux.errors import EverylinuxError
    from everylinux.target import Target
    from everylinux.toolchains.rust.cargo_metadata import Metadata, Package
    from everylinux.toolchains.rust.toolchain import Rust
    from everylinux.toolchains.sysroot.folder import Sysroot

# What says what a build compiles, and what it needs for that.
DECIDING_NAMES = frozenset({"Cargo.toml", "Cargo.lock", "build.rs"})
SETTINGS_FOLDER = ".cargo"
# Kinds of a package's targets whose files are kept without being asked for.
KEPT_KINDS = frozenset({"bin", "cdylib"})
READ_BYTES = 64 << 20
# Packages that want a newer Rust are mostly those of one workspace.
SHOWN_PACKAGES = 3


@dataclass(frozen=True)
class Ahead:
    """What is asked before one build: the project and what builds it.

    ``parts`` are the folders and files that the project reads, ``built`` is where cargo keeps what it builds.
    """

    folder: Path
    workspace: Path
    parts: tuple[Path, ...]
    built: Path
    rust: Rust
    arguments: CargoArguments
    target: Target
    sysroot: Sysroot | None
    environment: Mapping[str, str]

    @functools.cached_property
    def metadata(self) -> Metadata:
        """What cargo says about the project; raises what `read_metadata` raises for one that cargo refuses."""
        return read_metadata(
            self.folder,
            [self.target.rust],
            cargo=self.rust.cargo,
            selection=self.arguments.selection,
            locked=self.arguments.locked,
            offline=self.arguments.offline,
            environment=self.environment,
        )

    def outlook(self) -> Outlook:
        """Return what the build will meet; raises what `metadata` raises."""
        from everylinux.advice import look_ahead

        return look_ahead(
            self.metadata,
            self.target,
            folder=self.folder,
            cargo=self.rust.cargo,
            rustc=self.rust.rustc,
            selection=self.arguments.selection,
            sysroot=self.sysroot,
            environment=self.environment,
            offline=self.arguments.offline,
            shown=self._shown(),
        )

    def require_rust(self, compiled: Sequence[Package]) -> None:
        """Raise `ToolMissingError` where packages want a newer Rust: cargo says so only once it begins to build.

        The rule is cargo's (``create_bcx`` in its ``ops/cargo_compile/mod.rs``): every
        package that is compiled counts, and of a nightly or beta only the number.
        """
        if self.arguments.any_rust:
            return
        here = version_key(self.rust.version.partition("-")[0])
        late = [each for each in compiled if here and version_key(each.rust_version or "") > here]
        if late:
            raise _too_old(self.rust.version, late)

    def makes_programs(self) -> bool:
        """Return whether any package that is built has a program or a shared object, or the arguments choose."""
        return self.arguments.choosing or any(not lacking for _, lacking in self._kept_targets())

    def features_lacking(self) -> dict[str, tuple[str, ...]]:
        """Return the features without which cargo passes over programs and shared objects, by their names."""
        return {name: lacking for name, lacking in self._kept_targets() if lacking}

    def _kept_targets(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield what would be kept of each package that is built, with its ``required-features`` that are off."""
        from everylinux.advice.resolution import features_on, selected_packages

        selection = self.arguments.selection
        for package in selected_packages(self.metadata, selection):
            on = features_on(package, selection)
            for each in package.targets:
                if KEPT_KINDS.intersection(each.kind):
                    yield each.name, tuple(name for name in each.required_features if name not in on)

    def remembered(self) -> tuple[Advice, ...] | None:
        """Return the advice that was kept, ``None`` when the project or what builds it has changed since."""
        try:
            kept = decoded(self._file.read_bytes(), _Kept)
        except (OSError, msgspec.DecodeError):
            return None
        return kept.advice if kept.digest == self._digest() else None

    def keep(self, advice: tuple[Advice, ...]) -> None:
        """Keep the advice of a look ahead at which nothing was missing."""
        write_atomically(self._file, msgspec.json.encode(_Kept(self._digest(), advice)))

    def keep_lacking(self, lacking: tuple[Lack, ...]) -> None:
        """Keep what a build turned out to lack; nothing where it passed."""
        if lacking:
            write_atomically(self._lacking, msgspec.json.encode((self._digest(), lacking)))
        else:
            self._lacking.unlink(missing_ok=True)

    def _shown(self) -> tuple[Lack, ...]:
        from everylinux.advice import Lack

        try:
            digest, lacking = decoded(self._lacking.read_bytes(), tuple[str, tuple[Lack, ...]])
        except (OSError, msgspec.DecodeError):
            return ()
        return lacking if digest == self._digest() else ()

    @property
    def _file(self) -> Path:
        return self.built / f"ahead-{self.target.name}.json"

    @property
    def _lacking(self) -> Path:
        return self.built / f"lacking-{self.target.name}.json"

    def _digest(self) -> str:
        """Return the digest of everything that the advice depends on; cargo may write the lock file meanwhile."""
        digest = self._unchanging.copy()
        digest.update(read_head(self._lock, READ_BYTES))
        return digest.hexdigest()

    @property
    def _lock(self) -> Path:
        return self.workspace / "Cargo.lock"

    @functools.cached_property
    def _unchanging(self) -> hashlib._Hash:
        """The digest of all but the lock file, worked out once."""
        facts = [
            *(self.rust.version, str(self.arguments), str(self.sysroot), os.environ.get("PATH", "")),
            *sorted(f"{key}={value}" for key, value in os.environ.items() if is_listened_to(key)),
        ]
        digest = hashlib.sha256("\0".join(facts).encode(errors="surrogateescape"))
        for path in _deciding(self.parts):
            if path != self._lock:
                digest.update(os.fsencode(path) + b"\0" + read_head(path, READ_BYTES) + b"\0")
        return digest


class _Kept(msgspec.Struct):
    digest: str
    advice: tuple[Advice, ...]


def _too_old(version: str, late: Sequence[Package]) -> ToolMissingError:
    """Return the error for packages that want a newer Rust, those that want the newest first."""
    ordered = sorted(late, key=lambda each: version_key(each.rust_version or ""), reverse=True)
    named = [f"{each.name} {each.version} wants {each.rust_version}" for each in ordered[:SHOWN_PACKAGES]]
    more = [f"{len(late) - len(named)} more want a newer one"] if len(late) > len(named) else []
    foreign = next((each for each in ordered if each.source is not None), None)
    older = f"; or take an older release: cargo update {foreign.name} --precise VERSION" if foreign else ""
    return ToolMissingError(
        f"Rust {version} is too old: {', '.join((*named, *more))}",
        meaning="nothing was built: rust-version in their manifests says so",
        hint=f"run `rustup update`, or name a newer toolchain in rust-toolchain.toml{older}; "
        f"-- {ANY_RUST} builds all the same",
    )


def certain_to_fail(found: Outlook, target: Target) -> BuildFailedError:
    """Return the error for what is missing: who needs it, through whom, and what to do."""
    return BuildFailedError(
        f"certain to fail for {target.name}: {_wanted(found)}",
        meaning="nothing was built: this is known from the project's manifests and lock file",
        hint=f"{_cure(found)}; --try-anyway builds all the same",
    )


def failed_for(error: EverylinuxError, found: Outlook) -> BuildFailedError:
    """Return the error of a build that failed for what only it has shown to be missing."""
    return BuildFailedError(error.message, meaning=_wanted(found), hint=together(_cure(found), error.hint))


def _wanted(found: Outlook) -> str:
    return "; ".join(
        f"{each.crate} {each.version} needs {', '.join(each.missing)} ({' → '.join(each.path)})"
        for each in found.missing
    )


def _cure(found: Outlook) -> str:
    changes = "; ".join(dict.fromkeys(each.change for each in found.missing if each.change))
    return changes + ("; `everylinux build --apply` makes this change and builds" if found.change else "")


def _deciding(parts: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files that decide what is compiled: manifests, build scripts, settings of cargo, and single files."""
    for part in parts:
        if part.is_file():
            yield part
        for parent, folders, names in os.walk(part):
            folders[:] = sorted(name for name in folders if not is_left_out(Path(parent, name)))
            paths = (Path(parent, name) for name in sorted(names))
            yield from (path for path in paths if path.name in DECIDING_NAMES or path.parent.name == SETTINGS_FOLDER)
