"""Function calls per frame of a stream, from its bytes to what waits for the reader."""

from __future__ import annotations

import cProfile
import json
import pstats

from kalshi_async.contract.frames.channels import CHANNELS
from kalshi_async.streams._topic import Options
from kalshi_async.streams.delivery import Inbox
from kalshi_async.streams.protocol import StreamProtocol
from tests.streams.model import message

FRAMES = 1_000
MOST = 9
"""Calls of one frame, to Python and to C (8 on CPython 3.11 and 3.13, 2026-11-28)."""


async def test_a_frame_stays_within_its_budget_of_function_calls() -> None:
    protocol, inbox = StreamProtocol(), Inbox(CHANNELS["orderbook_delta"], frozenset("A"))
    protocol.add(Options("orderbook_delta"), inbox)
    protocol.opened()
    protocol.feed(b'{"type":"subscribed","id":1,"msg":{"channel":"orderbook_delta","sid":1}}', 0)
    frames = [
        json.dumps(
            {"type": "orderbook_delta", "sid": 1, "seq": seq, "msg": message("orderbook_delta", seq, "A")}
        ).encode()
        for seq in range(1, FRAMES + 1)
    ]
    protocol.feed(frames.pop(0), 0)
    with cProfile.Profile() as profile:
        for frame in frames:
            protocol.feed(frame, 1)
    calls = pstats.Stats(profile).total_calls / len(frames)  # type: ignore[attr-defined]
    assert calls <= MOST
