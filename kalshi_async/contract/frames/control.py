"""Commands to the exchange, its acknowledgements, and its errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import msgspec

from kalshi_async.contract.fields import JsonValue, ReplyStruct


class Subscribed(ReplyStruct, frozen=True, kw_only=True):
    """A subscription was made; it comes before its data."""

    channel: str
    """Name of the channel."""
    sid: int
    """Id of the subscription on this connection, from 1."""


class StreamErrorMessage(ReplyStruct, frozen=True, kw_only=True):
    """An error of a command or of a subscription; ``ERRORS`` explains the codes."""

    code: int
    """Number of the error."""
    msg: str = ""
    """The exchange's text."""
    market_ticker: str | None = None
    """The market that was refused, if it was one."""
    market_tickers: list[str] | None = None
    """The markets that were refused, if they were several."""

    @property
    def markets(self) -> frozenset[str]:
        """All markets that the error names."""
        return frozenset(
            (*(self.market_tickers or ()), *((self.market_ticker,) if self.market_ticker else ()))
        )


class Command(msgspec.Struct, frozen=True, omit_defaults=True):
    """A command to the exchange."""

    id: int
    """Number of the command on this connection, from 1; its answer repeats it."""
    cmd: str
    """``subscribe``, ``update_subscription``, ``unsubscribe`` or ``list_subscriptions``."""
    params: dict[str, JsonValue] | None = None
    """Arguments of the command."""


class AfterError(Enum):
    """What follows from an error of the exchange."""

    SUBSCRIBE_AGAIN = "subscribe again"
    """The subscription has ended, and what was sent since the last frame is lost."""
    SEND_AGAIN = "send again"
    """The command had no effect, for a reason that passes."""
    REFUSED = "refused"
    """The command had no effect and would have none if it were sent again."""


@dataclass(frozen=True, slots=True)
class StreamErrorCode:
    """An error of the exchange, and what to do about it."""

    text: str
    """The exchange's text."""
    after: AfterError = AfterError.REFUSED
    """What follows from it."""
    advice: str = ""
    """What to do next, for a person."""


_AGAIN, _ANEW = AfterError.SEND_AGAIN, AfterError.SUBSCRIBE_AGAIN

ERRORS: dict[int, StreamErrorCode] = {
    1: StreamErrorCode("Unable to process message"),
    2: StreamErrorCode("Params required"),
    3: StreamErrorCode("Channels required"),
    4: StreamErrorCode("Subscription IDs required"),
    5: StreamErrorCode("Unknown command"),
    6: StreamErrorCode("Already subscribed", advice="the code is retired"),
    7: StreamErrorCode("Unknown subscription ID"),
    8: StreamErrorCode("Unknown channel name", advice="look for a newer version of kalshi_async"),
    9: StreamErrorCode("Authentication required", advice="the key may not read this channel"),
    10: StreamErrorCode("Channel error", _ANEW),
    11: StreamErrorCode("Invalid parameter"),
    12: StreamErrorCode("Exactly one subscription ID is required"),
    13: StreamErrorCode("Unsupported action"),
    14: StreamErrorCode("Market Ticker required", advice="name the markets"),
    15: StreamErrorCode("Action required"),
    16: StreamErrorCode("Market not found", advice="the code is retired; look at the ticker"),
    17: StreamErrorCode("Internal error", _ANEW, "the code is retired"),
    18: StreamErrorCode("Command timeout", _AGAIN),
    19: StreamErrorCode("Shard factor required"),
    20: StreamErrorCode("Invalid shard factor"),
    21: StreamErrorCode("Shard key required"),
    22: StreamErrorCode("Invalid shard key"),
    23: StreamErrorCode("Match IDs required"),
    24: StreamErrorCode("Index IDs required", advice="name the indices"),
    25: StreamErrorCode("Subscription buffer overflow", _ANEW, "this program reads too slowly"),
    26: StreamErrorCode("Subscription market limit exceeded", advice="name fewer markets"),
    27: StreamErrorCode("Too many requests", _AGAIN),
    28: StreamErrorCode("Underlying tickers required", advice="name the feeds"),
}
"""The errors of the exchange by code. AsyncAPI of 2026-10-26; 6, 16 and 17 are of 2026-08 and retired.

10 and 25 end the subscription; 17 did, while it was in use. The texts of 19 to 22 are ours.
"""


UNKNOWN_SID, OVERFLOW = 7, 25
"""Codes on which the client acts by itself."""


def after_error(code: int) -> AfterError:
    """Return what follows from a code; an unknown one is a refusal."""
    known = ERRORS.get(code)
    return AfterError.REFUSED if known is None else known.after
