"""The verbs: one module each, imported when it is called."""

from __future__ import annotations

import importlib

import click

from everylinux import __version__

# Shown by --help in this order: the main job first, then its parts, then what is looked up.
SUMMARIES = {
    "matrix": "Build, check and prove: both answers for every file on every image.",
    "build": "Build a project for many targets.",
    "check": "Say on which images a file would start, and why not (nothing is executed).",
    "prove": "Run a file in an image and see.",
    "explain": "Say why a build or a start failed, from its log, and what cures it.",
    "image": "List, show, add and remove base images.",
    "target": "List the targets with all their spellings.",
    "doctor": "Say which tools are found, what is missing for which verb, and how to get it.",
}

EXAMPLES = """\b
Examples:
  everylinux doctor                                         # first: what this machine lacks
  everylinux check ./app                                    # on which Linux does it start
  everylinux matrix . --target all --image scratch,debian:12
  make 2>&1 | everylinux explain
  everylinux VERB --help                                    # the flags of a verb, with examples
"""


class VerbGroup(click.Group):
    """A group that imports a verb only when it is called: the command starts in milliseconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of the help page."""
        del ctx
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one verb."""
        del ctx
        if cmd_name not in SUMMARIES:
            return None
        command: click.Command = importlib.import_module(f"everylinux.verbs.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb that is asked for; raises `UsageError` with the nearest for one that there is not."""
        name = args[0]
        if name in SUMMARIES or name.startswith("-"):
            return super().resolve_command(ctx, args)
        import difflib

        from everylinux.errors import UsageError

        near = difflib.get_close_matches(name, SUMMARIES, n=1)
        hint = f"did you mean `everylinux {near[0]}`?" if near else "`everylinux --help` lists the verbs"
        raise UsageError(f"there is no verb {name!r}", hint=hint)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without importing any of them."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.command(
    cls=VerbGroup,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="everylinux", message="%(prog)s %(version)s")
def command_line() -> None:
    """Build a native program once; know on which Linux it will run, and why not where it won't; prove it."""
