"""Public market data and the state of the exchange: no signature needed."""

from __future__ import annotations

from decimal import Decimal

import httpx
import pytest

from kalshi_async.sandbox import DEFAULT_MARKETS, Sandbox
from tests.stages.members import BASE, TICKER, Json, Member


async def fetch(http: httpx.AsyncClient, path: str, status: int = 200) -> Json:
    reply = await http.get(BASE + path)
    assert reply.status_code == status, reply.text
    body: Json = reply.json()
    return body


async def test_a_market_shows_the_top_of_its_book(alice: Member, bob: Member) -> None:
    await alice.rest(price="0.4800", count="10.00")
    await bob.rest(side="ask", price="0.5200", count="4.00")
    market = (await fetch(alice.http, f"/markets/{TICKER}"))["market"]
    assert (market["yes_bid_dollars"], market["yes_bid_size_fp"]) == ("0.4800", "10.00")
    assert (market["yes_ask_dollars"], market["yes_ask_size_fp"]) == ("0.5200", "4.00")
    assert (market["no_bid_dollars"], market["no_ask_dollars"]) == ("0.4800", "0.5200")
    assert market["status"] == "active"
    assert market["price_ranges"][0]["step"] == "0.0100"


async def test_a_book_has_bids_only_and_the_best_comes_last(alice: Member, bob: Member) -> None:
    for price in ("0.4700", "0.4800"):
        await alice.rest(price=price)
    for price in ("0.5200", "0.5300"):
        await bob.rest(side="ask", price=price, count="4.00")
    book = (await fetch(alice.http, f"/markets/{TICKER}/orderbook"))["orderbook_fp"]
    assert book == {
        "yes_dollars": [["0.4700", "10.00"], ["0.4800", "10.00"]],
        "no_dollars": [["0.4700", "4.00"], ["0.4800", "4.00"]],
    }
    shallow = (await fetch(alice.http, f"/markets/{TICKER}/orderbook?depth=1"))["orderbook_fp"]
    assert shallow == {"yes_dollars": [["0.4800", "10.00"]], "no_dollars": [["0.4800", "4.00"]]}


async def test_markets_filter_and_page(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.exchange.market(TICKER).pause()

    async def tickers(query: str) -> list[str]:
        return [row["ticker"] for row in (await fetch(http, f"/markets{query}"))["markets"]]

    assert await tickers("") == list(DEFAULT_MARKETS)
    assert await tickers(f"?tickers={TICKER},X") == [TICKER]
    assert await tickers("?status=paused") == [TICKER]
    assert await tickers("?status=open") == list(DEFAULT_MARKETS[1:])
    assert await tickers("?event_ticker=KXHIGHNY-26NOV23&limit=2") == list(DEFAULT_MARKETS[:2])
    assert await tickers("?series_ticker=KXBTC") == []
    await fetch(http, "/markets?status=sleepy", 400)


async def test_events_and_series_tell_the_fees(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.exchange.markets.add(
        "KXBTC-26NOV23-T100", fee_type="quadratic_with_maker_fees", fee_multiplier=Decimal("0.5")
    )
    event = await fetch(http, "/events/KXHIGHNY-26NOV23")
    assert event["event"]["series_ticker"] == "KXHIGHNY"
    assert len(event["markets"]) == 3
    series = (await fetch(http, "/series/KXBTC"))["series"]
    assert (series["fee_type"], series["fee_multiplier"]) == ("quadratic_with_maker_fees", 0.5)


@pytest.mark.parametrize("path", ["/markets/X", "/markets/X/orderbook", "/events/X", "/series/X"])
async def test_what_is_not_listed_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    await fetch(http, path, 404)


async def test_a_settled_market_tells_its_result(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.exchange.market(TICKER).settle("yes")
    market = (await fetch(http, f"/markets/{TICKER}"))["market"]
    assert (market["status"], market["result"], market["settlement_value_dollars"]) == (
        "finalized",
        "yes",
        "1.0000",
    )


async def test_status_tells_a_pause(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    assert (await fetch(http, "/exchange/status"))["trading_active"] is True
    sandbox.exchange.shards.pause_trading()
    status = await fetch(http, "/exchange/status")
    assert (status["exchange_active"], status["trading_active"]) == (True, False)
    assert [row["exchange_index"] for row in status["exchange_index_statuses"]] == [0, 1, 2, 3]
