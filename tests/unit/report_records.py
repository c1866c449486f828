"""Records that the tests of reports share: ordinary ones, and names that try to break every format."""

from __future__ import annotations

import os

from everylinux.evidence import (
    AskedBy,
    Build,
    BuildReport,
    Cell,
    CheckedFile,
    CheckReport,
    Diagnosis,
    DoctorReport,
    Evidence,
    Explanation,
    FoundLibrary,
    ImageInfo,
    ImageReport,
    MatrixReport,
    OpenedLater,
    Package,
    Place,
    ProposedFix,
    ProveReport,
    PythonUse,
    Reason,
    Report,
    Risk,
    Run,
    Skipped,
    TargetInfo,
    TargetReport,
    ToolStatus,
    Verdict,
    VerdictWord,
    same_answer,
)

WRITTEN = "only the window needs it"
HINT = "add the library to the image"
# Control characters, bytes that are no UTF-8, what XML forbids, a changed direction of text, and the markup of every
# format. Each part ends in a word, so that a test can see that it is still told.
HOSTILE = (
    os.fsdecode(b"bad\xff\xfename")
    + "\ud800\U0001ffffmail@evil.example"  # what JSON may hold and is no character
    + "\x1b]0;title\x07\x1b[2J\x00\x9b\ufffe\uffff\u202e\u2028line\r\nFAKE: all files start\t"
    + "<script>alert(1)</script><img src=http://evil.example/x>]]>&amp;<!--"
    + "|cell|`code`*bold*__under__[text](http://evil.example)![i](x){0}{{1}}~~s~~ @everyone #1 $x$ www.evil.example"
    + "\"quote\" 'apostrophe' \\backslash end"
)


def missing(subject: str, *, allowed: str = "") -> Reason:
    """Return the reason for a library that is not there."""
    return Reason(
        code="missing-library",
        subject=subject,
        message=f"{subject}: cannot open shared object file: No such file or directory",
        asked_by=AskedBy(file="dist/app"),
        note="searched: /lib, /usr/lib",
        hint=HINT,
        allowed=allowed,
    )


def old_libc(version: str, symbol: str, newest: str) -> Reason:
    """Return the reason for a glibc that is too old."""
    return Reason(
        code="symbol-version",
        subject=f"GLIBC_{version}",
        message=f"/lib/libc.so.6: version `GLIBC_{version}' not found (required by dist/app)",
        asked_by=AskedBy(file="dist/app", symbol=symbol),
        note=f"/lib/libc.so.6 has versions up to GLIBC_{newest}",
        hint=f"build it for gnu.{newest}",
    )


def verdict(image: str, word: VerdictWord, *reasons: Reason, risks: tuple[Risk, ...] = ()) -> Verdict:
    """Return one verdict on the usual platform."""
    return Verdict(image=image, platform="linux/amd64", verdict=word, reasons=reasons, risks=risks)


def checked(*verdicts: Verdict, path: str = "dist/app", member: str = "", sha256: str = "ab" * 32) -> CheckedFile:
    """Return a file with these verdicts."""
    return CheckedFile(
        path=path,
        member=member,
        sha256=sha256,
        kind="executable",
        arch="x86_64",
        libc="gnu",
        interpreter="/lib64/ld-linux-x86-64.so.2",
        needed=("libz.so.1", "libc.so.6"),
        floor={"GLIBC": "2.34"},
        floor_symbols={"GLIBC": "__libc_start_main"},
        verdicts=verdicts,
    )


def hostile_file() -> CheckedFile:
    """Return a file whose every text is hostile."""
    reason = Reason(
        code="missing-library",
        subject=HOSTILE,
        message=HOSTILE,
        asked_by=AskedBy(file=HOSTILE, symbol=HOSTILE),
        note=HOSTILE,
        hint=HOSTILE,
        allowed=HOSTILE,
    )
    other = Reason(code="symbol-version", subject=f"{HOSTILE}_1.9", message="")
    risk = Risk(code="shell", subject=HOSTILE, message=HOSTILE, hint=HOSTILE)
    found = FoundLibrary(name=HOSTILE, path=HOSTILE, rule=HOSTILE, asked_by=HOSTILE)
    return CheckedFile(
        path=HOSTILE,
        member=HOSTILE,
        sha256="cd" * 32,
        kind="shared-object",
        arch="x86_64",
        libc="gnu",
        interpreter=HOSTILE,
        needed=(HOSTILE,),
        floor={HOSTILE: HOSTILE},
        floor_symbols={HOSTILE: HOSTILE},
        verdicts=(
            Verdict(image=f"dir:{HOSTILE}", platform="linux/amd64", verdict="fails", reasons=(reason, other)),
            Verdict(image="debian:12", platform="linux/arm64", verdict="ok", risks=(risk,), libraries=(found,)),
            Verdict(image="debian:13", platform="linux/amd64", verdict="unknown", reasons=(other,)),
        ),
        host={HOSTILE: (HOSTILE, HOSTILE)},
        opens=(OpenedLater(sonames=(HOSTILE,), feature=HOSTILE, priority=HOSTILE, declared=True),),
        python=PythonUse(tag=HOSTILE, outside=(HOSTILE,)),
    )


def hostile_check() -> CheckReport:
    """Return a report of which every text is hostile."""
    wrong = Reason(code="wheel-tag", subject=HOSTILE, message=HOSTILE, hint=HOSTILE)
    package = Package(
        path=HOSTILE,
        member=HOSTILE,
        kind="wheel",
        name=HOSTILE,
        version=HOSTILE,
        arch=HOSTILE,
        tags=(HOSTILE,),
        true_tags=(HOSTILE,),
        truth=False,
        reasons=(wrong,),
    )
    skipped = Skipped(path=HOSTILE, member=HOSTILE, why=HOSTILE, count=2)
    return CheckReport(files=(hostile_file(), hostile_file()), packages=(package,), skipped=(skipped,))


def hostile_diagnosis() -> Diagnosis:
    """Return a diagnosis of a hostile log in a hostile project."""
    line = Evidence(line=1, text=HOSTILE)
    fix = ProposedFix(title=HOSTILE, commands=(HOSTILE,), build=HOSTILE, trusted=False)
    return Diagnosis(
        cause="truncated-file",
        title=HOSTILE,
        answer="machine",
        confidence="likely",
        because=HOSTILE,
        culprit=HOSTILE,
        evidence=(line,),
        consequences=(line,),
        fixes=(fix,),
        places=(Place(file=HOSTILE, line=1, text=HOSTILE),),
    )


def hostile_run() -> Run:
    """Return a run of a hostile file."""
    return Run(
        path=HOSTILE,
        sha256="cd" * 32,
        image=f"dir:{HOSTILE}",
        platform="linux/amd64",
        verdict="fails",
        reasons=(Reason(code="crashed", subject="SIGSEGV", message=HOSTILE),),
        stdout=HOSTILE,
        stderr=HOSTILE,
        command=(HOSTILE,),
        note=HOSTILE,
        diagnoses=(hostile_diagnosis(),),
    )


def hostile_reports() -> dict[str, Report]:
    """Return a report of every verb by its name, hostile wherever text comes from outside."""
    run = hostile_run()
    bad = hostile_file().verdicts[0]
    good = Verdict(image=bad.image, platform="linux/amd64", verdict="ok")
    cells = tuple(
        Cell(
            path=HOSTILE,
            sha256="cd" * 32,
            target="x86_64-linux-musl",
            image=bad.image,
            platform="linux/amd64",
            check=said,
            prove=run,
            agree=same_answer(said, run),
        )
        for said in (bad, good)
    )
    build = Build(
        target="x86_64-linux-musl",
        project=HOSTILE,
        kind="cmake",
        status="failed",
        log=HOSTILE,
        problem=HOSTILE,
        hint=HOSTILE,
        exit_code=5,
        diagnoses=(hostile_diagnosis(),),
    )
    image = ImageInfo(
        name=HOSTILE,
        platforms=("linux/amd64",),
        libc="gnu",
        provenance="measured",
        date="2026-01-01",
        source=HOSTILE,
        libraries={HOSTILE: HOSTILE},
    )
    tool = ToolStatus(
        name="tool", path=None, version=HOSTILE, needed_for=("build",), purpose=HOSTILE, install=HOSTILE, required=True
    )
    target = TargetInfo(
        name="x86_64-linux-musl", spellings={"rust": (HOSTILE,)}, floors=("1.2.3", "1.2.5"), interpreter=""
    )
    machine = {"everylinux": "1", "python": "3", "cpu": HOSTILE, "cores": "2", "kernel": HOSTILE}
    return {
        "check": hostile_check(),
        "prove": ProveReport(runs=(run, run)),
        "matrix": MatrixReport(builds=(build,), files=(hostile_file(),), cells=cells),
        "build": BuildReport(builds=(build,)),
        "image": ImageReport(images=(image,)),
        "doctor": DoctorReport(machine=machine, tools=(tool,)),
        "target": TargetReport(targets=(target,)),
        "explain": Explanation(outcome="failed", diagnoses=(hostile_diagnosis(),), lines=1, notes=(HOSTILE,)),
    }


def empty_reports() -> dict[str, Report]:
    """Return a report of every verb that found nothing."""
    machine = {"everylinux": "1", "python": "3", "cpu": "x86_64", "cores": "2", "kernel": "6"}
    return {
        "check": CheckReport(),
        "prove": ProveReport(),
        "matrix": MatrixReport(),
        "build": BuildReport(),
        "image": ImageReport(),
        "doctor": DoctorReport(machine=machine),
        "target": TargetReport(),
        "explain": Explanation(outcome="succeeded", lines=1),
    }
