"""An exchange with every kind of row, and what is true of it. Knows no client."""

from __future__ import annotations

from decimal import Decimal

from kalshi_async.sandbox import Sandbox
from tests.clients.reader import Access, Facts

EVENT = "KXHIGHNY-26NOV23"
MARKETS = (f"{EVENT}-B52.5", f"{EVENT}-B54.5", f"{EVENT}-B56.5")
OTHERS = tuple(f"KXBTC-26NOV23-T{number}" for number in range(5))
FLAT = "KXFLAT-26-YES"


def staged() -> Sandbox:
    """Return an exchange that is not served yet: markets untouched, quoted, traded, halted and settled."""
    sandbox = Sandbox(tier="off", markets=MARKETS, seed=17)
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
