"""Two tiers as one list: nothing lost and nothing doubled, whenever the cutoff moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from kalshi_async import InvalidRequest, KalshiError, Paginator, Session
from kalshi_async.contract.fields import ReplyStruct
from kalshi_async.errors import RejectedRows
from kalshi_async.pagination import Page
from kalshi_async.pagination.paginator import EMPTY_PAGES
from kalshi_async.resources._history import Stitched
from kalshi_async.sandbox.faults import ServerFailure
from tests.stages.served import OTHER_TICKER, TICKER, Stage

SIX = 6
KINDS = ("fills", "orders")


@pytest.fixture
async def six(stage: Stage) -> Stage:
    """Six orders of alice's, a second apart, all filled; and one that rests."""
    for number in range(SIX):
        await stage.trade(f"0.4{number}", 1)
        await stage.clock.sleep(1)
    return stage


def cut(stage: Stage, archived: int) -> None:
    """Let the oldest so many fills, and their orders, leave the live tier."""
    ends_us = sorted(fill.created_us for fill in stage.account.fills)
    stage.sandbox.exchange.historical_cutoff_us = ends_us[archived] if archived < SIX else ends_us[-1] + 1


def listing(session: Session, kind: str, limit: int = 2) -> Paginator[ReplyStruct]:
    history = session.fills.history if kind == "fills" else session.orders.history
    return history(limit=limit)  # type: ignore[return-value]  # one or the other: both are rows


def ids(rows: list[ReplyStruct]) -> list[str]:
    """The orders of fills or orders: every order here has one fill."""
    return [str(getattr(row, "order_id")) for row in rows]  # noqa: B009  # of either kind


def everything(stage: Stage) -> list[str]:
    """The ids of alice's orders, the newest first."""
    return [fill.order_id for fill in sorted(stage.account.fills, key=lambda fill: -fill.created_us)]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_two_tiers_are_one_list_newest_first(six: Stage, kind: str) -> None:
    for archived in range(SIX + 1):
        cut(six, archived)
        assert ids(await listing(six.session, kind).collect()) == everything(six)


@pytest.mark.parametrize("kind", KINDS)
async def test_rows_that_move_meanwhile_are_neither_lost_nor_doubled(six: Stage, kind: str) -> None:
    # Every place of the walk, and every distance that the cutoff can move while it is there.
    for before in range(SIX + 1):
        for after in range(before, SIX + 1):
            for turn in range(1, SIX):
                cut(six, before)
                rows: list[ReplyStruct] = []
                async for number, page in numbered(listing(six.session, kind)):
                    rows.extend(page.rows)
                    if number == turn:
                        cut(six, after)
                assert ids(rows) == everything(six), (before, after, turn)


@pytest.mark.parametrize("kind", KINDS)
async def test_rows_that_move_at_every_page_are_neither_lost_nor_doubled(six: Stage, kind: str) -> None:
    cut(six, 0)
    rows: list[ReplyStruct] = []
    async for number, page in numbered(listing(six.session, kind, limit=1)):
        rows.extend(page.rows)
        cut(six, min(number, SIX))
    assert ids(rows) == everything(six)


async def numbered(paginator: Paginator[ReplyStruct]) -> AsyncIterator[tuple[int, Page[ReplyStruct]]]:
    number = 0
    async for page in paginator.pages():
        number += 1
        yield number, page


@pytest.mark.parametrize("kind", KINDS)
async def test_the_list_goes_on_from_every_cursor_even_if_rows_moved(six: Stage, kind: str) -> None:
    for before, after in ((0, 0), (2, 2), (6, 6), (0, 4), (1, 6)):
        cut(six, before)
        history = listing(six.session, kind)
        places = [(page.cursor, ids(page.rows)) async for page in history.pages()]
        cut(six, after)
        for turn, (cursor, _) in enumerate(places):
            seen = [order_id for _, page in places[: turn + 1] for order_id in page]
            rest = ids(await history.resume(cursor).collect())
            assert seen + rest == everything(six), (before, after, turn)


@pytest.mark.parametrize("kind", KINDS)
async def test_another_process_goes_on_and_loses_nothing(six: Stage, kind: str) -> None:
    # It does not know what was seen before: what has moved meanwhile may come again, by its id.
    for before, after in ((0, 0), (2, 2), (6, 6), (0, 4), (1, 6)):
        cut(six, before)
        places = [(page.cursor, ids(page.rows)) async for page in listing(six.session, kind).pages()]
        cut(six, after)
        for turn, (cursor, _) in enumerate(places):
            seen = [order_id for _, page in places[: turn + 1] for order_id in page]
            rest = ids(await listing(six.session, kind).resume(cursor).collect())
            assert set(seen + rest) == set(everything(six))
            if before == after:
                assert len(seen + rest) == SIX


@pytest.mark.parametrize(
    ("operation", "tier", "read"),
    [("get_fills", "live:", 2), ("get_historical_fills", "historical:", 4)],
)
async def test_an_error_says_in_which_tier_to_go_on(six: Stage, operation: str, tier: str, read: int) -> None:
    cut(six, 3)
    for call in range(2, 50):  # the second page, and all attempts at it
        six.sandbox.faults.on(operation, ServerFailure(), call=call)
    history = listing(six.session, "fills", limit=2 if tier == "live:" else 1)
    with pytest.raises(KalshiError) as caught:
        await history.collect()
    assert caught.value.operation == operation
    assert str(caught.value.cursor).startswith(tier)
    assert len(caught.value.collected) == read
    six.sandbox.faults.clear()
    rest = await history.resume(caught.value.cursor).collect()
    assert [row.order_id for row in (*caught.value.collected, *rest)] == everything(six)  # type: ignore[attr-defined]


async def test_both_tiers_honour_the_filters(six: Stage) -> None:
    cut(six, 3)
    session = six.session
    times = [fill.ts for fill in await session.fills.history().collect()]
    assert all(later >= earlier for later, earlier in pairwise(time or 0 for time in times))
    assert await session.fills.history(ticker=OTHER_TICKER).collect() == []
    assert await session.orders.history(ticker=OTHER_TICKER).collect() == []
    assert len(await session.fills.history(ticker=TICKER).collect()) == SIX
    assert await session.fills.history(subaccount=0).collect() == await session.fills.history().collect()
    assert await session.with_options(subaccount=5).orders.history().collect() == []
    second, fifth = times[-2] or 0, times[1] or 0
    inner = await session.fills.history(min_ts=second, max_ts=fifth).collect()
    assert 0 < len(inner) < SIX
    assert {fill.ts for fill in inner} <= set(times[1:-1])


async def test_it_costs_a_page_of_each_tier_at_least(six: Stage) -> None:
    six.wire.clear()
    await six.session.fills.history().collect()
    assert [record.path.rpartition("v2/")[2] for record in six.wire] == [
        "portfolio/fills",
        "historical/fills",
    ]


async def test_it_can_be_read_ahead(six: Stage) -> None:
    cut(six, 3)
    async with listing(six.session, "fills", limit=1).prefetch(3) as ahead:
        assert ids(await ahead.collect()) == everything(six)


@pytest.mark.parametrize("cursor", ["abc", "live", "live:", "archive:1:x"])
async def test_a_cursor_of_another_list_is_refused(session: Session, cursor: str) -> None:
    # The exchange takes a cursor that it does not know for page one: everything would come again.
    with pytest.raises(InvalidRequest, match="begins with live: or historical:"):
        await session.fills.history().resume(cursor).collect()


class Tier:
    """Pages of texts under cursors 1, 2, …"""

    def __init__(self, *pages: Page[str]) -> None:
        self.pages = list(pages)

    @classmethod
    def of(cls, rows: list[str], size: int) -> Tier:
        starts = range(0, len(rows), size)
        return cls(*(Page(rows[at : at + size]) for at in starts)) if rows else cls(Page([]))

    async def fetch(self, cursor: str | None) -> Page[str]:
        number = int(cursor or 0)
        page = self.pages[number]
        following = str(number + 1) if number + 1 < len(self.pages) else ""
        return Page(page.rows, following, page.rejected)


def stitched(live: Tier, historical: Tier, **options: object) -> Paginator[str]:
    return Paginator(Stitched(live.fetch, historical.fetch, str).fetch, **options)  # type: ignore[arg-type]


async def test_pages_of_rows_that_are_known_are_not_taken_for_empty_ones() -> None:
    # A day's fills may move at once: many pages of them, and the list is not over.
    names = [f"row {number}" for number in range(3 * EMPTY_PAGES)]
    history = stitched(Tier.of(names, 10), Tier.of([*names, "older"], 1))
    assert await history.collect() == [*names, "older"]


async def test_an_archive_that_repeats_itself_does_not_hold_the_list_up() -> None:
    archive = Tier.of(["a"], 1)

    async def circle(cursor: str | None) -> Page[str]:
        page = await archive.fetch(None)
        return Page(page.rows, "again")

    history = Paginator(Stitched(Tier.of(["a"], 1).fetch, circle, str).fetch)
    with pytest.raises(KalshiError, match="repeated"):
        await history.collect()


async def test_bad_rows_of_both_tiers_are_reported() -> None:
    def page(row: str, bad: bytes) -> Page[str]:
        return Page([row], "", RejectedRows("bad", status=200, body=b"", rows=(bad,), page=None))

    bad: list[bytes] = []
    live, historical = Tier(page("b", b"1")), Tier(page("b", b"2"))
    assert await stitched(live, historical, on_rejected=bad.append).collect() == ["b"]
    assert bad == [b"1", b"2"]
    with pytest.raises(RejectedRows) as caught:
        await stitched(live, historical).collect()
    assert (caught.value.cursor, caught.value.collected) == ("historical:1:", ("b",))


async def test_two_loops_at_once_do_not_mix_what_they_saw() -> None:
    # "r" was live when the first loop passed it, and archived before the second began.
    live, historical = Tier.of(["n", "r"], 1), Tier.of(["o"], 1)
    history = stitched(live, historical)
    first = history.pages()
    rows = [(await anext(first)).rows, (await anext(first)).rows]
    live.pages.pop()
    historical.pages.insert(0, Page(["r"]))
    assert await history.collect() == ["n", "r", "o"]
    rows += [page.rows async for page in first]
    assert [row for page in rows for row in page] == ["n", "r", "o"]
