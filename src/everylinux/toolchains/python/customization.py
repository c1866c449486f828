"""Makes a Python that builds for another CPU say so; Python imports it as ``sitecustomize`` (documentation of `site`).

Builds ask `platform` and `os.uname` for the CPU, and take headers from the folders of `sysconfig`'s schemes, which no
variable changes.
"""

import json
import os
import platform
import sysconfig

_target = json.loads(os.environ.get("EVERYLINUX_TARGET_PYTHON", "null"))
if _target:
    _own = os.uname()
    _machine = _target["machine"]
    _answer = os.uname_result((_own.sysname, _own.nodename, _own.release, _own.version, _machine))
    os.uname = lambda: _answer
    platform.machine = lambda: _machine
    platform.processor = lambda: _machine
    for _scheme in sysconfig._INSTALL_SCHEMES.values():  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way
        for _name in ("include", "platinclude"):
            if _name in _scheme:
                _scheme[_name] = _target["include"]
