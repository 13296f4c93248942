"""The legs of a combo, and the request that makes it tradable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from kalshi_async.contract.fields import OutcomeSide
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests._fields import set_fields
from kalshi_async.requests.validation import checked_items, checked_request, checked_ticker, checked_word


@dataclass(frozen=True, slots=True, init=False)
class ComboLeg:
    """One leg of a combo: a market, and the side on which the leg wins."""

    market_ticker: str
    """Ticker of the market."""
    event_ticker: str
    """Ticker of its event."""
    side: OutcomeSide
    """Outcome on which the leg wins."""

    def __init__(self, market_ticker: str, event_ticker: str, side: OutcomeSide | str) -> None:
        """Check the tickers, and that ``side`` is "yes" or "no"."""
        set_fields(
            self,
            market_ticker=checked_ticker(market_ticker, "market_ticker"),
            event_ticker=checked_ticker(event_ticker, "event_ticker"),
            side=checked_word("side", side, OutcomeSide),
        )


@dataclass(frozen=True, slots=True, init=False)
class NewCombo:
    """Body of POST /multivariate_event_collections/{collection_ticker}."""

    selected_markets: tuple[ComboLeg, ...]
    """The legs."""
    with_market_payload: bool | UnsetType
    """Whether the answer has the whole market; UNSET is False."""

    def __init__(
        self, selected_markets: Sequence[ComboLeg], *, with_market_payload: bool | None = None
    ) -> None:
        """Check that there is a leg, and that no market is a leg twice."""
        legs = tuple(
            checked_request("selected_markets", leg, ComboLeg)
            for leg in checked_items("selected_markets", selected_markets)
        )
        tickers = [leg.market_ticker for leg in legs]
        twice = next((ticker for ticker in tickers if tickers.count(ticker) > 1), None)
        if not legs or twice is not None:
            reason = "must not be empty" if twice is None else f"has two legs on {twice}"
            raise InvalidRequest(f"selected_markets {reason}")
        set_fields(
            self,
            selected_markets=legs,
            with_market_payload=UNSET if with_market_payload is None else bool(with_market_payload),
        )
