"""An exchange with every kind of row, and what is true of it. Knows no client."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from kalshi_async.sandbox import RequestRecord, Sandbox
from tests.clients.reader import Access, Facts

Observer = Callable[[RequestRecord], None]

EVENT = "KXHIGHNY-26NOV23"
MARKETS = (f"{EVENT}-B52.5", f"{EVENT}-B54.5", f"{EVENT}-B56.5")
OTHERS = tuple(f"KXBTC-26NOV23-T{number}" for number in range(5))
FLAT = "KXFLAT-26-YES"
OLD = "KXOLD-26JUL04-T1"
GOLD = "KXGOLD-26NOV23-T4000"


def staged(observe: Observer | None = None) -> Sandbox:
    """Return an exchange that is not served yet: markets untouched, quoted, traded, halted and settled."""
    sandbox = Sandbox(tier="off", markets=MARKETS, seed=17, observe=observe)
    markets = sandbox.exchange.markets
    for ticker in OTHERS:
        markets.add(ticker, structure="tapered_deci_cent", exchange_index=2)
    markets.add(FLAT, fee_type="flat", fee_multiplier=Decimal("0.5"))
    quoted = sandbox.market(MARKETS[0])
    quoted.quote("bid", Decimal("0.48"), Decimal(10))
    quoted.quote("ask", Decimal("0.52"), Decimal(10))
    quoted.trade("bid", Decimal("0.52"), Decimal(3))
    markets.pause(OTHERS[0])
    markets.close(OTHERS[1])
    markets.determine(OTHERS[2], "yes")
    markets.settle(OTHERS[3], "no")
    markets.settle(OTHERS[4], 37)
    sandbox.add_account("reader", "rsa")  # not every client signs with Ed25519
    return sandbox


def staged_for_calls(observe: Observer) -> Sandbox:
    """Return that exchange with an archived market, a collection and what else can be asked for.

    ``observe`` is called with every request.
    """
    sandbox = staged(observe)
    exchange = sandbox.exchange
    for ticker in (OLD, GOLD):
        exchange.markets.add(ticker)
    old = sandbox.market(OLD)
    old.quote("ask", Decimal("0.60"), Decimal(5))
    old.trade("bid", Decimal("0.60"), Decimal(5))
    old.settle("yes")
    # The old market alone is behind the cutoff, with its trade.
    record = exchange.markets[OLD]
    record.settled_us = record.trades[0].created_us = exchange.historical_cutoff_us - 1
    exchange.combos.add("KXMVEMIX-26", [EVENT, GOLD.rpartition("-")[0]])
    exchange.catalog.describe_series(EVENT.partition("-")[0], "Climate and Weather", ["Daily temperature"])
    exchange.catalog.describe_series(GOLD.partition("-")[0], "Sports", ["Football"])
    exchange.catalog.add_incentive(MARKETS[0], "liquidity", 25, for_s=86_400, target_size=100)
    exchange.fees.override_event(EVENT, multiplier=Decimal(1), in_s=86_400)
    return sandbox


def access(sandbox: Sandbox) -> Access:
    """Return where a served exchange is, and its account."""
    account = sandbox.accounts["reader"]
    return Access(sandbox.rest_url, account.key_id, account.private_key_pem)


def truth(sandbox: Sandbox) -> dict[str, Facts]:
    """Return what every client must have read, by the names of the families."""
    exchange = sandbox.exchange
    records = list(exchange.markets.values())
    by_event = {record.event_ticker: record.series_ticker for record in records}
    bids = {record.ticker: exchange.reads.book_levels(record.ticker)[0] for record in records}
    return {
        "markets": {ticker: Decimal(rows[0][0] if rows else 0) / 10_000 for ticker, rows in bids.items()},
        "events": by_event,
        "series": {ticker: f"Series {ticker}" for ticker in set(by_event.values())},
    }
