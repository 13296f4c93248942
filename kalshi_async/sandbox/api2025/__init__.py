"""The exchange's 2025 API: ``profile``, ``orders``, ``account``, ``bodies``, ``views``."""
