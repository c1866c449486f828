"""The part of the table of `build` that says what crates want: a block for what several of them share."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from everylinux.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from everylinux.evidence import Advice, Build

# Crates in one heading: GTK's are ten.
MOST_CRATES = 12


@dataclass(frozen=True)
class Block:
    """Advice about several crates that is the same for all of them, on the same targets."""

    crates: tuple[Advice, ...]
    targets: tuple[str, ...]

    @property
    def through(self) -> tuple[str, ...]:
        """The part of the ways to the crates that they have in common, from the project's package."""
        paths = [each.path[:-1] for each in self.crates]
        return tuple(names[0] for names in takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False)))


def render_advice(builds: Sequence[Build], console: Console) -> None:
    """Write a block for each advice, or for several that say the same."""
    for block in blocks(advice_shown(builds)):
        first = block.crates[0]
        mark, style = _mark(first)
        names = shortened([f"{each.crate} {each.version}" for each in block.crates], MOST_CRATES)
        console.print(f"\n{mark}  {names}  ({', '.join(block.targets)})", style=style, soft_wrap=True)
        for word, text in (
            ("through", " → ".join(block.through)),
            ("needs", _united(each.needs for each in block.crates)),
            ("missing", _united(each.missing for each in block.crates)),
            ("change", first.change),
        ):
            if text:
                console.print(f"        {word}: {text}", soft_wrap=True)


def advice_shown(builds: Sequence[Build]) -> list[tuple[Advice, list[str]]]:
    """Return the advice worth a reader's time with its targets: what lacks something first, then by name.

    After a build that is what was or is missing; without one, all of it.
    """
    targets: dict[Advice, list[str]] = {}
    for build in builds:
        for each in build.advice:
            if each.missing or build.status == "advised":
                targets.setdefault(each, []).append(build.target)
    return sorted(targets.items(), key=lambda item: (not item[0].missing, item[0].crate))


def blocks(shown: Sequence[tuple[Advice, Sequence[str]]]) -> list[Block]:
    """Return the advice with what says the same in one block, where the first of it stood.

    Of crates that lack something the way out is the same, and no feature of one of them; others want the same things
    and are wanted by the same crate.
    """
    found: dict[tuple[object, ...], Block] = {}
    for advice, targets in shown:
        if not advice.missing:
            key: tuple[object, ...] = (advice.needs, advice.path[:-1], *targets)
        elif advice.change and not advice.feature:
            key = (advice.change, *advice.path[:2], *targets)
        else:
            key = (advice,)
        block = found.get(key, Block((), tuple(targets)))
        found[key] = Block((*block.crates, advice), block.targets)
    return list(found.values())


def _united(lists: Iterable[Sequence[str]]) -> str:
    return ", ".join(dict.fromkeys(each for names in lists for each in names))


def _mark(advice: Advice) -> tuple[str, str]:
    if advice.verified:
        return "CURED ", "green"
    return ("LACKS ", "red") if advice.missing else ("NEEDS ", "dim")
