"""A list of which a predicate keeps some rows: the pages are those of the whole list."""

from __future__ import annotations

from kalshi_async.pagination import Page, Paginator
from kalshi_async.pagination.paginator import EMPTY_PAGES

SIZE = 10


class Numbers:
    """The numbers from 0 on, ten to a page, and a log of the pages that were asked for."""

    def __init__(self, pages: int) -> None:
        self.asked: list[int] = []
        self._pages = pages

    async def fetch(self, cursor: str | None) -> Page[int]:
        page = int(cursor or 0)
        self.asked.append(page)
        rows = list(range(page * SIZE, (page + 1) * SIZE))
        return Page(rows, str(page + 1) if page + 1 < self._pages else "")

    def list(self) -> Paginator[int]:
        return Paginator(self.fetch)


def is_even(number: int) -> bool:
    return number % 2 == 0


async def test_only_rows_that_are_kept_come() -> None:
    assert await Numbers(2).list().where(is_even).collect() == [*range(0, 20, 2)]


async def test_predicates_add_up() -> None:
    both = Numbers(2).list().where(is_even).where(lambda number: number % 3 == 0)
    assert await both.collect() == [0, 6, 12, 18]


async def test_no_page_is_read_after_the_last_row_that_is_wanted() -> None:
    numbers = Numbers(9)
    assert await numbers.list().where(lambda number: number >= 15).first() == 15
    assert numbers.asked == [0, 1]
    assert await numbers.list().where(lambda number: number >= 15).collect(5) == [15, 16, 17, 18, 19]
    assert numbers.asked == [0, 1, 0, 1]


async def test_any_number_of_pages_without_a_match_is_passed() -> None:
    pages = EMPTY_PAGES + 5
    last = pages * SIZE - 1
    assert await Numbers(pages).list().where(lambda number: number == last).collect() == [last]


async def test_a_page_keeps_its_cursor_and_a_resumed_list_its_predicate() -> None:
    listing = Numbers(3).list().where(is_even)
    first, *_ = [page async for page in listing.pages()]
    assert (first.rows, first.cursor) == ([0, 2, 4, 6, 8], "1")
    assert await listing.resume(first.cursor).collect() == [*range(10, 30, 2)]


async def test_pages_that_are_read_ahead_are_filtered_too() -> None:
    async with Numbers(3).list().where(is_even).prefetch(2) as numbers:
        assert await numbers.collect() == [*range(0, 30, 2)]
