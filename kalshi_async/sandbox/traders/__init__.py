"""Simulated traders, who give a strategy counterparties: ``random_walk``."""
