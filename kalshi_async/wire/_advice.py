"""What to do next after a refusal, by the exchange's code, else by the status.

The codes: semantics.md 14.3, 2026-11-22. The advice is ours.
"""

from __future__ import annotations

from collections.abc import Mapping

_BY_CODE: Mapping[str, str] = {
    "invalid_price": "use a price of the market's grid, see grid of session.markets.get",
    "insufficient_balance": (
        "lower price or count, or cancel resting orders; see session.portfolio.balance: a lowered settlement "
        "floor can leave it negative, and no order is taken until it is paid in"
    ),
    "available_balance_too_low": "lower the amount; see session.portfolio.balance",
    "invalid_order_size": "give a count that the market accepts",
    "order_already_exists": (
        "this client_order_id was used before: session.orders.find shows its order; make a new CreateOrder "
        "for another order"
    ),
    "transfer_already_applied": "this client_transfer_id was used before: make a new request for another one",
    "fill_or_kill_insufficient_resting_volume": "nothing was filled: lower the count or change the price",
    "immediate_or_cancel_insufficient_resting_volume": "nothing was filled: change the price",
    "trading_is_paused": "wait until session.exchange.status says that trading is active",
    "exchange_is_paused": "wait until session.exchange.status says that the exchange is active",
    "exceeded_order_group_risk_limit": "raise the limit of the order group, or reset it",
    "order_group_not_found": "check order_group_id; a group lives in one subaccount and on one shard",
    "market_not_found": "check the ticker, and that demo and production have markets of their own",
    "market_inactive": "trade when the market's status is active, see session.markets.get",
    "market_already_closed": "the market takes no more orders",
    "amend_order_no_op": "the order has this price and count already",
    "cannot_update_filled_order": "the order is filled: read session.fills.list",
    "invalid_amend_qty_for_order": "give the new total count, contracts that are filled included",
    "order_side_mismatch": "give the side that the order has",
    "order_ticker_mismatch": "give the ticker that the order has",
    "order_id_and_client_order_id_mismatch": "give the client_order_id that the order has",
    "notional_risk_limit_exceeded": "lower price or count, or cancel resting orders",
    "cannot_specify_both_ioc_and_expiration_timestamp": "leave out expiration_time",
    "header_timestamp_expired": "synchronise this machine's clock",
}

_BY_STATUS: Mapping[int, str] = {
    400: "correct the request; nothing was executed",
    401: "check the API key id, its private key and the environment that they belong to",
    403: "use a key and an account that may do this",
    404: "check the id and its scope: ticker, subaccount and shard",
    409: "read the present state before sending another request",
    429: "send less: other programs may use the same key",
}


def advice_of(status: int, code: str | None) -> str:
    """Return what to do after a refusal. A redirect is never followed: a signature is for one host."""
    known = _BY_CODE.get((code or "").lower().partition(":")[0])
    if known is not None:
        return known
    if status >= 500:
        return "a read may be tried again; a write may have been executed"
    if 300 <= status < 400:
        return "redirects are not followed: set the rest_url of the Environment to the target's host"
    return _BY_STATUS.get(status, "correct the request; nothing was executed")
