"""Decisions about amends and decreases: which order, which resting count, which reply.

These functions change nothing; ``Orders`` carries out the changes.
"""

from __future__ import annotations

from kalshi_async.sandbox.engine.instructions import Amendment
from kalshi_async.sandbox.engine.state import (
    ONE_DOLLAR_E4,
    Account,
    Market,
    Order,
    OrderStatus,
    Placement,
    Rejected,
    refuse_price,
)
from kalshi_async.sandbox.settings import Rules


def order_to_amend(account: Account, amendment: Amendment, shard: int, rules: Rules) -> Order:
    """Return the resting order that an amendment names, or raise ``Rejected``."""
    order = account.orders.get(amendment.order_id)
    if order is None or (order.subaccount, order.exchange_index) != (amendment.subaccount, shard):
        raise Rejected("not_found")
    if order.status is OrderStatus.EXECUTED:
        raise Rejected(rules.amend_of_filled_code)
    if order.status is not OrderStatus.RESTING:
        raise Rejected("not_found")
    if order.ticker != amendment.ticker:
        raise Rejected("order_ticker_mismatch")
    if order.side != amendment.side:
        raise Rejected("order_side_mismatch")
    if amendment.client_order_id and amendment.client_order_id != order.client_order_id:
        raise Rejected("order_id_and_client_order_id_mismatch")
    return order


def new_resting_e2(order: Order, market: Market, amendment: Amendment) -> int:
    """Return the contracts that would rest, or raise ``Rejected`` for an invalid count or price."""
    if amendment.count_e2 <= 0 or amendment.count_e2 < order.filled_e2:
        raise Rejected("invalid_amend_qty_for_order")
    refuse_price(market, amendment.price_e4)
    return amendment.count_e2 - order.filled_e2


def refuse_used_client_order_id(account: Account, order: Order, amendment: Amendment) -> None:
    """Raise ``Rejected`` if the new client_order_id belongs to another order."""
    wanted = amendment.updated_client_order_id
    if wanted and account.client_order_ids.get(wanted, order.order_id) != order.order_id:
        raise Rejected("order_already_exists")


def changes_terms(order: Order, amendment: Amendment) -> bool:
    """Tell whether an amendment changes the expiry or the client_order_id."""
    new_expiry = amendment.expiration_s is not None and (amendment.expiration_s or None) != order.expiration_s
    new_id = amendment.updated_client_order_id
    return new_expiry or bool(new_id and new_id != order.client_order_id)


def decreased_e2(order: Order, reduce_by_e2: int | None, reduce_to_e2: int | None) -> int:
    """Return the contracts that rest after a decrease, or raise ``Rejected``."""
    if (reduce_by_e2 is None) == (reduce_to_e2 is None):
        raise Rejected("invalid_parameters", "exactly one of reduce_by and reduce_to must be given")
    if reduce_by_e2 is not None:
        if reduce_by_e2 <= 0:
            raise Rejected("invalid_parameters", "reduce_by must be positive")
        return max(0, order.remaining_e2 - reduce_by_e2)
    assert reduce_to_e2 is not None, "one of the two is given"
    if reduce_to_e2 < 0:
        raise Rejected("invalid_parameters", "reduce_to must not be negative")
    if reduce_to_e2 >= order.remaining_e2:
        raise Rejected("AMEND_ORDER_NO_OP")
    return reduce_to_e2


def placement_since(before: Order, order: Order, ts_ms: int) -> Placement:
    """Return the outcome of an amend at ``ts_ms``; ``before`` is a copy of the order before it."""
    fill_count_e2 = order.filled_e2 - before.filled_e2
    fill_cost_e6 = order.taker_cost_e6 - before.taker_cost_e6
    if order.side == "ask":
        fill_cost_e6 = fill_count_e2 * ONE_DOLLAR_E4 - fill_cost_e6
    return Placement(
        order,
        fill_count_e2=fill_count_e2,
        remaining_e2=order.remaining_e2,
        fill_cost_yes_e6=fill_cost_e6,
        fees_e6=order.taker_fees_e6 - before.taker_fees_e6,
        ts_ms=ts_ms,
        resized=order.remaining_e2 != before.remaining_e2,
    )
