"""What aims a project's build at one target: a folder of compiler commands, and an environment that shows no other.

The commands in the folder are the native wrapper under the names that build systems look for; ``wrapper.conf`` beside
them says what they aim at. pkg-config sees the sysroot's files and nothing else.
"""

from __future__ import annotations

import os
import shlex
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from everylinux import data
from everylinux.target import version_key
from everylinux.toolchains.find import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from everylinux.target import Target
    from everylinux.toolchains.sysroot.folder import Sysroot
    from everylinux.toolchains.zig import Zig

# What a GNU toolchain calls its commands; each is also there with the target's name in front.
COMMANDS = ("cc", "gcc", "clang", "c++", "g++", "clang++", "ar", "ranlib", "strip")
# Where this machine keeps its own headers and libraries (Filesystem Hierarchy Standard; Debian multiarch).
FOREIGN_INCLUDES = ("/usr/include", "/usr/local/include")
FOREIGN_LIBRARIES = ("/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib")
# How folders of `data/glibc` begin that hold headers for floors before the release that follows.
OLDER_HEADERS = "headers-before-"
# The folder of `data` with what programs include and only GCC's C++ library has.
CXX_HEADERS = "cxx"
# Variables through which a compiler, a build system or pkg-config would see this machine's files.
HOST_VARIABLES = (
    *(
        "CPATH",
        "C_INCLUDE_PATH",
        "CPLUS_INCLUDE_PATH",
        "OBJC_INCLUDE_PATH",
        "LIBRARY_PATH",
        "LD_LIBRARY_PATH",
        "LD_RUN_PATH",
    ),
    *("COMPILER_PATH", "GCC_EXEC_PREFIX", "CMAKE_PREFIX_PATH", "CMAKE_INCLUDE_PATH", "CMAKE_LIBRARY_PATH"),
    *("CMAKE_TOOLCHAIN_FILE", "CMAKE_GENERATOR", "CONFIG_SITE", "CROSS_COMPILE", "DESTDIR", "PKG_CONFIG_PATH"),
    *("PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR", "CC", "CXX", "CPP", "AR", "LD", "NM", "AS", "RANLIB", "STRIP"),
    *("GOOS", "GOARCH", "GOARM", "GO386", "CGO_ENABLED", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DEB_HOST_MULTIARCH"),
)


# Of a step that compiles the project's own code: `-Werror` would stop it for what only this compiler warns of. What a
# project tries before that (`-Werror -Wfoo`: is the flag known?) goes by it.
OWN_CODE = {"EVERYLINUX_OWN_CODE": "1"}


@dataclass(frozen=True)
class Wiring:
    """The compiler commands of one target.

    ``folder`` holds them under the names ``cc``, ``c++``, ``ar``…, ``prefixed`` under ``TRIPLE-gcc``…, and ``plain``
    those that are looked for on PATH by their bare names. ``runtime`` is the archive that
    is linked in place of a part of zig's own where it has been made.
    """

    folder: Path
    prefixed: Path
    plain: Path
    target: Target
    sysroot: Sysroot | None
    zig: Zig
    runtime: Path | None = None
    said_cxx: threading.Event = field(default_factory=threading.Event, compare=False)

    def saw(self, what: Literal["linked-cxx", "compiled-debug", "warnings-stay", "uncounted"]) -> bool:
        """Return whether the wrapper linked C++, compiled debug information, or left ``-Werror`` or counters out."""
        return (self.folder / what).exists()

    def command(self, name: str) -> Path:
        """Return the path of one command."""
        return self.folder / name

    def supervisor(self) -> tuple[str, ...]:
        """Return what stands before a command so that it dies together with this process."""
        return str(self.folder / "supervise"), str(os.getpid())

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a build: this machine's files unseen, the target's compilers first."""
        kept = {key: value for key, value in os.environ.items() if key not in HOST_VARIABLES}
        return {
            **kept,
            **self.zig.variables(),
            **self.compilers(),
            "PATH": os.pathsep.join([str(self.prefixed), str(self.plain), os.environ.get("PATH", os.defpath)]),
            "LC_ALL": "C.UTF-8",
            **(extra or {}),
        }

    def compilers(self) -> dict[str, str]:
        """Return the variables by which make and configure take their tools, and those for programs run meanwhile."""
        native = {name: value for name in ("CC", "CXX") if (value := _native_compiler(name))}
        return {
            "CC": str(self.command("cc")),
            "CXX": str(self.command("c++")),
            "AR": str(self.command("ar")),
            "RANLIB": str(self.command("ranlib")),
            "STRIP": str(self.command("strip")),
            "PKG_CONFIG": str(self.command("pkg-config")),
            **{f"{name}_FOR_BUILD": value for name, value in native.items()},
            **{f"BUILD_{name}": value for name, value in native.items()},
            **{f"HOST{name}": value for name, value in native.items()},
            **{f"HOST_{name}": value for name, value in native.items()},
        }


def wire(  # noqa: PLR0913 - what a wiring consists of
    folder: Path,
    target: Target,
    zig: Zig,
    program: Path,
    sysroot: Sysroot | None,
    *,
    first_header: Path | None = None,
    module_objects: Sequence[Path] = (),
    absent_names: Path | None = None,
    module_libc: Sequence[Path] = (),
    maps: Path | None = None,
    hidden: Sequence[Path] = (),
    runtime: Path | None = None,
    python: bool = False,
) -> Wiring:
    """Write the commands of one target into ``folder``, which must not exist, and return them.

    ``first_header`` is included first in every source of C and C++, and headers beside it come before all others;
    every shared object is linked with ``module_objects``, and
    with the archives ``module_libc`` instead of the libc beside it, with a map of each such link in ``maps``.
    What a project tries of the libc is not there where the file ``absent_names`` has its name, one on a line.
    Programs and libraries have the archive ``runtime`` inside once it is there.
    The names of the folders ``hidden`` stay out of what is compiled (``__FILE__``); of two that match the later counts.
    What is built for ``python`` is inlined as far as its glue wants (pybind11, nanobind).
    """
    prefixed, plain = folder / "prefixed", folder / "plain"
    prefixed.mkdir(parents=True)
    plain.mkdir()
    for name in (*COMMANDS, "supervise"):
        _link(program, folder / name)
    configuration = _configuration(target, zig, sysroot) + f"notes={folder}\n"
    inside = [("module-libc", path) for path in module_libc] + [("hidden-folder", path) for path in hidden]
    inside += [("module-object", path) for path in module_objects]
    for key, path in (
        ("first-header", first_header),
        ("absent-names", absent_names),
        ("runtime", runtime),
        *inside,
        ("maps", maps),
    ):
        configuration += f"{key}={path}\n" if path else ""
    configuration += "python=yes\n" if python else ""
    for commands in (folder, prefixed, plain):
        (commands / "wrapper.conf").write_text(configuration)
    for triple in dict.fromkeys((target.autoconf, target.triple, target.debian_tuple)):
        for name in (*COMMANDS, "ld"):
            _link(program, prefixed / f"{triple}-{name}")
    for name in ("strip", "ld"):  # `install -s` looks for the one, `make` calls the other $(LD)
        _link(program, plain / name)
    pkg_config = _pkg_config(target, sysroot)
    for path in (folder / "pkg-config", plain / "pkg-config", prefixed / f"{target.autoconf}-pkg-config"):
        path.write_text(pkg_config)
        path.chmod(0o755)
    return Wiring(folder, prefixed, plain, target, sysroot, zig, runtime)


def _link(program: Path, path: Path) -> None:
    try:
        path.hardlink_to(program)
    except OSError:  # another file system
        path.write_bytes(program.read_bytes())
        path.chmod(0o755)


def _configuration(target: Target, zig: Zig, sysroot: Sysroot | None) -> str:
    link = "default" if target.libc == "gnu" else "static" if target.static else "dynamic"
    lines = [
        f"zig={zig.path}",
        f"target={target.zig}",
        f"machine={target.autoconf}",
        f"emulation={target.cpu.emulation}",
        f"multiarch={target.debian_tuple}",
        f"bits={target.cpu.elf.bits}",
        f"link={link}",
        *(f"libc-headers={folder}" for folder in (*_older_headers(target), data.FOLDER / CXX_HEADERS)),
        *(f"foreign-include={folder}" for folder in FOREIGN_INCLUDES),
        *(f"foreign-library={folder}" for folder in FOREIGN_LIBRARIES),
    ]
    if sysroot:
        lines += [f"include={folder}" for folder in sysroot.includes]
        lines += [f"library={folder}" for folder in sysroot.libraries]
    return "\n".join(lines) + "\n"


def _older_headers(target: Target) -> Iterator[Path]:
    """Yield the folders of headers in which a floor differs from the newest glibc's, which are zig's whatever it is."""
    if target.libc != "gnu" or target.floor is None:
        return
    for folder in sorted((data.FOLDER / "glibc").glob(f"{OLDER_HEADERS}*")):
        if version_key(target.floor) < version_key(folder.name.removeprefix(OLDER_HEADERS)):
            yield folder


def _pkg_config(target: Target, sysroot: Sysroot | None) -> str:
    """Return a script that runs pkg-config on the sysroot's files only; without a sysroot it finds nothing."""
    found = find("pkg-config")
    if found is None:
        return "#!/bin/sh\necho 'everylinux: pkg-config is not on this machine' >&2\nexit 127\n"
    folders = ":".join(str(folder) for folder in sysroot.pkg_config) if sysroot else "/nonexistent"
    arguments = [*(["--static"] if target.static else []), *(sysroot.pkg_config_arguments if sysroot else ())]
    lines = [
        "#!/bin/sh",
        "unset PKG_CONFIG_PATH",
        f"export PKG_CONFIG_LIBDIR={shlex.quote(folders)}",
        f"export PKG_CONFIG_SYSROOT_DIR={shlex.quote(sysroot.pkg_config_root if sysroot else '')}",
        f'exec {shlex.join([str(found), *arguments])} "$@"',
    ]
    return "\n".join(lines) + "\n"


def _native_compiler(variable: str) -> str | None:
    """Return this machine's own compiler, for programs that a build runs itself."""
    import shutil

    names = ("cc", "gcc", "clang") if variable == "CC" else ("c++", "g++", "clang++")
    return next((found for name in names if (found := shutil.which(name))), None)
