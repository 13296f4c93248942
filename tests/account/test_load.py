"""A minute at three times the budget, in small; ``python -m tests.account`` runs all of it."""

from __future__ import annotations

import statistics

import pytest

from kalshi_async.rate_limits import HEADROOM, JITTER_S
from kalshi_async.sandbox.access.budget import TIERS
from tests.account.load import CREATES_WAITING, FARTHEST_S, trade
from tests.account.scenes import on_virtual_time


@pytest.mark.parametrize(("tier", "seconds", "largest_batch"), [("basic", 60.0, 20), ("advanced", 20.0, 80)])
def test_the_budget_is_used_up_without_a_429_and_cancels_do_not_wait(
    tier: str, seconds: float, largest_batch: int
) -> None:
    figures = on_virtual_time(trade(tier, seconds))
    assert figures.statuses[429] == 0
    write = TIERS[tier].write
    # Kept for cancels, lost after the full bucket, under way at the end, and saved for a batch.
    kept = HEADROOM * write.capacity + (JITTER_S + FARTHEST_S) * write.refill_per_s + largest_batch
    assert figures.legal - kept <= figures.tokens <= figures.legal
    assert figures.share_used >= 0.99 or seconds < 60
    assert statistics.median(figures.creates_waiting) > CREATES_WAITING
    assert len(figures.cancel_waits_s) > 200
    assert figures.cancel_p99_s <= figures.most_cancel_wait_s
    assert figures.unfinished_cancels == 0


@pytest.mark.parametrize(("share", "burst"), [(0.5, 5), (3.0, 1)])
def test_a_hostile_neighbour_takes_his_part_and_nothing_more(share: float, burst: int) -> None:
    # No livelock: what he leaves is used, and a refused request has paid here as well, so that
    # 429s are bounded by the budget itself. Each clamp waits for its tokens anew.
    figures = on_virtual_time(trade("basic", 30.0, neighbour=share, burst=burst))
    assert figures.neighbours_tokens > 300
    assert figures.share_used >= 0.9
    assert figures.clamps > 5
    assert figures.is_bounded
    assert figures.statuses[201] > 30
    assert figures.unfinished_cancels == 0
