"""Ruling the exchange from outside, for tests and demos: ``market_control``."""
