"""Reading ahead: the same list, sooner, by one task that never outlives its block."""

from __future__ import annotations

import asyncio

import pytest

from kalshi_async.errors import InvalidRequest, PaginationError, RejectedRows, ServerError
from kalshi_async.pagination import Page, Paginator
from kalshi_async.pagination.paginator import EMPTY_PAGES
from tests.pagination.test_paginator import Shelf, rejected, seen, three_pages


async def idle() -> None:
    """Let every task run until it waits for something."""
    for _ in range(50):
        await asyncio.sleep(0)


def others() -> set[str]:
    return {task.get_name() for task in asyncio.all_tasks() if "prefetch" in task.get_name()}


class Held(Shelf):
    """Pages that come only once they are let go, and a note of every read that was cut off."""

    def __init__(self, *pages: list[int]) -> None:
        super().__init__(*pages)
        self.gate = asyncio.Event()
        self.cut: list[str | None] = []

    async def fetch(self, cursor: str | None) -> Page[int]:
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.1)  # a connection takes its time to close
            self.cut.append(cursor)
            raise
        return await super().fetch(cursor)


async def test_it_is_the_same_list() -> None:
    shelf = three_pages()
    async with shelf.list().prefetch(2) as ahead:
        assert await seen(ahead) == (list(range(250)), None)
        assert shelf.asked == [None, "c1", "c2"]
        assert [page.cursor async for page in ahead.pages()] == ["c1", "c2", ""]
        assert await ahead.collect(120) == list(range(120))
        assert await ahead.first() == 0
        assert await ahead.resume("c2").collect() == list(range(200, 250))


@pytest.mark.parametrize("pages", [1, 2, 3])
async def test_it_reads_as_far_ahead_as_it_was_told(pages: int) -> None:
    shelf = Shelf(*([number] for number in range(20)))
    async with shelf.list().prefetch(pages) as ahead:
        await idle()
        assert shelf.asked == [], "nothing is read for a loop that may never come"
        walk = ahead.pages()
        for taken in range(1, 6):
            await anext(walk)
            await idle()
            assert len(shelf.asked) == taken + pages


async def test_it_begins_where_the_list_begins() -> None:
    shelf = three_pages()
    async with shelf.list().resume("c1").prefetch(1) as ahead:
        assert await ahead.collect() == list(range(100, 250))
    assert shelf.asked == ["c1", "c2"]


async def test_an_error_comes_in_its_place_and_with_its_cursor() -> None:
    # It happened while the first page was being read by the loop.
    shelf = three_pages()
    failure = ServerError(503)
    shelf.broken["c2"] = failure
    async with shelf.list().prefetch(5) as ahead:
        rows, error = await seen(ahead)
        assert rows == list(range(200))
        assert isinstance(error, ServerError)
        assert (error.args, failure.cursor) == (failure.args, None)
        assert error.cursor == "c2"
        shelf.broken.clear()
        assert await ahead.resume(error.cursor).collect() == list(range(200, 250))


async def test_an_error_of_any_kind_comes_up_in_the_loop() -> None:
    async def fetch(cursor: str | None) -> Page[int]:
        raise ZeroDivisionError

    async with Paginator(fetch).prefetch(1) as ahead:
        with pytest.raises(ZeroDivisionError):
            await ahead.first()


async def test_bad_rows_are_reported_in_their_place() -> None:
    shelf = three_pages()
    shelf.broken["c1"] = Page([100], "c2", rejected(b"101"))
    async with shelf.list().prefetch(3) as ahead:
        rows, error = await seen(ahead)
    assert rows == list(range(101))
    assert isinstance(error, RejectedRows)
    assert (error.rows, error.cursor) == ((b"101",), "c2")
    bad: list[bytes] = []
    async with Paginator(shelf.fetch, on_rejected=bad.append).prefetch(3) as ahead:
        assert len(await ahead.collect()) == 151
    assert bad == [b"101"]


async def test_lists_without_end_are_refused_all_the_same() -> None:
    circle = Shelf([1], [2], last="c1")
    async with circle.list().prefetch(4) as ahead:
        rows, error = await seen(ahead)
    assert (rows, type(error)) == ([1, 2], PaginationError)
    empty = Shelf(*([] for _ in range(EMPTY_PAGES + 5)))
    async with empty.list().prefetch(4) as ahead:
        _, error = await seen(ahead)
    assert isinstance(error, PaginationError)
    assert len(empty.asked) <= EMPTY_PAGES + 1 + 4


async def test_leaving_the_block_ends_the_read_that_is_under_way() -> None:
    shelf = Held([1], [2], [3])
    shelf.gate.set()
    async with shelf.list().prefetch(1) as ahead:
        async for _ in ahead:
            shelf.gate.clear()
            await idle()
            assert others() == {"kalshi_async prefetch"}
            break
    assert others() == set()
    assert len(shelf.cut) <= 1


async def test_an_exception_leaves_as_it_is_and_leaves_nothing_behind() -> None:
    shelf = Held([1], [2])
    readings: list[asyncio.Task[list[int]]] = []

    async def fail() -> None:
        async with shelf.list().prefetch(1) as ahead:
            readings.append(asyncio.create_task(ahead.collect()))
            await idle()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (shelf.cut, others()) == ([None], set())
    with pytest.raises(InvalidRequest):
        await readings[0]


async def test_cancellation_ends_it_even_if_it_comes_twice() -> None:
    shelf = Held([1])

    async def read() -> None:
        async with shelf.list().prefetch(2) as ahead:
            await ahead.collect()

    task = asyncio.create_task(read())
    await idle()
    task.cancel()
    await idle()
    task.cancel()  # as an impatient timeout around it would
    await asyncio.wait([task])
    assert task.cancelled()
    assert (shelf.cut, others()) == ([None], set())


async def test_cancellation_while_the_block_is_left_is_not_swallowed() -> None:
    shelf = Held([1], [2])
    shelf.gate.set()

    async def read() -> None:
        async with shelf.list().prefetch(1) as ahead:
            await ahead.first()
            shelf.gate.clear()
            await idle()

    task = asyncio.create_task(read())
    await idle()
    await idle()
    assert not task.done(), "it waits for the read that it has canceled"
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert others() == set()


async def test_a_loop_that_gave_up_may_begin_again() -> None:
    shelf = Held([1], [2])
    async with shelf.list().prefetch(1) as ahead:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await ahead.collect()
        shelf.gate.set()
        assert await ahead.collect() == [1, 2]


async def test_outside_its_block_it_is_refused() -> None:
    async with three_pages().list().prefetch(1) as ahead:
        pass
    with pytest.raises(InvalidRequest, match="inside its block"):
        await ahead.collect()


async def test_a_second_loop_at_once_is_refused_and_does_not_hang() -> None:
    shelf = Held([1], [2])
    async with shelf.list().prefetch(1) as ahead:
        first = asyncio.create_task(ahead.collect())
        await idle()
        second = asyncio.create_task(ahead.resume("c1").collect())
        await idle()
        shelf.gate.set()
        with pytest.raises(InvalidRequest, match="one loop at a time"):
            await first
        assert await second == [2]


@pytest.mark.parametrize("pages", [0, -1, True, 1.5])
async def test_how_far_ahead_must_be_a_number_of_pages(pages: int) -> None:
    with pytest.raises(InvalidRequest, match="pages must be"):
        async with three_pages().list().prefetch(pages):
            pass
