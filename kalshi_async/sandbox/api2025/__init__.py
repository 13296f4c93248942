"""The exchange's 2025 API: ``profile``, ``orders``, ``account``, ``markets``, ``bodies``, ``views``."""
