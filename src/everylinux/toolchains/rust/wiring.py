"""What aims cargo, and the build scripts that it runs, at one target: by variables that name the target.

Nothing here speaks to what is built for this machine (build scripts, procedural macros and what they need), which
gets its own compiler. Who reads which variable: rustc and cargo (The Cargo Book, "Environment variables"), and the
crates cc, cmake, bindgen and pkg-config (their documentation; each prefers ``NAME_TARGET`` to ``NAME``).
"""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

from everylinux.spelling import native_targets
from everylinux.toolchains.cmake import toolchain_file
from everylinux.toolchains.rust.libclang import find_libclang
from everylinux.toolchains.rust.settings import variable
from everylinux.toolchains.wiring import HOST_VARIABLES, wire

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.toolchains.rust.toolchain import Rust
    from everylinux.toolchains.wiring import Wiring

# Where the user aims them at this machine's own compilers and libraries, they keep that meaning.
HOST_TOOLS = ("CC", "CXX", "AR", "RANLIB", "CMAKE_TOOLCHAIN_FILE", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR")
# Programs that run meanwhile find their libraries by it; no compiler reads it.
KEPT = ("LD_LIBRARY_PATH",)
# Where cargo would put what it builds, instead of where it is told to.
PLACES = ("CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR")
QUESTION_SECONDS = 60


def rust_flags(wiring: Wiring, library: Path | None) -> list[str]:
    """Return the flags for rustc: zig links, brings the start files and the libc, and decides what is static.

    ``library`` is the sysroot that holds the standard library, where it is not the toolchain's own.
    """
    target = wiring.target
    return [
        f"-Clinker={wiring.command('cc')}",
        *(["-Clink-self-contained=no"] if target.libc == "musl" else []),
        f"-Ctarget-feature={'+' if target.static else '-'}crt-static",
        *([f"--sysroot={library}"] if library else []),
    ]


def rust_environment(wiring: Wiring, rust: Rust, built: Path) -> dict[str, str]:
    """Return the environment of cargo, without rustc's flags; ``built`` is where it keeps what it builds.

    Writes the files that variables name into the wiring's folder.
    """
    triple = wiring.target.rust
    name = variable(triple)
    toolchain = wiring.folder / "toolchain.cmake"
    # What one crate builds is found by the next, and crates bring headers in their sources.
    home = os.environ.get("CARGO_HOME") or os.path.expanduser("~/.cargo")  # noqa: PTH111 - a text as cargo takes it
    toolchain.write_text(toolchain_file(wiring, also=[str(built), home]))
    return {
        **{key: value for key, value in os.environ.items() if key in KEPT or key not in (*HOST_VARIABLES, *PLACES)},
        **{f"HOST_{key}": os.environ[key] for key in HOST_TOOLS if os.environ.get(key)},
        **_host(wiring, rust),
        **rust.variables,
        **wiring.zig.variables(),
        # cargo itself keeps objects and programs; a second copy of each would stay in zig's cache for good.
        "ZIG_LOCAL_CACHE_DIR": str(wiring.folder / "zig-cache"),
        "PATH": os.pathsep.join([str(wiring.prefixed), os.environ.get("PATH", os.defpath)]),
        "LC_ALL": "C.UTF-8",
        "CARGO_TERM_COLOR": "never",
        # Named for build scripts; where it is this machine's too, only the flags may name it.
        **({} if triple == rust.host else {f"CARGO_TARGET_{name.upper()}_LINKER": str(wiring.command("cc"))}),
        f"CC_{name}": str(wiring.command("cc")),
        f"CXX_{name}": str(wiring.command("c++")),
        f"AR_{name}": str(wiring.command("ar")),
        f"RANLIB_{name}": str(wiring.command("ranlib")),
        f"CMAKE_TOOLCHAIN_FILE_{name}": str(toolchain),
        f"PKG_CONFIG_{name}": str(wiring.command("pkg-config")),
    }


def bindgen_environment(wiring: Wiring) -> dict[str, str]:
    """Return what shows bindgen's libclang the target's headers: those that zig compiles with, and no others.

    libclang is of another release than zig's clang, so it is given the folders of headers and the macros only. C++
    has folders of its own before those of C.
    """
    words = {language: _first_command(wiring, language) for language in ("c", "c++")}
    arguments = ["-nostdinc", *(f"-D{macro}" for macro in _values(words["c++"], "-D"))]
    for folder in _folders(wiring, words["c++"]):
        arguments += ["-cxx-isystem", folder]
    for folder in _folders(wiring, words["c"]):
        arguments += ["-Xclang", "-c-isystem", "-Xclang", folder]
    name = f"BINDGEN_EXTRA_CLANG_ARGS_{variable(wiring.target.rust)}"
    given = os.environ.get(name) or os.environ.get("BINDGEN_EXTRA_CLANG_ARGS") or ""
    library = find_libclang()
    return {
        name: " ".join(filter(None, [given, shlex.join(arguments)])),
        **({"LIBCLANG_PATH": str(library.parent)} if library and not os.environ.get("LIBCLANG_PATH") else {}),
    }


def _host(wiring: Wiring, rust: Rust) -> dict[str, str]:
    """Return what links and compiles for this machine where it has no compiler of its own: zig, for its glibc."""
    if shutil.which("cc") or "linux-gnu" not in rust.host:
        return {}
    native = next(target for target in native_targets() if target.libc == "gnu")
    own = wire(wiring.folder / "host", native, wiring.zig, wiring.command("cc"), None)
    return {
        f"CARGO_TARGET_{variable(rust.host).upper()}_LINKER": str(own.command("cc")),
        **{f"HOST_{key}": str(own.command(name)) for key, name in (("CC", "cc"), ("CXX", "c++"), ("AR", "ar"))},
    }


def _first_command(wiring: Wiring, language: str) -> list[str]:
    """Return the words of the command by which zig's clang compiles an empty source."""
    done = subprocess.run(
        [wiring.command("cc" if language == "c" else "c++"), "-E", "-v", "-x", language, "-"],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=wiring.folder,
        env=wiring.environment(),
        timeout=QUESTION_SECONDS,
    )
    for line in done.stderr.decode(errors="replace").splitlines():
        if " -cc1 " in line:
            return line.split()
    return []


def _folders(wiring: Wiring, words: Sequence[str]) -> list[str]:
    """Return the folders of headers; zig names those below the current folder from there."""
    return [os.path.normpath(wiring.folder / folder) for folder in _values(words, "-isystem")]


def _values(words: Sequence[str], option: str) -> list[str]:
    """Return the values of an option, each the next word, once each."""
    return list(dict.fromkeys(value for word, value in itertools.pairwise(words) if word == option))
