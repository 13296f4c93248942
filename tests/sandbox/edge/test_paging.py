"""Pages of lists that are kept in the order of their times."""

from __future__ import annotations

from kalshi_async.sandbox.edge.paging import Key, newest_first, paginate, paginate_sorted

Row = tuple[int, str]

KEPT: list[Row] = [(1, "b"), (2, "d"), (2, "a"), (2, "c"), (5, "a")]


def key(row: Row) -> Key:
    return -row[0], row[1]


def test_the_newest_come_first_and_equal_times_go_by_their_text() -> None:
    assert list(newest_first(KEPT, key)) == sorted(KEPT, key=key)


def test_pages_of_a_sorted_list_are_those_of_any_list() -> None:
    cursor: str | None = None
    for _ in range(len(KEPT) // 2 + 1):
        page = paginate_sorted(newest_first(KEPT, key), key, name="rows", limit=2, cursor=cursor)
        assert page == paginate(KEPT, key, name="rows", limit=2, cursor=cursor)
        cursor = page.cursor
    assert cursor == ""


def test_a_page_reads_no_further_than_it_must() -> None:
    """A list of a million orders must not hold up the exchange for its first page."""
    read: list[Row] = []

    def counted(row: Row) -> Key:
        read.append(row)
        return key(row)

    many = [(number, "") for number in range(1_000)]
    paginate_sorted(newest_first(many, counted), counted, name="rows", limit=10, cursor=None)
    assert min(number for number, _ in read) == 1_000 - 11
