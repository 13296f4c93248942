"""The state, time and identities that all parts of the exchange share.

``Venue`` holds accounts, markets and books, runs planned actions when they are due, and makes
identifiers and time stamps. It is the first part to be made, and the others get it in their
constructors. Time comes from the injected clock, randomness from the seed: two venues with
the same clock, seed and calls are equal to the last identifier.
"""

from __future__ import annotations

import random

from kalshi_async.clock import Clock
from kalshi_async.sandbox.engine.agenda import Agenda
from kalshi_async.sandbox.engine.book import Book
from kalshi_async.sandbox.engine.events import Events
from kalshi_async.sandbox.engine.state import Account, Fill, Market, Rejected
from kalshi_async.sandbox.settings import Rules

# The upper bits of the second half of a UUID, RFC 9562 section 4.1.
_UUID_VARIANT = 0b10 << 62


class Venue:
    """Accounts by user id, markets and books by ticker, the numbers of the shards, and the time.

    ``trades`` has the taker's fill of every match on the exchange, oldest first.

    ``now_us`` is the time of the call, or of the planned action, that is running; ``turn`` counts
    calls and actions. ``events`` tells what happens in them.
    """

    def __init__(self, clock: Clock, rules: Rules, seed: int) -> None:
        self.clock = clock
        self.rules = rules
        self.shards = list(rules.shards)
        self.accounts: dict[str, Account] = {}
        self.markets: dict[str, Market] = {}
        self.books: dict[str, Book] = {}
        self.trades: list[Fill] = []
        self.agenda = Agenda()
        self.events = Events()
        self.turn = 0
        self.now_us = clock.now_ms() * 1_000
        self.last_stamp_us = 0
        self._random = random.Random(seed)
        self._id_prefix = _uuid_prefix(self._random)

    def tick(self) -> int:
        """Run every action that is due, then return the time (us). Every call begins with this."""
        # Each action runs at its own due time, so that the records which it writes bear that time.
        now_us = self.clock.now_ms() * 1_000
        if now_us < self.now_us:
            now_us = self.now_us
        while self.agenda.next_due_us <= now_us:
            due_us, action = self.agenda.pop()
            self.now_us = max(self.now_us, due_us)
            self.turn += 1
            action()
        self.now_us = now_us
        self.turn += 1
        return now_us

    def stamp_us(self) -> int:
        """Return the time stamp of one event; ``last_stamp_us`` keeps it."""
        # The clock has milliseconds; the microseconds below count the events within one, so that
        # lists can be sorted newest first. After a thousand events in one millisecond they repeat.
        stamp_us = self.last_stamp_us
        if stamp_us < self.now_us:
            stamp_us = self.now_us
        elif stamp_us < self.now_us + 999:
            stamp_us += 1
        self.last_stamp_us = stamp_us
        return stamp_us

    def new_id(self) -> str:
        """Return an identifier in the shape of a random (version 4) UUID."""
        # The first half is the same for the whole venue: drawing and formatting it each time
        # would take a tenth of a create.
        tail = self._random.getrandbits(62) | _UUID_VARIANT
        return self._id_prefix + tail.to_bytes(8).hex("-", 6)

    def live(self, account: Account) -> Account:
        """Return the record that the engine changes; callers may hold a lagging copy of it."""
        return self.accounts[account.user_id]

    def route(self, ticker: str | None, exchange_index: int | None) -> int:
        """Return the shard that a request addresses (contract §20)."""
        automatic = exchange_index is None or exchange_index == -1
        if ticker is None:
            if exchange_index == -1:
                raise Rejected("invalid_parameters", "market_ticker is required to route by ticker")
            return exchange_index or 0
        market = self.markets.get(ticker)
        if market is None or not (automatic or exchange_index == market.exchange_index):
            raise Rejected("market_not_found")
        return market.exchange_index

    def require_shard(self, exchange_index: int) -> None:
        """Raise ``Rejected`` if there is no such shard."""
        if exchange_index not in self.shards:
            raise Rejected("invalid_parameters", f"exchange_index {exchange_index} does not exist")


def require_subaccount(account: Account, subaccount: int) -> None:
    """Raise ``Rejected`` if the member has no such subaccount: as for a foreign one (contract §19)."""
    if not 0 <= subaccount <= account.subaccount_count:
        raise Rejected("not_found")


def _uuid_prefix(source: random.Random) -> str:
    digits = f"{source.getrandbits(60):015x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:]}-"
