"""What each reason code means, what cures it, and a page about it; the risks' are in ``data/risks/risks.json``."""
