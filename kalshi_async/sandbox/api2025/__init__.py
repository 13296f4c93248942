"""The 2025 profile of the exchange: ``profile``, ``orders``, ``account``, ``bodies``, ``views``."""
