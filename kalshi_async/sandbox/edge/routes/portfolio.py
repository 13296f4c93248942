"""Balance, settlements, resting value, deposits and withdrawals."""

from __future__ import annotations

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.accounts.movements import Payment
from kalshi_async.sandbox.edge import views
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.queries import (
    CURSOR,
    EVENT_TICKER,
    LIMIT_500,
    LIMIT_1000,
    MAX_TS,
    MIN_TS,
    READ_SHARD,
    SUBACCOUNT,
    TICKER,
)
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import Rejected, Settlement


def get_balance(call: Call) -> Reply:
    """Show cash and marked positions of one subaccount, on one shard or on all."""
    subaccount, shard = call.subaccount(), call.query.integer("exchange_index")
    account = call.seen
    by_shard = {
        index: cash_e6
        for (owner, index), cash_e6 in account.cash_e6.items()
        if owner == subaccount and shard in (None, index)
    }
    by_shard = by_shard or {shard or 0: 0}
    total_e6 = sum(by_shard.values())
    document: views.Json = {
        "balance": fixed_point.cents(total_e6),
        "balance_dollars": fixed_point.cash(total_e6),
        "portfolio_value": call.exchange.reads.portfolio_value_cents(account, subaccount, shard),
        # Of this request, and not of the last change (recorded, update 2026-11-28 §3.5).
        "updated_ts": call.now_ms // 1_000,
    }
    if call.key.subaccount is None:
        document["balance_breakdown"] = _breakdown(by_shard)
    return ok(document)


def get_settlements(call: Call) -> Reply:
    """List settlements, newest first."""
    query, subaccount = call.query, call.subaccounts()
    rows = (
        settlement
        for settlement in call.seen.settlements
        if subaccount in (None, settlement.subaccount)
        and query.text("ticker") in (None, settlement.ticker)
        and query.text("event_ticker") in (None, settlement.event_ticker)
        and query.covers(settlement.settled_us)
    )
    page = paginate(rows, _settlement_key, name="settlements", limit=query.limit, cursor=query.cursor)
    return ok({"settlements": [views.settlement(row) for row in page.rows], "cursor": page.cursor})


def get_total_resting_order_value(call: Call) -> Reply:
    """Show the commitments of resting orders; for FCM members alone."""
    if not call.account.is_fcm:
        raise Rejected("permission_denied")
    account = call.seen
    by_shard = {
        index: call.exchange.reads.resting_commitment_e6(account, call.key.subaccount, index)
        for index in call.exchange.shards.numbers
    }
    used = {index: value_e6 for index, value_e6 in by_shard.items() if value_e6 or index == 0}
    return ok(
        {
            "total_resting_order_value": fixed_point.cents(sum(used.values())),
            "resting_order_value_breakdown": _breakdown(used),
        }
    )


def get_deposits(call: Call) -> Reply:
    """List deposits, newest first."""
    return _payments(call, "deposits", call.seen.deposits)


def get_withdrawals(call: Call) -> Reply:
    """List withdrawals, newest first."""
    return _payments(call, "withdrawals", call.seen.withdrawals)


def _payments(call: Call, name: str, payments: list[Payment]) -> Reply:
    page = paginate(payments, _payment_key, name=name, limit=call.query.limit, cursor=call.query.cursor)
    return ok({name: [views.payment(row) for row in page.rows], "cursor": page.cursor})


def _breakdown(by_shard: dict[int, int]) -> list[views.Json]:
    return [
        {"exchange_index": index, "balance": fixed_point.cash(value_e6)}
        for index, value_e6 in sorted(by_shard.items())
    ]


def _payment_key(payment: Payment) -> Key:
    return -payment.created_us, payment.id


def _settlement_key(settlement: Settlement) -> Key:
    return -settlement.settled_us, f"{settlement.ticker}/{settlement.subaccount:02d}"


_PAYMENTS = (LIMIT_500, CURSOR)
_SETTLEMENTS_PAGE = (LIMIT_1000, CURSOR, TICKER, EVENT_TICKER, MIN_TS, MAX_TS, SUBACCOUNT)
_RESTING_VALUE = "/portfolio/summary/total_resting_order_value"

ROUTES = (
    Route("get_balance", "GET", "/portfolio/balance", get_balance, (SUBACCOUNT, READ_SHARD)),
    Route("get_settlements", "GET", "/portfolio/settlements", get_settlements, _SETTLEMENTS_PAGE),
    Route("get_total_resting_order_value", "GET", _RESTING_VALUE, get_total_resting_order_value),
    Route("get_deposits", "GET", "/portfolio/deposits", get_deposits, _PAYMENTS, unrestricted=True),
    Route("get_withdrawals", "GET", "/portfolio/withdrawals", get_withdrawals, _PAYMENTS, unrestricted=True),
)
