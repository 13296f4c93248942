"""The channels of the stream as data: what each delivers, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kalshi_async.contract.fields import ReplyStruct
from kalshi_async.contract.frames import communications as rfq
from kalshi_async.contract.frames.index_feeds import CfBenchmarks5HzEvent, CfBenchmarksEvent, PythEvent
from kalshi_async.contract.frames.market_data import (
    BookDeltaEvent,
    BookSnapshotEvent,
    EventCreatedEvent,
    EventFeeEvent,
    MarketEvent,
    TickerEvent,
    TradeEvent,
)
from kalshi_async.contract.frames.private import FillEvent, GroupEvent, OrderEvent, PositionEvent


class Delivery(Enum):
    """What may happen to the events of a channel when a reader is slow."""

    FACTS = "facts"
    """All are kept; a reader that is too far behind ends with SlowConsumer."""
    STATES = "states"
    """The newest of each market replaces an older one that has not been read."""
    FLOW = "flow"
    """The oldest go first, and the reader is told how many."""


class Filter(Enum):
    """How a subscription names what it is about."""

    MARKETS = "market_tickers"
    """Markets may be named; without any, all markets are meant."""
    MARKETS_REQUIRED = "market_tickers required"
    """Markets must be named."""
    INDICES = "index_ids"
    """Indices must be named."""
    UNDERLYINGS = "underlying_tickers"
    """Feeds must be named."""
    NONE = ""
    """Nothing can be named."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel: the types of its frames, and how its events are delivered."""

    name: str
    """Name in commands."""
    frames: dict[str, type[ReplyStruct]]
    """Type of a frame -> its event."""
    delivery: Delivery
    """What happens when a reader is slow."""
    is_sequenced: bool
    """Whether each frame has a sequence number (update of 2026-11-28: required there, absent elsewhere)."""
    is_private: bool = False
    """Whether it is about the account: such frames are handed out before others of the same read."""
    filter: Filter = Filter.MARKETS
    """How a subscription names what it is about."""
    key: str = "market_ticker"
    """Field of the events by which readers filter, and by which a newer state replaces an older one."""


CHANNELS: dict[str, Channel] = {
    channel.name: channel
    for channel in (
        Channel("user_orders", {"user_order": OrderEvent}, Delivery.FACTS, False, True, key="ticker"),
        Channel("fill", {"fill": FillEvent}, Delivery.FACTS, False, True),
        Channel("market_positions", {"market_position": PositionEvent}, Delivery.STATES, False, True),
        Channel(
            "order_group_updates",
            {"order_group_updates": GroupEvent},
            Delivery.FACTS,
            True,
            True,
            Filter.NONE,
            "",
        ),
        Channel(
            "communications",
            {
                "rfq_created": rfq.RfqCreated,
                "rfq_deleted": rfq.RfqDeleted,
                "quote_created": rfq.QuoteCreated,
                "quote_accepted": rfq.QuoteAccepted,
                "quote_executed": rfq.QuoteExecuted,
                "rfq_batch_created": rfq.RfqBatchCreated,
                "rfq_batch_deleted": rfq.RfqBatchDeleted,
                "batch_quote_created": rfq.BatchQuoteCreated,
                "rfq_batch_best_quotes": rfq.RfqBatchBestQuotes,
                "batch_quote_accepted": rfq.BatchQuoteAccepted,
                "rfq_batch_executed": rfq.RfqBatchExecuted,
                "batch_quote_executed": rfq.BatchQuoteExecuted,
            },
            Delivery.FLOW,
            True,
            True,
            Filter.NONE,
            "",
        ),
        Channel(
            "orderbook_delta",
            {"orderbook_snapshot": BookSnapshotEvent, "orderbook_delta": BookDeltaEvent},
            Delivery.FACTS,
            True,
            filter=Filter.MARKETS_REQUIRED,
        ),
        Channel("ticker", {"ticker": TickerEvent}, Delivery.STATES, False),
        Channel("trade", {"trade": TradeEvent}, Delivery.FLOW, True),
        Channel(
            "market_lifecycle_v2",
            {
                "market_lifecycle_v2": MarketEvent,
                "event_lifecycle": EventCreatedEvent,
                "event_fee_update": EventFeeEvent,
            },
            Delivery.FACTS,
            True,
            filter=Filter.NONE,
            key="",
        ),
        Channel(
            "multivariate_market_lifecycle",
            {"multivariate_market_lifecycle": MarketEvent},
            Delivery.FACTS,
            True,
            filter=Filter.NONE,
            key="",
        ),
        Channel(
            "cfbenchmarks_value",
            {"cfbenchmarks_value": CfBenchmarksEvent},
            Delivery.STATES,
            True,
            filter=Filter.INDICES,
            key="index_id",
        ),
        Channel(
            "cfbenchmarks_value_5hz",
            {"cfbenchmarks_value_5hz": CfBenchmarks5HzEvent},
            Delivery.STATES,
            True,
            filter=Filter.INDICES,
            key="index_id",
        ),
        Channel(
            "pyth_value",
            {"pyth_value": PythEvent},
            Delivery.STATES,
            True,
            filter=Filter.UNDERLYINGS,
            key="underlying_ticker",
        ),
    )
}
"""The channels by name. AsyncAPI of 2026-10-26."""

CHANNEL_OF: dict[str, str] = {kind: channel.name for channel in CHANNELS.values() for kind in channel.frames}
"""Type of a frame -> name of its channel."""
