"""The recipe of the CPython for musl: pinned anew without another change."""

from __future__ import annotations

import msgspec

from musl_python import RECIPE, Recipe, recipe
from programs.declaration import DebianSource
from update_musl_python import pinned_anew


def test_a_newer_tarball_is_pinned_and_the_steps_stay() -> None:
    before = recipe()
    newer = DebianSource(package=before.python.package, file="python_new.orig.tar.xz", sha256="0" * 64)
    newest = {before.python: newer, before.libraries[0].source: before.libraries[0].source}
    after = msgspec.json.decode(pinned_anew(RECIPE.read_text(), newest), type=Recipe)
    assert after == msgspec.structs.replace(before, python=newer)
