"""Where a user's files lie (XDG Base Directory Specification), on every system that everylinux runs on."""

from __future__ import annotations

import os
from pathlib import Path


def user_cache() -> Path:
    """Return the folder of all programs' caches: ``XDG_CACHE_HOME``, else ``~/.cache``."""
    return _folder("XDG_CACHE_HOME", ".cache")


def user_data() -> Path:
    """Return the folder of all programs' own data: ``XDG_DATA_HOME``, else ``~/.local/share``."""
    return _folder("XDG_DATA_HOME", ".local/share")


def user_configuration() -> Path:
    """Return the folder of all programs' configuration: ``XDG_CONFIG_HOME``, else ``~/.config``."""
    return _folder("XDG_CONFIG_HOME", ".config")


def _folder(variable: str, default: str) -> Path:
    # The specification: a relative path is as good as none.
    configured = Path(os.environ.get(variable, ""))
    return configured if configured.is_absolute() else _home() / default


def _home() -> Path:
    """Return the user's home folder; an empty ``HOME``, which Python takes for ``/``, says as little as none."""
    if os.environ.get("HOME") == "":
        import pwd

        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    return Path.home()
