"""session.fees: what an order would be charged.

``kalshi_async.requests.fees`` has the arithmetic, ``fee_terms`` beside it the terms over time. Here
both are fed with what the exchange says of a market, its event and its series.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from kalshi_async.calls.context import Context
from kalshi_async.contract.events import GET_EVENT, GET_EVENT_FEE_CHANGES
from kalshi_async.contract.fields import BookSide
from kalshi_async.contract.markets import GET_MARKET
from kalshi_async.contract.series import GET_SERIES, GET_SERIES_FEE_CHANGES
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.fee_terms import EventTerms, FeeSchedule, MarketTerms, series_schedule, terms_at
from kalshi_async.requests.fees import (
    CENT,
    FeeQuote,
    checked_cut,
    checked_precision,
    factor_of,
    fee_quote,
)
from kalshi_async.requests.validation import (
    Number,
    checked_count,
    checked_price,
    checked_ticker,
    checked_word,
    shown,
)


class Fees:
    """The fees of orders, computed from the exchange's published formulas and its terms of the day."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    async def quote(
        self,
        ticker: str,
        side: BookSide | Literal["bid", "ask"],
        price: Number,
        count: Number,
        *,
        maker: bool,
        precision: Number | None = None,
        fills: int | Sequence[Number] = 1,
    ) -> FeeQuote:
        """Return what an order would be charged if it filled now; an estimate, no order is sent.

        * ``price``: the YES price at which it fills, in dollars, also of an ask. For ``most`` it is the
          limit: an order that takes may fill at better prices, where the fee may be higher.
        * ``maker``: whether the order rests and is taken. An order that does both pays no more than
          ``most`` of one that takes all of it.
        * ``fills``: how the order is cut, for ``charged``: the counts of its fills in their order, or a
          number of fills, as equal as hundredths of a contract allow, the larger ones first.
        * ``precision``: the unit of the account's cash, $0.0001 or $0.01. None takes that which this
          session has observed: $0.0001 once ``portfolio.balance`` has shown broken cents, or
          ``fills.list`` a fill of whole contracts that cost such an amount; $0.01 before.

        While the market's fees are waived ``model`` is 0, and ``most`` is as if they were not.
        Raises FeeUnknown if the fee type of the series, or of the event, has no published formula.

        Reads the market, its event and its series, and the fee changes of both: five reads of 10 read
        tokens each, of which other quotes need fewer. They are read again after ten minutes; in between
        a quote sends nothing, and planned changes take effect in time.
        """
        checked_side = checked_word("side", side, BookSide)
        checked_limit, checked_total = checked_price(price), checked_count(count)
        cut = checked_cut(checked_total, fills)
        unit = self._precision(precision)
        if maker is not True and maker is not False:
            raise InvalidRequest(f"maker must be True or False, was {shown(maker)}")
        terms = _Terms(self._context.as_one_call())
        market = await terms.market(checked_ticker(ticker))
        event = await terms.event(market.event_ticker)
        series = await terms.series(event.series_ticker)
        now_ms = self._context.pipeline.skew.now_ms()
        factor = factor_of(*terms_at(now_ms, event, series), maker=maker)
        quote = fee_quote(
            checked_side,
            checked_limit,
            cut,
            factor=factor,
            maker=maker,
            precision=unit,
            grid_e4=market.grid_e4,
        )
        if now_ms >= market.waived_ms:
            return quote
        free = fee_quote(checked_side, checked_limit, cut, factor=Decimal(0), maker=maker, precision=unit)
        return FeeQuote(free.model, free.charged, quote.most)

    def _precision(self, given: Number | None) -> Decimal:
        return self._context.fees.precision or CENT if given is None else checked_precision(given)


class _Terms:
    """Reads the terms of one quote, as far as they are not known.

    Changes are read before the row that they change: so none falls between the two.
    """

    __slots__ = ("_clock", "_context", "_known", "_now_ms")

    def __init__(self, context: Context) -> None:
        self._context, self._known = context, context.fees
        self._clock, self._now_ms = context.pipeline.clock.monotonic, context.pipeline.skew.now_ms

    async def market(self, ticker: str) -> MarketTerms:
        """Return what the fees of a market depend on."""
        known = self._known.markets.get(ticker, self._clock())
        if known is not None:
            return known
        reply = await self._context.call(GET_MARKET, path={"ticker": ticker})
        return self._known.markets.put(ticker, MarketTerms.of(reply.market), self._clock())

    async def event(self, event_ticker: str) -> EventTerms:
        """Return what an event has in place of its series' terms."""
        known = self._known.events.get(event_ticker, self._clock())
        if known is not None:
            return known
        read_ms = self._now_ms()
        listing = self._context.paginate(GET_EVENT_FEE_CHANGES, {"event_ticker": event_ticker})
        changes = await listing.collect()
        reply = await self._context.call(GET_EVENT, path={"event_ticker": event_ticker})
        terms = EventTerms.of(reply.event, changes, read_ms)
        return self._known.events.put(event_ticker, terms, self._clock())

    async def series(self, series_ticker: str) -> FeeSchedule:
        """Return the terms of a series."""
        known = self._known.series.get(series_ticker, self._clock())
        if known is not None:
            return known
        read_ms = self._now_ms()
        changes = await self._context.call(GET_SERIES_FEE_CHANGES, query={"series_ticker": series_ticker})
        reply = await self._context.call(GET_SERIES, path={"series_ticker": series_ticker})
        schedule = series_schedule(reply.series, changes.rows or (), read_ms)
        return self._known.series.put(series_ticker, schedule, self._clock())
