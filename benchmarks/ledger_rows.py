"""Measure the memory of one row of the embedded exchange's ledger, with tracemalloc.

The result is the same in every run of one Python version. It includes the record, its
identifiers and its entries in the indexes, which grow in steps.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from kalshi_async.sandbox.engine.state import Account, Side, TimeInForce
from kalshi_async.sandbox.exchange import Exchange, NewOrder, Rules

TICKER = "KXHIGHNY-26NOV23-B52.5"
ROWS = 20_000
GTC: TimeInForce = "good_till_canceled"
IOC: TimeInForce = "immediate_or_cancel"


class _TickingClock:
    # Every reading moves the time by 10 ms, so that the lagging copy is only a few rows behind.

    def __init__(self) -> None:
        self._now_ms = 1_795_348_800_000

    def now_ms(self) -> int:
        self._now_ms += 10
        return self._now_ms

    def monotonic(self) -> float:
        return self._now_ms / 1_000

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError("nothing waits here")


@dataclass(frozen=True, slots=True)
class _Market:
    exchange: Exchange
    maker: Account
    taker: Account

    def place(
        self, account: Account, number: int, side: Side, count_e2: int, time_in_force: TimeInForce
    ) -> None:
        client_order_id = f"row-{account.name}-{number:030d}"
        order = NewOrder(
            TICKER, side, count_e2, 5_000, time_in_force, "taker_at_cross", client_order_id=client_order_id
        )
        self.exchange.orders.create(account, order)

    def rest(self) -> None:
        for number in range(ROWS):
            self.place(self.maker, number, "bid", 100, GTC)

    def take(self) -> None:
        for number in range(ROWS):
            self.place(self.taker, number, "bid", 100, IOC)


def bytes_per_row(read_lag_ms: int = 0) -> dict[str, float]:
    """Return the bytes per resting order, per finished order, and per fill.

    With a read lag, the exchange keeps a second copy of the ledger for reads.
    """
    resting = _growth(_market(read_lag_ms), _Market.rest) / ROWS
    # Without a counterparty, these immediate-or-cancel orders end canceled.
    finished = _growth(_market(read_lag_ms), _Market.take) / ROWS
    matched = _market(read_lag_ms)
    matched.place(matched.maker, 0, "ask", 100 * ROWS, GTC)
    # With one, each fills at once and adds two fills: one of the maker, one of the taker.
    with_two_fills = _growth(matched, _Market.take) / ROWS
    return {"resting order": resting, "finished order": finished, "fill": (with_two_fills - finished) / 2}


def _market(read_lag_ms: int) -> _Market:
    exchange = Exchange(_TickingClock(), Rules(read_lag_ms=read_lag_ms), seed=1)
    exchange.markets.add(TICKER)
    maker, taker = (exchange.accounts.open(name, cash=Decimal(10**9)) for name in ("maker", "taker"))
    return _Market(exchange, maker, taker)


def _growth(market: _Market, trade: Callable[[_Market], None]) -> int:
    gc.collect()
    tracemalloc.start()
    try:
        trade(market)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
