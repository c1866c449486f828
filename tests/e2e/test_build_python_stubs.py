"""A build that imports the module which it made, as the writers of stubs of nanobind and pybind11 do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_wheels import NEEDS_ROOTS, build, on_musl, unpacked, wheels
from test_build_python_limited import SCIKIT_BUILD, written

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = NEEDS_ROOTS
STUB = """
import sys

sys.path.insert(0, sys.argv[1])
import limited_sample

with open(sys.argv[2], "w") as file:
    file.write(" ".join(name for name in dir(limited_sample) if not name.startswith("_")))
"""
CMAKE = """cmake_minimum_required(VERSION 3.26)
project(limited_sample LANGUAGES C)
find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)
python_add_library(limited_sample MODULE module.c)
set_target_properties(limited_sample PROPERTIES SUFFIX .abi3.so)
add_custom_command(OUTPUT names.txt DEPENDS limited_sample
  COMMAND ${Python_EXECUTABLE} ${CMAKE_SOURCE_DIR}/stub.py $<TARGET_FILE_DIR:limited_sample> names.txt)
add_custom_target(names ALL DEPENDS names.txt)
install(TARGETS limited_sample DESTINATION .)
install(FILES ${CMAKE_BINARY_DIR}/names.txt DESTINATION .)
"""


def test_it_imports_the_same_made_for_this_machine(tmp_path: Path) -> None:
    """What it wrote of that one lies in the wheel, beside the module for the target."""
    project = written({**SCIKIT_BUILD, "CMakeLists.txt": CMAKE, "stub.py": STUB}, tmp_path / "project")
    (wheel,) = wheels(project, tmp_path / "dist", "x86_64-linux-musl")
    folder = unpacked(wheel, tmp_path / "wheel")
    assert (folder / "names.txt").read_text() == "answer"
    on_musl("x86_64", folder, "exercise_limited.py", "limited_sample.abi3.so")


def test_what_fails_here_too_is_its_own_error(tmp_path: Path) -> None:
    script = STUB.replace("with open", "import no_such_module\n\nwith open")
    project = written({**SCIKIT_BUILD, "CMakeLists.txt": CMAKE, "stub.py": script}, tmp_path / "project")
    code, (record,) = build(project, tmp_path / "dist", "--target", "aarch64-linux-musl")
    assert code == 5
    assert "No module named 'no_such_module'" in (record.problem or "")
