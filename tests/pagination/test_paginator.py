"""Lists: in pieces, to the end, from a cursor on, and never without end."""

from __future__ import annotations

import httpx
import pytest

from kalshi_async import UnexpectedReply
from kalshi_async.errors import KalshiError, PaginationError, RejectedRows, ReplyLost, ServerError
from kalshi_async.pagination import Page, Paginator
from kalshi_async.pagination.paginator import EMPTY_PAGES
from tests.stages.scene import Scene

Cursors = list[str | None]


class Shelf:
    """Pages of numbers under cursors c1, c2, …, and a log of the cursors that were asked for."""

    def __init__(self, *pages: list[int], last: str = "") -> None:
        self.asked: Cursors = []
        self._pages = pages
        self._last = last
        self.broken: dict[str | None, Page[int] | KalshiError] = {}

    async def fetch(self, cursor: str | None) -> Page[int]:
        self.asked.append(cursor)
        match self.broken.get(cursor):
            case KalshiError() as error:
                raise error
            case Page() as page:
                return page
        number = int(cursor.removeprefix("c")) if cursor else 0
        is_last = number == len(self._pages) - 1
        return Page(self._pages[number], self._last if is_last else f"c{number + 1}")

    def list(self) -> Paginator[int]:
        return Paginator(self.fetch)


def three_pages() -> Shelf:
    return Shelf(list(range(100)), list(range(100, 200)), list(range(200, 250)))


def rejected(*rows: bytes) -> RejectedRows:
    return RejectedRows("bad rows", status=200, body=b"[]", rows=rows, page=None)


async def seen(paginator: Paginator[int]) -> tuple[list[int], KalshiError | None]:
    """Return the rows that came, and the error that ended them."""
    rows: list[int] = []
    try:
        async for row in paginator:
            rows.append(row)  # what came before the error counts
    except KalshiError as error:
        return rows, error
    return rows, None


async def test_three_pages_are_one_list() -> None:
    shelf = three_pages()
    assert await seen(shelf.list()) == (list(range(250)), None)
    assert shelf.asked == [None, "c1", "c2"]


async def test_pages_come_one_at_a_time_and_say_where_the_next_begins() -> None:
    shelf = three_pages()
    pages = shelf.list().pages()
    first = await anext(pages)
    assert (len(first.rows), first.cursor, shelf.asked) == (100, "c1", [None])
    assert [(len(page.rows), page.cursor) async for page in pages] == [(100, "c2"), (50, "")]


async def test_a_list_may_be_read_again() -> None:
    paginator = three_pages().list()
    assert await paginator.collect() == await paginator.collect()


async def test_a_list_goes_on_from_a_cursor() -> None:
    shelf = three_pages()
    assert await shelf.list().resume("c2").collect() == list(range(200, 250))
    assert shelf.asked == ["c2"]
    assert await shelf.list().resume("c2").resume(None).collect() == list(range(250))
    assert await shelf.list().resume("").collect() == []  # the cursor of the last page


async def test_collecting_reads_no_page_more_than_it_needs() -> None:
    for most, expected, asked in (
        (0, 0, 0),
        (-1, 0, 0),
        (1, 1, 1),
        (100, 100, 1),
        (101, 101, 2),
        (999, 250, 3),
    ):
        shelf = three_pages()
        assert await shelf.list().collect(max_items=most) == list(range(expected))
        assert len(shelf.asked) == asked


async def test_the_first_row_is_there_or_it_is_none() -> None:
    shelf = three_pages()
    assert await shelf.list().first() == 0
    assert shelf.asked == [None]
    assert await Shelf([]).list().first() is None
    assert await Shelf([], [7]).list().first() == 7


async def test_an_empty_last_page_ends_the_list() -> None:
    assert await seen(Shelf([1, 2], []).list()) == ([1, 2], None)
    assert await seen(Shelf([]).list()) == ([], None)


@pytest.mark.parametrize("repeated", ["c2", "c1"])
async def test_a_repeated_cursor_is_refused_and_named(repeated: str) -> None:
    # Other SDKs loop for ever. The page that names it is no less true.
    shelf = Shelf([0], [1], [2], last=repeated)
    rows, error = await seen(shelf.list())
    assert rows == [0, 1, 2]
    assert isinstance(error, PaginationError)
    assert (error.cursor, error.sent) == (repeated, True)
    assert repr(repeated) in str(error)
    assert len(shelf.asked) == 3


async def test_the_cursor_that_one_resumes_from_counts_as_seen() -> None:
    shelf = Shelf([0], [1], last="c1")
    rows, error = await seen(shelf.list().resume("c1"))
    assert (rows, type(error)) == ([1], PaginationError)


async def test_empty_pages_are_followed_but_not_for_ever() -> None:
    # An exchange may filter behind its cursor; one that only pages is broken.
    quiet: list[list[int]] = [[] for _ in range(EMPTY_PAGES)]
    assert await seen(Shelf(*quiet, [7], *quiet, [8]).list()) == ([7, 8], None)
    shelf = Shelf([6], *quiet, [], [7])
    rows, error = await seen(shelf.list())
    assert rows == [6]
    assert isinstance(error, PaginationError)
    assert error.cursor == f"c{EMPTY_PAGES + 2}"
    assert await shelf.list().resume(error.cursor).collect() == [7]


async def test_any_number_of_empty_pages_may_be_the_last() -> None:
    quiet: list[list[int]] = [[] for _ in range(EMPTY_PAGES + 1)]
    assert await seen(Shelf(*quiet).list()) == ([], None)


@pytest.mark.parametrize("failure", [ServerError(503), ReplyLost("reset", sent=True)])
async def test_a_failure_in_the_middle_carries_the_cursor_to_go_on_from(failure: KalshiError) -> None:
    shelf = three_pages()
    shelf.broken["c2"] = failure
    rows, error = await seen(shelf.list())
    assert rows == list(range(200))
    assert error is not None
    assert (type(error), error.args) == (type(failure), failure.args)
    assert error.cursor == "c2"
    shelf.broken.clear()
    assert await shelf.list().resume(error.cursor).collect() == list(range(200, 250))


@pytest.mark.parametrize("most", [None, 201])
async def test_a_failure_in_the_middle_of_collecting_carries_the_rows_before_it(most: int | None) -> None:
    shelf = three_pages()
    shelf.broken["c2"] = ServerError(503)
    with pytest.raises(ServerError) as caught:
        await shelf.list().collect(most)
    assert caught.value.collected == tuple(range(200))
    shelf.broken.clear()
    rest = await shelf.list().resume(caught.value.cursor).collect()
    assert [*caught.value.collected, *rest] == list(range(250))


@pytest.mark.parametrize("most", [None, 101])
async def test_a_bad_row_in_collecting_leaves_the_good_ones_of_its_page(most: int | None) -> None:
    # All of that page, even where fewer were asked for: the cursor is behind it.
    shelf = three_pages()
    shelf.broken["c1"] = Page([100, 102], "c2", rejected(b"101"))
    with pytest.raises(RejectedRows) as caught:
        await shelf.list().collect(most)
    assert caught.value.collected == (*range(100), 100, 102)
    assert await shelf.list().resume(caught.value.cursor).collect() == list(range(200, 250))


async def test_nothing_is_written_onto_the_error_of_somebody_else() -> None:
    # A reader that raises the same error twice would find the rows of another list on it.
    failure = ReplyLost("reset", sent=True)
    shelf = three_pages()
    shelf.broken["c2"] = failure
    for _ in range(2):
        with pytest.raises(ReplyLost) as caught:
            await shelf.list().collect()
        assert caught.value.collected == tuple(range(200))
        assert caught.value.__cause__ is failure.__cause__
    assert (failure.cursor, failure.collected) == (None, ())


async def test_a_cursor_that_is_repeated_loses_no_row_either() -> None:
    with pytest.raises(PaginationError) as caught:
        await Shelf([0], [1], last="c1").list().collect()
    assert caught.value.collected == (0, 1)


async def test_an_error_of_anything_but_collecting_has_collected_nothing() -> None:
    shelf = three_pages()
    shelf.broken["c2"] = ServerError(503)
    _, error = await seen(shelf.list())
    assert error is not None
    assert error.collected == ()


async def test_a_failure_at_the_start_resumes_at_the_start() -> None:
    shelf = three_pages()
    shelf.broken[None] = ServerError(503)
    _, error = await seen(shelf.list())
    assert error is not None
    assert error.cursor is None


async def test_a_bad_row_stops_the_list_after_the_good_ones_of_its_page() -> None:
    # Skipped silently it would be a lost fill.
    shelf = three_pages()
    shelf.broken["c1"] = Page([100, 102], "c2", rejected(b"101"))
    rows, error = await seen(shelf.list())
    assert rows == [*range(100), 100, 102]
    assert isinstance(error, RejectedRows)
    assert (error.rows, error.cursor) == ((b"101",), "c2")
    assert await shelf.list().resume(error.cursor).collect() == list(range(200, 250))


async def test_a_bad_row_on_the_last_page_leaves_nothing_to_resume() -> None:
    shelf = Shelf([1])
    shelf.broken[None] = Page([1], "", rejected(b"2"))
    _, error = await seen(shelf.list())
    assert error is not None
    assert error.cursor == ""
    assert await shelf.list().resume(error.cursor).collect() == []


async def test_bad_rows_go_to_whoever_asked_for_them() -> None:
    bad: list[bytes] = []
    shelf = three_pages()
    shelf.broken["c1"] = Page([100], "c2", rejected(b"101", b"102"))
    shelf.broken["c2"] = Page([], "", rejected(b"103"))
    paginator = Paginator(shelf.fetch, on_rejected=bad.append)
    assert await paginator.collect() == [*range(100), 100]
    assert bad == [b"101", b"102", b"103"]
    bad.clear()
    assert await paginator.resume("c2").collect() == []
    assert bad == [b"103"]


async def test_a_page_of_bad_rows_is_not_an_empty_one() -> None:
    bad: list[bytes] = []
    shelf = Shelf()
    for number in range(50):
        shelf.broken[f"c{number}" if number else None] = Page([], f"c{number + 1}", rejected(b"?"))
    shelf.broken["c50"] = Page([7])
    assert await Paginator(shelf.fetch, on_rejected=bad.append).collect() == [7]
    assert len(bad) == 50


async def test_asking_for_few_rows_hides_no_bad_one() -> None:
    # The newest fill may be the one that did not decode.
    shelf = Shelf([])
    shelf.broken[None] = Page([1, 2, 3], "c1", rejected(b"0"))
    for read in (shelf.list().first, lambda: shelf.list().collect(max_items=2)):
        with pytest.raises(RejectedRows) as caught:
            await read()
        assert (caught.value.rows, caught.value.cursor) == ((b"0",), "c1")
    bad: list[bytes] = []
    assert await Paginator(shelf.fetch, on_rejected=bad.append).first() == 1
    assert bad == [b"0"]


@pytest.mark.parametrize(("bad_rows", "is_list"), [(1_000, True), (1_001, False)])
async def test_a_list_of_nothing_but_bad_rows_is_given_up(scene: Scene, bad_rows: int, is_list: bool) -> None:
    """A million of them would hold up the event loop for seconds."""
    page = httpx.Response(200, json={"orders": [{}] * bad_rows, "cursor": ""})
    seen: list[bytes] = []
    scene.play(ever=lambda: httpx.Response(200, content=page.content))
    orders = scene.session.orders.list(on_rejected=seen.append)
    if is_list:
        assert await orders.collect() == []
        assert len(seen) == bad_rows
    else:
        with pytest.raises(UnexpectedReply, match="more than 1000 rows"):
            await orders.collect()
