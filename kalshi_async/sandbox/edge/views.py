"""Records of an account as JSON objects, under the real exchange's keys.

Source: OpenAPI 3.34.0 and recorded replies (demo, 2026-06). Orders and fills are in
``order_views.py``, market data is in ``market_views.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.accounts.movements import Payment, ShardTransfer, SubaccountTransfer
from kalshi_async.sandbox.engine.state import Group, Position, Settlement
from kalshi_async.sandbox.settings import GROUP_SHOWS_AUTO_CANCEL

Json = dict[str, object]


def market_position(record: Position, resting_orders: int) -> Json:
    """Render a position in one market; no schema has the count of resting orders, but recorded rows do."""
    return {
        "ticker": record.ticker,
        "exchange_index": record.exchange_index,
        "position_fp": fixed_point.count(record.position_e2),
        "market_exposure_dollars": fixed_point.cost(record.cost_e6),
        "total_traded_dollars": fixed_point.cost(record.traded_e6),
        "realized_pnl_dollars": fixed_point.cost(record.realized_e6),
        "fees_paid_dollars": fixed_point.cost(record.fees_e6),
        "resting_orders_count": resting_orders,
        "last_updated_ts": fixed_point.timestamp(record.updated_us),
    }


def event_position(event_ticker: str, records: Iterable[Position]) -> Json:
    """Render the sum of an event's positions (``settings.CHOICES``: ``event_exposure``)."""
    rows = list(records)
    return {
        "event_ticker": event_ticker,
        "event_exposure_dollars": fixed_point.cost(sum(row.cost_e6 for row in rows)),
        "total_cost_dollars": fixed_point.cost(sum(row.traded_e6 for row in rows)),
        "total_cost_shares_fp": fixed_point.count(sum(row.shares_traded_e2 for row in rows)),
        "realized_pnl_dollars": fixed_point.cost(sum(row.realized_e6 for row in rows)),
        "fees_paid_dollars": fixed_point.cost(sum(row.fees_e6 for row in rows)),
    }


def settlement(record: Settlement) -> Json:
    """Render the settlement of a position; ``revenue`` and ``value`` are integer cents."""
    view: Json = {
        "ticker": record.ticker,
        "event_ticker": record.event_ticker,
        "exchange_index": record.exchange_index,
        "market_result": record.result,
        "yes_count_fp": fixed_point.count(record.yes_count_e2),
        "yes_total_cost_dollars": fixed_point.cost(record.yes_cost_e6),
        "no_count_fp": fixed_point.count(record.no_count_e2),
        "no_total_cost_dollars": fixed_point.cost(record.no_cost_e6),
        "revenue": record.revenue_cents,
        "fee_cost": fixed_point.cost(record.fee_e6),
        "settled_time": fixed_point.timestamp(record.settled_us),
    }
    if record.value_cents is not None:
        view["value"] = record.value_cents
    return view


def group(record: Group) -> Json:
    """Render a group as a row of the list of groups: here its id is called ``id``."""
    return {
        "id": record.order_group_id,
        "contracts_limit_fp": fixed_point.count(record.limit_e2),
        "is_auto_cancel_enabled": GROUP_SHOWS_AUTO_CANCEL,
        "exchange_index": record.exchange_index,
    }


def group_details(record: Group) -> Json:
    """Render a group with the ids of its orders. As on the real exchange, its own id is missing."""
    return {
        "is_auto_cancel_enabled": GROUP_SHOWS_AUTO_CANCEL,
        "contracts_limit_fp": fixed_point.count(record.limit_e2),
        "orders": list(record.order_ids),
        "exchange_index": record.exchange_index,
    }


def payment(record: Payment) -> Json:
    """Render a deposit or a withdrawal."""
    view: Json = {
        "id": record.id,
        "status": record.status,
        "type": record.type,
        "amount_cents": record.amount_cents,
        "fee_cents": record.fee_cents,
        "created_ts": fixed_point.seconds(record.created_us),
    }
    if record.finalized_us is not None:
        view["finalized_ts"] = fixed_point.seconds(record.finalized_us)
    return view


def subaccount_transfer(record: SubaccountTransfer) -> Json:
    """Render a transfer between two subaccounts, in cents."""
    return {
        "transfer_id": record.transfer_id,
        "from_subaccount": record.from_subaccount,
        "to_subaccount": record.to_subaccount,
        "amount_cents": record.amount_cents,
        "created_ts": fixed_point.seconds(record.created_us),
        "exchange_index": record.exchange_index,
    }


def shard_transfer(record: ShardTransfer) -> Json:
    """Render a transfer between shards or instances, in dollars."""
    view: Json = {
        "transfer_id": record.transfer_id,
        "source": record.source,
        "destination": record.destination,
        "source_exchange_shard": record.source_shard,
        "destination_exchange_shard": record.destination_shard,
        "amount": fixed_point.cash(record.amount_e6),
        "status": record.status,
        "created_ts": fixed_point.seconds(record.created_us),
    }
    if record.client_transfer_id is not None:
        view["client_transfer_id"] = record.client_transfer_id
    return view
