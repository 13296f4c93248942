"""Frames of a replay: what is read of a recorded one, and those that the recording does not have."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from kalshi_async.contract.fields import JsonValue
from kalshi_async.contract.frames.control import Command
from kalshi_async.streams.books.ladder import Ladder, contracts, dollars

Key: TypeAlias = tuple[str, bytes]
"""A channel, and the settings of its subscription in one spelling."""

_NAMES = ("market_tickers", "market_ticker", "index_ids", "underlying_tickers")

encode = msgspec.json.Encoder().encode
_in_one_spelling = msgspec.json.Encoder(order="sorted").encode
_envelope = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Head(msgspec.Struct):
    """The envelope of a frame."""

    type: str = ""
    sid: int = 0
    seq: int = 0
    id: int = 0


class _Names(msgspec.Struct, frozen=True):
    """Where the market stands in what a channel tells."""

    market_ticker: str = ""
    ticker: str = ""
    index_id: str = ""
    underlying_ticker: str = ""


class _Named(msgspec.Struct):
    msg: _Names = _Names()


head_of = msgspec.json.Decoder(Head).decode
_named = msgspec.json.Decoder(_Named).decode


# What a command says.


def settings_key(channel: str, settings: dict[str, JsonValue]) -> Key:
    """Return what tells a subscription from others."""
    return channel, _in_one_spelling(settings)


def key_of(command: Command, channel: str) -> Key:
    """Return the subscription that a command asks for."""
    named = ("channels", *_NAMES)
    params = command.params or {}
    return settings_key(channel, {name: value for name, value in params.items() if name not in named})


def markets_of(command: Command) -> set[str] | None:
    """Return the markets, indices or feeds that a command names; None without any."""
    return {each for name in _NAMES for each in strings(command, name)} or None


def strings(command: Command, name: str) -> list[str]:
    """Return an argument that is a list of texts, or a text."""
    value = (command.params or {}).get(name)
    rows = value if isinstance(value, list) else [value]
    return [each for each in rows if isinstance(each, str)]


def sid_of(command: Command) -> int:
    """Return the subscription that a command names; 0 without one."""
    value = (command.params or {}).get("sids")
    return value[0] if isinstance(value, list) and value and isinstance(value[0], int) else 0


# What a frame says.


def market_of(data: bytes) -> str:
    """Return the market, index or feed that an event is about; empty without one."""
    try:
        names = _named(data).msg
    except msgspec.DecodeError:
        return ""
    return names.market_ticker or names.ticker or names.index_id or names.underlying_ticker


def renamed(data: bytes, sid: int, seq: int) -> bytes:
    """Return a frame with another id and number, the rest as it is."""
    envelope = _envelope(data)
    envelope["sid"] = msgspec.Raw(b"%d" % sid)
    if seq:
        envelope["seq"] = msgspec.Raw(b"%d" % seq)
    return encode(envelope)


# Frames of our own.


def snapshot(market: str, ladder: Ladder, number: int) -> bytes:
    """Return the book of a market, as the answer to a command or without one."""
    sides = {"yes_dollars_fp": ladder.bids, "no_dollars_fp": ladder.asks}
    msg: dict[str, JsonValue] = {"market_ticker": market}
    for name, levels in sides.items():
        msg[name] = [(str(dollars(price)), str(contracts(count))) for price, count in sorted(levels.items())]
    if ladder.clock is not None:
        msg["clock"] = ladder.clock
    return encode({"type": "orderbook_snapshot", **({"id": number} if number else {}), "msg": msg})


def error(number: int, code: int, sid: int = 0, markets: set[str] | None = None) -> bytes:
    """Return the refusal of a command, or the end of a subscription."""
    msg: dict[str, JsonValue] = {"code": code, "msg": "not in the recording"}
    if markets:
        msg["market_tickers"] = sorted(markets)
    ids = {"id": number, "sid": sid}
    return encode({"type": "error", **{name: value for name, value in ids.items() if value}, "msg": msg})
