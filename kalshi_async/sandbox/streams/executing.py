"""Commands carried out: subscriptions made, changed, listed and ended, with their answers.

An answer precedes the frames that the command causes. A second ``subscribe`` of a channel
answers with the subscription that there is (``settings.CHOICES``: ``second_subscribe``); a command
that names unknown markets is carried out for the others (``StreamRules``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kalshi_async.contract.frames.channels import Channel, Filter
from kalshi_async.sandbox.settings import StreamRules
from kalshi_async.sandbox.streams.commands import (
    INDEX_FILTERS,
    Command,
    Markets,
    Refused,
    Update,
    Wanted,
    read_sids,
    read_subscribe,
    read_update,
)
from kalshi_async.sandbox.streams.hub import Hub
from kalshi_async.sandbox.streams.subscription import Reader, Subscription

_LISTS = {
    Filter.INDICES: ("subscribe_indices", "unsubscribe_indices", "indexlist"),
    Filter.UNDERLYINGS: ("subscribe_underlyings", "unsubscribe_underlyings", "underlying_list"),
}
_LIST_TYPES = {
    "cfbenchmarks_value": "cfbenchmarks_value_indexlist",
    "cfbenchmarks_value_5hz": "cfbenchmarks_value_5hz_indexlist",
    "pyth_value": "pyth_value_underlying_list",
}


class Client(Reader, Protocol):
    """The stream whose commands are carried out."""

    def answer(
        self, kind: str, command_id: int, msg: object = None, *, subscription: Subscription | None = None
    ) -> None:
        """Send the answer to a command."""
        ...

    def error(self, refused: Refused, command_id: int, subscription: Subscription | None = None) -> None:
        """Send an error."""
        ...


class Executor:
    """The subscriptions of one stream, and the commands that change them. Owns their ids."""

    def __init__(self, client: Client, hub: Hub, rules: StreamRules) -> None:
        self._client = client
        self._hub = hub
        self._rules = rules
        self._last_sid = 0
        self._subscriptions: dict[int, Subscription] = {}
        self._has_ended = False

    def carry_out(self, command: Command) -> None:
        """Carry out one command, and answer it."""
        run = {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "update_subscription": self._update,
            "list_subscriptions": self._list,
        }[command.cmd]
        try:
            run(command)
        except Refused as refused:
            self._client.error(refused, command.id)

    def drop(self, subscription: Subscription) -> None:
        """End a subscription without an answer."""
        if self._subscriptions.pop(subscription.sid, None) is not None:
            subscription.has_ended = True
            self._hub.remove(subscription)

    def drop_all(self) -> None:
        """End all subscriptions, and make no more: an answer may have ended the stream."""
        self._has_ended = True
        for subscription in list(self._subscriptions.values()):
            self.drop(subscription)

    def _list(self, command: Command) -> None:
        rows = [{"channel": one.channel.name, "sid": one.sid} for one in self._subscriptions.values()]
        self._client.answer("ok", command.id, rows)

    def _subscribe(self, command: Command) -> None:
        wanted = read_subscribe(command.params)
        known, unknown = self._known(wanted.markets)
        for channel in wanted.channels:
            self._subscribe_one(command.id, channel, wanted, known, unknown)

    def _subscribe_one(
        self,
        command_id: int,
        channel: Channel,
        wanted: Wanted,
        known: Sequence[str],
        unknown: tuple[str, ...],
    ) -> None:
        if self._has_ended:
            return
        named = bool(wanted.markets)
        refused = Refused(self._rules.unknown_market_code, unknown)
        subscription = next((one for one in self._subscriptions.values() if one.channel is channel), None)
        if subscription is None:
            if named and not known and channel.filter in (Filter.MARKETS, Filter.MARKETS_REQUIRED):
                self._client.error(refused, command_id)
                return
            self._refuse_too_many(channel, len(known))
            self._last_sid += 1
            markets = dict.fromkeys(known) if named else None
            subscription = Subscription.of(self._client, self._last_sid, channel, wanted, markets)
            self._subscriptions[subscription.sid] = subscription
            self._hub.add(subscription)
            added: Sequence[str] = known
        else:
            added = self._add(subscription, known if named else None, wanted.feeds)
        self._client.answer("subscribed", command_id, {"channel": channel.name, "sid": subscription.sid})
        self._show(subscription, added, wanted.send_initial_snapshot)
        if unknown and subscription.takes_markets:
            self._client.error(refused, command_id, subscription)

    def _unsubscribe(self, command: Command) -> None:
        for sid in read_sids(command.params):
            subscription = self._subscriptions.get(sid)
            if subscription is None:
                self._client.error(Refused(7), command.id)
            else:
                self.drop(subscription)
                self._client.answer("unsubscribed", command.id, subscription=subscription)

    def _update(self, command: Command) -> None:
        update = read_update(command.params)
        subscription = self._subscriptions.get(update.sid)
        if subscription is None:
            raise Refused(7)
        filter_ = subscription.channel.filter
        try:
            if filter_ in INDEX_FILTERS and update.action in _LISTS[filter_]:
                self._update_feeds(command.id, subscription, update)
            elif update.action == "get_snapshot" and filter_ is Filter.MARKETS_REQUIRED:
                self._send_snapshots(command.id, subscription, update)
            elif update.action in ("add_markets", "delete_markets") and subscription.takes_markets:
                self._update_markets(command.id, subscription, update)
            else:
                raise Refused(13)
        except Refused as refused:
            self._client.error(refused, command.id, subscription)

    def _update_markets(self, command_id: int, subscription: Subscription, update: Update) -> None:
        if not update.markets:
            raise Refused(14)
        if update.markets.ids and subscription.channel.name != "ticker":
            raise Refused(11)
        known, unknown = self._known(update.markets)
        added: Sequence[str] = ()
        if update.action == "add_markets":
            added = self._add(subscription, known, ())
        elif subscription.markets is None:
            raise Refused(11)  # ``settings.CHOICES``: ``delete_from_all``
        else:
            for ticker in known:
                subscription.markets.pop(ticker, None)
        tickers = None if subscription.markets is None else list(subscription.markets)
        msg = {"market_tickers": tickers} if tickers is not None and subscription.lists_markets else None
        self._client.answer("ok", command_id, msg, subscription=subscription)
        self._show(subscription, added, update.send_initial_snapshot)
        if unknown:
            raise Refused(self._rules.unknown_market_code, unknown)

    def _send_snapshots(self, command_id: int, subscription: Subscription, update: Update) -> None:
        if not update.markets:
            raise Refused(14)
        if update.markets.ids:
            raise Refused(11)
        tickers = update.markets.tickers
        foreign = tuple(ticker for ticker in tickers if not subscription.takes(ticker))
        for ticker in tickers:
            if ticker not in foreign:
                self._hub.show_book(subscription, ticker, command_id)
        if foreign:
            raise Refused(self._rules.unknown_market_code, foreign)

    def _update_feeds(self, command_id: int, subscription: Subscription, update: Update) -> None:
        filter_ = subscription.channel.filter
        add, remove, _ = _LISTS[filter_]
        name, missing = INDEX_FILTERS[filter_]
        if update.action not in (add, remove):
            offered = self._rules.indices if filter_ is Filter.INDICES else self._rules.underlyings
            kind = _LIST_TYPES[subscription.channel.name]
            self._client.answer(kind, command_id, {name: offered}, subscription=subscription)
            return
        if not update.feeds:
            raise Refused(missing)
        for feed in update.feeds:
            if update.action == add:
                subscription.feeds[feed] = None
            else:
                subscription.feeds.pop(feed, None)
        self._client.answer("ok", command_id, {name: list(subscription.feeds)}, subscription=subscription)

    def _add(
        self, subscription: Subscription, tickers: Sequence[str] | None, feeds: Sequence[str]
    ) -> Sequence[str]:
        # Returns the markets that are new to the subscription. None: all markets.
        if subscription.channel.filter in INDEX_FILTERS:
            subscription.feeds.update(dict.fromkeys(feeds))
        if subscription.markets is None:
            return ()
        if tickers is None:
            subscription.markets = None
            return ()
        added = [ticker for ticker in tickers if ticker not in subscription.markets]
        self._refuse_too_many(subscription.channel, len(added))
        subscription.markets.update(dict.fromkeys(added))
        return added

    def _show(self, subscription: Subscription, tickers: Sequence[str], wants_tickers: bool) -> None:
        if subscription.channel.filter is Filter.MARKETS_REQUIRED:
            for ticker in tickers:
                self._hub.show_book(subscription, ticker, 0)
        elif subscription.channel.name == "ticker" and wants_tickers:
            self._hub.show_tickers(subscription, tickers)

    def _refuse_too_many(self, channel: Channel, added: int) -> None:
        if channel.filter is Filter.MARKETS_REQUIRED:
            held = sum(
                len(one.markets or ()) for one in self._subscriptions.values() if one.channel is channel
            )
            if held + added > self._rules.book_markets_per_connection:
                raise Refused(26)

    def _known(self, markets: Markets) -> tuple[list[str], tuple[str, ...]]:
        named = {ticker: ticker if self._hub.lists(ticker) else None for ticker in markets.tickers}
        named |= {market_id: self._hub.ticker_of(market_id) for market_id in markets.ids}
        known = list(dict.fromkeys(ticker for ticker in named.values() if ticker is not None))
        return known, tuple(name for name, ticker in named.items() if ticker is None)
