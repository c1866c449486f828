"""The compiler wrapper, on the real compiler: command lines written for GCC and GNU ld do what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from everylinux import elf
from everylinux.progress import Progress
from everylinux.spelling import native_targets, parse_targets
from everylinux.toolchains.native_program import LinkerArgument, LinkerKeyword, argument_facts, native_program
from everylinux.toolchains.sysroot.folder import open_sysroot
from everylinux.toolchains.wiring import OWN_CODE, Wiring, wire
from everylinux.toolchains.zig import find_zig
from roots import make_root

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

GNU, MUSL = native_targets()
SECONDS = 300
# What lld itself does not have: the wrapper passes it on, and lld's own answer is the honest one.
ONLY_IN_GNU_LD = {
    *("a", "assert", "b", "be8", "default-symver", "dynamic-list-data", "f", "F", "auxiliary", "filter", "g"),
    *("print-memory-usage", "Ttext-segment", "unresolved-symbols", "version-exports-section", "dynamic-list-cpp-new"),
    *("dynamic-list-cpp-typeinfo", "noinhibit-exec"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compiler")


@pytest.fixture(scope="module")
def wirings(folder: Path) -> dict[str, Wiring]:
    zig = find_zig()
    program = native_program(zig, Progress(quiet=True))
    return {target.libc: wire(folder / target.libc, target, zig, program, None) for target in (GNU, MUSL)}


@pytest.fixture(scope="module")
def objects(folder: Path, wirings: dict[str, Wiring]) -> Path:
    """A folder with the inputs that linker arguments need."""
    (folder / "s.c").write_text("int foo(void) { return 1; }\nint bar(void) { return foo(); }\n")
    (folder / "main.c").write_text("int main(void) { return 0; }\n")
    (folder / "v.map").write_text("V1 { global: foo; local: *; };\n")
    (folder / "dl.txt").write_text("{ foo; };\n")
    (folder / "x.ld").write_text("SECTIONS { }\n")
    for name in ("s", "main"):
        done = run(wirings["gnu"], "cc", "-O2", "-fPIC", "-c", f"{name}.c", "-o", f"{name}.o", cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


def run(
    wiring: Wiring, name: str, *arguments: str | Path, cwd: Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [wiring.command(name), *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=wiring.environment(),
        input=stdin,
        timeout=SECONDS,
    )


def spellings() -> list[str]:
    """Return every linker argument that is known, as people write it."""
    facts = argument_facts()
    arguments = [_written(each) for each in facts.linker if each.name not in ONLY_IN_GNU_LD]
    return [*arguments, *(f"-z,{_keyword(each)}" for each in facts.keywords)]


def _written(argument: LinkerArgument) -> str:
    spelling = f"-{argument.name}" if len(argument.name) == 1 else argument.zig or f"--{argument.name}"
    if argument.example is None:
        return spelling
    return f"{spelling}={argument.example}" if argument.value == "optional" else f"{spelling},{argument.example}"


def _keyword(keyword: LinkerKeyword) -> str:
    return f"{keyword.name}={keyword.example}" if keyword.example else keyword.name


def test_every_known_linker_argument_links(objects: Path, wirings: dict[str, Wiring]) -> None:
    refused = {}
    for spelling in spellings():
        done = run(wirings["gnu"], "cc", "-shared", "s.o", "-o", "s.so", f"-Wl,{spelling}", cwd=objects)
        if "unsupported linker" in done.stderr or "unknown argument" in done.stderr:
            refused[spelling] = done.stderr.splitlines()[0]
    assert not refused


def test_arguments_that_only_lld_takes_have_their_effect(objects: Path, wirings: dict[str, Wiring]) -> None:
    done = run(wirings["gnu"], "cc", "main.o", "-o", "has space", "-Wl,-Map,x.map", cwd=objects)
    assert done.returncode == 0, done.stderr
    assert (objects / "x.map").read_text().startswith("             VMA")
    assert subprocess.run([objects / "has space"], check=False).returncode == 0
    done = run(wirings["gnu"], "cc", "-shared", "s.o", "-o", "s.so", "-Wl,--defsym,alias=foo", cwd=objects)
    assert {"alias", "foo"} <= set(elf.read(objects / "s.so").exports), done.stderr


def test_a_level_of_the_linkers_own_optimisation_costs_no_second_link(
    objects: Path, wirings: dict[str, Wiring], monkeypatch: pytest.MonkeyPatch
) -> None:
    """rustc gives one with every optimised program, and so does the LDFLAGS of some distributions."""
    monkeypatch.setenv("ZIG_VERBOSE_LINK", "1")
    for argument, links in (("-Wl,-O1", True), ("-Wl,-O2,--as-needed", True), ("-Wl,--defsym,alias=foo", False)):
        done = run(wirings["gnu"], "cc", "-shared", "s.o", "-o", "o.so", argument, cwd=objects)
        assert done.returncode == 0, done.stderr
        # What zig shows of its link is kept back where the link is only there to be repeated.
        assert ("ld.lld -" in done.stderr) == links, argument


@pytest.mark.parametrize("argument", ["-Wl,-export-dynamic", "-Xlinker -export-dynamic", "-Wl,--export-dynamic"])
def test_long_options_with_one_dash_are_not_taken_apart(
    argument: str, folder: Path, wirings: dict[str, Wiring]
) -> None:
    """GNU ld manual, Options: a multiple-letter option may begin with one dash, unless it begins with o."""
    (folder / "x.c").write_text("int exported(void) { return 1; }\nint main(void) { return 0; }\n")
    done = run(wirings["gnu"], "cc", "-O2", "x.c", *argument.split(), "-o", "x", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "exported" in elf.read(folder / "x").exports


def test_a_dynamic_program_uses_musl_s_own_data(tmp_path: Path) -> None:
    """A copy of `environ` would be taken for every object of musl's: zig's stand-in has all of them at one address."""
    (tmp_path / "data.c").write_text(
        "#include <getopt.h>\n#include <stdio.h>\n#include <stdlib.h>\nextern char **environ;\n"
        'int main(int n, char **v) { getopt(n, v, "a"); fprintf(stdout, "%d %s %s", optind, getenv("A"), *environ); }\n'
    )
    zig = find_zig()
    target = parse_targets("x86_64-linux-musl.1.2.3")[0]
    wiring = wire(tmp_path / "toolchain", target, zig, native_program(zig, Progress(quiet=True)), None)
    for arguments in (["-O2", "-c", "data.c", "-o", "data.o"], ["data.o", "-o", "data"]):
        done = run(wiring, "cc", *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert not any(one.copy for one in elf.read(tmp_path / "data").undefined)
    loader = make_root("alpine-like-bookworm-amd64") / "lib/ld-musl-x86_64.so.1"
    found = subprocess.run([loader, tmp_path / "data"], check=True, capture_output=True, env={"A": "b"})
    assert found.stdout == b"1 b A=b"


def test_a_name_for_a_shared_object_in_every_form(objects: Path, wirings: dict[str, Wiring]) -> None:
    forms = (
        ["-Wl,-soname,libn.so.1"], ["-Wl,-soname=libn.so.1"], ["-Wl,-h,libn.so.1"], ["-h", "libn.so.1"],
        ["-Wl,-soname", "-Wl,libn.so.1"], ["-Xlinker", "-soname", "-Xlinker", "libn.so.1"],
    )  # fmt: skip
    for form in forms:
        run(wirings["gnu"], "cc", "-shared", "s.o", "-o", "n.so", *form, cwd=objects)
        assert elf.read(objects / "n.so").soname == "libn.so.1", form


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("-dumpmachine", MUSL.autoconf),
        ("-print-multiarch", MUSL.debian_tuple),
        ("-print-file-name=libc.a", "libc.a"),
        ("-print-prog-name=ld", "ld"),
        ("-print-sysroot", ""),
    ],
)
def test_questions_are_answered_for_the_target(
    question: str, answer: str, folder: Path, wirings: dict[str, Wiring]
) -> None:
    assert run(wirings["musl"], "cc", question, cwd=folder).stdout == f"{answer}\n"


@pytest.mark.parametrize("spelling", ["x86_64-linux-gnu.2.17", "x86-linux-musl"])
def test_functions_for_a_newer_processor_may_use_what_it_has(spelling: str, folder: Path) -> None:
    """As GCC takes them: by an attribute of the function (libdeflate, RocksDB), or for a whole file by flags."""
    zig = find_zig()
    target = parse_targets(spelling)[0]
    wiring = wire(folder / spelling, target, zig, native_program(zig, Progress(quiet=True)), None)
    body = "__m512i ones(void) { return _mm512_set1_epi8(1); }\n"
    (folder / "one.c").write_text(f'#include <immintrin.h>\n__attribute__((target("avx512bw"))) {body}')
    (folder / "all.c").write_text(f"#include <immintrin.h>\n{body}")
    crc = "unsigned sum(unsigned a) { return _mm_crc32_u32(a, 1); }\n"
    (folder / "crc.c").write_text(f'#include <immintrin.h>\n__attribute__((target("sse4.2"))) {crc}')
    (folder / "sse.c").write_text(
        f"#include <immintrin.h>\n{crc}int bits(unsigned a) {{ return _mm_popcnt_u32(a); }}\n"
    )
    files: tuple[tuple[str, list[str]], ...] = (
        ("one", []),
        ("all", ["-mavx512f", "-mavx512bw"]),
        ("crc", []),
        ("sse", ["-msse4.2"]),
        ("sse", ["-mavx"]),
    )
    for name, flags in files:
        done = run(wiring, "cc", "-O2", "-Werror", *flags, "-c", f"{name}.c", "-o", f"{name}.o", cwd=folder)
        assert done.returncode == 0, done.stderr
    (folder / "plain.c").write_text("void add(float *a, int n) { for (int i = 0; i < n; i++) a[i] += i; }\n")
    run(wiring, "cc", "-O3", "-c", "plain.c", "-o", "plain.o", cwd=folder)
    disassembler = shutil.which("objdump")
    if disassembler is None:
        return
    # Nothing else uses them.
    command = [disassembler, "-d", str(folder / "plain.o")]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "zmm" not in shown
    assert "xmm" in shown


def test_assembly_may_use_what_the_architecture_that_is_asked_for_has(tmp_path: Path) -> None:
    """GCC hands -march on to the assembler (GCC manual, AArch64 Options); the crate sha2-asm counts on it."""
    zig = find_zig()
    (target,) = parse_targets("aarch64-linux-musl")
    wiring = wire(tmp_path / "wiring", target, zig, native_program(zig, Progress(quiet=True)), None)
    (tmp_path / "sha.S").write_text("sha256su0 v8.4s, v9.4s\n")
    (tmp_path / "plain.c").write_text("int plain(void) { return 1; }\n")
    assert run(wiring, "cc", "-c", "sha.S", cwd=tmp_path).returncode != 0
    for architecture in ("armv8-a+crypto", "armv8.2-a+sha2"):
        done = run(wiring, "cc", f"-march={architecture}", "-c", "sha.S", "plain.c", cwd=tmp_path)
        assert done.returncode == 0, done.stderr


def test_no_folder_of_this_machine_is_searched(folder: Path, wirings: dict[str, Wiring]) -> None:
    searched = run(wirings["gnu"], "cc", "-print-search-dirs", cwd=folder).stdout
    assert "/usr" not in searched
    (folder / "z.c").write_text("#include <zlib.h>\n")
    done = run(wirings["gnu"], "cc", "-I/usr/include", "-isystem", "/usr/include", "-c", "z.c", cwd=folder)
    assert "file not found" in done.stderr


def test_in_place_of_a_folder_of_this_machine_stands_the_sysroots(tmp_path: Path) -> None:
    """As pg_config and its like tell them; no folder of the sysroot's, no folder."""
    headers = tmp_path / "sysroot/usr/include/zoo"
    headers.mkdir(parents=True)
    (headers / "animals.h").write_text("#define ANIMALS 3\n")
    zig = find_zig()
    sysroot = open_sysroot(tmp_path / "sysroot", GNU)
    wiring = wire(tmp_path / "wiring", GNU, zig, native_program(zig, Progress(quiet=True)), sysroot)
    (tmp_path / "z.c").write_text("#include <animals.h>\nint animals = ANIMALS;\n")
    assert "file not found" in run(wiring, "cc", "-c", "z.c", cwd=tmp_path).stderr
    for folder in ("/usr/include/zoo", "/usr/local/../include/zoo/"):
        done = run(wiring, "cc", f"-I{folder}", "-c", "z.c", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    done = run(wiring, "cc", "-I/usr/include/linux", "-c", "z.c", "-v", cwd=tmp_path)
    assert "/include/linux" not in done.stderr


def test_meson_recognises_the_linker(folder: Path, wirings: dict[str, Wiring]) -> None:
    assert run(wirings["musl"], "cc", "-Wl,--version", cwd=folder).stdout.startswith("LLD ")


def test_ordinary_programs_keep_their_meaning(folder: Path, wirings: dict[str, Wiring]) -> None:
    """A date, an overflow and an assert, at every level of optimisation, compiled and linked at once or not."""
    (folder / "m.c").write_text(
        "#include <assert.h>\n#include <limits.h>\n#include <stdio.h>\n"
        "int main(int count, char **v) { (void)v; volatile int big = INT_MAX; big = big + count;\n"
        'int ran = 0; assert(++ran); printf("%d %d %d", (int)sizeof __DATE__, big < 0, ran); return 0; }\n'
    )
    for level in ("", "-O0", "-O1", "-O2", "-O3", "-Os", "-Og", "-Ofast"):
        flags = [level] if level else []
        done = run(wirings["musl"], "cc", *flags, "-Wall", "-Werror", "m.c", "-o", "m", cwd=folder)
        assert done.returncode == 0, done.stderr
        assert subprocess.run([folder / "m"], check=True, capture_output=True).stdout == b"12 1 1", level


def test_the_c_command_compiles_c_plus_plus_as_gcc_does(folder: Path, wirings: dict[str, Wiring]) -> None:
    """By the file's name or by -x; what it links lacks the library of C++, and C stays C (GCC manual, G++)."""
    (folder / "p.cpp").write_text("#include <cstdio>\nint main() { return std::puts(__DATE__) < 0; }\n")
    (folder / "p.c").write_text("#ifdef __cplusplus\n#error C is taken for C++\n#endif\nint p;\n")
    (folder / "q.cpp").write_text(
        "#include <string>\nstd::string q(int n) { return std::to_string(n); }\nint main() {}\n"
    )
    for arguments in (["-c", "p.cpp"], ["-c", "-x", "c++", "p.cpp"], ["p.cpp", "-o", "p"], ["-c", "p.c"]):
        done = run(wirings["musl"], "cc", *arguments, cwd=folder)
        assert done.returncode == 0, done.stderr
    assert subprocess.run([folder / "p"], check=True, capture_output=True).stdout
    done = run(wirings["musl"], "cc", "q.cpp", "-o", "q", cwd=folder)
    assert done.returncode != 0
    assert "undefined" in done.stderr


def test_the_c_plus_plus_command_takes_c_for_c_plus_plus_as_gcc_does(folder: Path, wirings: dict[str, Wiring]) -> None:
    """Unless -x says otherwise (GCC manual, Invoking G++)."""
    (folder / "two.c").write_text("#ifdef __cplusplus\nint two(int *) { return 2; }\n#else\nint two;\n#endif\n")
    (folder / "of.cpp").write_text("int two(int *);\nint main() { return two(nullptr) - 2; }\n")
    for arguments in (["-O2", "two.c", "of.cpp", "-o", "of"], ["-c", "two.c"], ["-O2", "of.cpp", "two.o", "-o", "of"]):
        done = run(wirings["musl"], "c++", *arguments, cwd=folder)
        assert done.returncode == 0, done.stderr
    assert subprocess.run([folder / "of"], check=False).returncode == 0
    assert run(wirings["musl"], "c++", "-x", "c", "-c", "two.c", cwd=folder).returncode == 0
    assert run(wirings["musl"], "c++", "-O2", "of.cpp", "two.o", "-o", "of", cwd=folder).returncode != 0


@pytest.mark.parametrize("words", [("right.c",), ("-x", "c", "-"), ("right.c", "other.c"), ("-o", "none.o", "right.c")])
def test_only_the_syntax_is_checked(words: tuple[str, ...], tmp_path: Path, wirings: dict[str, Wiring]) -> None:
    right = "int f(void) { return 1; }\n"
    for name in ("right.c", "other.c"):
        (tmp_path / name).write_text(right)
    before = set(tmp_path.iterdir())
    done = run(wirings["musl"], "cc", "-fsyntax-only", *words, cwd=tmp_path, stdin=right)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "right.c").write_text("int f(void) { return g; }\n")
    done = run(wirings["musl"], "cc", "-fsyntax-only", *words, cwd=tmp_path, stdin="int f(void) { return g; }\n")
    assert done.returncode != 0
    assert "error: use of undeclared identifier" in done.stderr
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("standard", ["c++98", "c++11", "c++17", "c++20", "c++23"])
def test_all_headers_of_the_c_plus_plus_library_at_once(
    standard: str, tmp_path: Path, wirings: dict[str, Wiring]
) -> None:
    """As GCC brings them (libstdc++ manual, Using Headers); LLVM's library does not."""
    (tmp_path / "all.cpp").write_text(
        "#include <bits/stdc++.h>\nusing namespace std;\n"
        "int main() { vector<int> v(3, 1); sort(v.begin(), v.end()); cout << v.size() << endl; return sqrt(0.0); }\n"
    )
    for libc, wiring in wirings.items():
        words = [f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-c", "all.cpp", "-o", f"{libc}.o"]
        done = run(wiring, "c++", *words, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")


def test_debug_information_that_is_to_lie_apart_is_not_lost(tmp_path: Path, wirings: dict[str, Wiring]) -> None:
    """-gsplit-dwarf implies -g (GCC manual, Debugging Options); here no file beside the object is made."""
    (tmp_path / "d.c").write_text("int f(int a) { return a + 1; }\n")
    done = run(wirings["musl"], "cc", "-gsplit-dwarf", "-c", "d.c", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"d.c\0" in (tmp_path / "d.o").read_bytes()
    assert b".dwo" not in (tmp_path / "d.o").read_bytes()


@pytest.mark.parametrize(
    ("line", "standard", "language"),
    [
        ("cc p.c", "gnu++0x", "c"),
        ("cc p.c", "c++17", "c"),
        ("cc p.cpp", "c99", "c++"),
        ("c++ p.cc", "gnu11", "c++"),
        ("cc p.c", "c99", "c"),
    ],
)
def test_a_standard_of_the_other_language_stops_no_build(
    line: str, standard: str, language: str, tmp_path: Path, wirings: dict[str, Wiring]
) -> None:
    """GCC 12: command-line option '-std=c++17' is valid for C++/ObjC++ but not for C; one that is tried is refused."""
    command, source = line.split()
    (tmp_path / source).write_text("#ifdef __cplusplus\nchar is_cxx;\n#else\nchar is_c;\n#endif\n")
    done = run(wirings["gnu"], command, f"-std={standard}", "-c", source, "-o", "p.o", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (b"is_cxx" in (tmp_path / "p.o").read_bytes()) == (language == "c++")
    other = {"c": "c++17", "c++": "c99"}[language]
    trial = (tmp_path / source).rename(tmp_path / f"conftest{(tmp_path / source).suffix}").name
    tried = run(wirings["gnu"], command, f"-std={other}", "-c", trial, cwd=tmp_path)
    assert "not allowed with" in tried.stderr


def test_the_strongest_optimisation_is_not_weakened(folder: Path, wirings: dict[str, Wiring]) -> None:
    """A condition that a loop does not change is taken out of it at -O3 only (LLVM, SimpleLoopUnswitch)."""
    (folder / "unswitch.c").write_text(
        "int g(int); int h(int);\n"
        "void f(int *a, int n, int c) { for (int i = 0; i < n; i++) { if (c) a[i] = g(i); else a[i] = h(i); } }\n"
    )
    made = {}
    for levels in ("-O2", "-O3", "-Ofast", "-O2 -O3", "-O3 -O2"):
        done = run(
            wirings["musl"], "cc", *levels.split(), "-Werror", "-c", "unswitch.c", "-o", "unswitch.o", cwd=folder
        )
        assert (done.returncode, done.stderr) == (0, "")
        made[levels] = (folder / "unswitch.o").read_bytes()
    assert made["-O2"] == made["-O3 -O2"] != made["-O3"]
    assert made["-O3"] == made["-Ofast"] == made["-O2 -O3"]


@pytest.mark.parametrize(
    ("spelling", "register", "kept"),
    [
        ("x86_64-linux-gnu.2.17", "rbp", False),
        ("s390x-linux-musl", "%r11, %r15", False),
        ("aarch64-linux-musl", "x29", True),
    ],
)
def test_frame_pointers_are_kept_where_gcc_keeps_them(
    spelling: str, register: str, tmp_path: Path, *, kept: bool
) -> None:
    """GCC manual, -fomit-frame-pointer: left out where it optimises, unless asked for; aarch64 keeps frame records."""
    zig = find_zig()
    (target,) = parse_targets(spelling)
    wiring = wire(tmp_path / "wiring", target, zig, native_program(zig, Progress(quiet=True)), None)
    (tmp_path / "f.c").write_text("int g(int);\nint f(int a) { return g(a) + 1; }\n")
    levels = {"-O0": True, "-O1": kept, "-O2": kept, "-O3": kept, "-O2 -fno-omit-frame-pointer": True}
    for flags, expected in levels.items():
        done = run(wiring, "cc", *flags.split(), "-Werror", "-S", "f.c", "-o", "f.s", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert (register in (tmp_path / "f.s").read_text()) == expected, flags


def test_the_glue_of_modules_in_cxx_is_inlined_as_far_as_gcc_does(tmp_path: Path) -> None:
    """A function that is called twice and costs more than Clang's threshold (LLVM, InlineCost) but less than ours."""
    zig = find_zig()
    program = native_program(zig, Progress(quiet=True))
    steps = "".join(f"a = a * {each} + b[{each}];" for each in range(2, 30))
    source = f"static int large(int a, int *b) {{ {steps} return a; }}\n"
    source += "int one(int a, int *b) { return large(a, b); }\nint two(int a, int *b) { return large(a + 9, b + 9); }\n"
    for name in ("s.cpp", "s.c"):
        (tmp_path / name).write_text(source)

    def inlined(wiring: Wiring, command: str, *arguments: str) -> bool:
        done = run(wiring, command, *arguments, "-Werror", "-S", "-o", "s.s", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        return "large" not in (tmp_path / "s.s").read_text()

    python = wire(tmp_path / "python", GNU, zig, program, None, python=True)
    assert inlined(python, "c++", "-O2", "s.cpp")
    assert inlined(python, "c++", "-O3", "s.cpp")
    assert not inlined(python, "c++", "-Os", "s.cpp")
    assert not inlined(python, "c++", "-O2", "-mllvm", "-inline-threshold=10", "s.cpp")
    assert not inlined(python, "cc", "-O2", "s.c")
    assert not inlined(wire(tmp_path / "other", GNU, zig, program, None), "c++", "-O2", "s.cpp")


@pytest.mark.parametrize("flags", [(), ("-D_GNU_SOURCE",), ("-std=c99", "-D_POSIX_C_SOURCE=200809L")])
def test_speeds_of_terminals_are_those_of_the_glibc_that_is_aimed_at(
    flags: tuple[str, ...], folder: Path, wirings: dict[str, Wiring]
) -> None:
    """glibc 2.42 takes bits per second (its NEWS); an older one answers that with EINVAL."""
    (folder / "speed.c").write_text(
        "#define _XOPEN_SOURCE 700\n#include <fcntl.h>\n#include <stdlib.h>\n#include <termios.h>\n"
        "int main(void) {\n"
        "    struct termios t;\n"
        "    int terminal = posix_openpt(O_RDWR | O_NOCTTY);\n"
        "    if (terminal < 0 || tcgetattr(terminal, &t) != 0) return 2;\n"
        "    if (cfsetospeed(&t, B115200) != 0 || cfgetospeed(&t) != B115200) return 3;\n"
        "    if (tcsetattr(terminal, TCSANOW, &t) != 0 || tcgetattr(terminal, &t) != 0) return 4;\n"
        "    return cfgetospeed(&t) != B115200;\n"
        "}\n"
    )
    for libc, wiring in wirings.items():
        done = run(wiring, "cc", *flags, "-Wall", "-Werror", "speed.c", "-o", f"speed-{libc}", cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
        assert subprocess.run([folder / f"speed-{libc}"], check=False, timeout=SECONDS).returncode == 0, libc


@pytest.mark.parametrize("header", ["termio.h", "sys/ioctl.h"])
def test_terminals_of_system_v_are_there_where_the_glibc_that_is_aimed_at_has_them(
    header: str, folder: Path, wirings: dict[str, Wiring]
) -> None:
    """glibc 2.42 took `struct termio` and its header out (its NEWS); the kernel's answer fits it (ioctl_tty(2))."""
    (folder / "termio.c").write_text(
        f"#define _GNU_SOURCE\n#include <fcntl.h>\n#include <stdlib.h>\n#include <{header}>\n"
        "int main(void) {\n"
        "    struct { struct termio t; unsigned char after[64]; } all = {.after = {42}};\n"
        "    int terminal = posix_openpt(O_RDWR | O_NOCTTY);\n"
        "    if (terminal < 0 || ioctl(terminal, TCGETA, &all.t) != 0) return 2;\n"
        "    return all.t.c_cc[0] != 3 || all.after[0] != 42;\n"
        "}\n"
    )
    done = run(wirings["gnu"], "cc", "-Wall", "-Werror", "termio.c", "-o", "termio", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert subprocess.run([folder / "termio"], check=False, timeout=SECONDS).returncode == 0


@pytest.mark.parametrize(("floor", "width"), [("2.33", 4), ("2.34", 8)])
def test_the_width_of_time_is_that_of_the_glibc_that_is_aimed_at(floor: str, width: int, tmp_path: Path) -> None:
    """glibc 2.34 brought _TIME_BITS (its NEWS), by which gnulib asks for 64 bits; older ones do not look."""
    zig = find_zig()
    (target,) = parse_targets(f"x86-linux-gnu.{floor}")
    wiring = wire(tmp_path / "wiring", target, zig, native_program(zig, Progress(quiet=True)), None)
    (tmp_path / "time.c").write_text(
        "#include <sys/stat.h>\n#include <time.h>\n"
        "int main(int n, char **v) { struct stat s; return stat(*v, &s) + fstat(n, &s) + (int)(sizeof(time_t)); }\n"
        f'_Static_assert(sizeof(time_t) == {width}, "time_t");\n'
    )
    done = run(wiring, "cc", "-O2", "-c", "-D_FILE_OFFSET_BITS=64", "-D_TIME_BITS=64", "time.c", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = run(wiring, "cc", "time.o", "-o", "time", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_register_in_newer_cxx_is_a_warning_as_with_gcc(folder: Path, wirings: dict[str, Wiring]) -> None:
    (folder / "register.cc").write_text("int f(int n) { register int i = n; return i; }\n")
    # The warning itself is not looked for: zig says nothing about a source that it has compiled before.
    assert run(wirings["musl"], "c++", "-std=c++17", "-c", "register.cc", cwd=folder).returncode == 0
    assert (
        run(wirings["musl"], "c++", "-std=c++17", "-Werror=register", "-c", "register.cc", cwd=folder).returncode == 1
    )


def test_what_only_this_compiler_warns_of_stops_no_build_but_counts_where_a_compiler_is_tried(
    folder: Path, wirings: dict[str, Wiring]
) -> None:
    wiring = wirings["musl"]
    flags = ("-pedantic", "-Werror", "-Wstrict-prototypes", "-c")
    own = {**wiring.environment(), **OWN_CODE}
    for name in ("own.c", "conftest.c"):
        (folder / name).write_text("int f();\n")  # GCC says nothing of it with -pedantic
    tries = {
        "own.c": (own, 0),
        "conftest.c": (own, 1),
        "./own.c": (wiring.environment(), 1),  # a step that asks what the compiler can do
    }
    for source, (environment, status) in tries.items():
        command = [str(wiring.command("cc")), *flags, source, "-o", "own.o"]
        assert subprocess.run(command, check=False, cwd=folder, env=environment).returncode == status, source
    asked = [str(wiring.command("cc")), *flags, "-x", "c", "-", "-o", "asked.o"]
    assert subprocess.run(asked, check=False, cwd=folder, env=own, input=b"int f();\n").returncode == 1
    # What the project names as an error is one.
    named = [str(wiring.command("cc")), "-Werror=strict-prototypes", "-c", "own.c", "-o", "own.o"]
    assert subprocess.run(named, check=False, cwd=folder, env=own).returncode == 1


def test_a_project_may_ask_for_what_is_off_by_default(folder: Path, wirings: dict[str, Wiring]) -> None:
    (folder / "d.c").write_text("#include <stdio.h>\nint main(void) { return puts(__DATE__) < 0; }\n")
    done = run(wirings["musl"], "cc", "-Werror=date-time", "-c", "d.c", cwd=folder)
    assert "error: expansion of date" in done.stderr
    (folder / "n.c").write_text("#include <assert.h>\nint main(void) { assert(0); return 0; }\n")
    run(wirings["musl"], "cc", "-O2", "-DNDEBUG", "n.c", "-o", "n", cwd=folder)
    assert subprocess.run([folder / "n"], check=False).returncode == 0


def test_no_flag_builds_a_second_libc(folder: Path, wirings: dict[str, Wiring]) -> None:
    """Each set of flags that zig's libc depends on would cost half a minute a target."""
    (folder / "l.c").write_text('#include <stdio.h>\nint main(void) { return puts("") < 0; }\n')
    wiring = wirings["musl"]
    assert run(wiring, "cc", "-O2", "l.c", "-o", "l", cwd=folder).returncode == 0
    before = libcs(wiring)
    for flags in (
        "-O0",
        "-Os -g",
        "-O3 -s",
        "-flto -O2",
        "-fno-builtin",
        "-funwind-tables -O1",
        "-march=native",
        "-mno-red-zone",
    ):
        done = run(wiring, "cc", *flags.split(), "l.c", "-o", "l", cwd=folder)
        assert done.returncode == 0, (flags, done.stderr)
    assert libcs(wiring) == before


def libcs(wiring: Wiring) -> set[Path]:
    return set((wiring.zig.cache / "o").glob("*/libc.a"))


def test_shared_and_static_together(folder: Path, wirings: dict[str, Wiring]) -> None:
    (folder / "p.c").write_text("int part(void) { return 1; }\n")
    for libc in ("gnu", "musl"):
        done = run(wirings[libc], "cc", "-shared", "-static", "-O2", "p.c", "-o", "p.so", cwd=folder)
        assert done.returncode == 0, done.stderr
        assert elf.read(folder / "p.so").kind == "shared-object"


def test_folders_of_libraries_from_the_environment(objects: Path, wirings: dict[str, Wiring]) -> None:
    """A Makefile may export LIBRARY_PATH (GCC manual, Environment Variables Affecting GCC)."""
    wiring = wirings["musl"]
    (objects / "of-path").mkdir()
    assert run(wiring, "ar", "rcs", "of-path/libhere.a", "s.o", cwd=objects).returncode == 0
    command = [str(wiring.command("cc")), "main.o", "-lhere", "-o", "of-path/program"]
    for path, status in ((f"{objects}/nowhere:of-path", 0), (f"{objects}/nowhere", 1)):
        environment = {**wiring.environment(), "LIBRARY_PATH": path}
        assert subprocess.run(command, check=False, cwd=objects, env=environment).returncode == status


def test_a_version_script_may_name_what_is_not_there_as_with_gnu_ld(objects: Path, wirings: dict[str, Wiring]) -> None:
    (objects / "more.map").write_text("V1 { global: foo; _fini; local: *; };\n")
    link = ("-shared", "-Wl,--version-script=more.map", "s.o", "-o", "libmore.so")
    assert run(wirings["gnu"], "cc", *link, cwd=objects).returncode == 0
    assert run(wirings["gnu"], "cc", "-Wl,--no-undefined-version", *link, cwd=objects).returncode == 1


@pytest.mark.parametrize("libc", ["gnu", "musl"])
def test_the_version_is_told_without_an_error(libc: str, folder: Path, wirings: dict[str, Wiring]) -> None:
    done = run(wirings[libc], "c++", "-dumpfullversion", "-dumpversion", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(part.isdigit() for part in done.stdout.strip().split("."))


@pytest.mark.parametrize("libc", ["gnu", "musl"])
@pytest.mark.parametrize("question", [("--version",), ("-v",), ("-O2", "-v"), ("--version", "a.c")])
def test_the_compiler_says_who_it_is_without_an_error(
    libc: str, question: tuple[str, ...], folder: Path, wirings: dict[str, Wiring]
) -> None:
    done = run(wirings[libc], "cc", *question, cwd=folder)
    assert (done.returncode, "error" in done.stderr) == (0, False)
    assert "clang version" in done.stdout + done.stderr


@pytest.mark.parametrize("question", ["-V", "-qversion", "-version"])
def test_what_other_compilers_are_asked_is_refused_in_gcc_s_words(
    question: str, folder: Path, wirings: dict[str, Wiring]
) -> None:
    done = run(wirings["gnu"], "cc", question, cwd=folder)
    assert (done.returncode, done.stderr) == (1, f"error: unrecognized command-line option '{question}'\n")


@pytest.mark.parametrize("libc", ["gnu", "musl"])
@pytest.mark.parametrize("before", [(), ("-Wl,--push-state,-Bstatic", "-Wl,--pop-state"), ("-Wl,-Bstatic",)])
def test_an_archive_is_taken_where_there_is_no_shared_library(
    libc: str, before: tuple[str, ...], objects: Path, wirings: dict[str, Wiring]
) -> None:
    """GNU ld's manual, -l: of each folder the shared library, else the archive, after -Bdynamic too.

    rustc writes -Bdynamic before each library that a build script calls ``dylib``, though it built an archive.
    """
    target = objects / f"only-archive-{libc}"
    target.mkdir(exist_ok=True)
    (target / "user.c").write_text("int foo(void);\nint main(void) { return foo() - 1; }\n")
    assert run(wirings[libc], "cc", "-c", objects / "s.c", "-o", "s.o", cwd=target).returncode == 0
    (target / "libfoo.a").unlink(missing_ok=True)
    assert run(wirings[libc], "ar", "rcs", "libfoo.a", "s.o", cwd=target).returncode == 0
    done = run(wirings[libc], "cc", "user.c", "-L.", *before, "-Wl,-Bdynamic", "-lfoo", "-o", "user", cwd=target)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([target / "user"], check=False).returncode == 0


def test_a_shared_library_comes_before_an_archive_beside_it(objects: Path, wirings: dict[str, Wiring]) -> None:
    target = objects / "both"
    target.mkdir()
    (target / "user.c").write_text("int foo(void);\nint main(void) { return foo() - 1; }\n")
    wiring = wirings["gnu"]
    assert run(wiring, "ar", "rcs", "libfoo.a", "../s.o", cwd=target).returncode == 0
    made = run(wiring, "cc", "-shared", "../s.o", "-Wl,-soname,libfoo.so.1", "-o", "libfoo.so", cwd=target)
    assert made.returncode == 0, made.stderr
    for flags, needed in ((["-Wl,-Bdynamic"], True), (["-Wl,-Bstatic"], False), (["-Wl,-Bstatic", "-Wl,-dy"], True)):
        done = run(wiring, "cc", "user.c", "-L.", *flags, "-lfoo", "-o", "user", cwd=target)
        assert done.returncode == 0, done.stderr
        assert ("libfoo.so.1" in elf.read(target / "user").needed) is needed


def test_link_time_optimisation_with_a_number_of_jobs(folder: Path, wirings: dict[str, Wiring]) -> None:
    (folder / "jobs.c").write_text("int main(void) { return 0; }\n")
    done = run(wirings["gnu"], "cc", "-O2", "-flto=2", "jobs.c", "-o", "jobs", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert subprocess.run([folder / "jobs"], check=False).returncode == 0


def test_switches_of_gcc_s_own_passes_are_taken(folder: Path, wirings: dict[str, Wiring]) -> None:
    (folder / "passes.c").write_text("int f(int n) { return n; }\n")
    switches = ("-ftree-loop-vectorize", "-fno-ipa-sra", "-fgcse-lm", "-fno-if-conversion2", "-fconserve-stack")
    done = run(wirings["musl"], "cc", "-O2", *switches, "-c", "passes.c", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_library_by_its_exact_name(objects: Path, wirings: dict[str, Wiring]) -> None:
    (objects / "lib").mkdir()
    (objects / "calls.c").write_text("int foo(void);\nint main(void) { return foo(); }\n")
    assert run(wirings["gnu"], "ar", "rcs", "lib/libexact.a", "s.o", cwd=objects).returncode == 0
    for folder in (["-Llib"], ["-L", "lib"]):
        done = run(wirings["gnu"], "cc", "-O2", "calls.c", "-l:libexact.a", *folder, "-o", "calls", cwd=objects)
        assert done.returncode == 0, done.stderr
    assert subprocess.run([objects / "calls"], check=False).returncode == 1


def test_the_unwinder_by_gcc_s_names_is_a_part_of_the_program(objects: Path, wirings: dict[str, Wiring]) -> None:
    (objects / "unwinds.c").write_text(
        "#include <unwind.h>\n#include <stdlib.h>\n"
        "static _Unwind_Reason_Code frame(struct _Unwind_Context *c, void *n) { ++*(int *)n; return _URC_NO_REASON; }\n"
        "int main(void) { int n = 0; _Unwind_Backtrace(frame, &n); return n > 0 ? 0 : 1; }\n"
    )
    for libc in ("gnu", "musl"):
        for library in ("-lgcc_s", "-lgcc_eh"):
            done = run(wirings[libc], "cc", "-O2", "unwinds.c", library, "-o", "unwinds", cwd=objects)
            assert done.returncode == 0, done.stderr
            assert not [name for name in elf.read(objects / "unwinds").needed if "gcc" in name or "unwind" in name]
            assert subprocess.run([objects / "unwinds"], check=False).returncode == 0


def test_a_linux_triple_of_others_is_the_wirings_own(objects: Path, wirings: dict[str, Wiring]) -> None:
    for target in (["--target=x86_64-unknown-linux-gnu"], ["-target", "aarch64-unknown-linux-musl"]):
        done = run(wirings["musl"], "cc", *target, "-O2", "-c", "main.c", "-o", "aimed.o", cwd=objects)
        assert done.returncode == 0, done.stderr
        assert elf.read(objects / "aimed.o").identity.architecture == elf.read(objects / "main.o").identity.architecture


def test_response_files_and_standard_input(folder: Path, wirings: dict[str, Wiring]) -> None:
    (folder / "with space.c").write_text("int main(void) { return 0; }\n")
    (folder / "arguments").write_text("-O2 'with space.c'\n\"-o\" with\\ space -Wl,--warn-common\n")
    assert run(wirings["gnu"], "cc", "@arguments", cwd=folder).returncode == 0
    assert (folder / "with space").exists()
    done = run(wirings["musl"], "cc", "-x", "c", "-", "-o", "stdin", cwd=folder, stdin="int main(void) { return 3; }\n")
    assert done.returncode == 0, done.stderr
    assert subprocess.run([folder / "stdin"], check=False).returncode == 3


@pytest.mark.parametrize(("command", "question"), [("cc", "-E"), ("c++", "-dM -E"), ("cc", "-x c -E")])
def test_standard_input_is_of_the_language_of_the_command(
    command: str, question: str, folder: Path, wirings: dict[str, Wiring]
) -> None:
    """GCC manual, Overall Options; as configure scripts and makefiles ask for what is predefined."""
    text = "#ifdef __cplusplus\n#define ANSWER cxx\n#else\n#define ANSWER c\n#endif\nANSWER __linux__\n"
    done = run(wirings["gnu"], command, *question.split(), "-", cwd=folder, stdin=text)
    assert (done.returncode, done.stderr) == (0, "")
    answer = "cxx" if command == "c++" else "c"
    assert (f"#define ANSWER {answer}" if "-dM" in question else f"{answer} 1") in done.stdout.splitlines()


def test_assembly_with_a_preprocessor_by_its_other_name(tmp_path: Path, wirings: dict[str, Wiring]) -> None:
    """GCC manual, Overall Options: `file.S`, `file.sx`."""
    (tmp_path / "one.sx").write_text("#define NUMBER 1\n.globl one\none:\nmov $NUMBER, %eax\nret\n")
    (tmp_path / "main.c").write_text("int one(void);\nint main(void) { return one() - 1; }\n")
    for arguments in (["-c", "one.sx"], ["main.c", "one.sx", "-o", "main"]):
        done = run(wirings["gnu"], "cc", *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "main"], check=False).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ("-c sum.f90", "sum.f90 is Fortran, for which zig has no compiler"),
        ("main.c main.adb", "main.adb is Ada, for which zig has no compiler"),
        ("-m32 -c main.c", "-m32 is not for x86_64-linux-gnu.2.17: build for a target of that size"),
        ("main.c -fsanitize=undefined,address -o x", "zig brings no runtime for -fsanitize=address"),
    ],
)
def test_what_cannot_be_compiled_is_refused_in_one_sentence(
    arguments: str, answer: str, objects: Path, wirings: dict[str, Wiring]
) -> None:
    done = run(wirings["gnu"], "cc", *arguments.split(), cwd=objects)
    assert done.returncode != 0
    assert done.stderr.startswith(f"everylinux: {answer}")


def test_more_objects_than_a_command_line_holds(folder: Path, wirings: dict[str, Wiring]) -> None:
    name = "o" * 200
    done = run(wirings["gnu"], "cc", "-O2", "-c", "s.c", "-o", f"{name}.o", cwd=folder)
    assert done.returncode == 0, done.stderr
    (folder / "many").write_text("\n".join([f"-L{folder}/{name}"] * 9000))
    assert run(wirings["gnu"], "cc", "-shared", f"{name}.o", "@many", "-o", "many.so", cwd=folder).returncode == 0


@pytest.mark.parametrize("spelling", ["s390x-linux-musl", "aarch64-linux-gnu", "arm-linux-musl", "x86-linux-gnu"])
def test_the_linker_by_its_own_name_is_the_target_s(spelling: str, tmp_path: Path) -> None:
    """`$(LD) -r` in a Makefile; a compiler of this machine finds this machine's, as it did before."""
    (target,) = parse_targets(spelling)
    zig = find_zig()
    wiring = wire(tmp_path / "wiring", target, zig, native_program(zig, Progress(quiet=True)), None)
    (tmp_path / "a.c").write_text(
        "extern const char _binary_text_start[]; int f(void) { return _binary_text_start[0]; }\n"
    )
    (tmp_path / "b.c").write_text("int f(void); int main(void) { return f() != 't'; }\n")
    (tmp_path / "text").write_text("text\n")
    lines = [
        "$CC -c a.c && $CC -c b.c",
        "ld -r -b binary -o text.o text",
        f"{target.autoconf}-ld -r -o all.o a.o b.o text.o",
        "$CC all.o -o program",
        "if command -v gcc; then echo 'int main(void) { return 0; }' > here.c && gcc here.c -o here && ./here; fi",
    ]
    done = subprocess.run(
        ["sh", "-ec", "\n".join(lines)],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=wiring.environment(),
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    machine = target.cpu.elf.machine
    assert [elf.read(tmp_path / name).identity.machine for name in ("all.o", "program")] == [machine, machine]


def test_several_sources_in_one_command_are_several_objects(tmp_path: Path, wirings: dict[str, Wiring]) -> None:
    """GCC manual, Overall Options: `-c` makes an object of each source, `-o` cannot name them all."""
    names = ("one", "two", "three")
    for name in names:
        (tmp_path / f"{name}.c").write_text(f"int {name}(void) {{ return 1; }}\n")
    sources = [f"{name}.c" for name in names]
    done = run(wirings["musl"], "cc", "-O2", "-MD", "-c", *sources, "-DX", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for name in names:
        symbols = subprocess.run(["nm", "-g", f"{name}.o"], check=True, capture_output=True, text=True, cwd=tmp_path)
        assert [line.split()[-1] for line in symbols.stdout.splitlines()] == [name]
        assert f"{name}.c" in (tmp_path / f"{name}.d").read_text()
    assert run(wirings["musl"], "cc", "-S", *sources, cwd=tmp_path).returncode == 0
    assert all((tmp_path / f"{name}.s").is_file() for name in names)
    refused = run(wirings["musl"], "cc", "-c", *sources, "-o", "all.o", cwd=tmp_path)
    assert (refused.returncode, "-o names one file" in refused.stderr) == (1, True)


def test_an_archive_is_never_thin(objects: Path, wirings: dict[str, Wiring]) -> None:
    for operation in ("csrDT", "-rcT"):
        done = run(wirings["gnu"], "ar", operation, "thin.a", "s.o", cwd=objects)
        assert done.returncode == 0, done.stderr
        assert (objects / "thin.a").read_bytes().startswith(b"!<arch>\n")
        (objects / "thin.a").unlink()


def test_a_program_without_debug_information_has_no_hole_where_that_was(tmp_path: Path) -> None:
    """A segment that tells of a section behind it (PT_RISCV_ATTRIBUTES) moves up; labels go, as with GNU ld."""
    if shutil.which("readelf") is None:
        pytest.skip("this machine has no readelf")
    zig = find_zig()
    (target,) = parse_targets("riscv64-linux-musl")
    wiring = wire(tmp_path / "wiring", target, zig, native_program(zig, Progress(quiet=True)), None)
    (tmp_path / "m.c").write_text("#include <stdio.h>\nint main(int n, char **v) { return n > 1 ? puts(*v) : 0; }\n")
    for arguments in (["-O2", "-g", "-c", "m.c"], ["m.o", "-o", "m"]):
        done = run(wiring, "cc", *arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    size, shown = (tmp_path / "m").stat().st_size, headers(tmp_path / "m")
    debug = [int(each, 16) for each in re.findall(r"\.debug_\w+ +PROGBITS +\w+ \w+ (\w+)", shown)]
    assert debug
    run(wiring, "strip", "-g", "m", cwd=tmp_path)
    content, shown = (tmp_path / "m").read_bytes(), headers(tmp_path / "m")
    assert ".debug_" not in shown
    assert len(content) < size - sum(debug)
    assert b"\0.L" not in content
    (section,) = re.findall(r"\.riscv\.attributes +\S+ +\w+ (\w+)", shown)
    (segment,) = re.findall(r"RISCV_ATTRIBUT\w* +0x(\w+)", shown)
    assert int(segment, 16) == int(section, 16)


def headers(path: Path) -> str:
    command: list[str | Path] = ["readelf", "--wide", "--sections", "--segments", path]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("spelling", ["s390x-linux-gnu", "x86-linux-gnu", "x86_64-linux-gnu"])
def test_strip_for_any_cpu(spelling: str, tmp_path: Path) -> None:
    """Read with GNU readelf, which complains about what it finds wrong."""
    if shutil.which("readelf") is None:
        pytest.skip("this machine has no readelf")
    zig = find_zig()
    wiring = wire(
        tmp_path / "toolchain", parse_targets(spelling)[0], zig, native_program(zig, Progress(quiet=True)), None
    )
    (tmp_path / "m.c").write_text("int global;\nint main(void) { return global; }\n")
    done = run(wiring, "cc", "-g", "-O2", "m.c", "-o", "m", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {".debug_info", ".symtab"} <= sections(tmp_path / "m")
    run(wiring, "strip", "-g", "m", "-o", "without-debug", cwd=tmp_path)
    run(wiring, "strip", "m", cwd=tmp_path)
    assert ".debug_info" not in sections(tmp_path / "without-debug")
    assert ".symtab" in sections(tmp_path / "without-debug")
    assert not {".debug_info", ".symtab"} & sections(tmp_path / "m")
    assert os.access(tmp_path / "m", os.X_OK)


def sections(path: Path) -> set[str]:
    command: list[str | Path] = ["readelf", "--wide", "--sections", "--symbols", "--dynamic", path]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    assert "readelf:" not in done.stderr
    return {word for line in done.stdout.splitlines() for word in line.split() if word.startswith(".")}


UNWINDS = """
#include <unwind.h>
#include <stdio.h>
static _Unwind_Reason_Code count(struct _Unwind_Context *context, void *frames) {
    *(int *)frames += _Unwind_GetIP(context) != 0;
    return _URC_NO_REASON;
}
int main(void) {
    int frames = 0;
    _Unwind_Backtrace(count, &frames);
    return frames > 0 ? 0 : 1;
}
"""


@pytest.mark.parametrize("libc", ["gnu", "musl"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_program_in_c_that_asks_the_unwinder_has_it(
    libc: str, *, at_once: bool, wirings: dict[str, Wiring], tmp_path: Path
) -> None:
    """GCC links it to every program, without being asked; as LuaJIT and what prints its own stack take for granted."""
    (tmp_path / "app.c").write_text(UNWINDS)
    source = "app.c"
    if not at_once:
        done = run(wirings[libc], "cc", "-O2", "-funwind-tables", "-c", "app.c", "-o", "app.o", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        source = "app.o"
    done = run(wirings[libc], "cc", "-O2", "-funwind-tables", source, "-o", "app", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "app"], check=False).returncode == 0
    # It is a part of the program, not a library of GCC's that the target may lack.
    assert not [name for name in elf.read(tmp_path / "app").needed if "gcc" in name or "unwind" in name]


def test_a_library_of_the_project_that_asks_the_unwinder_has_it(wirings: dict[str, Wiring], tmp_path: Path) -> None:
    (tmp_path / "frames.c").write_text(UNWINDS.replace("main", "frames"))
    (tmp_path / "app.c").write_text("int frames(void);\nint main(void) { return frames(); }\n")
    for command in (
        ("cc", "-funwind-tables", "-c", "frames.c", "-o", "frames.o"),
        ("ar", "rcs", "libframes.a", "frames.o"),
        ("cc", "-funwind-tables", "app.c", "-L.", "-lframes", "-o", "app"),
    ):
        done = run(wirings["musl"], *command, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert subprocess.run([tmp_path / "app"], check=False).returncode == 0


@pytest.mark.parametrize("libc", ["gnu", "musl"])
def test_a_shared_object_in_c_that_asks_the_unwinder_has_it(
    libc: str, wirings: dict[str, Wiring], tmp_path: Path
) -> None:
    """As a module of LuaJIT for Python: GCC's own is in no process that nobody brings it into."""
    (tmp_path / "frames.c").write_text(UNWINDS.replace("main", "frames"))
    done = run(wirings[libc], "cc", "-shared", "-fPIC", "-O2", "frames.c", "-o", "frames.so", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    file = elf.read(tmp_path / "frames.so")
    assert not [symbol.name for symbol in file.undefined if symbol.name.startswith("_Unwind")]
    assert not [name for name in file.needed if "gcc" in name or "unwind" in name]
    if libc == "gnu":
        program = "import ctypes, sys; sys.exit(ctypes.CDLL('./frames.so').frames())"
        assert subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False).returncode == 0


def test_the_unwinder_is_left_out_where_no_library_is_wanted(wirings: dict[str, Wiring], tmp_path: Path) -> None:
    (tmp_path / "app.c").write_text(UNWINDS)
    assert run(wirings["musl"], "cc", "-c", "app.c", "-o", "app.o", cwd=tmp_path).returncode == 0
    done = run(wirings["musl"], "cc", "-nodefaultlibs", "app.o", "-o", "app", "-lc", cwd=tmp_path)
    assert "_Unwind_Backtrace" in done.stderr
