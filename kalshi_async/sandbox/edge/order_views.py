"""Orders and fills as JSON objects, and the replies to order mutations.

Source: OpenAPI 3.34.0 and recorded replies (demo, 2026-06). The deprecated pair
``side``/``action`` differs between orders and fills: an order that sells YES has action
"sell" and side "yes"; its fill has action "sell" and side "no", the outcome acquired.
"""

from __future__ import annotations

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.edge.views import Json
from kalshi_async.sandbox.engine.state import ONE_DOLLAR_E4, Fill, Order, Placement, Side

_OUTCOMES: dict[Side, str] = {"bid": "yes", "ask": "no"}
_ACTIONS: dict[Side, str] = {"bid": "buy", "ask": "sell"}


def order(record: Order) -> Json:
    """Render an order as ``get_order`` shows it."""
    return {
        "order_id": record.order_id,
        "user_id": record.user_id,
        "client_order_id": record.client_order_id,
        "ticker": record.ticker,
        "side": "yes",
        "action": _ACTIONS[record.side],
        "outcome_side": _OUTCOMES[record.side],
        "book_side": record.side,
        "type": "limit",
        "status": record.status,
        "yes_price_dollars": fixed_point.price(record.price_e4),
        "no_price_dollars": fixed_point.price(ONE_DOLLAR_E4 - record.price_e4),
        "initial_count_fp": fixed_point.count(record.initial_e2),
        "fill_count_fp": fixed_point.count(record.filled_e2),
        "remaining_count_fp": fixed_point.count(record.remaining_e2),
        "taker_fill_cost_dollars": fixed_point.cost(record.taker_cost_e6),
        "maker_fill_cost_dollars": fixed_point.cost(record.maker_cost_e6),
        "taker_fees_dollars": fixed_point.cost(record.taker_fees_e6),
        "maker_fees_dollars": fixed_point.cost(record.maker_fees_e6),
        "created_time": fixed_point.timestamp(record.created_us),
        "last_update_time": fixed_point.timestamp(record.updated_us),
        "self_trade_prevention_type": record.self_trade_prevention_type,
        "subaccount_number": record.subaccount,
        "exchange_index": record.exchange_index,
    } | _options(record)


def fill(record: Fill) -> Json:
    """Render a fill; ``trade_id`` repeats ``fill_id``."""
    return {
        "fill_id": record.fill_id,
        "trade_id": record.fill_id,
        "order_id": record.order_id,
        "ticker": record.ticker,
        "market_ticker": record.ticker,
        "exchange_index": record.exchange_index,
        "book_side": record.side,
        "outcome_side": _OUTCOMES[record.side],
        "side": _OUTCOMES[record.side],
        "action": _ACTIONS[record.side],
        "count_fp": fixed_point.count(record.count_e2),
        "yes_price_dollars": fixed_point.price(record.price_e4),
        "no_price_dollars": fixed_point.price(ONE_DOLLAR_E4 - record.price_e4),
        "is_taker": record.is_taker,
        "fee_cost": fixed_point.cost(record.fee_e6),
        "created_time": fixed_point.timestamp(record.created_us),
        "ts": fixed_point.seconds(record.created_us),
        "subaccount_number": record.subaccount,
    }


def placement(done: Placement) -> Json:
    """Render the reply to a create."""
    view = _ids(done.order)
    view["fill_count"] = fixed_point.count(done.fill_count_e2)
    view["remaining_count"] = fixed_point.count(done.remaining_e2)
    return _with_averages(view, done)


def amendment(done: Placement) -> Json:
    """Render the reply to an amend. It has counts only if the amend filled or resized (spec 3.31)."""
    view = _ids(done.order)
    if done.fill_count_e2 or done.resized:
        view["remaining_count"] = fixed_point.count(done.remaining_e2)
        view["fill_count"] = fixed_point.count(done.fill_count_e2)
    return _with_averages(view, done)


def cancellation(record: Order, reduced_by_e2: int, ts_ms: int) -> Json:
    """Render the reply to a cancel. It names no client_order_id (recorded, update 2026-11-28 §3.5)."""
    return {
        "order_id": record.order_id,
        "reduced_by": fixed_point.count(reduced_by_e2),
        "ts_ms": ts_ms,
    }


def cancellation_item(record: Order, reduced_by_e2: int, ts_ms: int) -> Json:
    """Render one canceled order in the reply to a batch."""
    return _ids(record) | cancellation(record, reduced_by_e2, ts_ms)


def decrease(record: Order, ts_ms: int) -> Json:
    """Render the reply to a decrease."""
    return _ids(record) | {"remaining_count": fixed_point.count(record.remaining_e2), "ts_ms": ts_ms}


def _options(record: Order) -> Json:
    view: Json = {}
    if record.expiration_s is not None:
        view["expiration_time"] = fixed_point.timestamp(record.expiration_s * 1_000_000)
    if record.order_group_id is not None:
        view["order_group_id"] = record.order_group_id
    if record.cancel_order_on_pause:
        view["cancel_order_on_pause"] = True
    return view


def _ids(record: Order) -> Json:
    view: Json = {"order_id": record.order_id}
    if record.client_order_id:
        view["client_order_id"] = record.client_order_id
    return view


def _with_averages(view: Json, done: Placement) -> Json:
    if done.fill_count_e2:
        view["average_fill_price"] = fixed_point.average(done.fill_cost_yes_e6, done.fill_count_e2)
        view["average_fee_paid"] = fixed_point.average(done.fees_e6, done.fill_count_e2)
    view["ts_ms"] = done.ts_ms
    return view
