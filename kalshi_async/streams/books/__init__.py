"""Books that are kept by the stream: true, or they say why not. See ``Stream.books``.

Read ``ladder`` (the levels of one market) and ``keeper`` (which books are true, and how they are
repaired), both pure; then ``book`` and ``live``, what a program sees. It knows no socket and no REST.
"""

from kalshi_async.contract.depth import BookCost, Level
from kalshi_async.streams.books.book import Book
from kalshi_async.streams.books.live import Audit, Books

__all__ = ["Audit", "Book", "BookCost", "Books", "Level"]
