"""One module a kind of project, all with the same interface."""
