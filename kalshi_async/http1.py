"""Alias: ``kalshi_async.transport.http1``."""

from kalshi_async.transport.http1 import Http1Transport as Http1Transport
