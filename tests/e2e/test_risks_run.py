"""Risks on real programs: what is predicted to fail later does fail when it is run there, and the rest does not.

Each program in ``risks/`` does one thing and exits 0 when it worked. It is built for glibc and musl, judged on images
that have what it needs and on images that have not, and run there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux.cache import cache_directory
from everylinux.images import open_images
from everylinux.images.directory import DirectoryImage
from everylinux.images.empty import EmptyImage
from everylinux.loader import check_file
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.toolchains.debian_client import Client
from everylinux.toolchains.find import find, require
from roots import make_root
from roots.store import development_cache

if TYPE_CHECKING:
    from everylinux.images.interface import Image

SOURCES = Path(__file__).parent / "risks"
X86_64_MUSL, X86_64_GNU = "x86_64-linux-musl", "x86_64-linux-gnu.2.17"
# zig asks for stacks of 16 MiB, other compilers for nothing.
NO_SIZE = "-Wl,-z,stack-size=0"

BASES = {
    "alpine": "alpine-like-bookworm",
    "shell": "minimal-bookworm",
    "compat-2.41": "distroless-base-trixie",
    "files-2.41": "distroless-base-trixie",
    "glibc-2.41+known": "distroless-base-trixie",
}

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
]


@dataclass(frozen=True)
class Case:
    """One program on one image: the risk that is expected (empty: none at all), and whether a run can show it.

    ``target`` is zig's, ``glibc-2.31`` for a program that is static with Debian's glibc, or ``go``.
    """

    program: str
    target: str
    image: str
    risk: str = ""
    subject: str = ""
    arguments: tuple[str, ...] = ()
    run: bool = True
    static: bool = False

    @property
    def name(self) -> str:
        words = (self.program, self.target, "static" if self.static else "", self.image, *self.arguments)
        return "-".join(word.strip("-") for word in words if word)


def static(program: str, image: str, risk: str = "", subject: str = "", *, run: bool = True) -> Case:
    return Case(program, X86_64_MUSL, image, risk, subject, run=run, static=True)


CASES = (
    # A shell.
    Case("shell.c", X86_64_GNU, "glibc", "shell", "/bin/sh"),
    Case("shell_by_hand.c", X86_64_GNU, "glibc", "shell", "/bin/sh"),
    Case("shell.c", X86_64_GNU, "shell"),
    Case("no_shell.c", X86_64_GNU, "glibc"),
    static("shell.c", "scratch", "shell", "/bin/sh"),
    static("shell.c", "alpine"),
    static("no_shell.c", "scratch"),
    Case("shell.c", "glibc-2.36", "scratch", "shell", "/bin/sh"),
    # Users and hosts: musl and glibc 2.34 have the name service inside, older ones load it.
    static("users.c", "scratch", "user-database", "/etc/passwd"),
    static("users.c", "etc"),
    static("hosts.c", "etc"),
    Case("hosts.c", "glibc-2.31", "etc", "static-name-service", "getaddrinfo"),
    Case("users.c", "glibc-2.31", "etc", "static-name-service", "getpwnam"),
    Case("hosts.c", "glibc-2.36", "etc"),
    Case("users.c", "glibc-2.36", "etc"),
    Case("users.c", "glibc-2.36", "scratch", "user-database", "/etc/passwd"),
    # What else nsswitch.conf names is loaded, and brings another glibc: here the program crashes.
    Case("users.c", "glibc-2.36", "compat-2.41", "static-name-service", "libnss_compat.so.2"),
    Case("users.c", "glibc-2.36", "files-2.41"),
    # The sandbox always brings a /tmp.
    static("temporary.c", "scratch", "temporary-folder", "/tmp", run=False),  # noqa: S108 - what is expected
    static("temporary.c", "alpine"),
    # Conversions.
    Case("convert.c", X86_64_MUSL, "alpine", "character-sets", "ASCII//TRANSLIT"),
    Case("convert.c", X86_64_GNU, "glibc"),
    Case("convert_table.c", X86_64_MUSL, "alpine"),
    Case("convert_table.c", "glibc-2.36", "scratch", "character-sets", "/usr/lib/x86_64-linux-gnu/gconv"),
    # Locales.
    Case("locale.c", X86_64_GNU, "glibc", "locale-data", "de_DE.UTF-8"),
    Case("locale.c", X86_64_GNU, "glibc", "locale-data", "C.UTF-8", ('-DNAME="C.UTF-8"',)),
    Case("locale.c", X86_64_GNU, "glibc", arguments=('-DNAME="C"',)),
    Case("locale.c", X86_64_MUSL, "alpine"),
    # Time zones.
    Case("zones.c", X86_64_GNU, "glibc", "time-zones", "/usr/share/zoneinfo"),
    Case("zones.c", X86_64_MUSL, "alpine", "time-zones", "/usr/share/zoneinfo"),
    Case("times.c", X86_64_GNU, "glibc"),
    static("zones.c", "scratch", "time-zones", "/usr/share/zoneinfo"),
    static("zones.c", "zones"),
    static("times.c", "scratch"),
    Case("zones.c", "glibc-2.36", "scratch", "time-zones", "/usr/share/zoneinfo"),
    Case("zones.c", "glibc-2.36", "zones"),
    # Threads.
    Case("threads.c", X86_64_MUSL, "alpine", "thread-stack", "390 KiB", (NO_SIZE,)),
    Case("threads.c", "aarch64-linux-musl", "alpine", "thread-stack", "388 KiB", (NO_SIZE,)),
    Case("threads.c", X86_64_MUSL, "alpine", arguments=(NO_SIZE, "-DFRAME=4000")),
    Case("threads.c", X86_64_MUSL, "alpine", arguments=(NO_SIZE, "-DSIZE=1000000")),
    Case("threads.c", X86_64_MUSL, "alpine", arguments=("-Wl,-z,stack-size=1000000",)),
    Case("threads.c", X86_64_GNU, "glibc", arguments=(NO_SIZE,)),
    # Libraries opened later.
    Case("opens.c", X86_64_GNU, "glibc", "opened-library", "libknown.so.1"),
    Case("opens.c", X86_64_MUSL, "alpine", "opened-library", "libknown.so.1"),
    Case("opens.c", X86_64_GNU, "glibc+known"),
    Case("opens.c", X86_64_GNU, "glibc", arguments=("-Wl,-rpath,$ORIGIN/lib",)),
    Case("declares.c", X86_64_GNU, "glibc", "opened-library", "libknown.so.1"),
    Case("declares.c", X86_64_GNU, "glibc+known"),
    Case("names.c", X86_64_GNU, "glibc"),
    static("opens.c", "scratch", "static-dlopen", "libknown.so.1"),
    static("names.c", "scratch"),
    Case("opens.c", "glibc-2.36", "scratch", "opened-library", "libknown.so.1"),
    Case("opens.c", "glibc-2.36", "glibc-2.41+known", "static-dlopen", "libknown.so.1"),
    # Times of 32 bits: no run shows it before 2038.
    Case("times.c", "x86-linux-gnu.2.17", "debian:12", "time-32-bit", "time", run=False),
    Case(
        "times.c", "x86-linux-gnu.2.34", "debian:12", run=False, arguments=("-D_FILE_OFFSET_BITS=64", "-D_TIME_BITS=64")
    ),
    Case("times.c", "x86-linux-musl", "alpine:3.22", run=False),
    # Go.
    Case("secure", "go", "scratch", "certificates", "ca-certificates"),
    Case("temporary", "go", "scratch", "temporary-folder", "/tmp", run=False),  # noqa: S108 - what is expected
    Case("zones", "go", "scratch", "time-zones", "/usr/share/zoneinfo"),
    Case("zones", "go", "zones"),
    Case("embedded", "go", "scratch"),
    Case("plain", "go", "scratch"),
)


class Workshop:
    """Builds each program once, and lays each image once."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self.built = cache(self._built)
        self.image = cache(self._image)
        self._libraries = cache(self._unpacked)

    def _built(self, program: str, target: str, arguments: tuple[str, ...]) -> Path:
        out = self._factory.mktemp("built") / Path(program).stem
        source = SOURCES / program
        if target == "go":
            self._go(program, out)
        elif target.startswith("glibc-"):
            self._static_glibc(source, {"glibc-2.31": "bullseye", "glibc-2.36": "bookworm"}[target], out)
        else:
            zig("cc", "-target", target, "-O2", source, "-o", out, "-pthread", *arguments)
        if any("$ORIGIN/lib" in word for word in arguments):
            (out.parent / "lib").mkdir()
            zig("cc", "-target", target, "-shared", SOURCES / "known.c", "-o", out.parent / "lib" / "libknown.so.1")
        return out

    def _go(self, program: str, out: Path) -> None:
        if shutil.which("go") is None:
            pytest.skip("go is missing")
        environment = {**os.environ, "CGO_ENABLED": "0", "GOOS": "linux", "GOARCH": "amd64", "GOFLAGS": ""}
        command: list[str | Path] = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, f"./{program}"]
        done = subprocess.run(command, cwd=SOURCES / "go", env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def _static_glibc(self, source: Path, suite: str, out: Path) -> None:
        """Link with the static glibc of a Debian release: zig brings none."""
        objects = out.with_suffix(".o")
        zig("cc", "-target", "x86_64-linux-gnu.2.31", "-O2", "-c", source, "-o", objects)
        root = self._libraries(suite)
        found = {path.name: path for path in root.rglob("*") if path.suffix in {".a", ".o"}}
        group = [found[name] for name in ("libc.a", "libgcc.a", "libgcc_eh.a")]
        pthread = [found["libpthread.a"]] if suite == "bullseye" else []
        parts: list[str | Path] = [
            found["crt1.o"],
            found["crti.o"],
            objects,
            "--start-group",
            *pthread,
            *group,
            "--end-group",
        ]
        zig("ld.lld", "-m", "elf_x86_64", "-static", *parts, found["crtn.o"], "-o", out)

    def _unpacked(self, suite: str) -> Path:
        compiler = {"bullseye": "libgcc-10-dev", "bookworm": "libgcc-12-dev"}[suite]
        client = Client(suite, "amd64", development_cache() / "packages" / f"{suite}-amd64")
        folder = self._factory.mktemp(f"libraries-{suite}")
        for package in client.download(("libc6-dev", compiler), dependencies=False):
            subprocess.run(["dpkg-deb", "--extract", package.path, folder], check=True)
        return folder

    def _image(self, name: str, cpu: str) -> Image:
        if name == "scratch":
            return EmptyImage()
        if ":" in name:
            return open_images([name])[0]
        root = self._factory.mktemp("image") / name
        base = BASES.get(name, "distroless-base-bookworm")
        if name in {"etc", "zones"}:
            (root / "etc").mkdir(parents=True)
        else:
            shutil.copytree(make_root(f"{base}-{cpu}"), root, symlinks=True)
        if name == "etc":
            (root / "etc/hosts").write_text("127.0.0.1 known.example\n")
            (root / "etc/passwd").write_text("known:x:1000:1000::/:/bin/sh\n")
        elif name.endswith("-2.41"):
            (root / "etc").mkdir(exist_ok=True)
            (root / "etc/passwd").write_text("known:x:1000:1000::/:/bin/sh\n")
            (root / "etc/nsswitch.conf").write_text(f"passwd: {name.partition('-')[0]}\n")
        elif name == "zones":
            place = root / "usr/share/zoneinfo/Asia/Tokyo"
            place.parent.mkdir(parents=True)
            place.write_bytes(tokyo())
        elif name.endswith("+known"):
            out = root / "usr/lib/x86_64-linux-gnu/libknown.so.1"
            zig("cc", "-target", X86_64_GNU, "-shared", SOURCES / "known.c", "-o", out)
        return DirectoryImage(f"dir:{root}", root)


def zig(*arguments: str | Path) -> None:
    cache_folder = str(cache_directory("zig"))
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": cache_folder, "ZIG_LOCAL_CACHE_DIR": cache_folder}
    done = subprocess.run(
        [require("zig"), *arguments], env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr


def tokyo() -> bytes:
    """Return a file of tzfile(5), version 2, for a zone nine hours ahead of universal time."""
    counts = (0, 0, 0, 0, 1, 4)
    header = b"TZif2" + b"\0" * 15 + b"".join(count.to_bytes(4, "big") for count in counts)
    block = header + (9 * 3600).to_bytes(4, "big") + b"\0\0" + b"JST\0"
    return block + block + b"\nJST-9\n"


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_a_risk_fails_there_and_nothing_else_does(case: Case, workshop: Workshop) -> None:
    arguments = (*case.arguments, "-static") if case.static else case.arguments
    if case.target.endswith("-musl") and not case.static:
        arguments = (*arguments, "-dynamic")
    path = workshop.built(case.program, case.target, arguments)
    image = workshop.image(case.image, "arm64" if case.target.startswith("aarch64") else "amd64")
    verdict = check_file(path, [image]).verdicts[0]
    assert verdict.verdict != "fails", verdict.reasons
    found = {(risk.code, risk.subject) for risk in verdict.risks} - {("page-size", "4096")}
    assert found == ({(case.risk, case.subject)} if case.risk else set())
    if case.run:
        run = prove_file(ProveRequest(path=path, image=image))
        worked = run.exit == 0
        assert worked is not bool(case.risk), f"{run.exit} {run.signal} {run.stderr} {run.note}"


def test_what_a_file_declares_is_listed(workshop: Workshop) -> None:
    path = workshop.built("declares.c", X86_64_GNU, ())
    opens = check_file(path, []).opens
    assert [(one.sonames, one.feature, one.priority, one.declared) for one in opens] == [
        (("libknown.so.1",), "colour", "required", True),
        (("libseldom.so.2",), "", "suggested", True),
    ]


def test_what_a_file_names_is_listed(workshop: Workshop) -> None:
    path = workshop.built("opens.c", X86_64_GNU, ())
    (opened,) = check_file(path, [EmptyImage()]).opens
    assert opened.sonames == ("libknown.so.1",)
    assert not opened.declared
