"""What is only looked up: targets, tools and images."""

from __future__ import annotations

from typing import Literal

from everylinux.evidence.record import Record


class TargetInfo(Record, frozen=True, kw_only=True):
    """A target and every spelling that names it. ``floors`` is the range a floor may have, oldest to newest."""

    name: str
    spellings: dict[str, tuple[str, ...]]
    floors: tuple[str, str]
    interpreter: str


class TargetReport(Record, frozen=True, kw_only=True):
    """What `target` lists."""

    schema: Literal["everylinux.target/1"] = "everylinux.target/1"
    targets: tuple[TargetInfo, ...] = ()


class ToolStatus(Record, frozen=True, kw_only=True):
    """One tool: where it was found, which version, which verbs need it, and the command that brings it."""

    name: str
    path: str | None
    version: str | None
    needed_for: tuple[str, ...]
    purpose: str
    install: str
    required: bool = False


class DoctorReport(Record, frozen=True, kw_only=True):
    """What `doctor` found on this machine."""

    schema: Literal["everylinux.doctor/1"] = "everylinux.doctor/1"
    machine: dict[str, str] = {}
    tools: tuple[ToolStatus, ...] = ()


class ImageInfo(Record, frozen=True, kw_only=True):
    """One catalogue entry. ``provenance`` is ``measured`` (with ``source``, ``date``) or ``documented``.

    ``releases`` maps what decides most (``glibc``, ``musl``, ``GLIBCXX``) to its release. ``libraries`` maps the path
    of each library of one platform to the newest versions that it defines; only `image show` fills it.
    """

    name: str
    platforms: tuple[str, ...]
    libc: str
    provenance: str
    date: str
    source: str
    libraries: dict[str, str] = {}
    aliases: tuple[str, ...] = ()
    family: str = ""
    digest: str = ""
    note: str = ""
    releases: dict[str, str] = {}


class ImageReport(Record, frozen=True, kw_only=True):
    """What `image` lists or shows."""

    schema: Literal["everylinux.image/1"] = "everylinux.image/1"
    images: tuple[ImageInfo, ...] = ()
