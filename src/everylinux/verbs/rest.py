"""What follows ``--`` on a command line: arguments that are somebody else's."""

from __future__ import annotations

import click

_KEY = "everylinux.rest"
_ALL = "everylinux.arguments"


class CommandWithRest(click.Command):
    """A command that keeps what follows the first ``--`` apart from its own arguments; see `rest`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Cut off what follows ``--`` before anything is read in it."""
        ctx.meta[_ALL] = tuple(args)
        if "--" in args:
            cut = args.index("--")
            ctx.meta[_KEY] = tuple(args[cut + 1 :])
            args = args[:cut]
        return super().parse_args(ctx, args)


def rest() -> tuple[str, ...] | None:
    """Return what followed ``--``; ``None`` when there was no ``--``."""
    found: tuple[str, ...] | None = click.get_current_context().meta.get(_KEY)
    return found


def all_arguments() -> tuple[str, ...]:
    """Return everything that followed the verb, as it was given."""
    found: tuple[str, ...] = click.get_current_context().meta.get(_ALL, ())
    return found
