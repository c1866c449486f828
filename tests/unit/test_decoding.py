"""Types of data files that threads meet at once."""

from __future__ import annotations

import subprocess
import sys

# A type that is new to msgspec each time, and threads that meet it together: without a lock a segmentation fault.
THREADS = """
import sys, threading, types
from everylinux.decoding import decoded
sys.setswitchinterval(1e-6)
TEXT = '''
from __future__ import annotations
import msgspec
class Inner(msgspec.Struct, frozen=True):
    x: int
    y: dict[str, str]
class Facts(msgspec.Struct, frozen=True):
    date: str
    inner: tuple[Inner, ...]
    more: dict[str, str]
'''
CONTENT = b'{"date": "x", "inner": [{"x": 1, "y": {"a": "b"}}], "more": {"a": "b"}}'
for number in range(300):
    module = types.ModuleType("facts")
    sys.modules["facts"] = module
    exec(TEXT, module.__dict__)
    start = threading.Barrier(4)
    def read(kind=module.Facts):
        start.wait()
        for _ in range(3):
            assert decoded(CONTENT, kind).date == "x"
    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_threads_may_meet_a_type_for_the_first_time_together() -> None:
    done = subprocess.run([sys.executable, "-c", THREADS], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
