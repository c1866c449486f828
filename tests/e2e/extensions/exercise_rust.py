"""Run inside of an image's Python: ``exercise_rust.py FOLDER``; each answer of the Rust sample has to be right."""

import os
import sys
import time

from answers import equal, raises

sys.path.insert(0, sys.argv[1])

import rust_sample as m


def hears_of_a_failed_start():
    """Return whether glibc's posix_spawn works here: emulated by qemu, the child shares no memory (clone, CLONE_VM)."""
    try:
        os.waitpid(os.posix_spawn("/nowhere", ["nowhere"], {}), 0)
    except FileNotFoundError:
        return True
    return False


equal(m.add(2, 3), 5)
equal(m.half("2.5e1"), 12.5)
raises(ValueError, "no number: x", m.half, "x")
raises(BaseException, "thrown by a test", m.panics, "thrown by a test")
raises(ZeroDivisionError, "", m.call, lambda: 1 // 0, 100)
equal(m.call(lambda: "called", 100), "called")
equal(m.threads(), (10000, 8))
with open(__file__, "rb") as file:
    equal(m.first_word(__file__), ('"""Run', len(file.read())))
raises(FileNotFoundError, "(os error 2)", m.first_word, "/nowhere")
equal(m.names(sys.argv[1]), sorted(os.listdir(sys.argv[1])))
equal(m.canonical(f"{sys.argv[1]}/../{sys.argv[1]}/./"), os.path.realpath(sys.argv[1]))
raises(FileNotFoundError, "(os error 2)", m.canonical, "/nowhere")
# libstd hears of the arguments from glibc's loader only; on musl there are none.
assert m.arguments() in (sys.orig_argv, []), m.arguments()
equal(m.variable("PATH"), os.environ.get("PATH"))
equal(m.variable("SURELY_NOT_SET"), None)
equal(m.error_text(13), "Permission denied (os error 13)")
slept, seconds = m.times()
assert slept
assert abs(seconds - time.time()) < 60
assert m.random_keys()
copying = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.exit(3)"
equal(m.ask(sys.executable, ["-c", copying], "text"), ("TEXT", 3))
if hears_of_a_failed_start():
    raises(FileNotFoundError, "(os error 2)", m.ask, "/nowhere", [], "")
equal(m.echo("heard " * 1000), "heard " * 1000)
assert m.backtrace()
child = os.fork()
if child == 0:
    os._exit(0 if m.threads() == (10000, 8) else 1)
equal(os.waitpid(child, 0)[1], 0)
for number in range(2000):
    equal(m.half(str(number)), number / 2)
    raises(ValueError, "no number", m.half, "x")
print("all right")
