"""A recording that answers commands, line by line: what it sends, and under which numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kalshi_async.contract.frames.control import Command
from kalshi_async.contract.recording import RecordedLine, RecordedSubscription
from kalshi_async.streams.recorded import Carrier
from kalshi_async.streams.recorded._venue import ReplayVenue
from kalshi_async.streams.replay import replay

_NOW = 1_795_348_800_000


def frame(kind: str, **fields: Any) -> RecordedLine:
    return RecordedLine(at_ms=_NOW, frame=msgspec.Raw(msgspec.json.encode({"type": kind, **fields})))


def command(number: int, cmd: str, **params: Any) -> RecordedLine:
    raw = msgspec.json.encode(Command(number, cmd, params or None))
    return RecordedLine(at_ms=_NOW, command=msgspec.Raw(raw))


def subscribed(venue: ReplayVenue, channel: str, markets: list[str] | None, *, sid: int = 7) -> None:
    """Let the recorded program subscribe."""
    named = {} if markets is None else {"market_tickers": markets}
    assert venue.take(command(sid, "subscribe", channels=[channel], **named)) == []
    assert venue.take(frame("subscribed", id=sid, msg={"channel": channel, "sid": sid})) == []


def asked(venue: ReplayVenue, cmd: str, number: int = 1, **params: Any) -> list[dict[str, Any]]:
    return [msgspec.json.decode(each) for each in venue.obey(Command(number, cmd, params or None))]


def read(frames: list[bytes]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(each) for each in frames]


def delta(
    seq: int, clock: int | None, market: str = "A", price: str = "0.40", by: str = "5.00"
) -> RecordedLine:
    msg = {"market_ticker": market, "side": "yes", "price_dollars": price, "delta_fp": by}
    return frame("orderbook_delta", sid=7, seq=seq, msg=msg if clock is None else {**msg, "clock": clock})


def snapshot(seq: int, clock: int | None, market: str = "A") -> RecordedLine:
    msg = {"market_ticker": market, "yes_dollars_fp": [["0.30", "1.00"]]}
    return frame("orderbook_snapshot", sid=7, seq=seq, msg=msg if clock is None else {**msg, "clock": clock})


def test_events_go_to_their_subscription_and_others_to_nobody() -> None:
    venue = ReplayVenue()
    (made,) = asked(venue, "subscribe", channels=["trade"], market_tickers=["A"])
    assert made["msg"] == {"channel": "trade", "sid": 1}
    subscribed(venue, "trade", None)
    assert venue.take(frame("trade", sid=9, seq=1, msg={"market_ticker": "A"})) == []
    sent = [
        frame("trade", sid=7, seq=1, msg={"market_ticker": "A"}),
        frame("trade", sid=7, seq=2, msg={"market_ticker": "B"}),
        frame("trade", sid=7, seq=2, msg={"market_ticker": "B"}),
        frame("trade", sid=7, seq=3, msg={"market_ticker": "A"}),
        frame("trade", sid=7, seq=5, msg={"market_ticker": "A"}),
    ]
    received = [each for line in sent for each in read(venue.take(line))]
    assert [(each["sid"], each["seq"]) for each in received] == [(1, 1), (1, 2), (1, 4)]  # the jump stays


def test_frames_without_numbers_and_without_a_market_pass() -> None:
    venue = ReplayVenue()
    asked(venue, "subscribe", channels=["fill"])
    subscribed(venue, "fill", None)
    (fill,) = read(venue.take(frame("fill", sid=7, msg=["odd"])))
    assert (fill["sid"], "seq" in fill) == (1, False)


def test_what_is_no_frame_is_handed_on_as_it_is() -> None:
    venue = ReplayVenue()
    assert venue.take(RecordedLine(at_ms=1, raw=b"\xff")) == [b"\xff"]
    assert venue.take(RecordedLine(at_ms=1, frame=msgspec.Raw(b'{"sid":"x"}'))) == [b'{"sid":"x"}']
    assert venue.take(RecordedLine(at_ms=1)) == []


def test_a_subscription_nobody_asked_for_in_the_recording_is_unknown() -> None:
    venue = ReplayVenue()
    assert venue.take(frame("subscribed", id=3, msg={"channel": "trade", "sid": 4})) == []
    assert venue.take(frame("trade", sid=4, seq=1, msg={"market_ticker": "A"})) == []


@pytest.mark.parametrize("clock", [4, None])
def test_a_late_reader_gets_the_book_and_the_changes_of_a_clock_that_is_not_over(clock: int | None) -> None:
    venue = ReplayVenue()
    subscribed(venue, "orderbook_delta", ["A"])
    venue.take(snapshot(1, clock))
    venue.take(delta(2, None if clock is None else clock + 1))
    made, book, *rest = asked(venue, "subscribe", channels=["orderbook_delta"], market_tickers=["A"])
    assert made["type"] == "subscribed"
    levels = dict(book["msg"]["yes_dollars_fp"])
    assert levels == ({"0.3000": "1.00"} if clock else {"0.3000": "1.00", "0.4000": "5.00"})
    assert [each["type"] for each in rest] == (["orderbook_delta"] if clock else [])
    (newest,) = read(venue.take(delta(3, None if clock is None else clock + 2, by="1.00")))
    assert newest["seq"] == 3 if clock else 2


def test_a_change_that_the_snapshot_holds_is_not_sent_twice() -> None:
    venue = ReplayVenue()
    subscribed(venue, "orderbook_delta", ["A"])
    venue.take(snapshot(1, 4))
    venue.take(delta(2, 4))
    _, book, *rest = asked(venue, "subscribe", channels=["orderbook_delta"], market_tickers=["A"])
    assert (dict(book["msg"]["yes_dollars_fp"]), rest) == ({"0.3000": "1.00"}, [])


BREAKS = {
    "a number jumps": delta(9, 6),
    "a level below zero": delta(2, 5, by="-50.00"),
    "a price off the grid": delta(2, 5, price="0.123456"),
    "a clock that goes back": delta(0, 1),
}


@pytest.mark.parametrize("break_", BREAKS.values(), ids=BREAKS)
def test_a_book_that_is_not_known_is_not_sent(break_: RecordedLine) -> None:
    venue = ReplayVenue()
    venue.take(RecordedLine(at_ms=1, subscription=RecordedSubscription(sid=7, channel="orderbook_delta")))
    venue.take(snapshot(1, 4))
    venue.take(break_)
    venue.take(delta(3, 7))
    frames = asked(venue, "subscribe", channels=["orderbook_delta"], market_tickers=["A"])
    assert [each["type"] for each in frames][:1] == ["subscribed"]
    assert not any(each["type"] == "orderbook_snapshot" for each in frames[1:])


def test_an_unreadable_change_makes_books_unknown() -> None:
    venue = ReplayVenue()
    subscribed(venue, "orderbook_delta", ["A"])
    venue.take(snapshot(1, 4))
    venue.take(frame("orderbook_delta", sid=7, seq=2, msg={"market_ticker": "A"}))
    venue.take(frame("orderbook_other", sid=7, seq=3, msg={"market_ticker": "A"}))
    assert len(asked(venue, "subscribe", channels=["orderbook_delta"], market_tickers=["A"])) == 1


def test_updates_are_obeyed_and_snapshots_are_answers() -> None:
    venue = ReplayVenue()
    subscribed(venue, "orderbook_delta", ["A", "B"])
    venue.take(snapshot(1, 4))
    venue.take(snapshot(2, 5, "B"))
    asked(venue, "subscribe", channels=["orderbook_delta"], market_tickers=["A"])
    ok, book = asked(venue, "update_subscription", 2, sids=[1], action="add_markets", market_tickers=["B"])
    assert (ok["type"], book["msg"]["market_ticker"]) == ("ok", "B")
    (answer,) = asked(venue, "update_subscription", 3, sids=[1], action="get_snapshot", market_tickers=["A"])
    assert (answer["id"], answer["msg"]["clock"]) == (3, 4)
    (ok,) = asked(venue, "update_subscription", 4, sids=[1], action="delete_markets", market_ticker="A")
    assert ok["id"] == 4
    assert venue.take(delta(3, 6)) == []
    (listed,) = asked(venue, "list_subscriptions", 5)
    assert listed["msg"] == [{"channel": "orderbook_delta", "sid": 1}]
    (refused,) = asked(venue, "unsubscribe", 6, sids=[9])
    assert refused["msg"]["code"] == 7
    (ended,) = asked(venue, "unsubscribe", 7, sids=[1])
    assert ended["type"] == "unsubscribed"
    (refused,) = asked(venue, "unsubscribe", 8)
    assert refused["msg"]["code"] == 7


def test_a_subscription_of_everything_stays_one_of_everything() -> None:
    venue = ReplayVenue()
    asked(venue, "subscribe", channels=["trade"])
    for action in ("add_markets", "delete_markets"):
        (ok,) = asked(venue, "update_subscription", 2, sids=[1], action=action, market_tickers=["B"])[:1]
        assert ok["type"] == "ok"
    subscribed(venue, "trade", None)
    for action in ("add_markets", "delete_markets", "indexlist"):
        venue.take(command(9, "update_subscription", sids=[7], action=action, market_tickers=["B"]))
        assert venue.take(frame("ok", id=9, sid=7, seq=1)) == []
    assert venue.take(frame("ok", id=99, sid=7)) == []


def test_what_the_recorded_program_adds_is_there_and_what_it_deletes_ends() -> None:
    venue = ReplayVenue()
    subscribed(venue, "orderbook_delta", ["A"])
    asked(venue, "subscribe", channels=["orderbook_delta"], market_tickers=["A", "B"])
    venue.take(command(9, "update_subscription", sids=[7], action="add_markets", market_tickers=["B"]))
    venue.take(frame("ok", id=9, sid=7, seq=1))
    (first,) = read(venue.take(snapshot(2, 1, "B")))
    assert first["seq"] == 1  # the answer of the recorded program was counted out
    venue.take(command(10, "update_subscription", sids=[7], action="delete_markets", market_tickers=["B"]))
    (over,) = read(venue.take(frame("ok", id=10, sid=7, seq=3)))
    assert (over["msg"]["code"], over["sid"]) == (10, 1)
    _, refused = asked(venue, "subscribe", 2, channels=["orderbook_delta"], market_tickers=["A", "B"])
    assert refused["msg"]["market_tickers"] == ["B"]
    venue.take(command(11, "update_subscription", sids=[7], action="delete_markets", market_tickers=["C"]))
    assert venue.take(frame("ok", id=11, sid=7, seq=4)) == []


def test_the_end_of_a_recorded_subscription_ends_ours_until_it_is_there_again() -> None:
    venue = ReplayVenue()
    subscribed(venue, "trade", ["A"])
    asked(venue, "subscribe", channels=["trade"], market_tickers=["A"])
    (over,) = read(venue.take(frame("error", sid=7, msg={"code": 25})))
    assert over["msg"]["code"] == 25
    (later,) = asked(venue, "subscribe", 2, channels=["trade"], market_tickers=["A"])
    assert later["msg"]["code"] == 18
    subscribed(venue, "trade", None, sid=8)
    assert venue.take(frame("error", sid=8, msg={"code": 11})) == []
    (made,) = asked(venue, "subscribe", 3, channels=["trade"], market_tickers=["A"])
    assert made["type"] == "subscribed"
    (over,) = read(venue.take(frame("unsubscribed", id=5, sid=8, seq=1)))
    assert over["msg"]["code"] == 10


def test_lines_that_are_missing_make_books_and_numbers_unknown() -> None:
    venue = ReplayVenue()
    subscribed(venue, "orderbook_delta", ["A"])
    venue.take(snapshot(1, 4))
    venue.interrupted()
    (made,) = asked(venue, "subscribe", channels=["orderbook_delta"], market_tickers=["A"])
    assert made["msg"]["sid"] == 1
    (next_,) = read(venue.take(delta(40, 9)))
    assert next_["seq"] == 1
    again = RecordedLine(at_ms=1, subscription=RecordedSubscription(sid=7, channel="orderbook_delta"))
    assert venue.take(again) == []
    venue.opened()
    assert venue.take(delta(41, 9)) == []


def test_what_is_left_out_before_any_number_is_known_leaves_no_hole() -> None:
    venue = ReplayVenue()
    venue.take(RecordedLine(at_ms=1, subscription=RecordedSubscription(sid=7, channel="trade")))
    asked(venue, "subscribe", channels=["trade"], market_tickers=["A"])
    assert venue.take(frame("trade", sid=7, seq=5, msg={"market_ticker": "B"})) == []
    (first,) = read(venue.take(frame("trade", sid=7, seq=6, msg={"market_ticker": "A"})))
    assert first["seq"] == 1


async def test_a_carrier_that_is_not_open_hands_nothing_on() -> None:
    received: list[Sequence[bytes]] = []
    ended: list[Exception | None] = []
    carrier = Carrier()
    carrier.take(RecordedLine(at_ms=1, state="closed: before it began"))
    carrier.take(RecordedLine(at_ms=1, dropped=2))
    carrier.hand_on([])
    carrier.take(RecordedLine(at_ms=1, state="opened"))
    await carrier.open("ws://x", {}, received.append, ended.append)
    carrier.send(b'{"id":1,"cmd":"list_subscriptions"}')
    await carrier.close()
    await asyncio.sleep(0)
    assert (received, ended) == ([], [])


async def test_a_replay_that_was_not_entered_closes(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"at_ms":7,"recording":1,"url":"ws://x"}\n')
    played = replay(tmp_path / "a.jsonl")
    assert played.at_ms == 7
    await played.aclose()
