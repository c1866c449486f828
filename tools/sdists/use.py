"""Run by an image's Python: ``use.py FOLDERS MODULES [TESTS...]`` imports each module, then runs the tests by pytest.

FOLDERS go first on sys.path (colons between), MODULES have commas between. A line of JSON says how it went.
"""

import importlib
import json
import os
import sys
from pathlib import Path

# Where a package's folder of tests lies, if they are not in its wheel.
SUITE = Path("/suite")


class Counter:
    """A plugin of pytest that counts."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """Take one phase of one test."""
        self.passed += report.passed and report.when == "call"
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        """Take one file of tests."""
        if report.failed:
            self.failed.append(f"{report.nodeid}: {report.longreprtext[-300:]}")


def lay_out(suite: Path, here: Path) -> None:
    """Show here what lies in a folder: suites open their data as from the one above them, and write beside it."""
    for each in suite.iterdir() if suite.is_dir() else ():
        (here / each.name).symlink_to(each)


def main() -> None:
    """Import the modules, run the tests, say how it went."""
    folders, modules, *tests = sys.argv[1:]
    sys.path[:1] = folders.split(":")
    os.environ["PYTHONPATH"] = folders  # for a Python that a test starts
    names = [name for name in modules.split(",") if name]
    for each in names:
        importlib.import_module(each)
    counter = Counter()
    if tests:
        import pytest

        root = SUITE if SUITE.is_dir() else "/"
        lay_out(SUITE, Path())
        plain = ["-p", "no:cacheprovider", "-o", "addopts=", f"--rootdir={root}", "-q"]
        code = pytest.main([*plain, *tests], plugins=[counter])
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not counter.failed:
            counter.failed.append(f"pytest ran nothing: {pytest.ExitCode(code).name}")
    print()
    print(json.dumps({"imported": len(names), "passed": counter.passed, "failed": counter.failed}))


# A process that a test starts by multiprocessing's `spawn` imports this file again.
if __name__ == "__main__":
    main()
