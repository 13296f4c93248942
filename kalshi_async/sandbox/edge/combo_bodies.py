"""The request body of a new combo, and its legs as the exchange keeps them (OpenAPI 3.34.0, 2026-10-26)."""

from __future__ import annotations

from typing import Literal

import msgspec

from kalshi_async.sandbox.edge.parsing import one_of, require
from kalshi_async.sandbox.engine.combo import Leg

_SIDES: tuple[Literal["yes", "no"], ...] = ("yes", "no")


class TickerPair(msgspec.Struct):
    """One leg."""

    market_ticker: str | None = None
    event_ticker: str | None = None
    side: str | None = None

    def leg(self) -> Leg:
        """Return the leg, or raise ``Rejected``."""
        require(self, names=("market_ticker", "event_ticker", "side"))
        return Leg(self.market_ticker or "", self.event_ticker or "", one_of(self.side, _SIDES, "side"))


class CreateMarketInMultivariateEventCollectionRequest(msgspec.Struct):
    """POST /multivariate_event_collections/{collection_ticker}."""

    selected_markets: list[TickerPair] | None = None
    with_market_payload: bool | None = None

    def legs(self) -> list[Leg]:
        """Return the legs, or raise ``Rejected``."""
        require(self, names=("selected_markets",))
        return [pair.leg() for pair in self.selected_markets or ()]
