"""The records that verbs hand on: what was built, judged, run, and whether the answers agree.

Every JSON document starts with ``"schema": "everylinux.VERB/1"``; fields are added, never renamed. Paths are
strings that open from the folder the command was started in. Times are seconds, sizes are bytes.
"""

from __future__ import annotations

from everylinux.evidence.built import (
    Advice,
    Build,
    BuildReport,
    BuildStatus,
    BuiltFile,
)
from everylinux.evidence.checked import (
    CheckedFile,
    CheckReport,
    FoundLibrary,
    OpenedLater,
    Package,
    PythonUse,
    Risk,
    Skipped,
    Verdict,
    named,
)
from everylinux.evidence.compared import (
    Cell,
    MatrixReport,
    ended_by_us,
    same_answer,
)
from everylinux.evidence.explained import (
    Diagnosis,
    Evidence,
    Explanation,
    Place,
    ProposedFix,
)
from everylinux.evidence.listed import (
    DoctorReport,
    ImageInfo,
    ImageReport,
    TargetInfo,
    TargetReport,
    ToolStatus,
)
from everylinux.evidence.proven import (
    HostRun,
    ProveReport,
    Run,
    SmokeResult,
)
from everylinux.evidence.record import (
    AskedBy,
    Reason,
    ReasonCode,
    Record,
    VerdictWord,
)

__all__ = [
    "Advice",
    "AskedBy",
    "Build",
    "BuildReport",
    "BuildStatus",
    "BuiltFile",
    "Cell",
    "CheckReport",
    "CheckedFile",
    "Diagnosis",
    "DoctorReport",
    "Evidence",
    "Explanation",
    "FoundLibrary",
    "HostRun",
    "ImageInfo",
    "ImageReport",
    "MatrixReport",
    "OpenedLater",
    "Package",
    "Place",
    "ProposedFix",
    "ProveReport",
    "PythonUse",
    "Reason",
    "ReasonCode",
    "Record",
    "Report",
    "Risk",
    "Run",
    "Skipped",
    "SmokeResult",
    "TargetInfo",
    "TargetReport",
    "ToolStatus",
    "Verdict",
    "VerdictWord",
    "ended_by_us",
    "named",
    "same_answer",
]

Report = (
    BuildReport | CheckReport | ProveReport | MatrixReport | Explanation | TargetReport | DoctorReport | ImageReport
)
