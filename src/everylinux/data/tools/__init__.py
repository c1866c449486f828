"""Programs that verbs need, and the packages that bring them."""
