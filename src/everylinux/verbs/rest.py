"""What follows ``--`` on a command line: arguments that are somebody else's."""

from __future__ import annotations

import click

_KEY = "everylinux.rest"


class CommandWithRest(click.Command):
    """A command that keeps what follows the first ``--`` apart from its own arguments; see `rest`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Cut off what follows ``--`` before anything is read in it."""
        if "--" in args:
            cut = args.index("--")
            ctx.meta[_KEY] = tuple(args[cut + 1 :])
            args = args[:cut]
        return super().parse_args(ctx, args)


def rest() -> tuple[str, ...] | None:
    """Return what followed ``--``; ``None`` when there was no ``--``."""
    found: tuple[str, ...] | None = click.get_current_context().meta.get(_KEY)
    return found
