"""JUnit reports are valid by the schema of Jenkins' xUnit plugin, as pytest ships it in its sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import xmlschema

from everylinux.cache import directory_made_whole, locked
from roots.store import development_cache

pytestmark = pytest.mark.e2e

RELEASE = "pytest-8.3.4"
SHA256 = "965370d062bce11e73868e0335abac31b4d3de0e82f4007408d242b4f8610761"
MEMBER = f"{RELEASE}/testing/example_scripts/junit-10.xsd"


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    """Return the schema, fetched once."""
    folder = development_cache() / "schemas" / RELEASE
    with locked(folder):
        if not folder.exists():
            with directory_made_whole(folder) as partial:
                fetch(partial)
    return xmlschema.XMLSchema(str(folder / "junit-10.xsd"))


def fetch(folder: Path) -> None:
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{RELEASE.replace('-', '==')} --hash=sha256:{SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps", "--no-binary=:all:"]
    subprocess.run([*command, "--dest", folder, "--requirement", wanted], check=True)
    with tarfile.open(folder / f"{RELEASE}.tar.gz") as archive:
        content = archive.extractfile(MEMBER)
        assert content is not None
        (folder / "junit-10.xsd").write_bytes(content.read())


@pytest.fixture
def hostile_program(tmp_path: Path) -> Path:
    """Return a real program under a name that XML cannot hold as it is."""
    path = tmp_path / os.fsdecode(b'<a & "b">]]>\xff\x01\x1b[2J\n')
    shutil.copy2(Path(sys.executable).resolve(), path)
    return path


@pytest.mark.parametrize("arguments", [["check"], ["check", "--facts-only"], ["prove", "--image", "scratch"]])
def test_reports_are_valid(
    tmp_path: Path, hostile_program: Path, schema: xmlschema.XMLSchema, arguments: list[str]
) -> None:
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "everylinux", *arguments, str(hostile_program), "-o", f"junit={report}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode in {0, 1, 6}, done.stderr
    schema.validate(str(report))


def test_the_schema_is_strict(tmp_path: Path, schema: xmlschema.XMLSchema) -> None:
    """A schema that takes everything would prove nothing."""
    (tmp_path / "report.xml").write_text('<testsuites><testsuite name="a"/></testsuites>')
    assert not schema.is_valid(str(tmp_path / "report.xml"))
