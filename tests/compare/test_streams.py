"""The benchmark of streams: it plays what the exchange writes, and only ratios within a round count."""

from __future__ import annotations

import pytest
from compare.streams import tape
from compare.streams.adapters.floor import Message
from compare.streams.table import goals, ratios, table
from msgspec import json
from websockets.frames import Frame
from websockets.streams import StreamReader

from kalshi_async.streams import BookDeltaEvent, BookSnapshotEvent, TickerEvent
from kalshi_async.wire.frames import decode


def test_what_is_played_decodes_to_the_same_values_here_and_at_the_floor() -> None:
    for text, kind in (
        (tape.delta(1, 2, "BURST-9"), BookDeltaEvent),
        (tape.snapshot(1, "BURST-9"), BookSnapshotEvent),
        (tape.ticker(1, "HELD-9"), TickerEvent),
    ):
        frame, floor = decode(text), json.decode(text, type=Message)
        assert type(frame.msg) is kind
        assert (frame.sid, frame.seq) == (floor.sid, floor.seq)
        assert frame.msg.market_ticker == floor.msg.market_ticker
        if isinstance(frame.msg, BookDeltaEvent):
            assert (frame.msg.price, frame.msg.delta) == (floor.msg.price_dollars, floor.msg.delta_fp)
            assert 250 <= len(text) <= 350, "as long as recorded ones"


def test_a_stamp_is_the_time_of_its_write() -> None:
    first, second = (int(decode(tape.stamped(tape.delta(1, 2, "A"))).msg.market_id) for _ in range(2))  # type: ignore[attr-defined]
    assert 0 < first <= second


def test_frames_are_those_of_a_server() -> None:
    reader = StreamReader()
    reader.feed_data(tape.framed(tape.delta(1, 2, "A")))
    parsing = Frame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    assert bytes(parsed.value.value.data) == tape.delta(1, 2, "A")


ROUNDS = [
    {"floor": {"burst_cpu_us": 4.0}, "ours": {"burst_cpu_us": 6.0}},
    {"floor": {"burst_cpu_us": 8.0}, "ours": {"burst_cpu_us": 12.0}},
    {"floor": {"burst_cpu_us": 8.0}, "ours": {"burst_cpu_us": 8.0}, "pykalshi": {}},
]


def test_a_machine_that_halves_its_speed_changes_no_ratio() -> None:
    assert ratios(ROUNDS, "ours", "burst_cpu_us") == 1.5
    assert ratios(ROUNDS, "pykalshi", "burst_cpu_us") is None


def test_a_goal_is_met_missed_or_not_measured() -> None:
    said = goals(ROUNDS).splitlines()
    assert said[0].endswith("1.50 of the floor, at most 1.6: met")
    assert said[1].endswith("not measured, at most 1.3: MISSED")
    slow = [{"floor": {"burst_cpu_us": 1.0}, "ours": {"burst_cpu_us": 2.0}}]
    assert goals(slow).splitlines()[0].endswith("2.00 of the floor, at most 1.6: MISSED")


def test_the_table_has_a_column_for_each_library() -> None:
    lines = table(ROUNDS, {"floor": "the floor", "ours": "kalshi_async", "pykalshi": "pykalshi"}).splitlines()
    assert lines[0] == "| | the floor | kalshi_async | pykalshi |"
    assert lines[2] == "| CPU per frame, back to back, µs | 8 | 8 (1.50) | - |"
