"""Waiting for a process with a limit, and waking when it ends: Python's own `Popen.wait` then looks every 50 ms."""

from __future__ import annotations

import os
import select
import subprocess


def wait_for(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Return the status of a process when it ends; raises `subprocess.TimeoutExpired` after ``seconds``.

    Uses pidfd_open(2), where the kernel has it (5.3).
    """
    if process.poll() is None:
        try:
            handle = os.pidfd_open(process.pid)
        except OSError:
            return process.wait(seconds)
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            poll.poll(seconds * 1000)
        finally:
            os.close(handle)
    status = process.poll()
    if status is None:
        raise subprocess.TimeoutExpired(process.args, seconds)
    return status
