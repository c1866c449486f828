"""The tables of each verb: one module a verb, each with ``render(report, console)``; that of `check` is a sink."""
