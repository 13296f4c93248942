"""The ground that every part of the exchange stands on: its state, time and identities.

``Venue`` owns all mutable state of the embedded exchange. The parts (matching, order
entry, groups, cash desk, lifecycle, read side) are classes on top of it, each in its
own file, and ``exchange.Exchange`` is all of them together; nobody else changes state.
Everything is synchronous and takes its time from the injected clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from kalshi_async.clock import Clock
from kalshi_async.sandbox.accounts.commitments import Holding
from kalshi_async.sandbox.accounts.ledger import Ledger
from kalshi_async.sandbox.engine.agenda import Agenda
from kalshi_async.sandbox.engine.book import Book
from kalshi_async.sandbox.engine.state import Account, Market, Rejected
from kalshi_async.sandbox.reads.replica import Replica
from kalshi_async.sandbox.settings import Rules

_DAY_US = 86_400_000_000
# The upper bits of the second half of a UUID, RFC 9562 section 4.1.
_UUID_VARIANT = 0b10 << 62


class Venue:
    """State, clock and identities. Deterministic under a seed and a clock."""

    def __init__(self, clock: Clock, rules: Rules | None = None, *, seed: int = 0) -> None:
        self.clock = clock
        self.rules = rules or Rules()
        self.accounts: dict[str, Account] = {}
        self.markets: dict[str, Market] = {}
        self.shards: list[int] = list(self.rules.shards)
        self._books: dict[str, Book] = {}
        self._ledger = Ledger()
        self._agenda = Agenda()
        self._replica = Replica(self.rules.read_lag_ms * 1_000)
        self._random = random.Random(seed)
        self._id_prefix = _uuid_prefix(self._random)
        self._now_us = clock.now_ms() * 1_000
        self._last_stamp_us = 0
        self._trading: dict[int, bool] = dict.fromkeys(self.shards, True)
        self._running: dict[int, bool] = dict.fromkeys(self.shards, True)
        self.historical_cutoff_us = self._now_us - self.rules.live_window_days * _DAY_US

    def advance(self) -> None:
        """Run everything that is due by now; every other method does this first."""
        self._tick()

    def _tick(self) -> int:
        # Each action runs at its own due time, so that what it writes is dated honestly.
        now_us = self.clock.now_ms() * 1_000
        if now_us < self._now_us:
            now_us = self._now_us
        while self._agenda.next_due_us <= now_us:
            due_us, action = self._agenda.pop()
            self._now_us = max(self._now_us, due_us)
            action()
        self._now_us = now_us
        return now_us

    def _stamp_us(self) -> int:
        # The clock has milliseconds; the microseconds below count events within one, so
        # that "newest first" means something. A thousand events later they stop counting.
        stamp_us = self._last_stamp_us
        if stamp_us < self._now_us:
            stamp_us = self._now_us
        elif stamp_us < self._now_us + 999:
            stamp_us += 1
        self._last_stamp_us = stamp_us
        return stamp_us

    def _new_id(self) -> str:
        # Shaped like a random (version 4) UUID. Its first half is the same for the whole venue:
        # to draw and format that too would be a tenth of a create.
        tail = self._random.getrandbits(62) | _UUID_VARIANT
        return self._id_prefix + tail.to_bytes(8).hex("-", 6)

    def _account(self, account: Account) -> Account:
        # Callers may hold a lagging copy of the read side; changes go to the live one.
        return self.accounts[account.user_id]

    def _route(self, ticker: str | None, exchange_index: int | None) -> int:
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

    def _require_subaccount(self, account: Account, subaccount: int) -> None:
        # A subaccount that does not exist answers like a foreign one (contract §19).
        if not 0 <= subaccount <= account.subaccount_count:
            raise Rejected("not_found")

    def _holding(self, account: Account, subaccount: int, market: Market) -> Holding:
        # The look-up is repeated here because it is the most frequent call of all.
        holding = self._ledger.holdings.get((account.user_id, subaccount, market.ticker))
        if holding is None:
            holding = self._ledger.holding(account, subaccount, market.ticker, market.exchange_index)
        return holding

    def _precision_e6(self, account: Account) -> int:
        return self.rules.fcm_precision_e6 if account.is_fcm else self.rules.direct_precision_e6

    def _add_cash(self, account: Account, key: tuple[int, int], amount_e6: int) -> None:
        self._ledger.add_cash(account, key, amount_e6, self._now_us)
        self._show_cash(account, key)

    def _show_cash(self, account: Account, key: tuple[int, int]) -> None:
        if self._replica.lag_us:
            self._replica.cash(self._now_us, account, key, self._shown_cash_e6(account, key))

    def _shown_cash_e6(self, account: Account, key: tuple[int, int]) -> int:
        cash_e6 = account.cash_e6.get(key, 0)
        if self.rules.reserve_at_placement:
            cash_e6 -= self._ledger.wallet(account, *key).committed_e6
        return cash_e6

    def _replicate(self, account: Account, change: Callable[[Account], None]) -> None:
        self._replica.change(self._now_us, account.user_id, change)


def _uuid_prefix(source: random.Random) -> str:
    digits = f"{source.getrandbits(60):015x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:]}-"
