"""One module a tool: found, checked, wired for a target."""
