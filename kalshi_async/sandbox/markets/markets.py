"""Markets from their listing to their result: commands of the operator, and planned actions.

A closed market refuses every order operation; its resting orders are canceled a moment
later. Resting orders stay through a halt, but end with it: a market that is resumed has
an empty book (docs market_lifecycle, 2026-08). Determination fixes the result; when
the settlement timer has run, ``payout.py`` pays the positions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from types import MappingProxyType

from kalshi_async.contract.frames.market_data import MarketChange
from kalshi_async.contract.frames.private import UpdateReason
from kalshi_async.sandbox.engine.book import Book
from kalshi_async.sandbox.engine.combo import Leg, combo_cents
from kalshi_async.sandbox.engine.matching import Matching
from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4, Market, MarketState, SettlementBounds
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.fixed_point import Amount, exact_e4, price
from kalshi_async.sandbox.markets.fee_terms import FeeTerms
from kalshi_async.sandbox.markets.floors import Floors
from kalshi_async.sandbox.markets.grid import STRUCTURES, tradable_prices
from kalshi_async.sandbox.markets.payout import Payout
from kalshi_async.sandbox.settings import LISTED_FOR_S, LONGEST_TICKER

_SECOND_US = 1_000_000
_VALUE_CENTS = MappingProxyType({"yes": 100, "no": 0})
_RESULTS: Mapping[int, str] = MappingProxyType({100: "yes", 0: "no"})
_OPEN = (MarketState.ACTIVE, MarketState.INACTIVE)
_DECIDED = (MarketState.DETERMINED, MarketState.FINALIZED)

# Published tickers are upper-case letters, digits, "-", "." and "_" (docs, 2026-11-22). One with another
# letter could not be asked for: "/" ends it in a path, "," in a filter.
_TICKER = re.compile(rf"[A-Z0-9][A-Z0-9._-]{{0,{LONGEST_TICKER - 1}}}")


class Markets(Mapping[str, Market]):
    """All markets by ticker: a mapping for reading, and the methods of the operator.

    The methods raise ``KeyError`` for an unknown ticker and ``ValueError`` when misused.
    """

    def __init__(
        self, venue: Venue, matching: Matching, payout: Payout, fees: FeeTerms, floors: Floors
    ) -> None:
        self._venue = venue
        self._fees = fees
        self._matching = matching
        self._payout = payout
        self._floors = floors

    def __getitem__(self, ticker: str) -> Market:
        return self._venue.markets[ticker]

    def __iter__(self) -> Iterator[str]:
        return iter(self._venue.markets)

    def __len__(self) -> int:
        return len(self._venue.markets)

    def add(
        self,
        ticker: str,
        *,
        structure: str = "linear_cent",
        exchange_index: int = 0,
        fee_type: str | None = None,
        fee_multiplier: Decimal | None = None,
        close_in_s: int = LISTED_FOR_S,
        market_type: str = "binary",
        settlement_bounds: SettlementBounds = "default",
        legs: tuple[Leg, ...] = (),
        collection_ticker: str | None = None,
    ) -> Market:
        """List an active market; event and series are read off its ticker.

        ``structure``: a key of ``markets.grid.STRUCTURES``, the prices that it accepts.
        ``exchange_index``: its shard.
        ``fee_type``, ``fee_multiplier``: by default those of its event or series, "quadratic" and 1 in
        a new series. Others than those become the fees of all markets of its event.
        ``settlement_bounds``: "floor" for a market that can have a settlement floor, 0 at first.
        ``legs``, ``collection_ticker``: of a combo; ``Exchange.combos`` lists them.
        """
        now_us = self._venue.tick()
        self._refuse_listing(ticker, structure, exchange_index)
        market = Market(
            ticker=ticker,
            event_ticker=ticker.rpartition("-")[0] or ticker,
            series_ticker=ticker.partition("-")[0],
            exchange_index=exchange_index,
            price_level_structure=structure,
            price_ranges=list(STRUCTURES[structure]),
            prices_e4=tradable_prices(STRUCTURES[structure]),
            open_us=now_us,
            close_us=now_us + close_in_s * _SECOND_US,
            market_type=market_type,
            settlement_bounds=settlement_bounds,
            listed_us=now_us,
            updated_us=now_us,
            legs=legs,
            collection_ticker=collection_ticker,
        )
        self._fees.admit(market, fee_type, fee_multiplier)
        self._venue.markets[ticker] = market
        self._venue.books[ticker] = Book()
        self._plan_close(market)
        self._venue.events.market(market, MarketChange.CREATED)
        return market

    def pause(self, ticker: str) -> None:
        """Halt a market: placing answers 409, cancels work."""
        now_us = self._venue.tick()
        market = self[ticker]
        if market.state is not MarketState.ACTIVE:
            raise ValueError(f"only an active market can be paused, {ticker} is {market.state.value}")
        market.state, market.updated_us = MarketState.INACTIVE, now_us
        self._venue.events.market(market, MarketChange.DEACTIVATED)

    def resume(self, ticker: str) -> None:
        """End the halt of a market; every resting order is canceled."""
        now_us = self._venue.tick()
        market = self[ticker]
        if market.state is not MarketState.INACTIVE:
            raise ValueError(f"only an inactive market can resume, {ticker} is {market.state.value}")
        self._matching.cancel_market(ticker, UpdateReason.HALT_CANCEL)
        market.state, market.updated_us = MarketState.ACTIVE, now_us
        self._venue.events.market(market, MarketChange.ACTIVATED)

    def close(self, ticker: str, *, in_s: int = 0) -> None:
        """Set another closing time; a time ahead opens a closed market again."""
        now_us = self._venue.tick()
        market = self[ticker]
        market.close_us, market.updated_us = now_us + in_s * _SECOND_US, now_us
        if market.state is MarketState.CLOSED and in_s > 0:
            market.state = MarketState.ACTIVE
        self._plan_close(market)
        self._venue.events.market(market, MarketChange.CLOSE_DATE_UPDATED)
        self._venue.tick()

    def set_floor(self, ticker: str, floor: Amount) -> None:
        """Raise or lower the settlement floor of an undecided market of that kind, in dollars below 1."""
        self._venue.tick()
        market, floor_e4 = self[ticker], exact_e4(floor)
        if market.settlement_bounds != "floor" or market.state in _DECIDED:
            raise ValueError(
                f"only an undecided market with settlement bounds has a floor, "
                f"{ticker} is {market.state.value} and of the type {market.settlement_bounds}"
            )
        if not 0 <= floor_e4 < ONE_DOLLAR_E4:
            raise ValueError(f"a settlement floor must be at least 0 and below 1 dollar, was {floor}")
        if floor_e4 != market.floor_e4:
            self._floors.change(market, floor_e4)

    def determine(self, ticker: str, result: str | int) -> None:
        """Fix the result: "yes", "no", or cents per YES contract; the timer pays out."""
        now_us = self._venue.tick()
        market = self[ticker]
        if market.state in _DECIDED:
            raise ValueError(f"{ticker} is {market.state.value} already")
        value_cents = _VALUE_CENTS.get(result, -1) if isinstance(result, str) else result
        if not 0 <= value_cents <= 100:
            raise ValueError(f'result must be "yes", "no" or 0 to 100 cents, was {result!r}')
        if value_cents * 100 < market.floor_e4:
            raise ValueError(f"{ticker} pays YES at least {price(market.floor_e4)}, was {result!r}")
        self._matching.cancel_market(ticker, UpdateReason.CLOSE_CANCEL)
        market.close_us = min(market.close_us, now_us)
        market.state = MarketState.DETERMINED
        market.result = result if isinstance(result, str) else "scalar"
        market.settlement_value_cents = value_cents
        market.determined_us = market.updated_us = now_us
        self._venue.events.market(market, MarketChange.DETERMINED)
        due_us = now_us + market.settlement_timer_s * _SECOND_US
        self._venue.agenda.at(due_us, partial(self._payout.pay_out, market))
        self._decide_combos(market)

    def settle(self, ticker: str, result: str | int) -> None:
        """Determine the result and pay out at once, without the settlement timer."""
        self.determine(ticker, result)
        self._payout.pay_out(self[ticker])

    def _decide_combos(self, leg: Market) -> None:
        for combo in [market for market in self.values() if market.legs and market.state not in _DECIDED]:
            if any(part.market_ticker == leg.ticker for part in combo.legs):
                cents = combo_cents([self._paid(part) for part in combo.legs])
                if cents is not None:
                    self.determine(combo.ticker, _RESULTS.get(cents, cents))

    def _paid(self, leg: Leg) -> int | None:
        yes_cents = self[leg.market_ticker].settlement_value_cents
        return None if yes_cents is None else leg.cents(yes_cents)

    def _refuse_listing(self, ticker: str, structure: str, exchange_index: int) -> None:
        shards = self._venue.shards
        if _TICKER.fullmatch(ticker) is None:
            raise ValueError(f"a ticker has 1 to {LONGEST_TICKER} of A-Z, 0-9, - . and _, was {ticker!r}")
        if ticker in self:
            raise ValueError(f"tickers must be unique, {ticker!r} exists")
        if structure not in STRUCTURES:
            raise ValueError(f"structure must be one of {', '.join(STRUCTURES)}, was {structure!r}")
        if exchange_index not in shards:
            raise ValueError(f"exchange_index must be one of {shards}, was {exchange_index}")

    def _plan_close(self, market: Market) -> None:
        self._venue.agenda.at(market.close_us, partial(self._close, market, market.close_us))

    def _close(self, market: Market, close_us: int) -> None:
        # The closing time may have moved since this was planned.
        if market.close_us != close_us or market.state not in _OPEN:
            return
        market.state, market.updated_us = MarketState.CLOSED, self._venue.now_us
        sweep_us = close_us + self._venue.rules.sweep_delay_ms * 1_000
        self._venue.agenda.at(max(sweep_us, self._venue.now_us), partial(self._sweep, market))

    def _sweep(self, market: Market) -> None:
        # The market may have been opened again since this was planned.
        if market.state is not MarketState.ACTIVE:
            self._matching.cancel_market(market.ticker, UpdateReason.CLOSE_CANCEL)
