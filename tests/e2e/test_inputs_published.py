"""Published packages lie as their own installers lay them; images in archives are judged and run as folders are."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux.elf.numbers import ELF_MAGIC
from everylinux.errors import EverylinuxError
from everylinux.inputs import open_inputs
from everylinux.toolchains.find import find
from roots import make_root

if TYPE_CHECKING:
    from everylinux.loader.subject import PackageRoot

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the packages of these tests are for x86_64"),
]
EVERYLINUX = (sys.executable, "-m", "everylinux")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "cache"))


def fetched(tmp_path: Path, *command: str | Path) -> Path:
    """Return the one file that a registry's client brings; without a network the test is skipped."""
    folder = tmp_path / "fetched"
    folder.mkdir()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"{command[0]} brought nothing: {done.stderr[-200:]}")
    (found,) = folder.iterdir()
    return found


def what_inputs_see(path: Path) -> dict[str, tuple[str, bool]]:
    """Return the digest and the executable bit of each ELF file, by its place in the installed package."""
    seen = {}
    for batch in open_inputs([str(path)]):
        assert not batch.incomplete
        for one in batch.files:
            root: PackageRoot | None = one.package
            assert root is not None
            seen[one.real.relative_to(root.directory).as_posix()] = fingerprint(one.real)
    return seen


def what_lies_below(folder: Path) -> dict[str, tuple[str, bool]]:
    """Return the same of a folder, each file once."""
    seen: dict[str, tuple[str, bool]] = {}
    inodes = set()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_ino not in inodes:
            inodes.add(path.stat().st_ino)
            with path.open("rb") as file:
                if file.read(len(ELF_MAGIC)) == ELF_MAGIC:
                    seen[path.relative_to(folder).as_posix()] = fingerprint(path)
    return seen


def fingerprint(path: Path) -> tuple[str, bool]:
    return hashlib.sha256(path.read_bytes()).hexdigest(), bool(path.stat().st_mode & 0o111)


@pytest.mark.parametrize("requirement", ["numpy==2.2.6", "ruff==0.8.0", "ninja==1.11.1.4"])
def test_a_wheel_lies_as_pip_installs_it(tmp_path: Path, requirement: str) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    wheel = fetched(tmp_path, *pip, "download", "--quiet", "--no-deps", "--only-binary=:all:", requirement)
    prefix = tmp_path / "prefix"
    install = [*pip, "install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--ignore-installed"]
    subprocess.run([*install, "--prefix", prefix, wheel], check=True)
    installed = {
        re.sub(r"^lib/python3\.\d+", "lib/python3", name): what for name, what in what_lies_below(prefix).items()
    }
    assert installed
    assert what_inputs_see(wheel) == installed


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="apt-get is only on Debian systems")
@pytest.mark.parametrize("name", ["coreutils", "libstdc++6", "util-linux"])
def test_a_debian_package_lies_as_dpkg_unpacks_it(tmp_path: Path, name: str) -> None:
    package = fetched(tmp_path, "apt-get", "download", name)
    tree = tmp_path / "tree"
    subprocess.run(["dpkg-deb", "-x", package, tree], check=True)
    unpacked = what_lies_below(tree)
    assert unpacked
    assert what_inputs_see(package) == unpacked


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is missing: apt-get install npm")
@pytest.mark.parametrize("name", ["@parcel/watcher-linux-x64-musl@2.5.1", "bcrypt@6.0.0"])
def test_an_npm_tarball_lies_as_tar_unpacks_it(tmp_path: Path, name: str) -> None:
    package = fetched(tmp_path, "npm", "pack", "--silent", name)
    tree = tmp_path / "tree"
    tree.mkdir()
    subprocess.run(["tar", "-C", tree, "-xf", package], check=True)
    unpacked = what_lies_below(tree)
    assert unpacked
    assert what_inputs_see(package) == unpacked


@pytest.fixture(scope="session")
def debian() -> Path:
    try:
        return Path(make_root("minimal-bookworm-amd64"))
    except EverylinuxError as error:
        pytest.skip(f"{error.message}; {error.hint}")


def oci_archive(folder: Path, root: Path) -> Path:
    """Write a root as an image of one layer, in an OCI archive."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def keep(content: bytes) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"digest": f"sha256:{digest}", "size": len(content)}

    layer = subprocess.run(["tar", "-C", root, "-cz", "."], check=True, stdout=subprocess.PIPE).stdout
    config = keep(json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers"}}).encode())
    manifest = keep(json.dumps({"schemaVersion": 2, "config": config, "layers": [keep(layer)]}).encode())
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    archive = folder.with_suffix(".tar")
    subprocess.run(["tar", "-C", folder, "-cf", archive, "."], check=True)
    return archive


@pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap")
@pytest.mark.parametrize("kind", ["tar", "oci"])
def test_check_and_prove_agree_on_images_in_archives(tmp_path: Path, debian: Path, kind: str) -> None:
    if kind == "tar":
        archive = tmp_path / "root.tar"
        subprocess.run(["tar", "-C", debian, "-cf", archive, "."], check=True)
    else:
        archive = oci_archive(tmp_path / "layout", debian)
    program = debian / "bin/ls"
    command = [*EVERYLINUX, "matrix", str(program), "--image", f"{kind}:{archive},scratch", "-q", "-o", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    cells = {cell["image"]: cell for cell in json.loads(done.stdout)["cells"]}
    assert [cell["agree"] for cell in cells.values()] == [True, True], done.stderr
    assert cells[f"{kind}:{archive}"]["prove"]["verdict"] == "ok"
    assert cells["scratch"]["prove"]["verdict"] == "fails"


def test_every_file_of_a_distribution_starts_on_its_own_image(tmp_path: Path, debian: Path) -> None:
    archive = oci_archive(tmp_path / "layout", debian)
    command = [*EVERYLINUX, "check", str(archive), "-q", "-o", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    report = json.loads(done.stdout)
    assert len(report["files"]) == len(what_lies_below(debian))
    failing = {file["member"] for file in report["files"] for one in file["verdicts"] if one["verdict"] != "ok"}
    # It is a debugger's: functions of the debugger are what it lacks.
    assert failing <= {"usr/lib/x86_64-linux-gnu/libthread_db.so.1"}
