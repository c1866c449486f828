"""Run inside of an image's Python: ``exercise_alone.py FOLDER``; each answer of the module has to be right."""

import sys
import threading

from answers import equal

sys.path.insert(0, sys.argv[1])
import alone_sample as m


equal(m.add(2, 3), 5)
equal(m.after("to be or not", "be "), (9, "ton ro", 0))
equal(m.after("to be", "nowhere"), None)
equal(round(m.wave(2.0), 9), 4.0)
equal(m.sorted(5000), True)
counts = []
threads = [threading.Thread(target=lambda: counts.append([m.count() for _ in range(100)][-1])) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
equal((counts, m.count()), ([100] * 8, 1))
for _ in range(200):
    m.add(1, 2)
print("all right", m.__file__.rpartition("/")[2])
