"""A slice of the cancellations on every run, and proof that they would notice.

All of them: ``python -m tests.streams.cancellation``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from kalshi_async.sandbox.virtual_time import VirtualTimeLoop
from kalshi_async.streams.connection import WebSocketTransport
from kalshi_async.streams.link import Link
from kalshi_async.streams.reader import Reader
from tests.streams.cancellation import Outcome, main, play
from tests.streams.programs import PROGRAMS


def played(times: int, *, has_sockets: bool = True) -> Outcome:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(play(times, 1, has_sockets=has_sockets))


@pytest.mark.parametrize("has_sockets", [True, False])
def test_nothing_is_left_wherever_a_program_is_canceled(has_sockets: bool) -> None:
    outcome = played(200, has_sockets=has_sockets)
    assert outcome.wrong == []
    assert outcome.ends["canceled"] > 100, "else nothing is tested"
    assert outcome.points.keys() == {program.__name__ for program in PROGRAMS}
    assert min(outcome.points.values()) > 3


def test_cancellations_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--times", "5"]) == 0
    assert "0 wrong" in capsys.readouterr().out


async def no_close(self: Any) -> None:
    pass


async def link_left_alone(self: Link) -> None:
    self.protocol.closed(self._now_ms())


async def still_there(self: Reader[object], *_: object) -> None:
    pass


@pytest.mark.parametrize(
    ("owner", "name", "broken", "found"),
    [
        (WebSocketTransport, "close", no_close, "are left"),
        (Link, "aclose", link_left_alone, "left are Counter({'kalshi_async stream'"),
        (Reader, "__aexit__", still_there, "topics are left"),
    ],
)
def test_what_is_left_is_noticed(
    owner: Any,
    name: str,
    broken: Callable[..., Coroutine[Any, Any, None]],
    found: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(owner, name, broken)
    assert any(found in line for line in played(30).wrong)
