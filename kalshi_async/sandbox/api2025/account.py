"""The rest of the 2025 API: order groups, balance, positions, fills, settlements."""

from __future__ import annotations

from collections import Counter

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.api2025 import views as legacy_views
from kalshi_async.sandbox.api2025.bodies import CreateOrderGroupRequest
from kalshi_async.sandbox.edge.paging import Key, paginate
from kalshi_async.sandbox.edge.parsing import require
from kalshi_async.sandbox.edge.queries import (
    CURSOR,
    EVENT_TICKER,
    LIMIT_200,
    MAX_TS,
    MIN_TS,
    TICKER,
    Integer,
    Text,
)
from kalshi_async.sandbox.edge.routes.route import Call, Reply, Route, ok
from kalshi_async.sandbox.engine.state import ONE_CONTRACT_E2, Fill, Group, Position, Rejected, Settlement

# A group of the 2025 API has a name and no limit: it gets the highest one (docs order_groups).
_NO_LIMIT_E2 = 1_000_000 * ONE_CONTRACT_E2
_DONE = Reply(204, None)  # the 2025 reference


def create_order_group(call: Call) -> Reply:
    """Create a named group. The reference has no field by which an order could join it."""
    body = call.body(CreateOrderGroupRequest)
    require(body, names=("name",))
    group = call.exchange.groups.create(call.account, _NO_LIMIT_E2, name=body.name or "")
    return Reply(201, {"order_group": legacy_views.group(group)})


def get_order_groups(call: Call) -> Reply:
    """List groups, newest first."""
    query = call.query
    rows = (
        group
        for group in call.seen.groups.values()
        if query.text("status") in (None, legacy_views.group_status(group))
    )
    page = paginate(rows, _group_key, name="order_groups", limit=query.limit, cursor=query.cursor)
    return ok({"order_groups": [legacy_views.group(row) for row in page.rows], "cursor": page.cursor})


def get_order_group(call: Call) -> Reply:
    """Show one group."""
    group = call.seen.groups.get(call.path["order_group_id"])
    if group is None:
        raise Rejected("not_found")
    return ok({"order_group": legacy_views.group(group)})


def delete_order_group(call: Call) -> Reply:
    """Delete a group."""
    call.exchange.groups.delete(call.account, call.path["order_group_id"])
    return _DONE


def reset_order_group(call: Call) -> Reply:
    """Reset a group that has triggered."""
    call.exchange.groups.reset(call.account, call.path["order_group_id"])
    return _DONE


def get_balance(call: Call) -> Reply:
    """Show the cash, in cents."""
    return ok({"balance": fixed_point.cents(sum(call.seen.cash_e6.values()))})


def get_positions(call: Call) -> Reply:
    """List positions, settled ones included: the 2025 API showed them (changelog 2025-12-11).

    What the two counts of the query are: ``settings.CHOICES``: ``count_filters``.
    """
    query, markets, seen = call.query, call.exchange.markets, call.seen
    resting = Counter(order.ticker for order in seen.resting.values())
    rows = (
        position
        for position in seen.positions.values()
        if query.text("ticker") in (None, position.ticker)
        and query.text("event_ticker") in (None, markets[position.ticker].event_ticker)
        and _is_counted(call, position)
    )
    page = paginate(rows, _position_key, name="positions", limit=query.limit, cursor=query.cursor)
    return ok(
        {
            "positions": [
                legacy_views.position(row, markets[row.ticker], resting[row.ticker]) for row in page.rows
            ],
            "cursor": page.cursor,
        }
    )


def get_fills(call: Call) -> Reply:
    """List fills, newest first."""
    query, seen = call.query, call.seen
    rows = (
        fill
        for fill in seen.fills
        if query.text("ticker") in (None, fill.ticker)
        and query.text("order_id") in (None, fill.order_id)
        and query.covers(fill.created_us)
    )
    page = paginate(rows, _fill_key, name="fills", limit=query.limit, cursor=query.cursor)
    # The live orders, because the lagging copy may show a fill before its order.
    orders = call.account.orders
    return ok(
        {
            "fills": [legacy_views.fill(row, orders[row.order_id]) for row in page.rows],
            "cursor": page.cursor,
        }
    )


def get_settlements(call: Call) -> Reply:
    """List settlements, newest first."""
    query = call.query
    page = paginate(
        call.seen.settlements, _settlement_key, name="settlements", limit=query.limit, cursor=query.cursor
    )
    return ok({"settlements": [legacy_views.settlement(row) for row in page.rows], "cursor": page.cursor})


def get_total_resting_order_value(call: Call) -> Reply:
    """Show the cash that resting orders commit. The 2025 API showed it to every member."""
    account, exchange = call.seen, call.exchange
    total_e6 = sum(
        exchange.reads.resting_commitment_e6(account, None, index) for index in exchange.shards.numbers
    )
    return ok({"total_resting_order_value": fixed_point.cents(total_e6)})


def _is_counted(call: Call, position: Position) -> bool:
    signed = legacy_views.contracts(position.position_e2)
    minima = [(call.query.integer("count_up"), signed), (call.query.integer("count_down"), -signed)]
    given = [held >= least for least, held in minima if least is not None]
    return any(given) or not given


def _group_key(group: Group) -> Key:
    return -group.created_us, group.order_group_id


def _position_key(position: Position) -> Key:
    return position.subaccount, position.ticker


def _fill_key(fill: Fill) -> Key:
    return -fill.created_us, fill.fill_id


def _settlement_key(settlement: Settlement) -> Key:
    return -settlement.settled_us, f"{settlement.ticker}/{settlement.subaccount:02d}"


_GROUPS = "/portfolio/order_groups"
_GROUP = _GROUPS + "/{order_group_id}"
_RESET = _GROUP + "/reset"
_PAGE = (LIMIT_200, CURSOR)
_POSITIONS_QUERY = (*_PAGE, TICKER, EVENT_TICKER, Integer("count_down", 0), Integer("count_up", 0))
_FILLS_QUERY = (*_PAGE, TICKER, Text("order_id"), MIN_TS, MAX_TS)
_RESTING_VALUE = "/portfolio/summary/total_resting_order_value"

ROUTES = (
    Route("create_order_group", "POST", _GROUPS + "/create", create_order_group),
    Route("get_order_groups", "GET", _GROUPS, get_order_groups, (*_PAGE, Text("status"))),
    Route("get_order_group", "GET", _GROUP, get_order_group),
    Route("delete_order_group", "DELETE", _GROUP, delete_order_group),
    Route("reset_order_group", "PUT", _RESET, reset_order_group, bodiless=True),
    # The reference documents PUT; the SDK of 2025 sends POST.
    Route("reset_order_group", "POST", _RESET, reset_order_group, bodiless=True),
    Route("get_balance", "GET", "/portfolio/balance", get_balance),
    Route("get_positions", "GET", "/portfolio/positions", get_positions, _POSITIONS_QUERY),
    Route("get_fills", "GET", "/portfolio/fills", get_fills, _FILLS_QUERY),
    Route("get_settlements", "GET", "/portfolio/settlements", get_settlements, _PAGE),
    Route("get_total_resting_order_value", "GET", _RESTING_VALUE, get_total_resting_order_value),
)
