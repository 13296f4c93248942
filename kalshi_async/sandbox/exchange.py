"""The embedded exchange: its parts, and how they are put together.

Each part has its own state and gets the parts that it needs in its constructor. They are drawn
so that a part needs only parts below it, to which its lines lead::

    orders ─── admission    groups            markets ─── payout, floors
       │           │          │                  ├─ fees     │
       └───────────┼──────────┘                  │           │
                shards                           │           │      accounts
                   │                             │           │      transfers
                   └─────────────┬───────────────┘           │      allocations
                              matching                       │      reads
                                 │                           │         │
                                 └─────────────┬─────────────┴─────────┘
                                            ledger       cash, positions, commitments
                                               │
                                            replica      lagging copies for reads
                                               │
                                             venue       state, time, identities

Above all of them is ``MarketControl``, which gets ``markets``, ``orders`` and ``accounts``; ``combos``
stands on ``markets``, and ``catalog`` on the venue.

Everything is synchronous, runs to its end within one call, and takes time from the
injected clock; two exchanges with the same seed, clock and calls are equal to the last
identifier. The exchange knows no HTTP, JSON or signatures.
"""

from __future__ import annotations

from kalshi_async.clock import Clock
from kalshi_async.sandbox.accounts.accounts import Accounts
from kalshi_async.sandbox.accounts.allocations import Allocations
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.accounts.transfers import Transfers
from kalshi_async.sandbox.control.market_control import MarketControl
from kalshi_async.sandbox.engine.admission import Admission
from kalshi_async.sandbox.engine.instructions import Amendment, NewOrder
from kalshi_async.sandbox.engine.matching import Matching
from kalshi_async.sandbox.engine.order_groups import Groups
from kalshi_async.sandbox.engine.orders import Orders
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.markets.catalog import Catalog
from kalshi_async.sandbox.markets.combos import Combos
from kalshi_async.sandbox.markets.fee_terms import FeeTerms
from kalshi_async.sandbox.markets.floors import Floors
from kalshi_async.sandbox.markets.markets import Markets
from kalshi_async.sandbox.markets.payout import Payout
from kalshi_async.sandbox.markets.shards import Shards
from kalshi_async.sandbox.reads.reads import Reads
from kalshi_async.sandbox.reads.replica import Replica
from kalshi_async.sandbox.settings import Rules

__all__ = ["Amendment", "Exchange", "NewOrder", "Rules"]

_DAY_US = 86_400_000_000


class Exchange:
    """A whole exchange. Its parts are nouns, their methods short verbs.

    Requests of members go to ``orders``, ``groups``, ``transfers``, ``allocations`` and
    ``accounts``; they raise ``Rejected`` when they are refused. The operator has ``market``, and
    behind it ``markets`` (a mapping by ticker), ``accounts`` (a mapping by user id), ``shards`` (to
    be paused), ``fees`` (of series and events), ``combos`` (collections, of whose markets members make
    combos) and ``catalog`` (categories, incentive programs); misused, they raise ``ValueError`` or
    ``KeyError``. ``reads`` show accounts and books, ``events`` tells at once what happens. ``venue``
    and ``ledger`` are the state below.

    ``historical_cutoff_us`` is the time at which the live tier begins; it may be set.
    """

    def __init__(self, clock: Clock, rules: Rules | None = None, *, seed: int = 0) -> None:
        self.venue = venue = Venue(clock, rules or Rules(), seed)
        self.events = venue.events
        replica = Replica(venue)
        self.ledger = ledger = Ledger(venue, replica)
        matching = Matching(venue, ledger, replica)
        self.shards = Shards(venue, matching)
        admission = Admission(venue, ledger, self.shards)
        self.orders = Orders(venue, ledger, matching, self.shards, admission)
        self.groups = Groups(venue, replica, matching, self.shards)
        self.fees = FeeTerms(venue)
        payout, floors = Payout(venue, ledger, replica), Floors(venue, ledger, matching, replica)
        self.markets = Markets(venue, matching, payout, self.fees, floors)
        self.combos = Combos(venue, self.markets)
        self.catalog = Catalog(venue)
        self.accounts = Accounts(venue, ledger, replica)
        self.transfers = Transfers(venue, ledger, replica)
        self.allocations = Allocations(venue, ledger, replica)
        self.reads = Reads(venue, ledger, replica)
        self.historical_cutoff_us = venue.now_us - venue.rules.live_window_days * _DAY_US

    def advance(self) -> None:
        """Run everything that is due by now; every other call does this first."""
        self.venue.tick()

    def market(self, ticker: str) -> MarketControl:
        """Return the operator's handle on one market."""
        return MarketControl(ticker, self.markets, self.orders, self.accounts, self.shards.numbers)
