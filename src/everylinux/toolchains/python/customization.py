"""Makes a Python that builds for another CPU say so; Python imports it as ``sitecustomize`` (documentation of `site`).

Builds ask `platform` and `os.uname` for the CPU, `sys.byteorder` for its order of bytes, and take headers from the
folders of `sysconfig`'s schemes, which no variable changes. Modules that a build made and imports are those for this
machine, where it has some: by their whole names, or by the last part alone, as where they lie in a folder of the build.
"""

import importlib.util
import json
import os
import platform
import sys
import sysconfig

_target = json.loads(os.environ.get("EVERYLINUX_TARGET_PYTHON", "null"))
if _target:
    _own = os.uname()
    _machine = _target["machine"]
    _answer = os.uname_result((_own.sysname, _own.nodename, _own.release, _own.version, _machine))
    os.uname = lambda: _answer
    platform.machine = lambda: _machine
    platform.processor = lambda: _machine
    # Builds turn it into a macro of theirs, as msgpack's does.
    sys.byteorder = _target["byteorder"]
    for _scheme in sysconfig._INSTALL_SCHEMES.values():  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way
        for _name in ("include", "platinclude"):
            if _name in _scheme:
                _scheme[_name] = _target["include"]
    if _target["stand_ins"]:
        _names = {name: path for whole, path in _target["stand_ins"].items() for name in (whole, whole.split(".")[-1])}

        class _StandIns:
            @staticmethod
            def find_spec(name, path=None, target=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN205, ARG004
                return importlib.util.spec_from_file_location(name, _names[name]) if name in _names else None

        sys.meta_path.insert(0, _StandIns)
