"""The archive: rows older than the cutoff have left the live endpoints (since 2026-02-19)."""

from __future__ import annotations

from kalshi_async.contract.fields import ReplyStruct, Time
from kalshi_async.contract.fills import FillsPage
from kalshi_async.contract.operation import read
from kalshi_async.contract.orders import OrdersPage
from kalshi_async.contract.positions import PositionsPage


class HistoricalCutoff(ReplyStruct, frozen=True, kw_only=True):
    """Where the live tier begins: older rows are in the archive.

    The values are times despite the ``_ts`` of their names.
    """

    market_settled_ts: Time
    """Settlement time from which markets and settlements are live, in UTC."""
    trades_created_ts: Time
    """Fill time from which fills are live, in UTC."""
    orders_updated_ts: Time
    """Cancel or execution time from which orders are live, in UTC."""
    market_positions_last_updated_ts: Time | None = None
    """Update time from which positions are live, in UTC."""


GET_HISTORICAL_CUTOFF = read("get_historical_cutoff", "/historical/cutoff", HistoricalCutoff, signed=False)
GET_HISTORICAL_ORDERS = read("get_historical_orders", "/historical/orders", OrdersPage, rows=("orders",))
GET_HISTORICAL_FILLS = read("get_historical_fills", "/historical/fills", FillsPage, rows=("fills",))
GET_HISTORICAL_POSITIONS = read(
    "get_historical_positions",
    "/historical/positions",
    PositionsPage,
    rows=("market_positions", "event_positions"),
)
