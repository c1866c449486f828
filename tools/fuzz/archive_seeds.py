"""Packages and archives of every kind that `check` opens, made around small real files."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import stat
import struct
import tarfile
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DATE = (2024, 1, 1, 0, 0, 0)
NAME, VERSION, ARCHITECTURE = 1000, 1001, 1022
TAG = "cp312-cp312-manylinux_2_17_x86_64"


def archive_seeds(elf: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return an archive of each kind by its name; ``elf`` are the seeds of which some are packed."""
    program, library = elf["x86_64-gnu-program"], elf["x86_64-library"]
    files = {
        "usr/bin/program": program,
        "usr/lib/libseed.so.1": library,
        "usr/bin/script": elf["sh"],
        "etc/text": b"x\n",
    }
    links = {"usr/lib/libseed.so": "libseed.so.1", "lib": "usr/lib", "bin": "/usr/bin", "loop": "loop"}
    plain = _tar(files, links)
    wheel = _wheel({"seed/_native.cpython-312-x86_64-linux-gnu.so": library, "seed.libs/libseed.so.1": library})
    layer = gzip.compress(plain, mtime=0)
    return {
        "plain.tar": plain,
        "pax.tar": _tar({"long/" * 40 + "name": program, **files}, links, tarfile.PAX_FORMAT),
        "gnu.tar": _tar({"long/" * 40 + "name": program, **files}, links, tarfile.GNU_FORMAT),
        "one.tar.gz": layer,
        "one.tar.xz": lzma.compress(plain),
        "one.tar.bz2": bz2.compress(plain),
        "one.tar.zst": _zstd(plain),
        "npm.tgz": gzip.compress(
            _tar({"package/package.json": b'{"name":"seed"}', "package/a.node": library}, {}), mtime=0
        ),
        "one.deb": _deb(gzip.compress(_tar(files, links, prefix="./"), mtime=0), "gz"),
        "xz.deb": _deb(lzma.compress(_tar(files, links, prefix="./")), "xz"),
        "one.apk": _apk(files),
        "one.rpm": _rpm(gzip.compress(_cpio(files, links), mtime=0)),
        "zstd.rpm": _rpm(_zstd(_cpio(files, links))),
        "one.zip": _zip(files, links),
        f"seed-1-{TAG}.whl": wheel,
        "nested.zip": _zip({"inner.tar.gz": layer, f"seed-1-{TAG}.whl": wheel}, {}),
        "oci.tar": _oci(layer),
        "docker.tar": _docker(plain),
        "program.gz": gzip.compress(program, mtime=0),
    }


def _tar(
    files: Mapping[str, bytes], links: Mapping[str, str], layout: int = tarfile.USTAR_FORMAT, prefix: str = ""
) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=layout) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
        for name, target in links.items():
            member = tarfile.TarInfo(prefix + name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
        hard = tarfile.TarInfo(prefix + "hard")
        hard.type, hard.linkname = tarfile.LNKTYPE, prefix + next(iter(files))
        archive.addfile(hard)
    return out.getvalue()


def _zip(files: Mapping[str, bytes], links: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        entries = [(name, content, stat.S_IFREG | 0o755) for name, content in files.items()]
        entries += [(name, target.encode(), stat.S_IFLNK | 0o777) for name, target in links.items()]
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name, DATE)
            info.external_attr, info.compress_type, info.create_system = mode << 16, zipfile.ZIP_DEFLATED, 3
            archive.writestr(info, content)
    return out.getvalue()


def _wheel(files: Mapping[str, bytes]) -> bytes:
    about = {
        "seed-1.dist-info/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {TAG}\n".encode(),
        "seed-1.dist-info/METADATA": b"Metadata-Version: 2.1\nName: seed\nVersion: 1\n",
        "seed-1.dist-info/RECORD": b"",
    }
    return _zip({**files, **about}, {})


def _ar(members: Mapping[str, bytes]) -> bytes:
    out = b"!<arch>\n"
    for name, content in members.items():
        out += (
            f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
            + content
            + b"\n" * (len(content) % 2)
        )
    return out


def _deb(data: bytes, suffix: str) -> bytes:
    control = b"Package: seed\nVersion: 1\nArchitecture: amd64\n"
    packed = gzip.compress(_tar({"control": control}, {}, prefix="./"), mtime=0)
    return _ar({"debian-binary": b"2.0\n", "control.tar.gz": packed, f"data.tar.{suffix}": data})


def _apk(files: Mapping[str, bytes]) -> bytes:
    """Return Alpine's format of version 2: three tar archives, each compressed by itself, one after the other."""
    parts = ({".SIGN.RSA.key.rsa.pub": b"\0" * 64}, {".PKGINFO": b"pkgname = seed\npkgver = 1\narch = x86_64\n"}, files)
    return b"".join(gzip.compress(_tar(part, {}), mtime=0) for part in parts)


def _rpm(payload: bytes) -> bytes:
    texts = {NAME: b"seed\0", VERSION: b"1\0", ARCHITECTURE: b"x86_64\0"}
    lead = b"\xed\xab\xee\xdb\3\0\0\0\0\1" + b"seed".ljust(66, b"\0") + b"\0\1\0\5" + b"\0" * 16
    return lead + _rpm_header({}) + _rpm_header(texts) + payload


def _rpm_header(texts: Mapping[int, bytes]) -> bytes:
    data = b"".join(texts.values())
    entries, offset = b"", 0
    for tag, text in texts.items():
        entries += struct.pack(">4I", tag, 6, offset, 1)
        offset += len(text)
    return b"\x8e\xad\xe8\x01\0\0\0\0" + struct.pack(">2I", len(texts), len(data)) + entries + data


def _cpio(files: Mapping[str, bytes], links: Mapping[str, str]) -> bytes:
    out = b""
    entries = [(name, stat.S_IFREG | 0o755, content) for name, content in files.items()]
    entries += [(name, stat.S_IFLNK | 0o777, target.encode()) for name, target in links.items()]
    for number, (name, mode, content) in enumerate([*entries, ("TRAILER!!!", 0, b"")]):
        words = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08x" % word for word in words) + name.encode() + b"\0"
        out += head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4)
    return out


def _oci(layer: bytes) -> bytes:
    blobs: dict[str, bytes] = {}

    def blob(content: bytes, media: str) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        kind = f"application/vnd.oci.image.{media}"
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(content)}

    platform = {"architecture": "amd64", "os": "linux"}
    config = blob(json.dumps({**platform, "rootfs": {"type": "layers", "diff_ids": []}}).encode(), "config.v1+json")
    manifest = {"schemaVersion": 2, "config": config, "layers": [blob(layer, "layer.v1.tar+gzip")]}
    listed = {**blob(json.dumps(manifest).encode(), "manifest.v1+json"), "platform": platform}
    index = json.dumps({"schemaVersion": 2, "manifests": [listed]}).encode()
    return _tar({"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": index, **blobs}, {})


def _docker(layer: bytes) -> bytes:
    config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    manifest = json.dumps([{"Config": "c.json", "RepoTags": ["seed:1"], "Layers": ["l/layer.tar"]}]).encode()
    return _tar({"manifest.json": manifest, "c.json": config, "l/layer.tar": layer}, {})


def _zstd(content: bytes) -> bytes:
    from backports import zstd

    return zstd.compress(content)
