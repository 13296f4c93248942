"""Answers that nobody waits for, frames of no subscription, and what cannot be read."""

from __future__ import annotations

import json

import pytest

from kalshi_async.contract.frames.channels import CHANNELS
from kalshi_async.streams._topic import Options
from kalshi_async.streams.delivery import Inbox
from kalshi_async.streams.events import Gap, GapReason, Refused, UnknownEvent
from kalshi_async.streams.protocol import StreamProtocol
from tests.streams.model import Venue, message, taken


def feed(protocol: StreamProtocol, **frame: object) -> None:
    protocol.feed(json.dumps(frame).encode(), 5)


def event(channel: str, kind: str, number: int, **more: object) -> bytes:
    frame = {"type": kind, "sid": 1, "seq": number, "msg": message(channel, number, "A"), **more}
    return json.dumps(frame).encode()


async def live(*channels: str) -> tuple[StreamProtocol, Venue, list[Inbox]]:
    """Return a protocol with a reader of each channel, all confirmed."""
    protocol, venue = StreamProtocol(), Venue()
    inboxes = []
    for channel in channels:
        inbox = Inbox(CHANNELS[channel], frozenset("A") if channel == "trade" else None)
        protocol.add(Options(channel), inbox)
        inboxes.append(inbox)
    protocol.opened()
    deliver(protocol, venue)
    assert protocol.is_live
    return protocol, venue, inboxes


def deliver(protocol: StreamProtocol, venue: Venue) -> None:
    commands, protocol.commands = protocol.commands, []
    for command in commands:
        venue.obey(command)
    while venue.wire:
        protocol.feed(venue.wire.popleft(), 5)


async def test_a_subscription_that_nobody_asked_for_is_ended() -> None:
    protocol, venue, _ = await live("fill")
    feed(protocol, type="subscribed", id=99, msg={"channel": "trade", "sid": 7})
    (command,) = protocol.commands
    assert (command.cmd, command.params) == ("unsubscribe", {"sids": [7]})
    deliver(protocol, venue)
    # One that is in use is left alone.
    feed(protocol, type="subscribed", id=98, msg={"channel": "trade", "sid": 1})
    assert protocol.commands == []


async def test_answers_and_errors_that_concern_nobody_change_nothing() -> None:
    protocol, _, (inbox,) = await live("fill")
    feed(protocol, type="ok", id=99, msg={"market_tickers": []})
    feed(protocol, type="unsubscribed", id=99, sid=9)
    feed(protocol, type="novelty", sid=9)
    feed(protocol, type="fill", sid=9, msg=message("fill", 1, "A"))
    feed(protocol, type="error", id=99, msg={"code": 1, "msg": "Unable to process message"})
    feed(protocol, type="error", sid=1, msg={"code": 11, "msg": "Invalid parameter"})
    assert [error.code for error in protocol.errors] == [1, 11]
    assert taken(inbox) is None
    assert protocol.is_live


async def test_a_list_that_is_none_has_no_subscription() -> None:
    protocol, venue, (inbox,) = await live("fill")
    protocol.check()
    feed(protocol, type="ok", id=2, msg=["fill", {"sid": "x", "channel": "fill"}, {"sid": 3, "channel": "?"}])
    gap = taken(inbox)
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.SUBSCRIPTION_LOST
    deliver(protocol, venue)
    assert protocol.is_live


async def test_a_sid_that_the_exchange_does_not_know_is_subscribed_again() -> None:
    protocol, venue, (inbox,) = await live("trade")
    venue.subscriptions.clear()
    other = Inbox(CHANNELS["trade"], frozenset("B"))
    protocol.add(Options("trade"), other)
    deliver(protocol, venue)
    gap = taken(inbox)
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.SUBSCRIPTION_LOST
    deliver(protocol, venue)
    assert protocol.is_live
    assert other.is_current


async def test_a_frame_of_an_unknown_type_is_handed_on_as_it_came() -> None:
    protocol, _, (inbox,) = await live("trade")
    raw = event("trade", "novelty", 1)
    protocol.feed(raw, 5)
    assert taken(inbox) == UnknownEvent("trade", "novelty", raw)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"garbage", ["fill"]),
        (b'{"type":"fill","sid":99,"msg":{}}', ["fill"]),
        (b'{"type":"trade","sid":2,"seq":1,"msg":{}}', ["trade"]),
        (b'{"type":"trade","sid":2,"seq":0,"msg":{}}', ["trade"]),
        (b'{"type":"novelty","sid":99,"msg":', ["fill"]),
    ],
)
async def test_an_unreadable_frame_is_told_to_those_whom_it_may_concern(raw: bytes, told: list[str]) -> None:
    protocol, _, inboxes = await live("fill", "trade")
    assert protocol.feed(raw, 5) is None
    gaps = [gap for gap in map(taken, inboxes) if isinstance(gap, Gap)]
    assert [(gap.channel, gap.reason, gap.raw) for gap in gaps] == [
        (channel, GapReason.UNREADABLE, raw) for channel in told
    ]


async def test_an_unreadable_double_concerns_nobody() -> None:
    protocol, _, (inbox,) = await live("trade")
    for told in (GapReason.UNREADABLE, None):
        protocol.feed(b'{"type":"trade","sid":1,"seq":1,"msg":{}}', 5)
        assert getattr(taken(inbox), "reason", None) is told


async def test_another_frame_with_the_number_of_the_last_one_is_no_double() -> None:
    # The numbers have gone back by one: what is a double must be equal to the frame before it.
    protocol, _, (inbox,) = await live("trade")
    for seq in (1, 2, 2):
        protocol.feed(event("trade", "trade", seq), 5)
    protocol.feed(event("trade", "trade", 2, msg=message("trade", 3, "A")), 5)
    first, second, gap, nothing = (taken(inbox) for _ in range(4))
    assert [getattr(each, "trade_id", None) for each in (first, second)] == ["1", "2"]
    assert gap == Gap("trade", GapReason.DISORDER, since_ms=5)
    assert nothing is None


@pytest.mark.parametrize(("sent_ms", "since_ms"), [(None, 900), (400, 400), (1_000, 900)])
async def test_a_gap_begins_when_the_last_frame_was_sent(sent_ms: int | None, since_ms: int) -> None:
    # What the exchange sent later was on its way when the connection was lost.
    protocol, _, (inbox,) = await live("fill")
    protocol.feed(event("fill", "fill", 0, sending_ts_ms=sent_ms), 900)
    protocol.closed(1_000)
    assert taken(inbox) is not None
    assert taken(inbox) == Gap("fill", GapReason.LINK_LOST, since_ms=since_ms)


async def test_markets_that_are_refused_after_the_others_are_confirmed_are_told() -> None:
    protocol, _, _ = await live("fill")
    inbox = Inbox(CHANNELS["orderbook_delta"], frozenset(("A", "NOPE")))
    protocol.add(Options("orderbook_delta"), inbox)
    (command,) = protocol.commands
    feed(protocol, type="subscribed", id=command.id, msg={"channel": "orderbook_delta", "sid": 2})
    error = {"code": 11, "msg": "no", "market_ticker": "NOPE"}
    feed(protocol, type="error", id=command.id, sid=2, seq=1, msg=error)
    assert taken(inbox) == Refused("orderbook_delta", frozenset(("NOPE",)), 11, "no")
    assert inbox.markets == frozenset("A")
    assert protocol.is_live


@pytest.mark.parametrize("kind", ["trade", "pyth_value_underlying_list"])
async def test_a_frame_of_another_channel_is_told_as_unknown(kind: str) -> None:
    protocol, _, (inbox,) = await live("fill")
    content = message("trade", 1, "A") if kind == "trade" else {"underlying_tickers": []}
    frame = json.dumps({"type": kind, "sid": 1, "msg": content}).encode()
    protocol.feed(frame, 5)
    assert taken(inbox) == UnknownEvent("fill", kind, frame)
    assert taken(inbox) is None


async def test_numbers_that_are_missing_are_told_before_the_next_event() -> None:
    protocol, _, (inbox,) = await live("trade")
    protocol.feed(event("trade", "trade", 1), 5)
    protocol.feed(event("trade", "trade", 4), 9)
    first, gap, second = (taken(inbox) for _ in range(3))
    assert gap == Gap("trade", GapReason.SEQUENCE, since_ms=5, dropped=2)
    assert first is not None
    assert second is not None


async def test_readers_of_one_market_too_many_are_told_apart_from_the_others() -> None:
    # The exchange does not say which market it refuses: each reader asks for its own.
    protocol, venue, (inbox,) = await live("trade")
    venue.known = frozenset("AB")
    venue._error = lambda number, code, **_: venue._send(  # type: ignore[method-assign]
        type="error", id=number, msg={"code": code, "msg": "no"}
    )
    good, bad = Inbox(CHANNELS["trade"], frozenset("B")), Inbox(CHANNELS["trade"], frozenset(("X", "Y")))
    protocol.closed(6)
    protocol.add(Options("trade"), good)
    protocol.add(Options("trade"), bad)
    protocol.opened()
    for _ in range(6):
        deliver(protocol, venue)
    assert (inbox.has_ended, good.has_ended, bad.has_ended) == (False, False, True)
    assert good.is_current


async def test_the_end_of_a_reader_is_told_once() -> None:
    inbox = Inbox(CHANNELS["trade"])
    inbox.resume(1)
    inbox.give_up_waiting()
    inbox.end(ValueError("one"))
    inbox.end(ValueError("two"))
    with pytest.raises(ValueError, match="one"):
        await inbox.take()
