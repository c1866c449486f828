"""Pin the tarballs that the CPython for musl is made of anew, in musl_python.json: those of the suite's present index.

The steps and the suite are written by hand. Another recipe makes another root, at the next ``musl_python.py``.
"""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING

from everylinux.cache import write_atomically
from everylinux.errors import EverylinuxError
from musl_python import RECIPE, recipe
from programs.update import newest_tarball

if TYPE_CHECKING:
    from programs.declaration import DebianSource


def main() -> int:
    """Write the file and say what changed; return the exit code."""
    pins = [recipe().python, *(library.source for library in recipe().libraries)]
    try:
        newest = {pin: newest_tarball(recipe().suite, pin) for pin in pins}
    except EverylinuxError as error:
        print(*(part for part in (error.message, error.meaning, error.hint) if part), sep="\n", file=sys.stderr)
        return error.exit_code
    text = pinned_anew(RECIPE.read_text(), newest)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    write_atomically(RECIPE, text.replace(f'"date": "{recipe().date}"', f'"date": "{today}"').encode())
    changed = [pin.package for pin in pins if newest[pin] != pin]
    print(f"{RECIPE.name}: {', '.join(changed) or 'nothing'} changed")
    return 0


def pinned_anew(text: str, newest: dict[DebianSource, DebianSource]) -> str:
    """Return the text of the recipe with other tarballs in it, and all else as it was laid out."""
    for pin, other in newest.items():
        text = text.replace(f'"{pin.file}"', f'"{other.file}"').replace(f'"{pin.sha256}"', f'"{other.sha256}"')
    return text


if __name__ == "__main__":
    sys.exit(main())
