"""The CMake toolchain file of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.toolchains.wiring import Wiring


def toolchain_file(wiring: Wiring, also: Sequence[str] = ()) -> str:
    """Return a toolchain file: the target's compilers, and libraries from the sysroot only (cmake-toolchains(7)).

    The sysroot is a root to search in, not ``CMAKE_SYSROOT``: the compiler has a libc of its own. ``also`` are folders
    whose files are found when a project names them in full.
    """
    target = wiring.target
    lines = [
        "set(CMAKE_SYSTEM_NAME Linux)",
        f"set(CMAKE_SYSTEM_PROCESSOR {target.cpu.cmake})",
        f"set(CMAKE_C_COMPILER {_quoted(wiring.command('cc'))})",
        f"set(CMAKE_CXX_COMPILER {_quoted(wiring.command('c++'))})",
        f"set(CMAKE_ASM_COMPILER {_quoted(wiring.command('cc'))})",
        f'set(CMAKE_AR {_quoted(wiring.command("ar"))} CACHE FILEPATH "")',
        f'set(CMAKE_RANLIB {_quoted(wiring.command("ranlib"))} CACHE FILEPATH "")',
        # What makes archives of objects for link-time optimisation is looked for by Clang's names, llvm-ar: this
        # machine's, of another LLVM (CMake's Modules/Compiler/Clang-FindBinUtils.cmake).
        *(
            f'set(CMAKE_{language}_COMPILER_{tool.upper()} {_quoted(wiring.command(tool))} CACHE FILEPATH "")'
            for language in ("C", "CXX")
            for tool in ("ar", "ranlib")
        ),
        f'set(CMAKE_STRIP {_quoted(wiring.command("strip"))} CACHE FILEPATH "")',
        f'set(PKG_CONFIG_EXECUTABLE {_quoted(wiring.command("pkg-config"))} CACHE FILEPATH "")',
        f"set(CMAKE_LIBRARY_ARCHITECTURE {target.debian_tuple})",
        f"set(CMAKE_FIND_ROOT_PATH {_roots(wiring, also)})",
        "set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)",
        "set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)",
        "set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)",
        "set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)",
        "set(CMAKE_FIND_USE_PACKAGE_REGISTRY OFF)",
        "set(CMAKE_EXPORT_PACKAGE_REGISTRY OFF)",
    ]
    if target.static:
        lines += [
            'set(BUILD_SHARED_LIBS OFF CACHE BOOL "")',
            "set(CMAKE_FIND_LIBRARY_SUFFIXES .a)",
            "set(CMAKE_LINK_SEARCH_START_STATIC ON)",
        ]
    return "\n".join(lines) + "\n"


def _roots(wiring: Wiring, also: Sequence[str]) -> str:
    """Return the roots to search in; an empty one where there is no sysroot, so that nothing is found."""
    directory = wiring.sysroot.directory if wiring.sysroot else wiring.folder / "empty-root"
    return " ".join(map(_quoted, (directory, *also)))


def _quoted(path: object) -> str:
    """Return a path as a CMake bracket argument: nothing in it is special (cmake-language(7))."""
    return f"[==[{path}]==]"
