"""Run inside of an image's Python: ``exercise.py FOLDER MODULE``; each answer of the module has to be right."""

import sys

from answers import equal, raises

folder, name = sys.argv[1:]
sys.path.insert(0, folder)
FILE = __file__


if name == "capi_sample":
    import capi_sample as m

    equal(m.add(2, 3), 5)
    equal(m.first_word(FILE), ('"""Run', len(open(FILE, "rb").read())))
    raises(OSError, "/nowhere", m.first_word, "/nowhere")
    equal(m.threads(), (10000, 0))
    equal(m.error_number(), 1)
    equal(m.decimal_point(), "1.50 .")
    equal(m.found_by_name(), 4)
    equal(m.child(), 7)
    equal(m.stress(), True)
else:
    import cxx_sample as m

    equal(m.add(2, 3), 5)
    equal(m.greeting("x" * 1000), "hello " + "x" * 1000)
    raises(ValueError, "no good", m.refuse, "no good")
    equal((m.caught(3), m.caught(4)), ("odd", "4"))
    equal(m.threads(), 10)
    equal(m.thread_end(), "here gone")
    assert "file" in m.error_text(2).lower(), m.error_text(2)
    equal(m.formatted(2.5), "2.500 123 1.500")
    assert m.first_line(FILE).startswith('"""Run inside')
    raises(Exception, "nowhere", m.first_line, "/nowhere")
    equal(m.stress(), 20000)
for _ in range(200):
    m.add(1, 2)
print("all right", m.__file__.rpartition("/")[2])
