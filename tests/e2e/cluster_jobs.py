"""Jobs for the workers of a test cluster: functions that workers find under this name."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass

from everylinux.cluster.parcel import Parcel
from everylinux.errors import InputOutputError

DEADLY, BROKEN, BUG, HERE = -1, -2, -3, -4


@dataclass(frozen=True)
class Doubling:
    """Doubles numbers; some of them are no good."""

    seconds: float = 0.0

    def here(self, job: int) -> str:
        return f"{job} was not sent"

    def parcel(self, job: int) -> Parcel[str] | None:
        return None if job == HERE else Parcel(double, (job, self.seconds))

    def lost(self, job: int, why: str) -> str:
        return f"{job}: {why}"

    def stop(self) -> None:
        pass


def double(number: int, seconds: float) -> str:
    time.sleep(seconds)
    if number == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == BROKEN:
        raise InputOutputError("it cannot be read", meaning="it is broken", hint="mend it")
    if number == BUG:
        raise ZeroDivisionError
    return str(2 * number)
