"""A slice of the lives on every run, and proof that they would notice.

All of them: ``python -m tests.streams.lives``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest

from kalshi_async.contract.frames.envelope import Frame
from kalshi_async.streams.connection import _Connection
from kalshi_async.streams.delivery import Inbox
from kalshi_async.streams.link import Link
from kalshi_async.streams.protocol import StreamProtocol
from tests.streams.lives.__main__ import main, play_all

NUMBERS = count(1)


@pytest.mark.parametrize("first", range(0, 12, 4))
def test_every_fact_comes_once_in_order_or_a_gap_covers_it(first: int) -> None:
    found = play_all(range(first, first + 4))
    assert found.wrong == []
    assert found.counts["events"] > 100, "else nothing is tested"
    assert found.counts["pongs"] > 10


def test_a_life_is_told_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--life", "2"]) == 0
    assert "0 wrong" in capsys.readouterr().out


def no_gap(self: Inbox, gap: object, *, goes_on: bool) -> bool:
    self.is_current = goes_on
    return False


def one_frame_less(self: Link, frames: Sequence[bytes]) -> None:
    received(self, frames if next(NUMBERS) % 40 else frames[:-1])


def one_topic_less(self: StreamProtocol) -> None:
    opened(self)
    if self.commands:
        self.commands.pop()


def one_event_more(self: Inbox, frame: Frame, data: bytes, now_ms: int) -> None:
    for _ in range(1 if next(NUMBERS) % 40 else 2):
        put(self, frame, data, now_ms)


def late(self: _Connection, data: bytes) -> None:
    if self.shaken.done() and self._transport is not None:
        asyncio.get_running_loop().call_later(1.0, lambda: self._transport and came(self, data))
    else:
        came(self, data)


received, opened, put, came = Link._received, StreamProtocol.opened, Inbox.put, _Connection.data_received


@pytest.mark.parametrize(
    ("owner", "name", "broken", "found"),
    [
        (Inbox, "interrupt", no_gap, "lost in silence"),
        (Link, "_received", one_frame_less, "lost in silence"),
        (StreamProtocol, "opened", one_topic_less, "connections were given up"),
        (Inbox, "put", one_event_more, "double or late"),
        (_Connection, "data_received", late, "no pong in"),
    ],
)
def test_a_fault_in_the_code_is_noticed(
    owner: Any, name: str, broken: Callable[..., Any], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, broken)
    assert any(found in line for line in play_all(range(1, 4)).wrong)
