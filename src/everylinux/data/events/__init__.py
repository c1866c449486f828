"""What tools say in logs: one file a group of tools."""
