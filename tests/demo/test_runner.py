"""Whole runs of the demo over loopback HTTP, in virtual time."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from kalshi_async.demo.display import View
from kalshi_async.demo.pricing import Plan
from kalshi_async.demo.runner import DemoRunner, RequestCounts
from kalshi_async.sandbox import RequestRecord
from kalshi_async.sandbox.virtual_time import VirtualClock


def unseen(_: View) -> None:
    """Show nothing."""


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
async def test_every_seed_brings_action_and_books_that_agree(clock: VirtualClock, seed: int) -> None:
    runner = DemoRunner(seed=seed, clock=clock)
    views: list[View] = []
    report = await runner.run(15, asyncio.Event(), views.append)
    assert report.differences == []
    assert report.exit_code == 0
    assert runner.request_counts.too_many == 0
    last = views[-1]
    assert last.status == "closed"
    assert last.fill_count >= 10
    assert "amended" in last.counts
    assert {view.status for view in views} >= {"opening", "quoting", "leaving"}
    assert 50 < len(views) < 80
    assert abs(last.position) <= Plan().inventory_limit


async def test_it_ends_soon_after_it_was_asked_to(clock: VirtualClock) -> None:
    """Ctrl-C sets the same event: the way out is the ordinary one."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(3, stop.set)
    began_s = clock.monotonic()
    report = await DemoRunner(clock=clock).run(3_600, stop, unseen)
    assert clock.monotonic() - began_s < 5
    assert report.differences == []


async def test_no_time_at_all_is_a_run_too(clock: VirtualClock) -> None:
    report = await DemoRunner(clock=clock).run(0.01, asyncio.Event(), unseen)
    assert report.differences == []


async def test_money_that_no_fill_explains_is_found_out(clock: VirtualClock) -> None:
    """A lie told by the exchange itself: a cent appears on the account."""
    runner = DemoRunner(clock=clock)
    exchange, account = runner.sandbox.exchange, runner.account.account
    asyncio.get_running_loop().call_later(1.5, exchange.accounts.deposit, account, Decimal("0.01"))
    report = await runner.run(3, asyncio.Event(), unseen)
    assert {row.name for row in report.differences} == {"cash", "portfolio.balance()", "P&L"}
    assert report.exit_code == 1
    assert report.lines()[-1].endswith("DOES NOT AGREE in cash, portfolio.balance(), P&L")


async def test_a_scarce_budget_is_kept_to_even_with_a_group_that_trips(clock: VirtualClock) -> None:
    runner = DemoRunner(seed=5, clock=clock, plan=Plan(group_limit=Decimal(40), period_s=0.1))
    views: list[View] = []
    report = await runner.run(12, asyncio.Event(), views.append)
    assert report.differences == []
    assert runner.request_counts.too_many == 0
    assert "paused by the order group" in {view.status for view in views}
    assert "group reset" in views[-1].counts


async def test_an_unknown_tier_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"tier must be one of .* was 'golden'"):
        DemoRunner(tier="golden")


def test_the_counts_tell_a_429_from_other_answers() -> None:
    """The summary's promise of none would otherwise be empty."""
    counts = RequestCounts()
    for status in (200, 429, 404):
        counts.count(RequestRecord("GET", "/", {}, status))
    assert (counts.requests, counts.too_many) == (3, 1)
