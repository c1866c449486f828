"""crane makes a container image from a layer, validates it and exports its file system, all without a network."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

from programs.declaration import sources

if TYPE_CHECKING:
    from pathlib import Path

    from programs.trial import BuiltProgram

FILES = {"etc/motd": b"hello\n", "usr/bin/tool": b"\x7fELF no, not really\n"}


def layer(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def test_crane_makes_an_image_and_exports_it(program: BuiltProgram, tmp_path: Path) -> None:
    base, change = tmp_path / "base.tar", tmp_path / "change.tar"
    base.write_bytes(layer(FILES))
    # A whiteout: the layer above removes the tool (OCI image specification, layer.md).
    change.write_bytes(layer({"usr/bin/.wh.tool": b"", "etc/issue": b"changed\n"}))
    inputs = {"base.tar": base, "change.tar": change}
    append = ("append", "-f", "base.tar", "-f", "change.tar", "-t", "test/image", "-o", "/dev/stdout")
    made = program.run("crane", *append, inputs=inputs)
    assert (made.exit, made.truncated) == (0, False), made.stderr

    image = tmp_path / "image.tar"
    image.write_bytes(made.stdout)
    validated = program.run("crane", "validate", "--tarball", "image.tar", inputs={"image.tar": image})
    assert (validated.exit, validated.stdout) == (0, b"PASS: image.tar\n"), validated.stderr

    exported = program.run("crane", "export", "-", "-", stdin=made.stdout)
    assert exported.exit == 0, exported.stderr
    with tarfile.open(fileobj=io.BytesIO(exported.stdout)) as archive:
        found = {member.name: archive.extractfile(member).read() for member in archive if member.isreg()}  # type: ignore[union-attr] # regular files have content
    assert found == {"etc/motd": b"hello\n", "etc/issue": b"changed\n"}


def test_crane_knows_its_version(program: BuiltProgram) -> None:
    done = program.run("crane", "version")
    assert done.exit == 0
    assert done.stdout.decode().strip() in ("(devel)", sources().modules["go-containerregistry"].version)


def test_crane_refuses_what_is_no_image(program: BuiltProgram) -> None:
    done = program.run("crane", "export", "-", "-", stdin=b"this is no tarball")
    assert (done.exit, done.stdout) == (1, b"")
    assert b"reading tarball from stdin" in done.stderr
