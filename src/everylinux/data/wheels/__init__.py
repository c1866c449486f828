"""What platform tags of wheels promise."""
