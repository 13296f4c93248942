"""The trading day through ``kalshi_async.Session``: the same operations, by our methods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from kalshi_async import (
    ALL,
    ApiError,
    CancelItem,
    CreateOrder,
    Paginator,
    Session,
    SubaccountTransferOrder,
    TargetAllocation,
    TransferOrder,
)
from kalshi_async.requests import ComboLeg

# The arguments are a day's script: their types are checked by what they are handed to.
Row = dict[str, Any]
Method = Callable[[Session, Row], Awaitable[object] | Paginator[Any]]


class OurActor:
    """One account through our session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def act(self, operation: str, **arguments: Any) -> str:
        """Call the method; lists are read to their end."""
        called = METHODS[operation](self._session, arguments)
        reply = await (called.collect() if isinstance(called, Paginator) else called)
        for name in ("order_id", "order_group_id", "transfer_id"):
            if hasattr(reply, name):
                return str(getattr(reply, name))
        return reply if isinstance(reply, str) else ""

    async def refused(self, status: int, operation: str, **arguments: Any) -> None:
        """Call the method, which must raise with ``status``."""
        try:
            await self.act(operation, **arguments)
        except ApiError as error:
            if error.status != status:
                raise AssertionError(f"{operation} must be refused with {status}: {arguments}") from error
        else:
            raise AssertionError(f"{operation} must be refused with {status}, was accepted: {arguments}")


def _amend(session: Session, row: Row) -> Awaitable[object]:
    return session.orders.amend(row.pop("order_id"), **row)


def _decrease(session: Session, row: Row) -> Awaitable[object]:
    return _scoped(session, row).orders.decrease(
        row["order_id"],
        ticker=row.get("market_ticker"),
        reduce_by=row.get("reduce_by"),
        reduce_to=row.get("reduce_to"),
    )


def _cancel(session: Session, row: Row) -> Awaitable[object]:
    return _scoped(session, row).orders.cancel(
        row["order_id"], ticker=row.get("market_ticker"), subaccount=row.get("subaccount")
    )


def _scoped(session: Session, row: Row) -> Session:
    shard = row.get("exchange_index")
    return session if shard is None else session.with_options(exchange_index=shard)  # type: ignore[return-value]  # a view


def _move_cents(session: Session, row: Row) -> Awaitable[object]:
    return session.subaccounts.transfer(SubaccountTransferOrder(**row))


def _move_centicents(session: Session, row: Row) -> Awaitable[object]:
    return session.transfers.create(TransferOrder(row.pop("amount"), **row))


def _allocate(session: Session, row: Row) -> Awaitable[object]:
    shares = {share["exchange_index"]: share["percent"] for share in row.pop("allocations")}
    return session.transfers.set_target_allocation(TargetAllocation(shares, **row))


def _limit(row: Row) -> Row:
    # One argument of ours stands for the two spellings of the wire.
    fractional = row.pop("contracts_limit_fp", None)
    return row | ({"contracts_limit": fractional} if fractional else {})


def _split(row: Row, name: str) -> Row:
    return row | ({name: row[name].split(",")} if name in row else {})


METHODS: dict[str, Method] = {
    "create_order": lambda session, row: session.orders.create(CreateOrder(**row)),
    "cancel_order": _cancel,
    "amend_order": _amend,
    "decrease_order": _decrease,
    "batch_create_orders": lambda session, row: session.orders.create_batch(
        [CreateOrder(**item) for item in row["orders"]]
    ),
    "batch_cancel_orders": lambda session, row: session.orders.cancel_batch(
        [CancelItem(**item) for item in row["orders"]]
    ),
    "cancel_all_orders": lambda session, row: session.orders.cancel_all(
        subaccount=row.get("subaccount", ALL)
    ),
    "get_order": lambda session, row: session.orders.get(**row),
    "get_orders": lambda session, row: session.orders.list(**row),
    "get_order_queue_position": lambda session, row: session.orders.queue_position(row["order_id"]),
    "get_queue_positions": lambda session, row: session.orders.queue_positions(
        **_split(row, "market_tickers")
    ),
    "create_order_group": lambda session, row: session.order_groups.create(**_limit(row)),
    "get_order_groups": lambda session, row: session.order_groups.list(**row),
    "get_order_group": lambda session, row: session.order_groups.get(**row),
    "delete_order_group": lambda session, row: session.order_groups.delete(**row),
    "reset_order_group": lambda session, row: session.order_groups.reset(**row),
    "trigger_order_group": lambda session, row: session.order_groups.trigger(**row),
    "update_order_group_limit": lambda session, row: session.order_groups.update_limit(**_limit(row)),
    "get_balance": lambda session, row: session.portfolio.balance(**row),
    "get_positions": lambda session, row: session.positions.list(**_split(row, "count_filter")),
    "get_fills": lambda session, row: session.fills.list(**_split(row, "ticker")),
    "get_settlements": lambda session, row: session.portfolio.settlements(**row),
    "get_total_resting_order_value": lambda session, row: session.portfolio.resting_order_value(),
    "get_deposits": lambda session, row: session.portfolio.deposits(**row),
    "get_withdrawals": lambda session, row: session.portfolio.withdrawals(**row),
    "create_subaccount": lambda session, row: session.subaccounts.create(**row),
    "get_subaccount_balances": lambda session, row: session.subaccounts.balances(),
    "transfer_between_subaccounts": _move_cents,
    "get_subaccount_transfers": lambda session, row: session.subaccounts.transfers(**row),
    "get_subaccount_netting": lambda session, row: session.subaccounts.netting(),
    "update_subaccount_netting": lambda session, row: session.subaccounts.set_netting(
        row["subaccount_number"], enabled=row["enabled"]
    ),
    "get_target_balance_allocation": lambda session, row: session.transfers.target_allocation(),
    "set_target_balance_allocation": _allocate,
    "intra_exchange_transfer": _move_centicents,
    "get_intra_exchange_transfer": lambda session, row: session.transfers.get(**row),
    "get_intra_exchange_transfers": lambda session, row: session.transfers.list(**row),
    "get_historical_cutoff": lambda session, row: session.historical.cutoff(),
    "get_historical_orders": lambda session, row: session.historical.orders(**row),
    "get_historical_fills": lambda session, row: session.historical.fills(**row),
    "get_historical_positions": lambda session, row: session.historical.positions(**row),
    "get_account_limits": lambda session, row: session.account.limits(),
    "get_endpoint_costs": lambda session, row: session.account.endpoint_costs(),
    "get_volume_progress": lambda session, row: session.account.volume_progress(),
    "upgrade_api_usage_level": lambda session, row: session.account.upgrade(),
    "get_exchange_status": lambda session, row: session.exchange.status(),
    "get_exchange_schedule": lambda session, row: session.exchange.schedule(),
    "get_user_data_timestamp": lambda session, row: session.exchange.user_data_timestamp(),
    "get_market_orderbook": lambda session, row: session.markets.orderbook(**row),
    "get_market": lambda session, row: session.markets.get(**row),
    "get_markets": lambda session, row: session.markets.list(**row),
    "get_market_orderbooks": lambda session, row: session.markets.orderbooks(**row),
    "get_trades": lambda session, row: session.markets.trades(**row),
    "get_market_candlesticks": lambda session, row: session.markets.candlesticks(**row),
    "batch_get_market_candlesticks": lambda session, row: session.markets.candlesticks_of(
        **_split(row, "market_tickers")
    ),
    "get_market_candlesticks_by_event": lambda session, row: session.events.candlesticks(
        row.pop("ticker"), **row
    ),
    "get_event_forecast_percentiles_history": lambda session, row: session.events.forecast_percentile_history(
        row.pop("ticker"), **row
    ),
    "get_historical_market": lambda session, row: session.historical.market(**row),
    "get_historical_markets": lambda session, row: session.historical.markets(
        without_combos=row.pop("mve_filter", None) == "exclude", **row
    ),
    "get_trades_historical": lambda session, row: session.historical.trades(**row),
    "get_market_candlesticks_historical": lambda session, row: session.historical.candlesticks(**row),
    "get_event": lambda session, row: session.events.get(**row),
    "get_events": lambda session, row: session.events.list(
        **{name: value for name, value in row.items() if name != "with_milestones"}
    ),
    "get_multivariate_events": lambda session, row: session.events.multivariate(**row),
    "get_event_metadata": lambda session, row: session.events.metadata(**row),
    "get_event_fee_changes": lambda session, row: session.events.fee_changes(**row),
    "get_series_fee_changes": lambda session, row: session.series.fee_changes(**row),
    "get_multivariate_event_collection": lambda session, row: session.multivariate.get(**row),
    "get_multivariate_event_collections": lambda session, row: session.multivariate.list(**row),
    "create_market_in_multivariate_event_collection": lambda session, row: session.multivariate.create_market(
        row["collection_ticker"],
        [ComboLeg(**leg) for leg in row["selected_markets"]],
        with_market_payload=row["with_market_payload"],
    ),
    "get_milestone": lambda session, row: session.milestones.get(**row),
    "get_milestones": lambda session, row: session.milestones.list(**row),
    "get_live_data_by_milestone": lambda session, row: session.live_data.get(**row),
    "get_live_data": lambda session, row: session.live_data.get_of_type(**row),
    "get_live_datas": lambda session, row: session.live_data.get_many(**row),
    "get_game_stats": lambda session, row: session.live_data.game_stats(**row),
    "get_event_live_data": lambda session, row: session.live_data.of_event(**row),
    "get_weather_index": lambda session, row: session.live_data.weather_index(**row),
    "get_weather_index_calibrations": lambda session, row: session.live_data.weather_calibrations(**row),
    "get_structured_target": lambda session, row: session.structured_targets.get(**row),
    "get_structured_targets": lambda session, row: session.structured_targets.list(**row),
    "get_tags_for_series_categories": lambda session, row: session.search.tags_by_categories(),
    "get_filters_for_sports": lambda session, row: session.search.filters_by_sport(),
    "get_incentive_programs": lambda session, row: session.incentive_programs.list(**row),
    "get_series": lambda session, row: session.series.get(**row),
    "get_series_list": lambda session, row: session.series.list(**_split(row, "tags")),
}
