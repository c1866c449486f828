import subprocess
import sys

import pytest


@pytest.mark.xfail
def test_known_error():
    assert 1 == 2


def test_error_of_a_child():
    done = subprocess.run([sys.executable, "-c", "import no_such_module"])
    assert done.returncode == 1


@pytest.mark.skip(reason="Connection refused")
def test_network():
    pass


def test_prints_failed():
    print("FAILED (errors=1)")
