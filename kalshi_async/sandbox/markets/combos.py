"""Multivariate event collections, and the combos that members make in them.

A combo is a market like any other, on the shard of combos. Its legs decide it: ``markets.py``
determines it with the market of the last leg that matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kalshi_async.sandbox.engine.combo import Leg
from kalshi_async.sandbox.engine.state import Market, MarketState, Rejected
from kalshi_async.sandbox.engine.venue import Venue
from kalshi_async.sandbox.markets.markets import Markets
from kalshi_async.sandbox.settings import COMBO_LEGS, LISTED_FOR_S

_SECOND_US = 1_000_000
# Docs exchange_sharding (2026-08): combos, whose tickers begin so, trade on shard 1.
_PREFIX = "KXMVE"
_COMBO_SHARD = 1


@dataclass(frozen=True, slots=True)
class Collection:
    """The events of whose markets combos are made, and how; open from ``open_us`` to ``close_us``."""

    ticker: str
    series_ticker: str
    event_tickers: tuple[str, ...]
    open_us: int
    close_us: int
    exchange_index: int
    size_min: int
    size_max: int
    is_single_market_per_event: bool
    is_all_yes: bool


class Combos:
    """All collections by ticker, and the commands on them."""

    def __init__(self, venue: Venue, markets: Markets) -> None:
        self._venue = venue
        self._markets = markets
        self.collections: dict[str, Collection] = {}
        self._made: dict[tuple[str, tuple[Leg, ...]], Market] = {}

    def add(
        self,
        ticker: str,
        event_tickers: Sequence[str],
        *,
        size_min: int = COMBO_LEGS[0],
        size_max: int = COMBO_LEGS[1],
        is_single_market_per_event: bool = True,
        is_all_yes: bool = False,
        open_for_s: int = LISTED_FOR_S,
    ) -> Collection:
        """Open a collection of some events; its series is the part of ``ticker`` before the first "-".

        Raises ValueError for a ticker that is taken or no combo's, and an event without a market.
        """
        now_us = self._venue.tick()
        if not ticker.startswith(_PREFIX):
            raise ValueError(f"the ticker of a collection begins with {_PREFIX}, was {ticker!r}")
        known = {market.event_ticker for market in self._markets.values()}
        unknown = [event_ticker for event_ticker in event_tickers if event_ticker not in known]
        if ticker in self.collections or unknown or not event_tickers:
            raise ValueError(f"collection {ticker!r} exists, has no event, or an unknown one: {unknown}")
        shard = _COMBO_SHARD if _COMBO_SHARD in self._venue.shards else self._venue.shards[0]
        collection = Collection(
            ticker=ticker,
            series_ticker=ticker.partition("-")[0],
            event_tickers=tuple(event_tickers),
            open_us=now_us,
            close_us=now_us + open_for_s * _SECOND_US,
            exchange_index=shard,
            size_min=size_min,
            size_max=size_max,
            is_single_market_per_event=is_single_market_per_event,
            is_all_yes=is_all_yes,
        )
        self.collections[ticker] = collection
        return collection

    def create(self, collection_ticker: str, legs: Sequence[Leg]) -> Market:
        """Return the market of some legs, listed now or before. Raises ``Rejected``.

        ``settings.CHOICES``: ``combo_refusals``, ``combo_limit``, ``combo_order``.
        """
        now_us = self._venue.tick()
        collection = self.collections.get(collection_ticker)
        if collection is None:
            raise Rejected("not_found")
        if not collection.open_us <= now_us < collection.close_us:
            raise Rejected("invalid_parameters", f"{collection_ticker} is not open")
        self._refuse_legs(collection, legs)
        key = (collection_ticker, tuple(sorted(legs)))
        if key not in self._made:
            self._made[key] = self._list(collection, key[1])
        return self._made[key]

    def _list(self, collection: Collection, legs: tuple[Leg, ...]) -> Market:
        closes_us = min(self._markets[leg.market_ticker].close_us for leg in legs)
        return self._markets.add(
            f"{collection.series_ticker}-S{len(self._made) + 1}-C{len(legs)}",
            exchange_index=collection.exchange_index,
            close_in_s=(closes_us - self._venue.now_us) // _SECOND_US,
            legs=legs,
            collection_ticker=collection.ticker,
        )

    def _refuse_legs(self, collection: Collection, legs: Sequence[Leg]) -> None:
        if not collection.size_min <= len(legs) <= collection.size_max:
            bounds = f"{collection.size_min} to {collection.size_max}"
            raise Rejected("invalid_parameters", f"a combo has {bounds} legs, was given {len(legs)}")
        for leg in legs:
            market = self._markets.get(leg.market_ticker)
            if market is None or market.event_ticker != leg.event_ticker:
                raise Rejected("market_not_found")
            if leg.event_ticker not in collection.event_tickers:
                raise Rejected("invalid_parameters", f"{leg.event_ticker} is not in {collection.ticker}")
            if market.state is not MarketState.ACTIVE:
                raise Rejected("invalid_parameters", f"{leg.market_ticker} is {market.state.value}")
            if collection.is_all_yes and leg.side == "no":
                raise Rejected("invalid_parameters", f"{collection.ticker} has YES legs alone")
        events = [leg.event_ticker for leg in legs]
        if len({leg.market_ticker for leg in legs}) < len(legs):
            raise Rejected("invalid_parameters", "a market is a leg twice")
        if collection.is_single_market_per_event and len(set(events)) < len(events):
            raise Rejected("invalid_parameters", f"{collection.ticker} has one leg of an event at most")
