"""Commands of a client: from the bytes to what is wanted, or to the error that refuses it.

These functions know no markets and no subscriptions; ``Stream`` carries out what they return.
Source of the codes: AsyncAPI of 2026-10-26 (``contract.frames.control.ERRORS``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from kalshi_async.contract.frames.channels import CHANNELS, Channel, Filter
from kalshi_async.sandbox.settings import MOST_MESSAGE_SHARDS

COMMANDS = ("subscribe", "unsubscribe", "update_subscription", "list_subscriptions")
"""Every command."""

INDEX_FILTERS: Mapping[Filter, tuple[str, int]] = MappingProxyType(
    {Filter.INDICES: ("index_ids", 24), Filter.UNDERLYINGS: ("underlying_tickers", 28)}
)
"""Filter of an index feed -> the parameter that names its feeds, and the error where it is missing.

Docs: AsyncAPI of 2026-10-26.
"""


class Refused(Exception):
    """A command is refused with an error code; ``markets`` are those that are to blame."""

    def __init__(self, code: int, markets: tuple[str, ...] = (), *, command_id: int = 0) -> None:
        super().__init__(f"error {code}")
        self.code = code
        self.markets = markets
        self.command_id = command_id


@dataclass(frozen=True, slots=True)
class Command:
    """A command whose envelope is in order."""

    id: int
    cmd: str
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The arguments of a ``subscribe``."""

    channels: tuple[Channel, ...]
    markets: Markets
    feeds: tuple[str, ...]
    """Indices or underlyings."""
    shard: tuple[int, int] | None
    """(factor, key) of ``communications``."""
    use_yes_price: bool
    skip_ticker_ack: bool
    send_initial_snapshot: bool


@dataclass(frozen=True, slots=True)
class Markets:
    """The markets that a command names, by ticker and by id."""

    tickers: tuple[str, ...]
    ids: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.tickers or self.ids)


@dataclass(frozen=True, slots=True)
class Update:
    """The arguments of an ``update_subscription``."""

    sid: int
    action: str
    markets: Markets
    feeds: tuple[str, ...]
    send_initial_snapshot: bool


def decode(raw: bytes | str) -> Command:
    """Return a command. Raises ``Refused`` with 1, 2 or 5."""
    try:
        document = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(1) from None
    if not isinstance(document, dict):
        raise Refused(1)
    command_id, cmd, params = document.get("id", 0), document.get("cmd"), document.get("params")
    if type(command_id) is not int or command_id < 0:
        raise Refused(1)
    if cmd not in COMMANDS:
        raise Refused(5, command_id=command_id)
    if params is None and cmd != "list_subscriptions":
        raise Refused(2, command_id=command_id)
    if not isinstance(params, dict | None):
        raise Refused(1, command_id=command_id)
    return Command(command_id, cmd, params or {})


def read_subscribe(params: Mapping[str, object]) -> Wanted:
    """Return the arguments of a ``subscribe``. Raises ``Refused``."""
    names = _texts(params, "channels")
    if not names:
        raise Refused(3)
    if not set(names) <= CHANNELS.keys():
        raise Refused(8)
    channels = tuple(CHANNELS[name] for name in dict.fromkeys(names))
    markets = _markets(params)
    if markets.ids and any(channel.name != "ticker" for channel in channels):
        raise Refused(11)
    if not markets and any(channel.filter is Filter.MARKETS_REQUIRED for channel in channels):
        raise Refused(14)
    feeds: tuple[str, ...] = ()
    for channel in channels:
        if channel.filter in INDEX_FILTERS:
            feeds += _feeds(params, channel)
    return Wanted(
        channels,
        markets,
        feeds,
        _shard(params),
        use_yes_price=_flag(params, "use_yes_price"),
        skip_ticker_ack=_flag(params, "skip_ticker_ack"),
        send_initial_snapshot=_flag(params, "send_initial_snapshot"),
    )


def read_sids(params: Mapping[str, object]) -> tuple[int, ...]:
    """Return the subscriptions of an ``unsubscribe``. Raises ``Refused``."""
    sids = _integers(params, "sids")
    if not sids:
        raise Refused(4)
    return sids


def read_update(params: Mapping[str, object]) -> Update:
    """Return the arguments of an ``update_subscription``; the channel's own checks follow later."""
    if "sid" not in params and "sids" not in params:
        raise Refused(4)
    sids = _integers(params, "sids")
    if "sid" in params:
        sids += _integers({"sid": [params["sid"]]}, "sid")
    if len(sids) != 1:
        raise Refused(12)
    action = params.get("action", "")
    if not isinstance(action, str):
        raise Refused(11)
    if not action:
        raise Refused(15)
    feeds = _texts(params, "index_ids") + _texts(params, "underlying_tickers")
    return Update(sids[0], action, _markets(params), feeds, _flag(params, "send_initial_snapshot"))


def _markets(params: Mapping[str, object]) -> Markets:
    found = []
    for one, several in (("market_ticker", "market_tickers"), ("market_id", "market_ids")):
        names = _texts(params, several)
        if params.get(one) is not None:
            names += _texts({one: [params[one]]}, one)
        found.append(tuple(dict.fromkeys(names)))
    return Markets(*found)


def _feeds(params: Mapping[str, object], channel: Channel) -> tuple[str, ...]:
    name, missing = INDEX_FILTERS[channel.filter]
    feeds = _texts(params, name)
    if not feeds:
        raise Refused(missing)
    return feeds


def _shard(params: Mapping[str, object]) -> tuple[int, int] | None:
    factor, key = params.get("shard_factor"), params.get("shard_key")
    if factor is None and key is None:
        return None
    if factor is None:
        raise Refused(19)
    if type(factor) is not int or not 1 <= factor <= MOST_MESSAGE_SHARDS:
        raise Refused(20)
    if key is None:
        raise Refused(21)
    if type(key) is not int or not 0 <= key < factor:
        raise Refused(22)
    return factor, key


def _texts(params: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = params.get(name)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refused(11)
    return tuple(values)


def _integers(params: Mapping[str, object], name: str) -> tuple[int, ...]:
    values = params.get(name)
    if values is None:
        return ()
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        raise Refused(11)
    return tuple(values)


def _flag(params: Mapping[str, object], name: str) -> bool:
    value = params.get(name, False)
    if not isinstance(value, bool):
        raise Refused(11)
    return value
