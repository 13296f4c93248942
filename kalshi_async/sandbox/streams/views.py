"""Events of the engine as the ``msg`` of frames, under the real exchange's keys.

Source: AsyncAPI of 2026-10-26 and recorded frames (demo, 2026-06). Texts of times are cut to
milliseconds. No ``msg`` depends on the subscription but those of books: see ``delta``.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import lru_cache

from kalshi_async.contract.frames.market_data import MarketChange
from kalshi_async.contract.frames.private import GroupChange
from kalshi_async.sandbox import fixed_point
from kalshi_async.sandbox.edge.market_views import Levels
from kalshi_async.sandbox.engine.events import LevelChanged
from kalshi_async.sandbox.engine.state import (
    ONE_DOLLAR_E4,
    Fill,
    Group,
    Market,
    Order,
    OrderStatus,
    Position,
    Side,
)
from kalshi_async.sandbox.settings import CAN_CLOSE_EARLY

Json = dict[str, object]

OUTCOMES: dict[Side, str] = {"bid": "yes", "ask": "no"}
_ACTIONS: dict[Side, str] = {"bid": "buy", "ask": "sell"}
_WITH_LIMIT = (GroupChange.CREATED, GroupChange.LIMIT_UPDATED)


@lru_cache(maxsize=65_536)
def market_id(ticker: str) -> str:
    """Return the id of a market, which follows from its ticker."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, ticker))


def order(record: Order) -> Json:
    """Render an order as it stands; one that has been filled whole is executed."""
    status = record.status
    if status is OrderStatus.RESTING and not record.remaining_e2 and record.filled_e2 >= record.initial_e2:
        status = OrderStatus.EXECUTED
    view: Json = {
        "order_id": record.order_id,
        "user_id": record.user_id,
        "ticker": record.ticker,
        "exchange_index": record.exchange_index,
        "status": status,
        "side": OUTCOMES[record.side],
        "is_yes": record.side == "bid",
        "outcome_side": OUTCOMES[record.side],
        "book_side": record.side,
        "client_order_id": record.client_order_id,
        "self_trade_prevention_type": record.self_trade_prevention_type,
        "created_time": time_text(record.created_us),
        "last_update_time": time_text(record.updated_us),
        "created_ts_ms": record.created_us // 1_000,
        "last_updated_ts_ms": record.updated_us // 1_000,
        "subaccount_number": record.subaccount,
    } | _amounts(record)
    if record.order_group_id is not None:
        view["order_group_id"] = record.order_group_id
    if record.expiration_s is not None:
        view["expiration_time"] = time_text(record.expiration_s * 1_000_000)
        view["expiration_ts_ms"] = record.expiration_s * 1_000
    if record.last_update_reason is not None:
        view["last_update_reason"] = record.last_update_reason
    return view


def fill(record: Fill, client_order_id: str, position: Position) -> Json:
    """Render one side of a match; ``position`` is the one after it."""
    view: Json = {
        "trade_id": record.fill_id,
        "order_id": record.order_id,
        "market_ticker": record.ticker,
        "exchange_index": record.exchange_index,
        "is_taker": record.is_taker,
        "side": OUTCOMES[record.side],
        "ts": fixed_point.seconds(record.created_us),
        "ts_ms": record.created_us // 1_000,
        "yes_price_dollars": fixed_point.price(record.price_e4),
        "count_fp": fixed_point.count(record.count_e2),
        "fee_cost": fixed_point.cost(record.fee_e6),
        "action": _ACTIONS[record.side],
        "post_position_fp": fixed_point.count(position.position_e2),
        "purchased_side": OUTCOMES[record.side],
        "outcome_side": OUTCOMES[record.side],
        "book_side": record.side,
        "subaccount": record.subaccount,
    }
    if client_order_id:
        view["client_order_id"] = client_order_id
    return view


def position(user_id: str, record: Position) -> Json:
    """Render a position (for its fees, ``settings.CHOICES``: ``position_fee``)."""
    return {
        "user_id": user_id,
        "market_ticker": record.ticker,
        "position_fp": fixed_point.count(record.position_e2),
        "position_cost_dollars": fixed_point.cost(record.cost_e6),
        "realized_pnl_dollars": fixed_point.cost(record.realized_e6),
        "fees_paid_dollars": fixed_point.cost(record.fees_e6),
        "position_fee_cost_dollars": fixed_point.cost(record.fees_e6 if record.position_e2 else 0),
        "volume_fp": fixed_point.count(record.shares_traded_e2),
        "subaccount": record.subaccount,
    }


def group(record: Group, change: GroupChange, now_us: int) -> Json:
    """Render a change of an order group; the limit comes with two kinds of them."""
    view: Json = {
        "event_type": change,
        "order_group_id": record.order_group_id,
        "ts_ms": now_us // 1_000,
    }
    if change in _WITH_LIMIT:
        view["contracts_limit_fp"] = fixed_point.count(record.limit_e2)
    return view


def trade(maker: Fill, taker: Fill) -> Json:
    """Render the public side of a match."""
    return {
        "trade_id": taker.fill_id,
        "market_ticker": taker.ticker,
        "yes_price_dollars": fixed_point.price(taker.price_e4),
        "no_price_dollars": fixed_point.price(ONE_DOLLAR_E4 - taker.price_e4),
        "count_fp": fixed_point.count(taker.count_e2),
        "taker_side": OUTCOMES[taker.side],
        "taker_outcome_side": OUTCOMES[taker.side],
        "taker_book_side": taker.side,
        "is_block_trade": False,
        "ts": fixed_point.seconds(maker.created_us),
        "ts_ms": taker.created_us // 1_000,
    }


def snapshot(ticker: str, clock: int, bids: Levels, asks: Levels, *, yes_scale: bool) -> Json:
    """Render a whole book, worst price first; a side without orders is left out.

    ``yes_scale``: NO levels at their YES prices.
    """
    view: Json = {"market_ticker": ticker, "market_id": market_id(ticker), "clock": clock}
    if bids:
        view["yes_dollars_fp"] = _levels(bids)
    if asks:
        view["no_dollars_fp"] = _levels((no_price_e4(price_e4, yes_scale), count) for price_e4, count in asks)
    return view


def delta(event: LevelChanged, clock: int, now_us: int, *, yes_scale: bool, is_own: bool) -> Json:
    """Render the change of one level; ``is_own``: its order is shown to the reader."""
    record = event.order
    price_e4 = event.price_e4 if record.side == "bid" else no_price_e4(event.price_e4, yes_scale)
    view: Json = {
        "market_ticker": record.ticker,
        "market_id": market_id(record.ticker),
        "clock": clock,
        "price_dollars": fixed_point.price(price_e4),
        "delta_fp": fixed_point.count(event.by_e2),
        "side": OUTCOMES[record.side],
        "ts": time_text(now_us),
        "ts_ms": now_us // 1_000,
    }
    if is_own:
        if record.client_order_id:
            view["client_order_id"] = record.client_order_id
        view["subaccount"] = record.subaccount
    return view


def market(record: Market, change: MarketChange) -> Json:
    """Render a change in the life of a market."""
    view: Json = {"event_type": change, "market_ticker": record.ticker}
    if change is MarketChange.CREATED:
        view |= {
            "exchange_index": record.exchange_index,
            "open_ts": fixed_point.seconds(record.open_us),
            "close_ts": fixed_point.seconds(record.close_us),
            "price_level_structure": record.price_level_structure,
            "price_ranges": [
                dict(zip(("start", "end", "step"), map(fixed_point.price, bounds), strict=True))
                for bounds in record.price_ranges
            ],
            "additional_metadata": _metadata(record),
        }
    elif change is MarketChange.CLOSE_DATE_UPDATED:
        view["close_ts"] = fixed_point.seconds(record.close_us)
    elif change in (MarketChange.ACTIVATED, MarketChange.DEACTIVATED):
        view["is_deactivated"] = change is MarketChange.DEACTIVATED
    elif change is MarketChange.DETERMINED:
        view["result"] = record.result
        view["determination_ts"] = fixed_point.seconds(record.determined_us or 0)
        view["settlement_value"] = fixed_point.price((record.settlement_value_cents or 0) * 100)
    elif change is MarketChange.SETTLED:
        view["settled_ts"] = fixed_point.seconds(record.settled_us or 0)
    return view


def event(record: Market) -> Json:
    """Render the listing of the event of a market (``settings.CHOICES``: ``event_title``)."""
    return {
        "event_ticker": record.event_ticker,
        "exchange_index": record.exchange_index,
        "title": record.event_ticker,
        "subtitle": "",
        "collateral_return_type": "",
        "series_ticker": record.series_ticker,
    }


def time_text(time_us: int) -> str:
    """Render a time in RFC 3339, cut to milliseconds."""
    return fixed_point.timestamp(time_us // 1_000 * 1_000)


def no_price_e4(yes_price_e4: int, yes_scale: bool) -> int:
    """Return the price of an ask as a subscription reads it."""
    return yes_price_e4 if yes_scale else ONE_DOLLAR_E4 - yes_price_e4


def _amounts(record: Order) -> Json:
    return {
        "yes_price_dollars": fixed_point.price(record.price_e4),
        "fill_count_fp": fixed_point.count(record.filled_e2),
        "remaining_count_fp": fixed_point.count(record.remaining_e2),
        "initial_count_fp": fixed_point.count(record.initial_e2),
        "taker_fill_cost_dollars": fixed_point.cost(record.taker_cost_e6),
        "maker_fill_cost_dollars": fixed_point.cost(record.maker_cost_e6),
        "taker_fees_dollars": fixed_point.cost(record.taker_fees_e6),
        "maker_fees_dollars": fixed_point.cost(record.maker_fees_e6),
    }


def _levels(levels: Iterable[tuple[int, int]]) -> list[list[str]]:
    return [
        [fixed_point.price(price_e4), fixed_point.count(count_e2)]
        for price_e4, count_e2 in reversed([*levels])
    ]


def _metadata(record: Market) -> Json:
    # ``settings.CHOICES``: ``stream_metadata``.
    return {
        "name": record.ticker,
        "title": record.ticker,
        "yes_sub_title": "Yes",
        "no_sub_title": "No",
        "rules_primary": "",
        "rules_secondary": "",
        "can_close_early": CAN_CLOSE_EARLY,
        "event_ticker": record.event_ticker,
        "expected_expiration_ts": fixed_point.seconds(record.close_us),
    }
