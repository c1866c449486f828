"""What `check` found: files, their verdicts, and the packages that they came in."""

from __future__ import annotations

from typing import Literal

from everylinux.evidence.record import Reason, Record, VerdictWord


def named(path: str, member: str) -> str:
    """Return the name of what may lie in an archive: ``dist/a.whl!/a/b.so``."""
    return f"{path}!/{member}" if member else path


class Risk(Record, frozen=True, kw_only=True):
    """Something that lets the file start but may fail later; ``allowed`` as for a `Reason`."""

    code: str
    subject: str
    message: str
    hint: str = ""
    allowed: str = ""


class FoundLibrary(Record, frozen=True, kw_only=True):
    """Where the loader finds one library of a file's closure.

    ``name`` is what was asked for, ``path`` where it lies (in the image, or beside the file), ``rule`` what led there
    (``RUNPATH of /app/x``, ``the loader's own folders``), ``asked_by`` the file that asked first.
    """

    name: str
    path: str
    rule: str
    asked_by: str


class Verdict(Record, frozen=True, kw_only=True):
    """Whether one file starts on one platform of one image; the first reason is the loader's first.

    ``libraries`` are those that were found, in the order in which the loader loads them.
    """

    image: str
    platform: str
    verdict: VerdictWord
    reasons: tuple[Reason, ...] = ()
    risks: tuple[Risk, ...] = ()
    libraries: tuple[FoundLibrary, ...] = ()


class OpenedLater(Record, frozen=True, kw_only=True):
    """Libraries of which a file may open one while it runs.

    ``declared``: its ``.note.dlopen`` says so, with ``feature`` and ``priority`` as written there; otherwise the names
    were found among its strings.
    """

    sonames: tuple[str, ...]
    feature: str = ""
    priority: str = ""
    declared: bool = False


class PythonUse(Record, frozen=True, kw_only=True):
    """How a Python extension uses CPython's C API.

    ``tag`` is what its file name declares (``abi3``, ``cpython-312``, empty for none). ``stable_since`` is the oldest
    Python whose stable ABI has all symbols that it uses (``3.8``); ``None`` when some are not in the stable ABI at
    all: these are ``outside``; and for PyPy, which has none.
    """

    tag: str
    stable_since: str | None = None
    outside: tuple[str, ...] = ()


class CheckedFile(Record, frozen=True, kw_only=True):
    """What one file is, what it needs, and its verdicts.

    ``kind`` is ``executable``, ``shared-object``, ``static``, ``static-pie``, ``script``, ``object``, ``archive``,
    ``core``, ``foreign`` or ``other``. ``floor`` maps a version family to the newest version needed
    (``{"GLIBC": "2.17", "GLIBCXX": "3.4.21"}``), ``floor_symbols`` the first symbol that forces it.

    ``path`` is what was named; for a file out of a package or an archive it is the archive's, and ``member`` is the
    path inside (``!/`` between archives in archives). ``sha256`` is ``None`` where only facts were asked for. ``host``
    maps a host program (``CPython``, ``Node.js``) to the symbols that are expected from it. ``opens`` are libraries
    that may be opened later, ``python`` how a Python extension uses CPython. ``oldest`` maps each family of the
    catalogue to its oldest release on which the file starts.
    """

    path: str
    sha256: str | None
    kind: str
    arch: str | None
    libc: str | None
    interpreter: str | None
    needed: tuple[str, ...] = ()
    floor: dict[str, str] = {}
    floor_symbols: dict[str, str] = {}
    verdicts: tuple[Verdict, ...] = ()
    member: str = ""
    host: dict[str, tuple[str, ...]] = {}
    opens: tuple[OpenedLater, ...] = ()
    python: PythonUse | None = None
    oldest: dict[str, str] = {}


class Package(Record, frozen=True, kw_only=True):
    """One package or archive that was opened, and whether what it says of itself is true.

    ``path`` and ``member`` name it as those of a `CheckedFile` name a file. ``kind`` is ``wheel``, ``deb``, ``rpm``,
    ``apk``, ``npm``, ``tar``, ``zip`` or ``oci``; ``name``, ``version`` and ``arch`` are what it declares. ``tags`` are
    the platform tags that a wheel declares, ``true_tags`` those that would be true, the most general first; ``truth``
    is whether all that it declares is true (``None``: it declares nothing that can be judged), ``reasons`` why not.
    """

    path: str
    kind: str
    member: str = ""
    name: str = ""
    version: str = ""
    arch: str = ""
    tags: tuple[str, ...] = ()
    true_tags: tuple[str, ...] = ()
    truth: bool | None = None
    reasons: tuple[Reason, ...] = ()


class Skipped(Record, frozen=True, kw_only=True):
    """What was not judged, and why in one sentence; ``count`` files of the same kind share one record.

    ``incomplete``: it might have had to be judged, and could not be read; the answer is not the whole answer.
    """

    path: str
    why: str
    member: str = ""
    count: int = 1
    incomplete: bool = False


class CheckReport(Record, frozen=True, kw_only=True):
    """What `check` found: the files, the packages that they came in, and what was passed over."""

    schema: Literal["everylinux.check/1"] = "everylinux.check/1"
    files: tuple[CheckedFile, ...] = ()
    packages: tuple[Package, ...] = ()
    skipped: tuple[Skipped, ...] = ()
