"""The archive: rows older than the cutoff have left the live endpoints (since 2026-02-19)."""

from __future__ import annotations

from datetime import datetime

from kalshi_async.contract.fields import ReplyStruct
from kalshi_async.contract.fills import FillsPage
from kalshi_async.contract.operation import read
from kalshi_async.contract.orders import OrdersPage
from kalshi_async.contract.positions import PositionsPage


class HistoricalCutoff(ReplyStruct, frozen=True, kw_only=True):
    """Where the live tier begins, per kind of row. The values are times despite ``_ts``.

    ``market_settled_ts`` is for markets and settlements, ``trades_created_ts`` for fills,
    ``orders_updated_ts`` for orders, ``market_positions_last_updated_ts`` for positions.
    """

    market_settled_ts: datetime
    trades_created_ts: datetime
    orders_updated_ts: datetime
    market_positions_last_updated_ts: datetime | None = None


GET_HISTORICAL_CUTOFF = read("get_historical_cutoff", "/historical/cutoff", HistoricalCutoff, signed=False)
GET_HISTORICAL_ORDERS = read("get_historical_orders", "/historical/orders", OrdersPage, rows=("orders",))
GET_HISTORICAL_FILLS = read("get_historical_fills", "/historical/fills", FillsPage, rows=("fills",))
GET_HISTORICAL_POSITIONS = read(
    "get_historical_positions",
    "/historical/positions",
    PositionsPage,
    rows=("market_positions", "event_positions"),
)
