"""`everylinux target`: the targets and their spellings.

Steps: read the targets asked for (all without any) → describe each → report.
"""

from __future__ import annotations

import click

from everylinux.evidence import TargetInfo, TargetReport
from everylinux.spelling import all_targets, parse_target_list
from everylinux.target import OF_MODULES, Target, floor_range
from everylinux.verbs.options import Common, common_options


@click.group(name="target", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List the targets; without a sub-command all of them."""
    if context.invoked_subcommand is None:
        context.invoke(list_targets)


@command.command(name="list")
@common_options
def list_targets(common: Common) -> int:
    """List every target with all its spellings."""
    common.write(TargetReport(targets=tuple(_describe(target) for target in all_targets())))
    return 0


@command.command(name="show")
@click.argument("spellings", nargs=-1, required=True, metavar="TARGET...")
@click.option("--libc", help="The libc of a spelling that names none.")
@common_options
def show_targets(spellings: tuple[str, ...], libc: str | None, common: Common) -> int:
    """Show what a spelling names, whichever vocabulary it is from."""
    targets = parse_target_list(spellings, libc=libc, default=("gnu", "musl"))
    common.write(TargetReport(targets=tuple(_describe(target) for target in targets)))
    return 0


def _describe(target: Target) -> TargetInfo:
    floors = floor_range(target.cpu, target.libc) if target.libc not in OF_MODULES else ("", "")
    return TargetInfo(
        name=target.name,
        spellings=target.spellings(),
        floors=floors,
        interpreter=target.interpreter or "",
    )
