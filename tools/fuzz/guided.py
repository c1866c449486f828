"""Fuzz one target by coverage, with atheris (extra ``fuzz``): ``tools/fuzz/guided.py TARGET FOLDER [libFuzzer flags]``.

Inputs that reach new code are kept in the folder and changed further, by libFuzzer and by our own mutations. It stops
at the first finding; its input is written to the current folder.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

import atheris

with atheris.instrument_imports(include=["everylinux"]):
    from fuzz.mutations import LONGEST
    from fuzz.room import Room, prepare
    from fuzz.seeds import short_seeds
    from fuzz.targets import by_name


def main() -> None:
    """Fuzz until something is found or libFuzzer's own limits are reached (``-max_total_time=SECONDS``)."""
    target, corpus = by_name()[sys.argv[1]], Path(sys.argv[2]).absolute()
    corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name) / "room"
        prepare(folder, short_seeds())
        os.environ["EVERYLINUX_CACHE"] = str(folder / "cache")
        room = Room(folder)
        seeds = target.seeds(room)
        for seed, content in seeds.items():
            (corpus / seed.replace("/", "+")).write_bytes(content)

        def run(content: bytes) -> None:
            with contextlib.suppress(*target.errors):
                target.run(room, content)

        def change(content: bytes, most: int, seed: int) -> bytes:
            random = Random(seed)
            if random.random() < 0.5:
                return bytes(atheris.Mutate(content, most))
            changed = bytearray(content)
            random.choice(target.mutations)(random, changed, seeds[random.choice(sorted(seeds))])
            return bytes(changed[:most])

        flags = [
            f"-max_len={LONGEST // 8}",
            "-timeout=10",
            f"-artifact_prefix={Path.cwd()}/",
            *sys.argv[3:],
            str(corpus),
        ]
        os.chdir(folder)
        atheris.Setup([sys.argv[0], *flags], run, custom_mutator=change)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
