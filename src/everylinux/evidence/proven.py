"""What `prove` saw: one record a run."""

from __future__ import annotations

from typing import Literal

from everylinux.evidence.explained import Diagnosis
from everylinux.evidence.record import Reason, Record, VerdictWord


class SmokeResult(Record, frozen=True, kw_only=True):
    """Whether a run was as one ``[[smoke]]`` of the settings expects.

    ``number`` is its place among them, counted from 1, ``file`` its glob. ``exit``, ``stdout`` (a regular expression)
    and ``port`` are what was expected, ``None`` where nothing was. ``passed`` is ``None`` where nothing could be run.
    ``reasons`` say what came instead; they are empty where the file did not start: the run's own reasons say why.
    """

    number: int
    file: str
    exit: int | None = None
    stdout: str | None = None
    port: int | None = None
    passed: bool | None = None
    reasons: tuple[Reason, ...] = ()


class HostRun(Record, frozen=True, kw_only=True):
    """One shared object opened by the program that it is made for, where the image has that program.

    ``host`` and ``version`` are the program's (``CPython``, ``3.11.2``), ``module`` is the name that the file was
    imported by, or its path. ``verdict`` is whether the host's loader took it: a module that then fails because
    something else is missing has been loaded, and is ``ok``. ``imported`` says whether it also initialised, ``None``
    where that could not be seen; ``error`` is the host's own word where it did not. The other fields are as in a `Run`.
    """

    host: str
    version: str
    module: str
    verdict: VerdictWord
    imported: bool | None = None
    error: str = ""
    exit: int | None = None
    signal: str | None = None
    reasons: tuple[Reason, ...] = ()
    stdout: str = ""
    stderr: str = ""
    truncated: bool = False
    seconds: float = 0.0
    command: tuple[str, ...] = ()
    note: str = ""


class Run(Record, frozen=True, kw_only=True):
    """One file executed in one image: a verdict that was measured.

    ``exit`` is the program's own exit status (``None`` when it never ran), ``signal`` the name of the signal that
    ended it. ``stdout`` and ``stderr`` are UTF-8 with replacement, at most the first and last 32 KiB;
    ``truncated`` says whether something was left out. ``emulator`` is its name and version, ``None`` when the
    program ran natively. ``sandbox`` is the name and version of what isolated it. ``limits`` says which limits held
    (``{"memory": "cgroup 512 MiB"}``). ``smoke`` is the smoke test that the run was made for; it has no part in
    ``verdict``: what starts and does the wrong thing has started.
    ``image_digest`` (``sha256:…``) is that of the platform's manifest, or of the archive of a root file system; empty
    for a folder. ``host_runs`` are what the programs of the image said that a shared object is made for; they have no
    part in ``verdict``, which is that of a test program with stubs in their place. ``diagnoses`` are why it failed, as
    `explain` tells it: by the reasons, else by what it printed.
    """

    path: str
    sha256: str
    image: str
    platform: str
    verdict: VerdictWord
    exit: int | None = None
    signal: str | None = None
    reasons: tuple[Reason, ...] = ()
    stdout: str = ""
    stderr: str = ""
    truncated: bool = False
    seconds: float = 0.0
    emulator: str | None = None
    sandbox: str | None = None
    limits: dict[str, str] = {}
    command: tuple[str, ...] = ()
    note: str = ""
    smoke: SmokeResult | None = None
    image_digest: str = ""
    host_runs: tuple[HostRun, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()


class ProveReport(Record, frozen=True, kw_only=True):
    """What `prove` saw."""

    schema: Literal["everylinux.prove/1"] = "everylinux.prove/1"
    runs: tuple[Run, ...] = ()
