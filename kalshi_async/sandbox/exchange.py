"""The embedded exchange: one object that owns the venue and everything on it.

It is put together from parts that share the state of ``sandbox.engine.venue.Venue``, one idea per file::

    Venue            state, clock, identities, routing         venue.py
    ├─ Members       accounts, subaccounts, payments           members.py
    │   └─ Transfers, Allocations                              transfers.py, allocations.py
    ├─ Reads         replica, marks, depth, snapshot           reads.py
    └─ Pauses        what is refused while what is paused      pauses.py
        └─ Matching  books, fills, cash, group windows         matching.py
            ├─ Admission, OrderEntry, Amending, OrderGroups    the order endpoints
            └─ Listing, Lifecycle                              markets, pauses, settlement

Everything is synchronous, runs to its end within one call, and takes time from the
injected clock; two exchanges with the same seed, clock and calls are equal to the last
identifier. It knows nothing of HTTP, JSON or signatures.
"""

from __future__ import annotations

from kalshi_async.sandbox.accounts.allocations import Allocations
from kalshi_async.sandbox.control.market_control import MarketControl
from kalshi_async.sandbox.engine.instructions import Amendment, NewOrder
from kalshi_async.sandbox.engine.order_groups import OrderGroups
from kalshi_async.sandbox.markets.lifecycle import Lifecycle
from kalshi_async.sandbox.reads.reads import Reads
from kalshi_async.sandbox.settings import Rules

__all__ = ["Amendment", "Exchange", "NewOrder", "Rules"]


class Exchange(OrderGroups, Lifecycle, Allocations, Reads):
    """A whole exchange. ``accounts`` by user id and ``markets`` by ticker are for reading.

    Requests of members raise ``Rejected``; commands of the operator (``market``,
    ``pause``, ``add_market`` …) raise ``ValueError`` or ``KeyError`` when misused.
    """

    def market(self, ticker: str) -> MarketControl:
        """Return the operator's handle on one market."""
        return MarketControl(self, self, self, ticker)
