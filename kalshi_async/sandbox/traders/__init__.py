"""Who else trades: ``random_walk``."""
