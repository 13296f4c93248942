"""A slice of the random lives; ``nox -s books`` lives a thousand of each kind."""

from __future__ import annotations

from typing import Any

import pytest

from kalshi_async.contract.fields import OutcomeSide
from kalshi_async.contract.frames.market_data import BookDeltaEvent
from kalshi_async.streams.books.keeper import Keeper
from kalshi_async.streams.books.ladder import Ladder
from kalshi_async.streams.events import Gap
from tests.streams.books.life import check


def test_a_book_is_true_or_says_that_it_is_not_whatever_happens() -> None:
    happened = check(lives=12)
    assert happened["current"] > 3 * happened["stale"] > 0


def deaf_to_breaks(self: Keeper, gap: Gap, now_ms: int, *, goes_on: bool) -> None:
    """Miss that the subscription broke."""


def careless(self: Ladder, event: BookDeltaEvent, frame: bytes, now_ms: int) -> None:
    """Show each change at once, and pass over the clock."""
    is_bid = event.side is OutcomeSide.YES
    self._held.append((is_bid, int(event.price * 10_000), int(event.delta * 100), frame))
    self._newest = event.clock or 0
    self.publish()


@pytest.mark.parametrize(
    ("owner", "name", "mistake"), [(Keeper, "broken", deaf_to_breaks), (Ladder, "hold", careless)]
)
def test_a_planted_mistake_would_be_found(
    owner: type, name: str, mistake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, name, mistake)
    with pytest.raises(AssertionError, match="Life of 1, seed"):
        check(lives=12)
