"""How fixes are put into builds, and what a build may see while one is tried."""
