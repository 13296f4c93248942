"""Records as JSON objects of the 2025 API: integer cents, whole contracts, one error shape.

An order shows the action, side and type with which it was placed. On a fill ``side`` is the
outcome acquired and ``price`` is the price of that leg; ``action`` repeats the order's and
says nothing about direction. Source: the 2025 reference and portfolio-api 5.6, read 2026-11.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.edge import error_views
from kalshi_async.sandbox.edge.views import Json
from kalshi_async.sandbox.engine.state import (
    ONE_CONTRACT_E2,
    ONE_DOLLAR_E4,
    Fill,
    Group,
    Market,
    Order,
    Position,
    Rejected,
    Settlement,
    Side,
)
from kalshi_async.sandbox.settings import GROUP_WORDS_2025

_CENT_E4 = 100
_CENT_E6 = 10_000
_OUTCOMES: dict[Side, Literal["yes", "no"]] = {"bid": "yes", "ask": "no"}
# Action, side and type of an order that an operator or a simulated trader has placed.
_SPELLINGS: dict[Side, tuple[str, str, str]] = {
    "bid": ("buy", "yes", "limit"),
    "ask": ("sell", "yes", "limit"),
}


def order(record: Order) -> Json:
    """Render an order.

    ``count`` is filled plus resting contracts; for a canceled order, its initial size.
    """
    action, outcome, kind = spelling(record)
    total_e2 = record.initial_e2 if record.status == "canceled" else record.filled_e2 + record.remaining_e2
    view: Json = {
        "order_id": record.order_id,
        "client_order_id": record.client_order_id,
        "ticker": record.ticker,
        "side": outcome,
        "action": action,
        "type": kind,
        "status": record.status,
        "yes_price": cents(record.price_e4),
        "no_price": cents(ONE_DOLLAR_E4 - record.price_e4),
        "count": contracts(total_e2),
        "remaining_count": contracts(record.remaining_e2),
        "created_time": fixed_point.timestamp(record.created_us),
        "updated_time": fixed_point.timestamp(record.updated_us),
    }
    if record.expiration_s is not None:
        view["expiration_time"] = fixed_point.timestamp(record.expiration_s * 1_000_000)
    return view


def fill(record: Fill, placed: Order) -> Json:
    """Render a fill; ``placed`` is its order."""
    outcome = _OUTCOMES[record.side]
    return {
        "fill_id": record.fill_id,
        "order_id": record.order_id,
        "ticker": record.ticker,
        "side": outcome,
        "action": spelling(placed)[0],
        "count": contracts(record.count_e2),
        "price": cents(record.price_e4 if outcome == "yes" else ONE_DOLLAR_E4 - record.price_e4),
        "is_taker": record.is_taker,
        "created_time": fixed_point.timestamp(record.created_us),
    }


def position(record: Position, market: Market, resting_order_count: int) -> Json:
    """Render a position. Fees are rounded up to a cent, as the 2025 API did."""
    view: Json = {
        "ticker": record.ticker,
        "event_ticker": market.event_ticker,
        "realized_pnl": record.realized_e6 // _CENT_E6,
        "resting_order_count": resting_order_count,
        "position": contracts(record.position_e2),
        "fees_paid": -(-record.fees_e6 // _CENT_E6),
        "total_cost": record.cost_e6 // _CENT_E6,
    }
    if market.result:
        view["market_result"] = market.result
    return view


def settlement(record: Settlement) -> Json:
    """Render the settlement of a position."""
    return {
        "ticker": record.ticker,
        "result": record.result,
        "yes_count": contracts(record.yes_count_e2),
        "no_count": contracts(record.no_count_e2),
        "revenue": record.revenue_cents,
        "settled_time": fixed_point.timestamp(record.settled_us),
    }


def group(record: Group) -> Json:
    """Render a group (portfolio-api 4.9)."""
    return {
        "order_group_id": record.order_group_id,
        "name": record.name,
        "status": group_status(record),
        "created_time": fixed_point.timestamp(record.created_us),
    }


def group_status(record: Group) -> str:
    """Return the state of a group, a word of ``settings.GROUP_WORDS_2025``."""
    return GROUP_WORDS_2025[record.is_triggered]


def error(rejected: Rejected) -> Json:
    """Render a refusal as the reference's ErrorResponse. Its details are an object."""
    flat = error_views.item(rejected)
    details = flat.pop("details", None)
    # Refusals with a "msg" or "string" body today have no code on the wire: the row's name serves.
    flat["code"] = flat["code"] or rejected.code
    if details is not None:
        flat["details"] = {"reason": details}
    return {"error": flat}


def spelling(record: Order) -> tuple[str, str, str]:
    """Return the action, side and type of an order, as the 2025 API calls them."""
    return record.spelling or _SPELLINGS[record.side]


def contracts(count_e2: int) -> int:
    """Return whole contracts, rounded towards zero: the 2025 API had no fractions."""
    whole = abs(count_e2) // ONE_CONTRACT_E2
    return whole if count_e2 >= 0 else -whole


def cents(price_e4: int) -> int | msgspec.Raw:
    """Return a price in cents, with its fraction where it has one."""
    # JSON numbers may have a fraction. It is written as text, so that no float holds a price.
    whole, rest = divmod(price_e4, _CENT_E4)
    return msgspec.Raw(f"{whole}.{rest:02d}".encode()) if rest else whole
