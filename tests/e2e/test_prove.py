"""Real programs in real sandboxes: what starts, what does not, and why."""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attacks import SMALL, command_lines, compile_attacks, compile_c

from everylinux.errors import EverylinuxError, UsageError
from everylinux.images import open_images
from everylinux.sandbox import Limits, Mount, ProveRequest, prove_file
from everylinux.sandbox.emulator import cpu_of_platform, find_emulator
from everylinux.sandbox.limits import MIB
from everylinux.toolchains.find import find, require
from roots import make_root

if TYPE_CHECKING:
    from everylinux.evidence import Run

EVERYLINUX = (sys.executable, "-m", "everylinux")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the programs of these tests are built for x86_64"),
]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prove")


@pytest.fixture(scope="session")
def hostile(folder: Path) -> Path:
    return compile_attacks(folder)


def source(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.c"
    path.write_text(text)
    return path


@pytest.fixture(scope="session")
def greeter(folder: Path) -> Path:
    """A static program that tells its arguments and what it reads, and exits 5."""
    text = r"""
    #include <stdio.h>
    int main(int count, char **arguments) {
        char line[100];
        for (int index = 0; index < count; index++) printf("<%s>\n", arguments[index]);
        while (fgets(line, sizeof line, stdin)) printf("read %s", line);
        return 5;
    }"""
    return compile_c(folder / "greeter", "x86_64-linux-musl", "-static", source(folder, "greeter", text))


def run(path: Path, *arguments: str, image: str = "scratch", limits: Limits = SMALL, timeout: float = 20) -> Run:
    (opened,) = open_images([image])
    return prove_file(ProveRequest(path=path, image=opened, arguments=arguments, limits=limits, timeout=timeout))


def test_a_flood_is_kept_in_bounded_memory(hostile: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen = run(hostile, "output_flood", limits=Limits(output=200 * MIB))
    assert seen.truncated
    assert len(seen.stdout) < 70_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


def test_a_hostile_search_path_shows_nothing_of_this_machine(folder: Path) -> None:
    text = r"""
    #include <stdio.h>
    #include <dirent.h>
    int main(void) {
        struct dirent *entry;
        DIR *top = opendir("/app");
        while (top && (entry = readdir(top))) printf("%s\n", entry->d_name);
        return fopen("/app/../etc/passwd", "r") || fopen("/app/etc/passwd", "r") ? 99 : 0;
    }"""
    path = "$ORIGIN/" + "../" * 20
    program = compile_c(
        folder / "climber",
        "x86_64-linux-musl",
        "-static",
        source(folder, "climber", text),
        f"-Wl,-rpath,{path}etc:{path}root:{path}",
    )
    seen = run(program)
    assert seen.exit == 0
    assert "passwd" not in seen.stdout


def test_control_characters_do_not_reach_the_terminal(hostile: Path) -> None:
    done = everylinux("prove", str(hostile), "--", "output_bytes")
    assert done.returncode == 0
    assert not set(done.stdout) & set("\x1b\x07\x08\x9b\u202e")


# ---- what starts, and what does not


def everylinux(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*EVERYLINUX, *arguments], check=False, capture_output=True, text=True, timeout=120)


def test_a_program_that_exits_5_has_started(greeter: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_text("one\ntwo\n")
    done = everylinux("prove", str(greeter), "-o", "json", "--stdin", str(given), "--", "a b", "--version")
    assert done.returncode == 0, done.stderr
    (record,) = json.loads(done.stdout)["runs"]
    assert record["verdict"] == "ok"
    assert record["exit"] == 5
    assert record["stdout"] == "</app/greeter>\n<a b>\n<--version>\nread one\nread two\n"
    assert record["emulator"] is None
    assert record["command"] == ["/app/greeter", "a b", "--version"]


def test_help_is_asked_only_when_version_is_refused(folder: Path) -> None:
    text = r"""
    #include <stdio.h>
    #include <string.h>
    int main(int count, char **arguments) {
        if (count > 1 && strcmp(arguments[1], "--help") == 0) return puts("help"), 0;
        fprintf(stderr, "unknown option %s\n", arguments[1]);
        return 1;
    }"""
    program = compile_c(folder / "picky", "x86_64-linux-musl", "-static", source(folder, "picky", text))
    (scratch,) = open_images(["scratch"])
    seen = prove_file(ProveRequest(path=program, image=scratch))
    assert (seen.verdict, seen.stdout, seen.command[1:]) == ("ok", "help\n", ("--help",))


def test_files_lie_in_the_working_folder(greeter: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    (scratch,) = open_images(["scratch"])
    request = ProveRequest(path=greeter, image=scratch, mounts=(Mount(tmp_path / "data", "/tmp/data"),))  # noqa: S108 - in the sandbox
    assert prove_file(request).verdict == "ok"


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [
        (b"", 0o755, "exec-format"),
        (b"echo hello\n", 0o755, "exec-format"),
        (b"#!/bin/sh\necho hello\n", 0o755, "no-interpreter"),
        (b"#!/bin/sh\r\necho hello\r\n", 0o755, "no-interpreter"),
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00" + bytes(44), 0o755, "exec-format"),
        (b"\x7fELF", 0o755, "exec-format"),
        (b"MZ" + bytes(62), 0o755, "exec-format"),
    ],
    ids=["empty", "text", "script", "script with CRLF", "empty ELF header", "cut ELF header", "Windows"],
)
def test_no_shell_is_tried_for_what_the_kernel_refuses(tmp_path: Path, content: bytes, mode: int, code: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    file.chmod(mode)
    seen = run(file)
    assert seen.verdict == "fails"
    assert seen.reasons[0].code in (code, "corrupt-file" if content.startswith(b"\x7fELF") else code)
    assert not seen.stdout


def test_a_file_without_an_executable_bit(greeter: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copyfile(greeter, copy)
    copy.chmod(0o644)
    assert run(copy).reasons[0].code == "not-executable"
    if find_emulator(cpu_of_platform("linux/amd64")):
        (scratch,) = open_images(["scratch"])
        emulated = prove_file(ProveRequest(path=copy, image=scratch, cpu="qemu64"))
        assert emulated.reasons[0].code == "not-executable"


def test_a_truncated_program(greeter: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_bytes(greeter.read_bytes()[:9000])
    copy.chmod(0o755)
    seen = run(copy)
    assert (seen.verdict, seen.reasons[0].code) == ("fails", "corrupt-file")


def test_a_dynamic_program_finds_no_loader_in_an_empty_root(folder: Path) -> None:
    program = compile_c(folder / "dynamic", "x86_64-linux-gnu", source(folder, "dynamic", "int main(void){return 0;}"))
    seen = run(program)
    (reason,) = seen.reasons
    assert (reason.code, reason.subject) == ("no-interpreter", "/lib64/ld-linux-x86-64.so.2")


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGILL"])
def test_a_crash_names_its_signal(folder: Path, name: str) -> None:
    text = f"#include <signal.h>\nint main(void) {{ raise({name}); return 0; }}"
    program = compile_c(folder / name, "x86_64-linux-musl", "-static", source(folder, name, text))
    seen = run(program)
    assert seen.signal == name
    assert [(reason.code, reason.subject) for reason in seen.reasons] == [("crashed", name)]


def test_without_an_image_only_static_files_are_run() -> None:
    done = everylinux("prove", sys.executable)
    assert done.returncode == 3
    assert "--image" in done.stderr


def test_the_exit_codes(hostile: Path, greeter: Path, tmp_path: Path) -> None:
    assert everylinux("prove", str(greeter)).returncode == 0
    assert everylinux("prove", str(hostile), "--timeout", "1", "--", "ignore_signals").returncode == 1
    assert everylinux("prove", str(greeter), "--image", "debian:12").returncode == 6
    assert everylinux("prove", str(tmp_path / "gone")).returncode == 2
    assert everylinux("prove", str(greeter), "--stdin", str(tmp_path / "gone")).returncode == 7


# ---- other CPUs


FOREIGN = r"""
#include <stdio.h>
#include <unistd.h>
#include <string.h>
#include <sys/wait.h>
int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "child") == 0) return puts("the child was emulated too"), 0;
    if (count > 1 && strcmp(arguments[1], "crash") == 0) *(volatile int *)0 = 1;
    printf("argument 0 is %s\n", arguments[0]);
    fflush(stdout);
    int status = 1;
    if (fork() == 0) { execl(arguments[0], arguments[0], "child", (char *)0); perror("execl"); _exit(3); }
    wait(&status);
    return WEXITSTATUS(status);
}"""


@pytest.fixture(scope="session")
def foreign(folder: Path) -> Path:
    if find_emulator(cpu_of_platform("linux/arm64")) is None:
        pytest.skip("no emulator: apt-get install qemu-user-static")
    return compile_c(folder / "foreign", "aarch64-linux-musl", "-static", source(folder, "foreign", FOREIGN))


def own_binary_formats() -> bool:
    """Return whether this kernel gives each user namespace a binfmt_misc of its own."""
    release = tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])
    return release >= (6, 7) and "binfmt_misc" in Path("/proc/filesystems").read_text()


def test_a_foreign_program_and_its_children_are_emulated(foreign: Path) -> None:
    machine_wide = sorted(Path("/proc/sys/fs/binfmt_misc").glob("*"))
    seen = run(foreign)
    assert seen.verdict == "ok", seen
    assert seen.platform == "linux/arm64"
    assert seen.emulator
    assert seen.emulator.startswith("qemu-aarch64 ")
    assert seen.stdout.startswith("argument 0 is /app/foreign\n")
    if own_binary_formats():
        assert "the child was emulated too" in seen.stdout
    assert sorted(Path("/proc/sys/fs/binfmt_misc").glob("*")) == machine_wide


def test_a_crash_inside_the_emulation_is_the_programs(foreign: Path) -> None:
    seen = run(foreign, "crash")
    assert (seen.verdict, seen.signal) == ("fails", "SIGSEGV")
    assert [(reason.code, reason.subject) for reason in seen.reasons] == [("crashed", "SIGSEGV")]


def test_a_named_cpu_is_emulated_and_an_unknown_one_is_refused(greeter: Path) -> None:
    if find_emulator(cpu_of_platform("linux/amd64")) is None:
        pytest.skip("no emulator: apt-get install qemu-user-static")
    (scratch,) = open_images(["scratch"])
    seen = prove_file(ProveRequest(path=greeter, image=scratch, cpu="Nehalem"))
    assert seen.verdict == "ok"
    assert seen.emulator
    assert seen.emulator.endswith("-cpu Nehalem")
    with pytest.raises(UsageError, match="abacus"):
        prove_file(ProveRequest(path=greeter, image=scratch, cpu="abacus"))


def test_an_image_for_another_cpu(foreign: Path, greeter: Path, tmp_path: Path) -> None:
    assert run(greeter).platform == "linux/amd64"
    (scratch,) = open_images(["scratch"])
    seen = prove_file(ProveRequest(path=foreign, image=scratch, platform="linux/amd64"))
    assert (seen.verdict, reasons(seen)) == ("fails", [("exec-format", "foreign")])
    copy = tmp_path / "copy"
    shutil.copyfile(foreign, copy)
    seen = prove_file(ProveRequest(path=copy, image=scratch, platform="linux/amd64"))
    assert [code for code, _ in reasons(seen)] == ["not-executable", "exec-format"]


def test_where_there_is_no_emulator_the_verdict_is_unknown(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(require("bubblewrap").parent / "nothing-here") + os.pathsep + str(foreign.parent))
    (scratch,) = open_images(["scratch"])
    seen = prove_file(ProveRequest(path=foreign, image=scratch))
    assert seen.verdict == "unknown"
    assert seen.note.startswith("no emulator: ")


# ---- real images


def image_of(name: str) -> str:
    """Return a root of Debian packages as an image; the test is skipped where it cannot be made."""
    try:
        return f"dir:{make_root(name)}"
    except EverylinuxError as error:
        pytest.skip(f"{error.message}; {error.hint}")


@pytest.fixture(scope="session")
def debian() -> str:
    return image_of("minimal-bookworm-amd64")


def reasons(seen: Run) -> list[tuple[str, str]]:
    return [(reason.code, reason.subject) for reason in seen.reasons]


def test_a_program_of_the_image_runs_where_it_lies(debian: str) -> None:
    program = Path(debian.removeprefix("dir:")) / "usr/bin/ls"
    seen = run(program, "/", image=debian)
    assert (seen.verdict, seen.command[0]) == ("ok", "/usr/bin/ls")
    assert {"bin", "etc", "lib64", "proc", "tmp", "usr"} <= set(seen.stdout.split())
    assert "app" not in seen.stdout.split()


@pytest.mark.parametrize(
    ("root", "name", "arguments", "exit_code"),
    [
        ("minimal", "usr/bin/ls", ["--version"], 0),
        ("minimal", "usr/bin/false", ["--version"], 1),  # it tells its version, and fails as ever
        ("minimal", "usr/bin/dash", ["--version"], 2),  # it knows neither: the first counts
        ("alpine-like", "bin/busybox", ["--help"], 0),  # it takes --version for the name of a command
    ],
)
def test_what_real_programs_are_asked(root: str, name: str, arguments: list[str], exit_code: int) -> None:
    image = image_of(f"{root}-bookworm-amd64")
    (opened,) = open_images([image])
    seen = prove_file(ProveRequest(path=Path(image.removeprefix("dir:")) / name, image=opened))
    assert (seen.verdict, list(seen.command[1:]), seen.exit) == ("ok", arguments, exit_code)


def test_a_symbol_version_that_the_image_is_too_old_for(folder: Path, debian: str) -> None:
    text = "#include <string.h>\nint main(int c, char **v) { char b[9]; return (int)strlcpy(b, v[0], 9) && c > 9; }"
    program = compile_c(folder / "new", "x86_64-linux-gnu.2.38", source(folder, "new", text))
    seen = run(program, image=debian)
    assert (seen.verdict, reasons(seen)) == ("fails", [("symbol-version", "GLIBC_2.38")])


SHARED = ("-shared", "-fPIC", "-Wl,-soname,libanswer.so.1")


@pytest.fixture(scope="session")
def with_library(folder: Path) -> Path:
    """A program in bin/ whose library lies in lib/ and is found through $ORIGIN."""
    for name in ("bin", "lib"):
        (folder / name).mkdir()
    answer = source(folder, "answer", "int answer(void) { return 42; }")
    library = compile_c(folder / "lib/libanswer.so.1", "x86_64-linux-gnu.2.17", *SHARED, answer)
    asker = source(folder, "asker", "int answer(void);\nint main(void) { return answer(); }")
    return compile_c(
        folder / "bin/asker",
        "x86_64-linux-gnu.2.17",
        asker,
        library,
        "-Wl,-rpath,$ORIGIN/../lib",
    )


def test_what_origin_reaches_comes_along_unless_alone(with_library: Path, debian: str) -> None:
    seen = run(with_library, image=debian)
    assert (seen.verdict, seen.exit, seen.command[0]) == ("ok", 42, "/app/bin/asker")
    (opened,) = open_images([debian])
    alone = prove_file(ProveRequest(path=with_library, image=opened, alone=True))
    assert (alone.verdict, alone.reasons[0].code) == ("fails", "missing-library")


def test_a_link_counts_as_the_file_it_points_to(with_library: Path, debian: str, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(with_library)
    assert run(link, image=debian).exit == 42


PLUGIN = """
int napi_create_function(void);
int PyArg_ParseTuple(void);
int gone(void);
int entry(void) { return napi_create_function() + PyArg_ParseTuple() + WANTED; }
"""


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("0", []), ("gone()", [("missing-symbol", "gone")])],
    ids=["all offered by the host", "one that nobody has"],
)
def test_a_shared_object_is_loaded_with_the_symbols_of_its_host(
    folder: Path, debian: str, wanted: str, expected: list[tuple[str, str]]
) -> None:
    text = source(folder, "plugin", PLUGIN)
    for libc, image in (("gnu.2.17", debian), ("musl", image_of("alpine-like-bookworm-amd64"))):
        flags = ("-shared", "-fPIC", "-nostdlib", "-Wl,-z,undefs", f"-DWANTED={wanted}")
        plugin = compile_c(folder / f"plugin-{libc}.so", f"x86_64-linux-{libc}", *flags, text)
        (opened,) = open_images([image])
        seen = prove_file(ProveRequest(path=plugin, image=opened))
        assert (seen.verdict, reasons(seen)) == ("fails" if expected else "ok", expected), seen
        assert "2 symbols of its host as stubs" in seen.note


def test_a_shared_object_finds_no_loader_in_an_empty_root(with_library: Path) -> None:
    seen = run(with_library.parent.parent / "lib/libanswer.so.1")
    assert (seen.verdict, reasons(seen)) == ("fails", [("no-interpreter", "/lib64/ld-linux-x86-64.so.2")])


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_scripts_run_under_the_shell_of_the_image(architecture: str, tmp_path: Path) -> None:
    script = tmp_path / "run"
    script.write_text("#!/bin/sh\nset -e\necho hello; ls / | head -c 1000 > /tmp/list; exit 4\n")
    script.chmod(0o755)
    platform_name = f"linux/{architecture}"
    if find_emulator(cpu_of_platform(platform_name)) is None or not own_binary_formats():
        pytest.skip("no emulator, or a Linux before 6.7: scripts of foreign CPUs are not proven")
    (opened,) = open_images([image_of(f"alpine-like-bookworm-{architecture}")])
    seen = prove_file(ProveRequest(path=script, image=opened, platform=platform_name))
    assert (seen.verdict, seen.stdout, seen.exit) == ("ok", "hello\n", 4)


def test_env_cannot_find_the_command(debian: str, tmp_path: Path) -> None:
    script = tmp_path / "run"
    script.write_text("#!/usr/bin/env no-such-command\n")
    script.chmod(0o755)
    assert reasons(run(script, image=debian)) == [("missing-command", "no-such-command")]


def test_the_root_of_an_image_is_read_only_and_stays_as_it_was(hostile: Path, debian: str) -> None:
    root = Path(debian.removeprefix("dir:"))
    before = sorted(root.iterdir())
    seen = run(hostile, "write_host", "/usr/bin", "/home", "/root", image=debian)
    assert "ESCAPED" not in seen.stdout, seen.stdout
    assert sorted(root.iterdir()) == before


# ---- machines that allow less


def test_where_namespaces_are_forbidden_the_error_names_the_switch(greeter: Path) -> None:
    script = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    done = subprocess.run(
        [*("unshare", "--user", "--map-root-user", "sh", "-c", script, "sh"), *EVERYLINUX, "prove", str(greeter)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 4, done.stderr
    assert "sysctl -w user.max_user_namespaces" in done.stderr


def test_without_control_groups_resource_limits_hold(hostile: Path) -> None:
    script = 'mount -t tmpfs none /sys/fs/cgroup && exec unshare --user --map-user=1000 --map-group=1000 "$@"'
    done = subprocess.run(
        [
            *("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"),
            *(*EVERYLINUX, "prove", str(hostile), "-o", "json", "--", "memory_bomb"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    (record,) = json.loads(done.stdout)["runs"]
    assert record["limits"]["memory"] == "rlimit 2048 MiB for each process"
    assert record["exit"] == 3, record  # mmap failed, and the program said so itself


def test_a_killed_prove_leaves_no_process_and_no_control_group(hostile: Path) -> None:
    command = [*EVERYLINUX, "prove", str(hostile), "--", "ignore_signals"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: any(line.startswith("/app/hostile ignore_signals") for line in command_lines()))
    process.kill()
    process.wait()
    wait_until(lambda: not any(line.startswith("/app/hostile ignore_signals") for line in command_lines()))
    assert everylinux("prove", str(hostile), "--", "priorities").returncode == 0
    assert not [path for path in Path("/sys/fs/cgroup").rglob(f"everylinux-{process.pid}-*") if path.is_dir()]


def test_ctrl_c_ends_a_run_at_once(hostile: Path) -> None:
    command = [*EVERYLINUX, "prove", str(hostile), str(hostile), "--", "ignore_signals"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        wait_until(lambda: any(line.startswith("/app/hostile ignore_signals") for line in command_lines()))
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in said


def test_names_that_are_no_text(greeter: Path, tmp_path: Path) -> None:
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/--\xff\n\x1b[2J"))
    shutil.copy(greeter, strange)
    done = everylinux("prove", "-o", "json", str(strange))
    assert json.loads(done.stdout)["runs"][0]["verdict"] == "ok"
    assert "\x1b" not in everylinux("prove", str(strange)).stdout


def test_a_link_in_the_place_of_tmp_leads_nowhere(hostile: Path, tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret").write_text("secret")
    for name in ("tmp", "sys", "run", "usr"):
        (root / name).symlink_to(outside)
    seen = run(hostile, "read_outside", "/tmp/secret", "/usr/secret", str(outside / "secret"), image=f"dir:{root}")  # noqa: S108 - in the sandbox
    assert (seen.verdict, seen.exit) == ("ok", 0), seen.stdout


def test_inside_a_container_that_hides_parts_of_proc(greeter: Path) -> None:
    container = ["bwrap", "--dev-bind", "/", "/", "--unshare-user", "--unshare-pid", "--proc", "/proc"]
    done = subprocess.run([*container, *EVERYLINUX, "prove", greeter], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def wait_until(happened: object, seconds: float = 20) -> None:
    assert callable(happened)
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_the_sandbox_costs_little(greeter: Path) -> None:
    """Side by side with the bare process; the best of many, since other work on the machine only ever adds."""
    bare, proven = [], []
    run(greeter)
    for _ in range(40):
        begin = time.perf_counter()
        subprocess.run([greeter], check=False, stdin=subprocess.DEVNULL, capture_output=True)
        middle = time.perf_counter()
        run(greeter)
        bare.append(middle - begin)
        proven.append(time.perf_counter() - middle)
    assert min(proven) - min(bare) < 0.010
