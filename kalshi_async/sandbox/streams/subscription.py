"""One subscription of a stream: its channel, its filter, and the number of its last frame."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kalshi_async.contract.frames.channels import Channel, Filter
from kalshi_async.sandbox.access.signature_check import ApiKey
from kalshi_async.sandbox.streams.commands import INDEX_FILTERS, Wanted

_WITH_MARKETS = (Filter.MARKETS, Filter.MARKETS_REQUIRED)


class Reader(Protocol):
    """The stream to which a subscription belongs."""

    @property
    def key(self) -> ApiKey:
        """The key that opened it."""
        ...

    def send(self, subscription: Subscription, kind: str, msg: object, *, command_id: int = 0) -> None:
        """Send a frame of a subscription's channel."""
        ...


@dataclass(slots=True, eq=False)
class Subscription:
    """A subscription. Its stream changes it, and no one else."""

    reader: Reader
    sid: int
    channel: Channel
    markets: dict[str, None] | None
    """The markets by ticker; None for all of them."""
    feeds: dict[str, None] = field(default_factory=dict)
    """Indices or underlyings."""
    shard: tuple[int, int] | None = None
    yes_scale: bool = False
    """Whether NO levels of a book are shown at their YES prices."""
    lists_markets: bool = True
    """Whether an ``ok`` lists the markets."""
    seq: int = 0
    """The number of the last frame that had one."""
    has_ended: bool = False
    """Whether nothing of its channel may be sent any more."""

    @classmethod
    def of(
        cls, reader: Reader, sid: int, channel: Channel, wanted: Wanted, markets: dict[str, None] | None
    ) -> Subscription:
        """Make the subscription of a command."""
        return cls(
            reader,
            sid,
            channel,
            markets if channel.filter in _WITH_MARKETS else None,
            dict.fromkeys(wanted.feeds if channel.filter in INDEX_FILTERS else ()),
            wanted.shard,
            wanted.use_yes_price,
            not wanted.skip_ticker_ack,
        )

    @property
    def takes_markets(self) -> bool:
        """Whether a command can name its markets."""
        return self.channel.filter in _WITH_MARKETS

    def takes(self, ticker: str) -> bool:
        """Tell whether it is about a market."""
        return self.markets is None or ticker in self.markets

    def takes_message(self, message: Mapping[str, object]) -> bool:
        """Tell whether a message of the operator is for it."""
        if self.channel.filter in INDEX_FILTERS:
            return message.get("index_id", message.get("underlying_ticker")) in self.feeds
        ticker = str(message.get("market_ticker", ""))
        if self.shard is not None:
            # ``settings.CHOICES``: ``message_shards``.
            factor, key = self.shard
            return zlib.crc32(ticker.encode()) % factor == key
        return self.takes(ticker)

    def next_seq(self) -> int:
        """Return the number of the next frame that has one."""
        self.seq += 1
        return self.seq
