"""Alias: ``kalshi_async_pytest``, the pytest plugin, which stands beside the package."""

from kalshi_async_pytest import *  # noqa: F403  # fixtures, for whoever names the plugin by this path
