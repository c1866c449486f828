"""How packages name CPUs."""
