"""A recording as an exchange: answers the commands of a stream from the lines of one connection. Pure.

    venue.take(line)         a line of the recording -> frames for the stream
    venue.obey(command)      a command of the stream -> frames for the stream

Frames go to the subscriptions of the replay under their own ids and numbers: what jumped, doubled or
went back in the recording does so here. Books are kept along, so that a reader that comes late, or
that asks for a snapshot, gets one as of now. Where the recording leaves out what it had before, because
its program read it no longer, the subscription of the replay ends with error 10.
"""

from __future__ import annotations

from itertools import count

import msgspec

from kalshi_async.contract.frames.control import Command, StreamErrorMessage, Subscribed
from kalshi_async.contract.frames.market_data import BookDeltaEvent, BookSnapshotEvent
from kalshi_async.contract.recording import RecordedLine
from kalshi_async.streams.recorded._frames import (
    Head,
    Key,
    encode,
    error,
    head_of,
    key_of,
    market_of,
    markets_of,
    settings_key,
    sid_of,
    snapshot,
    strings,
)
from kalshi_async.streams.recorded._subscriptions import Book, Recorded, Subscription
from kalshi_async.wire.frames import UnreadableFrame, decode

_UNKNOWN_SID, _CHANNEL_ERROR, _REFUSED, _TIMEOUT = 7, 10, 11, 18
_TERMINAL = (10, 25)
"""Errors after which the exchange has ended a subscription (update of 2026-11-28, 2.2)."""
_ADDING = ("add_markets", "subscribe_indices", "subscribe_underlyings")
_DELETING = ("delete_markets", "unsubscribe_indices", "unsubscribe_underlyings")

_command = msgspec.json.Decoder(Command).decode


class ReplayVenue:
    """Owner of the subscriptions of one connection, recorded and replayed."""

    def __init__(self) -> None:
        self._recorded: dict[int, Recorded] = {}
        self._asked: dict[int, Command] = {}
        self._subscriptions: dict[int, Subscription] = {}
        self._sids = count(1)
        self._left_out: dict[Key, set[str]] = {}  # what the recording had and has no longer

    # The recording.

    def take(self, line: RecordedLine) -> list[bytes]:
        """Take a line; return what the stream receives because of it."""
        if line.subscription is not None:
            known = line.subscription
            if known.sid not in self._recorded:
                self._cover(known.sid, Recorded(settings_key(known.channel, known.settings), None, None))
        elif line.command:
            command = _command(line.command)
            self._asked[command.id] = command
        elif line.raw:
            return [line.raw]
        elif line.frame:
            return self._on_frame(bytes(line.frame), line.at_ms)
        return []

    def opened(self) -> None:
        """Begin a connection: neither the recorded program nor the stream has a subscription."""
        for each in (self._recorded, self._asked, self._subscriptions, self._left_out):
            each.clear()
        self._sids = count(1)

    def interrupted(self) -> None:
        """Take note that lines are missing: what the recorded program has is not known exactly."""
        self._subscriptions.clear()
        self._sids = count(1)
        for recorded in self._recorded.values():
            recorded.next_seq = None
            recorded.books.clear()

    def _on_frame(self, data: bytes, at_ms: int) -> list[bytes]:
        try:
            head = head_of(data)
        except msgspec.DecodeError:
            return [data]
        if head.type == "subscribed":
            self._on_subscribed(head.id, data)
            return []
        recorded = self._recorded.get(head.sid)
        if recorded is None:
            return []
        jump = recorded.jump(head.seq)
        if head.type in ("ok", "unsubscribed", "error"):
            for subscription in self._of(recorded.key) if head.seq and jump != -1 else ():
                subscription.leave_out()
            return self._on_answer(recorded, head, data)
        market = market_of(data)
        if jump != -1 and recorded.key[0] == "orderbook_delta":
            self._follow(recorded, data, at_ms)
        frames = []
        for subscription in self._of(recorded.key):
            if subscription.wants(market):
                frames.append(subscription.numbered(data, head.seq))
            elif head.seq and jump != -1:
                subscription.leave_out()
        return frames

    def _follow(self, recorded: Recorded, data: bytes, at_ms: int) -> None:
        """Keep the books along."""
        try:
            event = decode(data).msg
        except UnreadableFrame:
            recorded.books.clear()
            return
        if isinstance(event, BookSnapshotEvent | BookDeltaEvent):
            recorded.books.setdefault(event.market_ticker, Book()).take(event, data, at_ms)

    def _on_subscribed(self, command_id: int, data: bytes) -> None:
        asked, made = self._asked.pop(command_id, None), decode(data).msg
        if asked is not None and isinstance(made, Subscribed):
            self._cover(made.sid, Recorded(key_of(asked, made.channel), markets_of(asked)))

    def _on_answer(self, recorded: Recorded, head: Head, data: bytes) -> list[bytes]:
        """Take what is no event: the recorded program's business, as long as nothing is left out by it."""
        asked = self._asked.pop(head.id, None)
        if head.type == "error":
            told = decode(data).msg
            if isinstance(told, StreamErrorMessage) and told.code in _TERMINAL:
                return self._uncover(head.sid, told.code)
            return []
        if head.type == "unsubscribed":
            return self._uncover(head.sid, _CHANNEL_ERROR)
        if asked is None:
            return []
        markets, action = markets_of(asked) or set(), (asked.params or {}).get("action")
        if action in _ADDING and recorded.markets is not None:
            recorded.markets |= markets
            self._left_out.get(recorded.key, set()).difference_update(markets)
        elif action in _DELETING and recorded.markets is not None:
            recorded.markets -= markets
            for market in markets:
                recorded.books.pop(market, None)
            self._left_out.setdefault(recorded.key, set()).update(markets)
            return self._end(recorded.key, _CHANNEL_ERROR, markets)
        return []

    def _cover(self, sid: int, recorded: Recorded) -> None:
        self._recorded[sid] = recorded
        for subscription in self._of(recorded.key):
            if recorded.next_seq is not None:
                subscription.offset = subscription.next_seq - recorded.next_seq
        if recorded.markets is None:
            self._left_out.pop(recorded.key, None)
        else:
            self._left_out.get(recorded.key, set()).difference_update(recorded.markets)

    def _uncover(self, sid: int, code: int) -> list[bytes]:
        gone = self._recorded.pop(sid)
        self._left_out.setdefault(gone.key, set()).update(gone.markets or ())
        return self._end(gone.key, code)

    def _end(self, key: Key, code: int, markets: set[str] | None = None) -> list[bytes]:
        """End the replay's subscriptions that relied on what is not recorded any longer."""
        frames = []
        for subscription in self._of(key):
            if markets is None or subscription.markets is None or subscription.markets & markets:
                del self._subscriptions[subscription.sid]
                frames.append(error(0, code, subscription.sid))
        return frames

    def _of(self, key: Key) -> list[Subscription]:
        return [each for each in self._subscriptions.values() if each.key == key]

    # The replay.

    def obey(self, command: Command) -> list[bytes]:
        """Carry out a command; return its answers."""
        if command.cmd == "subscribe":
            return self._subscribe(command)
        if command.cmd == "list_subscriptions":
            rows = [{"channel": each.key[0], "sid": each.sid} for each in self._subscriptions.values()]
            return [encode({"type": "ok", "id": command.id, "msg": rows})]
        sid = sid_of(command)
        subscription = self._subscriptions.get(sid)
        if subscription is None:
            return [error(command.id, _UNKNOWN_SID)]
        if command.cmd == "unsubscribe":
            del self._subscriptions[sid]
            return [encode({"type": "unsubscribed", "id": command.id, "sid": sid})]
        return self._update(command, subscription)

    def _subscribe(self, command: Command) -> list[bytes]:
        (channel,) = strings(command, "channels")
        key, markets = key_of(command, channel), markets_of(command)
        recorded = next((each for each in self._recorded.values() if each.key == key), None)
        missing = (markets or set()) & self._left_out.get(key, set())
        if recorded is None and key in self._left_out:
            return [error(command.id, _TIMEOUT)]
        subscription = Subscription(next(self._sids), key, markets)
        self._subscriptions[subscription.sid] = subscription
        made = {"type": "subscribed", "id": command.id, "msg": {"channel": channel, "sid": subscription.sid}}
        frames = [encode(made)]
        if missing:
            subscription.markets = (markets or set()) - missing
            frames.append(error(command.id, _REFUSED, subscription.sid, missing))
        if recorded is not None and recorded.next_seq is not None:
            subscription.offset = 1 - recorded.next_seq
        return [*frames, *self._snapshots(subscription, recorded, subscription.markets)]

    def _update(self, command: Command, subscription: Subscription) -> list[bytes]:
        markets, action = markets_of(command) or set(), (command.params or {}).get("action")
        if action in _ADDING and subscription.markets is not None:
            subscription.markets |= markets
        elif action in _DELETING and subscription.markets is not None:
            subscription.markets -= markets
        done = [encode({"type": "ok", "id": command.id, "sid": subscription.sid})]
        if action in _DELETING:
            return done
        recorded = next((each for each in self._recorded.values() if each.key == subscription.key), None)
        frames = self._snapshots(subscription, recorded, markets, command.id * (action == "get_snapshot"))
        return frames if action == "get_snapshot" else [*done, *frames]

    def _snapshots(
        self,
        subscription: Subscription,
        recorded: Recorded | None,
        markets: set[str] | None,
        number: int = 0,
    ) -> list[bytes]:
        """Return books as they are now, with the changes of a clock that may not be over."""
        if recorded is None or subscription.offset is None:
            return []
        frames = []
        for market, book in recorded.books.items():
            if book.is_known and (markets is None or market in markets):
                frames.append(subscription.inserted(snapshot(market, book.ladder, number)))
                frames += [subscription.inserted(data) for data in book.tail]
        return frames
