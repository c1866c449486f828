"""Write data/elf/releases.json: which release of glibc and musl began or ceased to do what.

The sources of every release are read from clones of both projects with their tags:
``python tools/update_loader_releases.py GLIBC.git MUSL.git``. The kernels are those of Debian's suites.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import functools
import json
import re
import subprocess
import sys
from pathlib import Path

from everylinux.target import version_key

sys.path.insert(0, str(Path(__file__).parent))
OUTPUT = Path(__file__).parent.parent / "src/everylinux/data/elf/releases.json"

# What is in a source file since or until a release.
GLIBC_SINCE = {
    "relr": ("elf/dl-version.c", "DT_RELR without GLIBC_ABI_DT_RELR dependency"),
    "strict_stack": ("elf/dl-load.c", "(mode & __RTLD_DLOPEN) == 0\n\t  && TUNABLE_GET (glibc, rtld, execstack"),
    "early_init": ("elf/dl-call-libc-early-init.c", "__libc_early_init"),
    "optional_tls": ("elf/dl-tls.c", "#define OPTIONAL_TLS 512"),
}
GLIBC_UNTIL = {
    "strict_versions": ("elf/dl-lookup.c", "assert (version->filename == NULL"),
    "abi_note": ("elf/dl-load.c", "GLRO(dl_osversion) < osversion"),
    "segment_alignment": ("elf/dl-load.c", "ELF load command alignment not page-aligned"),
}
MUSL_SINCE = {
    "relr": ("ldso/dynlink.c", "do_relr_relocs(p"),
    "large_file_names": ("ldso/dynlink.c", "def = get_lfs64(name)"),
    "long_large_file_names": ("ldso/dynlink.c", "size_t l = strnlen(name, 18)"),
    "empty_segments": ("ldso/dynlink.c", "if (!n) return p;"),
}
# name: (configuration triple, folders of its headers in glibc, the most specific first)
MACHINES = {
    "x86_64": ("x86_64-pc-linux-gnu", ("x86_64", "x86")),
    "x32": ("x86_64-pc-linux-gnux32", ("x86_64", "x86")),
    "x86": ("i686-pc-linux-gnu", ("i386", "x86")),
    "aarch64": ("aarch64-unknown-linux-gnu", ("aarch64",)),
    "arm": ("arm-unknown-linux-gnueabihf", ("arm",)),
    "riscv64": ("riscv64-unknown-linux-gnu", ("riscv",)),
    "riscv32": ("riscv32-unknown-linux-gnu", ("riscv",)),
    "s390x": ("s390x-ibm-linux-gnu", ("s390",)),
    "powerpc64": ("powerpc64le-unknown-linux-gnu", ("powerpc",)),
    "powerpc": ("powerpc-unknown-linux-gnu", ("powerpc",)),
    "loongarch64": ("loongarch64-unknown-linux-gnu", ("loongarch",)),
    "mips": ("mips-unknown-linux-gnu", ("mips",)),
    "mips64": ("mips64-unknown-linux-gnu", ("mips",)),
}
BORN = "sysdeps/{}/nptl/tls.h"
WORDS = {"0": 0, "sizeof (tcbhead_t)": 2}


def show(repository: str, tag: str, path: str) -> str:
    """Return a file of a release, empty where it is not there."""
    command = ["git", "-C", repository, "show", f"{tag}:{path}"]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def releases(repository: str, prefix: str, oldest: str) -> list[str]:
    """Return the releases that a repository has tags of, the oldest first."""
    command = ["git", "-C", repository, "tag", "--list", f"{prefix}*"]
    tags = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    found = [tag.removeprefix(prefix) for tag in tags if re.fullmatch(r"[\d.]+", tag.removeprefix(prefix))]
    found = [release for release in found if release.count(".") == oldest.count(".")]
    found.sort(key=version_key)
    return found[found.index(oldest) :]


def changes(values: list[tuple[str, object]]) -> list[list[object]]:
    """Return each value with the release in which it first was, the first for all that are older."""
    found: list[list[object]] = []
    for release, value in values:
        if not found or found[-1][1] != value:
            found.append([release, value])
    return found


def since(repository: str, prefix: str, all_releases: list[str], place: tuple[str, str], *, there: bool) -> str:
    """Return the first release that has (or no longer has) a text in a file, and check that it stayed so."""
    path, text = place
    has = [(text in show(repository, prefix + release, path)) == there for release in all_releases]
    first = has.index(True)
    if not all(has[first:]) or first == 0:
        raise SystemExit(f"{path}: {text!r} came and went")
    return all_releases[first]


def tcb_alignment(repository: str, tag: str, folders: tuple[str, ...]) -> int:
    """Return the alignment of glibc's thread descriptor, in bytes: what static TLS is aligned to at least."""
    for path in (*(f"sysdeps/{folder}/nptl/pthreaddef.h" for folder in folders), "nptl/descr.h"):
        found = re.search(r"#\s*define\s+TCB_ALIGNMENT\s+(\d+|sizeof \(double\))", show(repository, tag, path))
        if found is not None:
            return int(found[1]) if found[1].isdecimal() else 8
    raise SystemExit(f"{tag}: no TCB_ALIGNMENT for {folders}")


def tcb_words(repository: str, tag: str, folders: tuple[str, ...]) -> int | None:
    """Return how many words the thread's control block takes before the TLS blocks; ``None`` where it follows them."""
    for folder in folders:
        text = show(repository, tag, f"sysdeps/{folder}/nptl/tls.h")
        found = re.search(r"#\s*define\s+TLS_TCB_SIZE\s+(.+)", text)
        if found is not None:
            return None if "struct pthread" in found[1] else WORDS[found[1].strip()]
    raise SystemExit(f"{tag}: no TLS_TCB_SIZE for {folders}")


def abi_versions(repository: str, tag: str, triple: str) -> int:
    """Return the first ``EI_ABIVERSION`` that this release does not know (scripts/gen-libc-abis)."""
    lines = [line.split() for line in show(repository, tag, "libc-abis").splitlines() if not line.startswith("#")]
    return 1 + sum(1 for words in lines if words and (len(words) == 1 or fnmatch.fnmatchcase(triple, words[1])))


def mips_float_abis(repository: str, tag: str) -> dict[str, list[list[bool]]]:
    """Return in which modes code of each MIPS floating-point ABI runs, and code that names none (glibc's abi_req)."""
    text = show(repository, tag, "sysdeps/mips/dl-machine-reject-phdr.h")
    rows = [re.findall("true|false", row) for row in re.findall(r"\{\s*((?:(?:true|false)[, ]*){5})\s*\}", text)]
    named, unnamed = rows[:-1], rows[-1:]
    return {
        key: [[word == "true" for word in row] for row in found]
        for key, found in (("named", named), ("unnamed", unnamed))
    }


def without_symbols(repository: str, all_releases: list[str]) -> list[str]:
    """Return the releases since 2.34 that brought no symbol, so that the C library has no version of their name."""
    listed = show(repository, f"glibc-{all_releases[-1]}", "sysdeps/unix/sysv/linux/x86_64/64/libc.abilist")
    later = [release for release in all_releases if version_key(release) >= version_key("2.34")]
    return [release for release in later if f"GLIBC_{release} " not in listed]


def newest_kernel() -> str:
    """Return the release of Debian sid's kernel headers."""
    from everylinux.cache import cache_directory
    from everylinux.toolchains.debian_client import Client

    client = Client("sid", "amd64", cache_directory("debian", "sid-amd64"))
    (package,) = client.download(("linux-libc-dev",), dependencies=False)
    return ".".join(package.version.split(".")[:2])


def main() -> None:
    """Read both histories and write the data file."""
    glibc_repository, musl_repository = sys.argv[1:]
    glibc = releases(glibc_repository, "glibc-", "2.17")
    musl = releases(musl_repository, "v", "1.1.24")
    newest = f"glibc-{glibc[-1]}"
    machines = {}
    for name, (triple, folders) in MACHINES.items():
        there = [release for release in glibc if show(glibc_repository, f"glibc-{release}", BORN.format(folders[0]))]
        aligned = [(release, tcb_alignment(glibc_repository, f"glibc-{release}", folders)) for release in there]
        known = [(release, abi_versions(glibc_repository, f"glibc-{release}", triple)) for release in there]
        machines[name] = {
            "tcb_words": tcb_words(glibc_repository, newest, folders),
            "tcb_alignment": changes(list(aligned)),
            "abi_versions": changes(list(known)),
        }
    read = functools.partial(since, glibc_repository, "glibc-", glibc)
    content = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "sources": {
            "glibc": f"its git repository, glibc-{glibc[0]} to {newest}: elf/, nptl/descr.h, libc-abis, sysdeps/*/nptl",
            "static_tls": "glibc elf/dl-tls.c: LEGACY_TLS makes the surplus 1664 bytes with the default tunables; "
            "TLS_STATIC_SURPLUS before; sysdeps/unix/sysv/linux/rseq-internal.h: the area since 2.41",
            "musl": f"its git repository, v{musl[0]} to v{musl[-1]}: ldso/dynlink.c",
            "kernels": "newest: linux-libc-dev of Debian sid; oldest: RHEL 8's, the oldest that still gets fixes",
        },
        "glibc": {
            **{f"{name}_since": read(place, there=True) for name, place in GLIBC_SINCE.items()},
            **{f"{name}_until": read(place, there=False) for name, place in GLIBC_UNTIL.items()},
            "rseq_in_tls_since": read(("elf/dl-tls.c", "_dl_extra_tls_get_size"), there=True),
            "static_tls": {"surplus": 1664, "optional": 512, "rseq": 32},
            "without_symbols": without_symbols(glibc_repository, glibc),
            "mips_float_abis": mips_float_abis(glibc_repository, newest),
            "machines": machines,
        },
        "musl": {
            f"{name}_since": since(musl_repository, "v", musl, place, there=True) for name, place in MUSL_SINCE.items()
        },
        "kernels": {"oldest": "4.18", "newest": newest_kernel()},
    }
    OUTPUT.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{OUTPUT}: glibc {glibc[0]} to {glibc[-1]}, musl {musl[0]} to {musl[-1]}")


if __name__ == "__main__":
    main()
