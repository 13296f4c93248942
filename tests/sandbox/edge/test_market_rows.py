"""Rows of markets, events and series have what the vendor's table of fields says, and nothing else."""

from __future__ import annotations

import re
from decimal import Decimal

import httpx
import pytest

from kalshi_async.sandbox import Sandbox
from kalshi_async.sandbox.virtual_time import VirtualClock
from tests.contract.conformance import Row, faults_of_row, load_table
from tests.sandbox.edge.test_markets import fetch
from tests.stages.members import OTHER_TICKER, TICKER, Json, Member

TABLE = load_table()
SHARD_TWO = "KXBTC-26NOV23-T100000"


@pytest.fixture
async def lively(sandbox: Sandbox, alice: Member, bob: Member) -> Sandbox:
    """Markets in every state: untouched, quoted, traded, halted, closed, settled both ways."""
    markets = sandbox.exchange.markets
    for ticker in ("KXBTC-26NOV24-T1", "KXBTC-26NOV24-T2", "KXBTC-26NOV24-T3", "KXBTC-26NOV24-T4"):
        markets.add(ticker, exchange_index=2)
    markets.add(SHARD_TWO, structure="tapered_deci_cent", exchange_index=2, fee_multiplier=Decimal("0.5"))
    await alice.rest(price="0.4800", count="10.00")
    await bob.rest(side="ask", price="0.4800", count="4.00")
    markets.pause("KXBTC-26NOV24-T1")
    markets.close("KXBTC-26NOV24-T2")
    markets.settle("KXBTC-26NOV24-T3", "no")
    markets.settle("KXBTC-26NOV24-T4", 37)
    return sandbox


BEYOND = re.compile(r".*\bMarket\.liquidity_dollars: is not in the table")
"""What rows have although the table has it no longer: one client refuses a market without it."""


def faults(name: str, rows: list[Json]) -> list[str]:
    found = [fault for row in rows for fault in faults_of_row(name, row, TABLE)]
    return [fault for fault in found if not BEYOND.fullmatch(fault)]


async def test_every_market_has_the_fields_of_the_table(lively: Sandbox, http: httpx.AsyncClient) -> None:
    listed = (await fetch(http, "/markets"))["markets"]
    single = [(await fetch(http, f"/markets/{row['ticker']}"))["market"] for row in listed]
    assert len({row["status"] for row in listed}) == 4
    assert faults("Market", listed) == []
    assert single == listed


async def test_every_event_has_the_fields_of_the_table(lively: Sandbox, http: httpx.AsyncClient) -> None:
    plain = (await fetch(http, "/events"))["events"]
    nested = (await fetch(http, "/events?with_nested_markets=true"))["events"]
    assert faults("EventData", plain) == faults("EventData", nested) == []
    assert [row["event_ticker"] for row in plain] == ["KXBTC-26NOV23", "KXBTC-26NOV24", "KXHIGHNY-26NOV23"]
    assert "markets" not in plain[0]
    assert [len(row["markets"]) for row in nested] == [1, 4, 3]


async def test_every_series_has_the_fields_of_the_table(lively: Sandbox, http: httpx.AsyncClient) -> None:
    plain = (await fetch(http, "/series"))["series"]
    counted = (await fetch(http, "/series?include_volume=true"))["series"]
    assert faults("Series", plain) == faults("Series", counted) == []
    assert [(row["ticker"], row["volume_fp"]) for row in counted] == [("KXBTC", "0.00"), ("KXHIGHNY", "4.00")]
    assert (await fetch(http, "/series/KXBTC"))["series"] == plain[0]
    assert (await fetch(http, "/series?category=Sports"))["series"] == []


async def test_an_event_has_its_markets_inside_or_beside_it(http: httpx.AsyncClient) -> None:
    beside = await fetch(http, "/events/KXHIGHNY-26NOV23")
    inside = await fetch(http, "/events/KXHIGHNY-26NOV23?with_nested_markets=true")
    without = await fetch(http, "/events/KXHIGHNY-26NOV23?exclude_markets=true")
    assert beside["markets"] == inside["event"]["markets"]
    assert inside["markets"] == without["markets"] == []
    assert "markets" not in beside["event"].keys() | without["event"].keys()


async def test_an_untouched_market_offers_nothing_and_a_quoted_one_all(
    alice: Member, http: httpx.AsyncClient
) -> None:
    async def prices(ticker: str) -> tuple[str, ...]:
        row = (await fetch(http, f"/markets/{ticker}"))["market"]
        names = ("yes_bid_dollars", "yes_ask_dollars", "no_bid_dollars", "no_ask_dollars")
        return tuple(row[name] for name in names)

    assert await prices(OTHER_TICKER) == ("0.0000", "0.0000", "1.0000", "1.0000")
    order_id = (await alice.rest(ticker=OTHER_TICKER, price="0.4800"))["order_id"]
    assert await prices(OTHER_TICKER) == ("0.4800", "1.0000", "0.0000", "0.5200")
    await alice.send("DELETE", f"/portfolio/events/orders/{order_id}", market_ticker=OTHER_TICKER)
    assert await prices(OTHER_TICKER) == ("0.0000", "1.0000", "0.0000", "1.0000")


async def test_a_market_counts_what_was_traded(
    alice: Member, bob: Member, http: httpx.AsyncClient, clock: VirtualClock
) -> None:
    await alice.rest(price="0.4800", count="10.00")
    await bob.rest(side="ask", price="0.4800", count="4.00")
    names = ("volume_fp", "volume_24h_fp", "open_interest_fp", "last_price_dollars")
    row = (await fetch(http, f"/markets/{TICKER}"))["market"]
    assert [row[name] for name in names] == ["4.00", "4.00", "4.00", "0.4800"]
    await clock.sleep(86_401)
    row = (await fetch(http, f"/markets/{TICKER}"))["market"]
    assert [row[name] for name in names] == ["4.00", "0.00", "4.00", "0.4800"]


async def test_a_market_is_updated_by_its_operator_alone(
    sandbox: Sandbox, alice: Member, http: httpx.AsyncClient, clock: VirtualClock
) -> None:
    async def times() -> tuple[str, str]:
        row = (await fetch(http, f"/markets/{TICKER}"))["market"]
        return row["created_time"], row["updated_time"]

    listed, updated = await times()
    assert listed == updated
    await clock.sleep(5)
    await alice.rest()
    assert await times() == (listed, listed)
    sandbox.exchange.market(TICKER).pause()
    assert (await times())[1] > listed


async def test_lists_keep_what_is_in_the_window(
    sandbox: Sandbox, http: httpx.AsyncClient, clock: VirtualClock
) -> None:
    start_s = clock.now_ms() // 1_000
    await clock.sleep(100)
    sandbox.exchange.markets.add(SHARD_TWO, exchange_index=2, close_in_s=60)
    sandbox.exchange.market(OTHER_TICKER).settle("yes")

    async def tickers(query: str) -> list[str]:
        return [row["ticker"] for row in (await fetch(http, f"/markets?{query}"))["markets"]]

    assert await tickers(f"min_created_ts={start_s + 50}") == [SHARD_TWO]
    assert await tickers(f"max_close_ts={start_s + 1_000}") == [SHARD_TWO, OTHER_TICKER]
    assert await tickers(f"min_settled_ts={start_s}") == [OTHER_TICKER]
    assert await tickers(f"min_updated_ts={start_s + 50}") == [SHARD_TWO, OTHER_TICKER]
    assert await tickers("mve_filter=only") == []
    assert len(await tickers("mve_filter=exclude")) == 4
    await fetch(http, "/markets?mve_filter=all", 400)


async def test_events_filter_and_page(sandbox: Sandbox, http: httpx.AsyncClient, clock: VirtualClock) -> None:
    sandbox.exchange.markets.add(SHARD_TWO, exchange_index=2, close_in_s=60)
    sandbox.exchange.market(SHARD_TWO).settle("yes")
    later_s = clock.now_ms() // 1_000 + 3_600

    async def tickers(query: str) -> list[str]:
        return [row["event_ticker"] for row in (await fetch(http, f"/events?{query}"))["events"]]

    assert await tickers("status=settled") == ["KXBTC-26NOV23"]
    assert await tickers("status=open") == await tickers("series_ticker=KXHIGHNY") == ["KXHIGHNY-26NOV23"]
    assert await tickers("tickers=KXBTC-26NOV23,X") == ["KXBTC-26NOV23"]
    assert await tickers(f"min_close_ts={later_s}") == ["KXHIGHNY-26NOV23"]
    assert await tickers(f"min_updated_ts={later_s}") == []
    first = await fetch(http, "/events?limit=1&with_milestones=true")
    (milestone,) = first["milestones"]
    assert milestone["related_event_tickers"] == [row["event_ticker"] for row in first["events"]]
    assert await tickers(f"limit=1&cursor={first['cursor']}") == ["KXHIGHNY-26NOV23"]
    await fetch(http, "/events?limit=201", 400)


PRICE: Row = {"type": "string", "required": True, "format": "fixed-point-dollars"}
PLANTED = {
    "Row": {
        "price": PRICE,
        "at": {"type": "string(date-time)", "required": False, "nullable": True},
        "word": {"type": "Word", "required": True, "enum": ["a", "b"]},
        "inner": {"type": "array<Inner>", "required": True},
    },
    "Inner": {"count": {"type": "integer", "required": True}},
}
RIGHT: Json = {"price": "0.5000", "at": None, "word": "a", "inner": [{"count": 1}]}


def test_a_right_row_has_no_fault() -> None:
    assert list(faults_of_row("Row", RIGHT, PLANTED)) == []  # type: ignore[arg-type]  # rows as literals


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"price": 0.5}, "must be fixed-point-dollars"),
        ({"price": None}, "must be fixed-point-dollars"),
        ({"at": "2026-11-22T12:00:00"}, "must be string(date-time)"),
        ({"word": "c"}, "must be one of"),
        ({"inner": {}}, "must be a list"),
        ({"inner": [1]}, "must be an object"),
        ({"inner": [{"count": True}]}, "must be integer"),
        ({"inner": [{}]}, "must be present"),
        ({"more": 1}, "is not in the table"),
    ],
)
def test_a_wrong_row_is_found(changes: Json, fault: str) -> None:
    found = list(faults_of_row("Row", RIGHT | changes, PLANTED))  # type: ignore[arg-type]  # rows as literals
    assert len(found) == 1
    assert fault in found[0]
