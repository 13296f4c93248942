"""The export of fills: wherever it is interrupted, going on loses nothing and doubles nothing."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from examples.export_fills import export, progress_bar
from kalshi_async import CreateOrder, KalshiError, Session
from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.faults import ServerFailure
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.examples.stage import TICKER, account, trading

PAGE = 3
FILLS = 14


@asynccontextmanager
async def fills_in_two_tiers(clock: VirtualClock) -> AsyncIterator[tuple[Session, Sandbox]]:
    """Let the member fill fourteen times, a second apart, and archive the older half."""
    async with trading(clock) as (session, exchange):
        for _ in range(FILLS):
            exchange.market(TICKER).quote("ask", "0.50", 1)
            exchange.exchange.advance()
            await buy_one(session)
            await clock.sleep(1)
        archive(exchange, FILLS // 2)
        yield session, exchange


async def buy_one(session: Session) -> None:
    await session.orders.create(CreateOrder(TICKER, "bid", 1, "0.50"))


def archive(exchange: Sandbox, count: int) -> None:
    """Move the cutoff so that the oldest ``count`` fills have left the live tier."""
    exchange.exchange.historical_cutoff_us = account(exchange).fills[count].created_us


async def write(session: Session, path: Path, pages: int | None = None) -> int:
    """Export, stopping after so many pages; return how many were read."""
    read = 0
    async for _ in (steps := export(session.fills.history(limit=PAGE), path)):
        read += 1
        if read == pages:
            await steps.aclose()
            break
    return read


def exported(path: Path) -> list[str]:
    with path.open(newline="") as file:
        return [row["fill_id"] for row in csv.DictReader(file)]


def bookmark_of(path: Path) -> str | None:
    bookmark = path.with_name("fills.csv.cursor")
    return bookmark.read_text() if bookmark.exists() else None


def ledger(exchange: Sandbox) -> list[str]:
    """Every fill of the member, newest first."""
    return [fill.fill_id for fill in reversed(account(exchange).fills)]


async def test_the_file_holds_what_the_ledger_holds(clock: VirtualClock, tmp_path: Path) -> None:
    path = tmp_path / "fills.csv"
    async with fills_in_two_tiers(clock) as (session, exchange):
        await write(session, path)
        assert exported(path) == ledger(exchange)
        assert len(set(exported(path))) == FILLS
    assert bookmark_of(path) is None


async def test_it_may_be_interrupted_after_every_page(clock: VirtualClock, tmp_path: Path) -> None:
    path = tmp_path / "fills.csv"
    async with fills_in_two_tiers(clock) as (session, exchange):
        runs = 0
        while runs == 0 or (bookmark_of(path) is not None and runs < FILLS):
            await write(session, path, pages=1)
            runs += 1
        assert FILLS / PAGE < runs < FILLS
        assert exported(path) == ledger(exchange)


async def test_the_count_goes_on_where_the_last_run_stopped(clock: VirtualClock, tmp_path: Path) -> None:
    path = tmp_path / "fills.csv"
    async with fills_in_two_tiers(clock) as (session, _):
        await write(session, path, pages=2)
        counts = [count async for count, _ in export(session.fills.history(limit=PAGE), path)]
        assert counts == [7, 10, 13, 14]


@pytest.mark.parametrize("operation", ["get_fills", "get_historical_fills"])
async def test_an_outage_ends_it_and_the_next_run_goes_on(
    clock: VirtualClock, tmp_path: Path, operation: str
) -> None:
    path = tmp_path / "fills.csv"
    async with fills_in_two_tiers(clock) as (session, exchange):
        for call in range(2, 60):  # every attempt at the second page of that tier
            exchange.faults.on(operation, ServerFailure(503), call=call)
        with pytest.raises(KalshiError):
            await write(session, path)
        assert 0 < len(exported(path)) < FILLS
        exchange.faults.clear()
        await write(session, path)
        assert exported(path) == ledger(exchange)


async def test_a_row_that_was_torn_is_written_again(clock: VirtualClock, tmp_path: Path) -> None:
    path = tmp_path / "fills.csv"
    async with fills_in_two_tiers(clock) as (session, exchange):
        await write(session, path, pages=1)
        whole = path.read_bytes()
        path.write_bytes(whole + b"torn by a cra")
        await write(session, path)
        assert exported(path) == ledger(exchange)


async def test_a_crash_between_the_rows_and_the_cursor_doubles_nothing(
    clock: VirtualClock, tmp_path: Path
) -> None:
    path = tmp_path / "fills.csv"
    async with fills_in_two_tiers(clock) as (session, exchange):
        await write(session, path, pages=1)
        after_one_page = bookmark_of(path)
        assert after_one_page
        await write(session, path, pages=1)
        path.with_name("fills.csv.cursor").write_text(after_one_page)
        await write(session, path)
        assert exported(path) == ledger(exchange)


async def test_fills_that_are_archived_between_two_runs_come_once(
    clock: VirtualClock, tmp_path: Path
) -> None:
    # The second run reads the archive, and cannot know what the first has seen but by the file.
    path = tmp_path / "fills.csv"
    async with fills_in_two_tiers(clock) as (session, exchange):
        await write(session, path, pages=2)
        archive(exchange, FILLS - 2)
        await write(session, path)
        assert sorted(exported(path)) == sorted(ledger(exchange))


async def test_a_finished_export_is_made_anew(clock: VirtualClock, tmp_path: Path) -> None:
    path = tmp_path / "fills.csv"
    async with fills_in_two_tiers(clock) as (session, exchange):
        await write(session, path)
        exchange.market(TICKER).quote("ask", "0.50", 1)
        await buy_one(session)
        await write(session, path)
        assert exported(path) == ledger(exchange)


async def test_a_file_that_was_removed_half_way_is_begun_anew(clock: VirtualClock, tmp_path: Path) -> None:
    path = tmp_path / "fills.csv"
    async with fills_in_two_tiers(clock) as (session, exchange):
        await write(session, path, pages=2)
        path.unlink()
        await write(session, path)
        assert exported(path) == ledger(exchange)


@pytest.mark.parametrize(("share", "blocks"), [(0.0, 0), (0.5, 20), (1.0, 40), (1.2, 40)])
def test_the_bar_is_one_line_of_one_width(share: float, blocks: int) -> None:
    bar = progress_bar(share, 7)
    assert bar == f"\r[{'#' * blocks}{' ' * (40 - blocks)}] 7 fills"
