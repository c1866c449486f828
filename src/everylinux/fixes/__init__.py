"""Fixes of causes for a real project: what they would change, whether the same build passes with them, making them.

1. `plan`: which files and which command change (`editing`, `flags`, `command_line`); nothing is written.
2. `trial`: the build in a copy of the project (`copying`) and apart from this machine (`room`), without and with a fix.
3. `everylinux.change`: the edit, made and undone as a whole.

Nothing is run that a log says: a build's command comes from whoever asks, a fix's commands from ``data/causes``.
"""

from __future__ import annotations

from everylinux.fixes.plan import Plan, plan, plans

__all__ = ["Plan", "plan", "plans"]
