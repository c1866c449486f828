"""Attestations, read with the types of the in-toto attestation framework itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import json_format
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement

from everylinux.attest import write_attestations
from everylinux.errors import InputOutputError
from everylinux.evidence import HostRun, Reason, Run, SmokeResult

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "ab" * 32
IMAGE = "docker://registry.example/debian:12"


def run(**changed: Any) -> Run:  # noqa: ANN401 - any field of a record
    fields: dict[str, Any] = {
        "path": "dist/x86_64-linux-musl/app",
        "sha256": DIGEST,
        "image": IMAGE,
        "image_digest": f"sha256:{'cd' * 32}",
        "platform": "linux/amd64",
        "verdict": "ok",
        "limits": {"memory": "cgroup 512 MiB"},
        "command": ("/app/app", "--version"),
    }
    return Run(**(fields | changed))


FAILS = Reason(code="crashed", subject="SIGSEGV", message="killed by SIGSEGV")
PASSED_SMOKE = SmokeResult(number=1, file="app", passed=True)
HOST = HostRun(host="CPython", version="3.11.2", module="m", verdict="ok", imported=True)
REFUSED = HostRun(host="CPython", version="3.9.2", module="m", verdict="fails", reasons=(FAILS,))
FAILED_SMOKE = SmokeResult(number=2, file="app", passed=False)


def attested(folder: Path, *runs: Run) -> list[Any]:
    """Return the predicates of what was written, each read as the framework's own types read it."""
    predicates = []
    for path in write_attestations(runs, folder):
        read = json_format.Parse(path.read_text(), statement_pb2.Statement())
        Statement.copy_from_pb(read).validate()
        assert read.type == "https://in-toto.io/Statement/v1"
        assert read.predicate_type == "https://in-toto.io/attestation/test-result/v0.1"
        written = json.dumps(json.loads(path.read_text())["predicate"])
        predicate = json_format.Parse(written, test_result_pb2.TestResult())
        assert predicate.configuration
        for descriptor in predicate.configuration:
            ResourceDescriptor.copy_from_pb(descriptor).validate()
        predicates.append((read, predicate))
    return predicates


def test_the_subject_is_the_file_and_the_configuration_the_image(tmp_path: Path) -> None:
    ((read, predicate),) = attested(tmp_path / "made/for/it", run(emulator="qemu-x86_64 7.2.22"))
    (subject,) = read.subject
    assert (subject.name, dict(subject.digest)) == ("app", {"sha256": DIGEST})
    image = predicate.configuration[1]
    assert (image.name, dict(image.digest)) == (IMAGE, {"sha256": "cd" * 32})
    assert image.annotations["platform"] == "linux/amd64"
    assert image.annotations["emulator"] == "qemu-x86_64 7.2.22"
    assert dict(image.annotations["limits"]) == {"memory": "cgroup 512 MiB"}
    assert list(predicate.passed_tests) == [f"{IMAGE} linux/amd64: starts with --version"]


@pytest.mark.parametrize(
    ("runs", "result", "counts"),
    [
        ([run()], "PASSED", (1, 0, 0)),
        ([run(), run(image="alpine", verdict="unknown", note="no emulator")], "WARNED", (1, 1, 0)),
        ([run(verdict="unknown", smoke=SmokeResult(number=1, file="app"))], "WARNED", (0, 1, 0)),
        ([run(), run(image="alpine", verdict="fails", reasons=(FAILS,))], "FAILED", (1, 0, 1)),
        ([run(smoke=PASSED_SMOKE)], "PASSED", (1, 0, 0)),
        ([run(smoke=PASSED_SMOKE), run(smoke=FAILED_SMOKE)], "FAILED", (1, 0, 1)),
        ([run(verdict="unknown"), run(smoke=FAILED_SMOKE)], "FAILED", (0, 1, 1)),
        ([run(host_runs=(HOST,))], "PASSED", (2, 0, 0)),
        ([run(host_runs=(HOST, REFUSED))], "FAILED", (2, 0, 1)),
    ],
)
def test_only_what_was_seen_to_be_right_has_passed(
    tmp_path: Path, runs: list[Run], result: str, counts: tuple[int, int, int]
) -> None:
    ((_, predicate),) = attested(tmp_path, *runs)
    found = (len(predicate.passed_tests), len(predicate.warned_tests), len(predicate.failed_tests))
    assert (predicate.result, found) == (result, counts)


def test_namesakes_and_strange_names_stay_apart_and_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "attestations"
    names = ["a/app", "b/app", "..", "c/\x1b[2J\n", f"d/{'x' * 250}", "e/.hidden"]
    found = attested(folder, *(run(path=path, sha256=f"{number:064x}") for number, path in enumerate(names)))
    assert len(found) == len(names)
    assert "\x1b" not in "".join(path.read_text() for path in folder.iterdir())
    assert all(path.parent == folder and not path.name.startswith(".") for path in folder.iterdir())
    assert len(list(folder.iterdir())) == len(names)


def test_a_file_that_was_not_read_has_no_statement(tmp_path: Path) -> None:
    assert attested(tmp_path, run(sha256="", verdict="unknown")) == []


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputOutputError):
        write_attestations([run()], tmp_path / "file")
