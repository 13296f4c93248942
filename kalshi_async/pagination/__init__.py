"""Lists of any length: pages, prefetch, and tables for data frames.

Knows no exchange: the caller passes the function that reads one page. Read in this order:
``page``, ``paginator`` (the guide), ``_prefetch``, ``tables``.
"""

from kalshi_async.pagination.page import Page
from kalshi_async.pagination.paginator import Paginator

__all__ = ["Page", "Paginator"]
