"""Records as the objects of the 2025 API: integer cents, whole contracts, one error shape.

An order reads back in the words in which it was placed. On a fill ``side`` is the
outcome acquired and ``price`` is of that leg, while ``action`` is the order's word and
has no sign. Source: the 2025 reference and the contract of the venue, §5.6, read 2026-11.
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

_CENT_E4 = 100
_CENT_E6 = 10_000
_OUTCOMES: dict[Side, Literal["yes", "no"]] = {"bid": "yes", "ask": "no"}
# An order that was not placed through the 2025 API (by an operator, by a simulated trader).
_SPELLINGS: dict[Side, tuple[str, str, str]] = {
    "bid": ("buy", "yes", "limit"),
    "ask": ("sell", "yes", "limit"),
}


def order(record: Order) -> Json:
    """Render an order. ``count`` is filled plus resting, at first size once canceled."""
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
        "yes_price": _cents(record.price_e4),
        "no_price": _cents(ONE_DOLLAR_E4 - record.price_e4),
        "count": contracts(total_e2),
        "remaining_count": contracts(record.remaining_e2),
        "created_time": fixed_point.timestamp(record.created_us),
        "updated_time": fixed_point.timestamp(record.updated_us),
    }
    if record.expiration_s is not None:
        view["expiration_time"] = fixed_point.timestamp(record.expiration_s * 1_000_000)
    return view


def fill(record: Fill, placed: Order) -> Json:
    """Render a fill of the order ``placed``."""
    outcome = _OUTCOMES[record.side]
    return {
        "fill_id": record.fill_id,
        "order_id": record.order_id,
        "ticker": record.ticker,
        "side": outcome,
        "action": spelling(placed)[0],
        "count": contracts(record.count_e2),
        "price": _cents(record.price_e4 if outcome == "yes" else ONE_DOLLAR_E4 - record.price_e4),
        "is_taker": record.is_taker,
        "created_time": fixed_point.timestamp(record.created_us),
    }


def position(record: Position, market: Market, resting_order_count: int) -> Json:
    """Render a position; fees are rounded up to a cent, as 2025 charged them."""
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
    """Render what one market paid."""
    return {
        "ticker": record.ticker,
        "result": record.result,
        "yes_count": contracts(record.yes_count_e2),
        "no_count": contracts(record.no_count_e2),
        "revenue": record.revenue_cents,
        "settled_time": fixed_point.timestamp(record.settled_us),
    }


def group(record: Group) -> Json:
    """Render a group by its name; nobody ever saw one on the wire (contract §4.9)."""
    return {
        "order_group_id": record.order_group_id,
        "name": record.name,
        "status": group_status(record),
        "created_time": fixed_point.timestamp(record.created_us),
    }


def group_status(record: Group) -> Literal["triggered", "active"]:
    """Return the word for the state of a group (SIM: the reference lists none)."""
    return "triggered" if record.is_triggered else "active"


def error(rejected: Rejected) -> Json:
    """Render a refusal as the reference's ErrorResponse, whose details are an object."""
    flat = error_views.item(rejected)
    details = flat.pop("details", None)
    # Refusals that have a body of another shape today carry no code of their own.
    flat["code"] = flat["code"] or rejected.code
    if details is not None:
        flat["details"] = {"reason": details}
    return {"error": flat}


def spelling(record: Order) -> tuple[str, str, str]:
    """Return action, outcome and type of an order in the words of 2025."""
    return record.spelling or _SPELLINGS[record.side]


def contracts(count_e2: int) -> int:
    """Return whole contracts, towards zero; fractions did not exist."""
    whole = abs(count_e2) // ONE_CONTRACT_E2
    return whole if count_e2 >= 0 else -whole


def _cents(price_e4: int) -> int | msgspec.Raw:
    # A number of the reference may have a fraction; no float ever holds a price here.
    whole, rest = divmod(price_e4, _CENT_E4)
    return msgspec.Raw(f"{whole}.{rest:02d}".encode()) if rest else whole
