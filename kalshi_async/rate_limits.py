"""Alias: ``kalshi_async.account.rate_limits``."""

from kalshi_async.account.rate_limits import *  # noqa: F403  # all names, as they were here
