"""One call per operation of the contract, and what an error of it must name.

``venue`` opens a session over a network of the test's own, without an exchange behind it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from kalshi_async import (
    DEMO,
    CreateOrder,
    Credentials,
    RateLimits,
    Session,
    SubaccountTransferOrder,
    TargetAllocation,
    TransferOrder,
)
from kalshi_async.contract import (
    OPERATIONS,
    Operation,
    account,
    candlesticks,
    events,
    exchange,
    fills,
    historical,
    incentive_programs,
    live_data,
    markets,
    milestones,
    multivariate,
    order_groups,
    orders,
    portfolio,
    positions,
    search,
    series,
    structured_targets,
    subaccounts,
    trades,
    transfers,
)
from kalshi_async.requests import ComboLeg
from kalshi_async.sandbox.virtual_time import VirtualClock
from kalshi_async.transport.progress import PROGRESS
from tests.stages.keys import KEY_ID, ed25519

TICKER = "KXHIGHNY-26NOV23-B52.5"
EVENT = "KXHIGHNY-26NOV23"
KEY = "6d1c7b0e-0000-4000-a000-000000000001"
ORDER_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
GROUP = "9b2d8c4e-1111-4111-a111-111111111111"
TRANSFER = "1f0e3dad-2222-4222-a222-222222222222"

Ask = Callable[[Session], Awaitable[object]]
Line = Callable[[httpx.Request], Awaitable[httpx.Response]]


def wanted() -> CreateOrder:
    return CreateOrder(TICKER, "bid", "12.5", "0.4455", client_order_id=KEY, order_group_id=GROUP)


async def _each(result: Awaitable[Any]) -> None:
    (await result).raise_for_errors()


# Operation -> a call that sends it, and texts that its errors hold beside name, method and path.
ASKS: Mapping[Operation[object], tuple[Ask, tuple[str, ...]]] = {
    orders.CREATE_ORDER: (
        lambda s: s.orders.create(wanted()),
        (f"ticker {TICKER}", f"client_order_id {KEY}", "side bid", "count 12.50", "price 0.4455"),
    ),
    orders.CANCEL_ORDER: (
        lambda s: s.orders.cancel(ORDER_ID, ticker=TICKER, subaccount=2),
        (f"ticker {TICKER}", f"order_id {ORDER_ID}", "subaccount 2"),
    ),
    orders.AMEND_ORDER: (
        lambda s: s.orders.amend(ORDER_ID, ticker=TICKER, side="ask", price="0.5", count=3),
        (f"ticker {TICKER}", f"order_id {ORDER_ID}", "side ask", "count 3.00", "price 0.5000"),
    ),
    orders.DECREASE_ORDER_TO: (
        lambda s: s.orders.decrease(ORDER_ID, ticker=TICKER, reduce_to=4),
        (f"ticker {TICKER}", f"order_id {ORDER_ID}", "reduce_to 4.00"),
    ),
    orders.DECREASE_ORDER_BY: (
        lambda s: s.orders.decrease(ORDER_ID, ticker=TICKER, reduce_by=4),
        (f"ticker {TICKER}", f"order_id {ORDER_ID}", "reduce_by 4.00"),
    ),
    orders.BATCH_CREATE_ORDERS: (
        lambda s: _each(s.orders.create_batch([wanted(), CreateOrder("OTHER", "ask", 1, "0.9")])),
        (f"ticker {TICKER}", f"client_order_id {KEY}", "side bid", "count 12.50", "price 0.4455"),
    ),
    orders.BATCH_CANCEL_ORDERS: (
        lambda s: _each(s.orders.cancel_batch([ORDER_ID, "another"])),
        (f"order_id {ORDER_ID}",),
    ),
    orders.CANCEL_ALL_ORDERS: (lambda s: s.orders.cancel_all(subaccount=3), ("subaccount 3",)),
    orders.GET_ORDER: (lambda s: s.orders.get(ORDER_ID), (f"order_id {ORDER_ID}",)),
    orders.GET_ORDERS: (lambda s: s.orders.list(ticker=TICKER).collect(), (f"ticker {TICKER}",)),
    orders.GET_ORDER_QUEUE_POSITION: (
        lambda s: s.orders.queue_position(ORDER_ID),
        (f"order_id {ORDER_ID}",),
    ),
    orders.GET_QUEUE_POSITIONS: (
        lambda s: s.orders.queue_positions(market_tickers=[TICKER]),
        (f"ticker {TICKER}",),
    ),
    order_groups.CREATE_ORDER_GROUP: (
        lambda s: s.order_groups.create(contracts_limit="2.5", subaccount=1),
        ("contracts_limit 2.50", "subaccount 1"),
    ),
    order_groups.GET_ORDER_GROUPS: (lambda s: s.order_groups.list(subaccount=1), ("subaccount 1",)),
    order_groups.GET_ORDER_GROUP: (lambda s: s.order_groups.get(GROUP), (f"order_group_id {GROUP}",)),
    order_groups.DELETE_ORDER_GROUP: (lambda s: s.order_groups.delete(GROUP), (f"order_group_id {GROUP}",)),
    order_groups.RESET_ORDER_GROUP: (lambda s: s.order_groups.reset(GROUP), (f"order_group_id {GROUP}",)),
    order_groups.TRIGGER_ORDER_GROUP: (
        lambda s: s.order_groups.trigger(GROUP, subaccount=5),
        (f"order_group_id {GROUP}", "subaccount 5"),
    ),
    order_groups.UPDATE_ORDER_GROUP_LIMIT: (
        lambda s: s.order_groups.update_limit(GROUP, contracts_limit=8),
        (f"order_group_id {GROUP}", "contracts_limit 8"),
    ),
    portfolio.GET_BALANCE: (lambda s: s.portfolio.balance(), ()),
    portfolio.GET_SETTLEMENTS: (
        lambda s: s.portfolio.settlements(ticker=TICKER).collect(),
        (f"ticker {TICKER}",),
    ),
    portfolio.GET_TOTAL_RESTING_ORDER_VALUE: (lambda s: s.portfolio.resting_order_value(), ()),
    portfolio.GET_DEPOSITS: (lambda s: s.portfolio.deposits().collect(), ()),
    portfolio.GET_WITHDRAWALS: (lambda s: s.portfolio.withdrawals().collect(), ()),
    positions.GET_POSITIONS: (lambda s: s.positions.list(ticker=TICKER).collect(), (f"ticker {TICKER}",)),
    fills.GET_FILLS: (
        lambda s: s.fills.list(order_id=ORDER_ID, ticker=TICKER).collect(),
        (f"ticker {TICKER}", f"order_id {ORDER_ID}"),
    ),
    subaccounts.CREATE_SUBACCOUNT: (lambda s: s.subaccounts.create(), ()),
    subaccounts.GET_SUBACCOUNT_BALANCES: (lambda s: s.subaccounts.balances(), ()),
    subaccounts.TRANSFER_BETWEEN_SUBACCOUNTS: (
        lambda s: s.subaccounts.transfer(SubaccountTransferOrder(1, 2, 2_500)),
        ("amount 2500", "subaccount 1"),
    ),
    subaccounts.GET_SUBACCOUNT_TRANSFERS: (lambda s: s.subaccounts.transfers().collect(), ()),
    subaccounts.GET_SUBACCOUNT_NETTING: (lambda s: s.subaccounts.netting(), ()),
    subaccounts.UPDATE_SUBACCOUNT_NETTING: (
        lambda s: s.subaccounts.set_netting(4, enabled=True),
        ("subaccount 4",),
    ),
    transfers.GET_TARGET_BALANCE_ALLOCATION: (lambda s: s.transfers.target_allocation(), ()),
    transfers.SET_TARGET_BALANCE_ALLOCATION: (
        lambda s: s.transfers.set_target_allocation(TargetAllocation({0: 60, 1: 40})),
        (),
    ),
    transfers.INTRA_EXCHANGE_TRANSFER: (
        lambda s: s.transfers.create(TransferOrder(75_000, destination_exchange_shard=2)),
        ("amount 75000",),
    ),
    transfers.INTRA_EXCHANGE_TRANSFER_UNKEYED: (
        lambda s: s.transfers.create(
            TransferOrder(75_000, source_subaccount=3, destination_exchange_shard=2)
        ),
        ("amount 75000", "subaccount 3"),
    ),
    transfers.GET_INTRA_EXCHANGE_TRANSFER: (lambda s: s.transfers.get(TRANSFER), (TRANSFER,)),
    transfers.GET_INTRA_EXCHANGE_TRANSFERS: (lambda s: s.transfers.list().collect(), ()),
    historical.GET_HISTORICAL_CUTOFF: (lambda s: s.historical.cutoff(), ()),
    historical.GET_HISTORICAL_ORDERS: (
        lambda s: s.historical.orders(ticker=TICKER).collect(),
        (f"ticker {TICKER}",),
    ),
    historical.GET_HISTORICAL_FILLS: (
        lambda s: s.historical.fills(ticker=TICKER).collect(),
        (f"ticker {TICKER}",),
    ),
    historical.GET_HISTORICAL_POSITIONS: (lambda s: s.historical.positions().collect(), ()),
    account.GET_ACCOUNT_LIMITS: (lambda s: s.account.limits(), ()),
    account.GET_ENDPOINT_COSTS: (lambda s: s.account.endpoint_costs(), ()),
    account.GET_VOLUME_PROGRESS: (lambda s: s.account.volume_progress(), ()),
    account.UPGRADE_API_USAGE_LEVEL: (lambda s: s.account.upgrade(), ()),
    exchange.GET_EXCHANGE_STATUS: (lambda s: s.exchange.status(), ()),
    exchange.GET_EXCHANGE_SCHEDULE: (lambda s: s.exchange.schedule(), ()),
    exchange.GET_USER_DATA_TIMESTAMP: (lambda s: s.exchange.user_data_timestamp(), ()),
    markets.GET_MARKET: (lambda s: s.markets.get(TICKER), (f"/markets/{TICKER}", f"ticker {TICKER}")),
    markets.GET_MARKETS: (lambda s: s.markets.list(tickers=[TICKER]).collect(), (f"ticker {TICKER}",)),
    markets.GET_MARKET_ORDERBOOK: (lambda s: s.markets.orderbook(TICKER), (f"ticker {TICKER}",)),
    events.GET_EVENT: (lambda s: s.events.get(EVENT), (f"/events/{EVENT}",)),
    events.GET_EVENT_FEE_CHANGES: (lambda s: s.events.fee_changes(event_ticker=EVENT).collect(), ()),
    series.GET_SERIES: (lambda s: s.series.get("KXHIGHNY"), ("/series/KXHIGHNY",)),
    events.GET_EVENTS: (lambda s: s.events.list(series_ticker="KXHIGHNY").collect(), ()),
    events.GET_MULTIVARIATE_EVENTS: (lambda s: s.events.multivariate().collect(), ()),
    events.GET_EVENT_METADATA: (lambda s: s.events.metadata(EVENT), (f"/events/{EVENT}/metadata",)),
    events.GET_EVENT_FORECAST_PERCENTILES_HISTORY: (
        lambda s: s.events.forecast_percentile_history(
            EVENT, percentiles=[5000], start_ts=1, end_ts=2, period_interval=60
        ),
        (f"ticker {EVENT}",),
    ),
    markets.GET_MARKET_ORDERBOOKS: (lambda s: s.markets.orderbooks([TICKER]), (f"ticker {TICKER}",)),
    markets.GET_HISTORICAL_MARKET: (lambda s: s.historical.market(TICKER), (f"ticker {TICKER}",)),
    markets.GET_HISTORICAL_MARKETS: (
        lambda s: s.historical.markets(tickers=[TICKER]).collect(),
        (f"ticker {TICKER}",),
    ),
    trades.GET_TRADES: (lambda s: s.markets.trades(ticker=TICKER).collect(), (f"ticker {TICKER}",)),
    trades.GET_TRADES_HISTORICAL: (
        lambda s: s.historical.trades(ticker=TICKER).collect(),
        (f"ticker {TICKER}",),
    ),
    candlesticks.GET_MARKET_CANDLESTICKS: (
        lambda s: s.markets.candlesticks(TICKER, start_ts=1, end_ts=2, period_interval=1),
        (f"ticker {TICKER}",),
    ),
    candlesticks.BATCH_GET_MARKET_CANDLESTICKS: (
        lambda s: s.markets.candlesticks_of([TICKER], start_ts=1, end_ts=2, period_interval=1),
        (f"ticker {TICKER}",),
    ),
    candlesticks.GET_MARKET_CANDLESTICKS_BY_EVENT: (
        lambda s: s.events.candlesticks(EVENT, start_ts=1, end_ts=2, period_interval=1),
        (f"ticker {EVENT}",),
    ),
    candlesticks.GET_MARKET_CANDLESTICKS_HISTORICAL: (
        lambda s: s.historical.candlesticks(TICKER, start_ts=1, end_ts=2, period_interval=1),
        (f"ticker {TICKER}",),
    ),
    multivariate.GET_MULTIVARIATE_EVENT_COLLECTION: (
        lambda s: s.multivariate.get("KXMVE-1"),
        ("/multivariate_event_collections/KXMVE-1",),
    ),
    multivariate.GET_MULTIVARIATE_EVENT_COLLECTIONS: (lambda s: s.multivariate.list().collect(), ()),
    multivariate.CREATE_MARKET_IN_MULTIVARIATE_EVENT_COLLECTION: (
        lambda s: s.multivariate.create_market("KXMVE-1", [ComboLeg(TICKER, EVENT, "yes")]),
        ("/multivariate_event_collections/KXMVE-1",),
    ),
    milestones.GET_MILESTONE: (lambda s: s.milestones.get(KEY), (KEY,)),
    milestones.GET_MILESTONES: (lambda s: s.milestones.list().collect(), ()),
    live_data.GET_LIVE_DATA_BY_MILESTONE: (lambda s: s.live_data.get(KEY), (KEY,)),
    live_data.GET_LIVE_DATA: (lambda s: s.live_data.get_of_type("football_game", KEY), (KEY,)),
    live_data.GET_LIVE_DATAS: (lambda s: s.live_data.get_many([KEY]), ()),
    live_data.GET_GAME_STATS: (lambda s: s.live_data.game_stats(KEY), (KEY,)),
    live_data.GET_EVENT_LIVE_DATA: (lambda s: s.live_data.of_event(EVENT), (EVENT,)),
    live_data.GET_WEATHER_INDEX: (lambda s: s.live_data.weather_index("miami"), ("miami",)),
    live_data.GET_WEATHER_INDEX_CALIBRATIONS: (
        lambda s: s.live_data.weather_calibrations("miami"),
        ("miami",),
    ),
    structured_targets.GET_STRUCTURED_TARGET: (lambda s: s.structured_targets.get(KEY), (KEY,)),
    structured_targets.GET_STRUCTURED_TARGETS: (lambda s: s.structured_targets.list().collect(), ()),
    search.GET_TAGS_FOR_SERIES_CATEGORIES: (lambda s: s.search.tags_by_categories(), ()),
    search.GET_FILTERS_FOR_SPORTS: (lambda s: s.search.filters_by_sport(), ()),
    incentive_programs.GET_INCENTIVE_PROGRAMS: (lambda s: s.incentive_programs.list().collect(), ()),
    series.GET_SERIES_LIST: (lambda s: s.series.list(), ()),
    series.GET_SERIES_FEE_CHANGES: (lambda s: s.series.fee_changes(series_ticker="KXHIGHNY"), ()),
}


def kind_of(operation: Operation[object]) -> str:
    """The name of an operation with its class, because two operations share a name."""
    return f"{operation.name}-{operation.idempotency.value}"


@dataclass
class Network(httpx.AsyncBaseTransport):
    """Plays ``first`` once each, then ``always``, to every request."""

    always: Line
    first: tuple[Line, ...] = ()
    count: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        line = self.first[self.count] if self.count < len(self.first) else self.always
        self.count += 1
        return await line(request)


def answering(response: Callable[[], httpx.Response]) -> Line:
    """Answer each request; its bytes have left."""

    async def answer(request: httpx.Request) -> httpx.Response:
        request.extensions[PROGRESS].report()
        request.extensions[PROGRESS].leave()
        return response()

    return answer


async def refused(request: httpx.Request) -> httpx.Response:
    """No connection: no byte leaves, and the transport says so."""
    request.extensions[PROGRESS].report()
    raise httpx.ConnectError("refused")


async def reset(request: httpx.Request) -> httpx.Response:
    """The connection breaks after bytes have left."""
    request.extensions[PROGRESS].report()
    request.extensions[PROGRESS].leave()
    raise httpx.ReadError("reset by peer")


async def mute(request: httpx.Request) -> httpx.Response:
    """The connection breaks, and the transport does not tell whether bytes have left."""
    raise httpx.ReadError("something broke")


@asynccontextmanager
async def venue(clock: VirtualClock, network: Network, **options: Any) -> AsyncIterator[Session]:
    """A session over ``network``. Nothing is sent when it opens."""
    options = {"rate_limits": RateLimits(clock.monotonic), "clock": clock, **options}
    credentials = options.pop("credentials", Credentials(KEY_ID, ed25519()))
    async with Session(DEMO, credentials, base_transport=network, **options) as session:
        yield session


assert set(ASKS) == set(OPERATIONS), "an operation has no call here"
