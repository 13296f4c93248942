"""Every type that crosses the wire, held against the vendor's own table of fields."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec
import pytest

from kalshi_async import requests
from kalshi_async.contract import (
    OPERATIONS,
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
from kalshi_async.contract.fields import OpenEnum, ReplyStruct
from kalshi_async.contract.operation import Operation
from tests.contract.conformance import Row, Table, faults_of_reply, faults_of_request, load_table

TABLE = load_table()

REPLIES: dict[str, type[msgspec.Struct]] = {
    "AccountApiUsageLevelVolumeGoal": account.VolumeGoal,
    "AccountApiUsageLevelVolumeProgress": account.VolumeProgress,
    "AmendOrderV2Response": orders.AmendOrderReply,
    "ApiUsageLevelGrant": account.UsageLevelGrant,
    "AssociatedEvent": multivariate.AssociatedEvent,
    "BatchCancelOrdersV2Response": orders.BatchCancelReply,
    "BatchCancelOrdersV2ResponseOrdersInner": orders.BatchCancelEntry,
    "BatchCreateOrdersV2Response": orders.BatchCreateReply,
    "BatchCreateOrdersV2ResponseOrdersInner": orders.BatchCreateEntry,
    "BatchGetMarketCandlesticksResponse": candlesticks.MarketsCandlesticksReply,
    "BidAskDistribution": candlesticks.BidAskDistribution,
    "BidAskDistributionHistorical": candlesticks.HistoricalBidAsk,
    "BucketLimit": account.BucketLimit,
    "CancelOrderV2Response": orders.CancelOrderReply,
    "CreateMarketInMultivariateEventCollectionResponse": multivariate.CreatedMarket,
    "CreateOrderGroupResponse": order_groups.CreateOrderGroupReply,
    "CreateOrderV2Response": orders.CreateOrderReply,
    "CreateSubaccountResponse": subaccounts.CreateSubaccountReply,
    "DailySchedule": exchange.TradingHours,
    "DecreaseOrderV2Response": orders.DecreaseOrderReply,
    "Deposit": portfolio.Deposit,
    "EndpointTokenCost": account.EndpointCost,
    "ErrorResponse": orders.ItemError,
    "EventData": events.Event,
    "EventFeeChange": events.EventFeeChange,
    "EventLiveData": live_data.EventLiveData,
    "EventPosition": positions.EventPosition,
    "ExchangeIndexStatus": exchange.ShardStatus,
    "ExchangeStatus": exchange.ExchangeStatus,
    "Fill": fills.Fill,
    "ForecastPercentilesPoint": events.ForecastPercentiles,
    "GetAccountApiLimitsResponse": account.AccountLimits,
    "GetAccountApiUsageLevelVolumeProgressResponse": account.VolumeProgressReply,
    "GetAccountEndpointCostsResponse": account.EndpointCosts,
    "GetBalanceResponse": portfolio.Balance,
    "GetDepositsResponse": portfolio.DepositsPage,
    "GetEventCandlesticksResponse": candlesticks.EventCandlesticks,
    "GetEventFeeChangesResponse": events.EventFeeChangesPage,
    "GetEventForecastPercentilesHistoryResponse": events.ForecastHistoryReply,
    "GetEventLiveDataResponse": live_data.EventLiveDataReply,
    "GetEventMetadataResponse": events.EventMetadata,
    "GetEventResponse": events.EventReply,
    "GetEventsResponse": events.EventsPage,
    "GetExchangeScheduleResponse": exchange.ScheduleReply,
    "GetFillsResponse": fills.FillsPage,
    "GetFiltersBySportsResponse": search.FiltersBySport,
    "GetGameStatsResponse": live_data.GameStatsReply,
    "GetHistoricalCutoffResponse": historical.HistoricalCutoff,
    "GetIncentiveProgramsResponse": incentive_programs.IncentiveProgramsPage,
    "GetIntraExchangeInstanceTransferResponse": transfers.TransferReply,
    "GetIntraExchangeInstanceTransfersResponse": transfers.TransfersPage,
    "GetLiveDataResponse": live_data.LiveDataReply,
    "GetLiveDatasResponse": live_data.LiveDatasReply,
    "GetMarketCandlesticksHistoricalResponse": candlesticks.HistoricalCandlesticksReply,
    "GetMarketCandlesticksResponse": candlesticks.CandlesticksReply,
    "GetMarketOrderbookResponse": markets.OrderBookReply,
    "GetMarketOrderbooksResponse": markets.OrderBooksReply,
    "GetMarketResponse": markets.MarketReply,
    "GetMarketsResponse": markets.MarketsPage,
    "GetMilestoneResponse": milestones.MilestoneReply,
    "GetMilestonesResponse": milestones.MilestonesPage,
    "GetMultivariateEventCollectionResponse": multivariate.CollectionReply,
    "GetMultivariateEventCollectionsResponse": multivariate.CollectionsPage,
    "GetMultivariateEventsResponse": events.EventsPage,
    "GetOrderGroupResponse": order_groups.OrderGroupDetails,
    "GetOrderGroupsResponse": order_groups.OrderGroupsReply,
    "GetOrderQueuePositionResponse": orders.OrderQueuePositionReply,
    "GetOrderQueuePositionsResponse": orders.QueuePositionsReply,
    "GetOrderResponse": orders.OrderReply,
    "GetOrdersResponse": orders.OrdersPage,
    "GetPortfolioRestingOrderTotalValueResponse": portfolio.RestingOrderValue,
    "GetPositionsResponse": positions.PositionsPage,
    "GetSeriesFeeChangesResponse": series.SeriesFeeChangesReply,
    "GetSeriesListResponse": series.SeriesListReply,
    "GetSeriesResponse": series.SeriesReply,
    "GetSettlementsResponse": portfolio.SettlementsPage,
    "GetStructuredTargetResponse": structured_targets.StructuredTargetReply,
    "GetStructuredTargetsResponse": structured_targets.StructuredTargetsPage,
    "GetSubaccountBalancesResponse": subaccounts.SubaccountBalancesReply,
    "GetSubaccountNettingResponse": subaccounts.SubaccountNettingReply,
    "GetSubaccountTransfersResponse": subaccounts.SubaccountTransfersPage,
    "GetTagsForSeriesCategoriesResponse": search.TagsByCategories,
    "GetTargetBalanceAllocationResponse": transfers.TargetBalanceAllocation,
    "GetTradesResponse": trades.TradesPage,
    "GetUserDataTimestampResponse": exchange.UserDataTimestamp,
    "GetWeatherIndexCalibrationsResponse": live_data.Calibrations,
    "GetWeatherIndexResponse": live_data.WeatherIndex,
    "GetWithdrawalsResponse": portfolio.WithdrawalsPage,
    "IncentiveProgram": incentive_programs.IncentiveProgram,
    "IndexedBalance": portfolio.IndexedBalance,
    "IntraExchangeInstanceTransfer": transfers.Transfer,
    "IntraExchangeInstanceTransferResponse": transfers.CreateTransferReply,
    "LiveData": live_data.LiveData,
    "MaintenanceWindow": exchange.MaintenanceWindow,
    "Market": markets.Market,
    "MarketCandlestick": candlesticks.Candlestick,
    "MarketCandlestickHistorical": candlesticks.HistoricalCandlestick,
    "MarketCandlesticksResponse": candlesticks.MarketCandlesticks,
    "MarketMetadata": events.MarketMetadata,
    "MarketOrderbookFp": markets.MarketOrderBook,
    "MarketPosition": positions.MarketPosition,
    "Milestone": milestones.Milestone,
    "MultivariateEventCollection": multivariate.Collection,
    "MveSelectedLeg": markets.SelectedLeg,
    "Order": orders.Order,
    "OrderGroup": order_groups.OrderGroup,
    "OrderQueuePosition": orders.OrderQueuePosition,
    "OrderbookCountFp": markets.OrderBookLevels,
    "PercentilePoint": events.PercentilePoint,
    "PlayByPlay": live_data.PlayByPlay,
    "PlayByPlayPeriodsInner": live_data.Period,
    "PriceDistribution": candlesticks.PriceDistribution,
    "PriceDistributionHistorical": candlesticks.HistoricalPrice,
    "PriceRange": markets.PriceRange,
    "Schedule": exchange.Schedule,
    "ScopeList": search.Scopes,
    "Series": series.Series,
    "SeriesFeeChange": series.SeriesFeeChange,
    "Settlement": portfolio.Settlement,
    "SettlementSource": series.SettlementSource,
    "SportFilterDetails": search.SportFilters,
    "StructuredTarget": structured_targets.StructuredTarget,
    "SubaccountBalance": subaccounts.SubaccountBalance,
    "SubaccountNettingConfig": subaccounts.SubaccountNetting,
    "SubaccountTransfer": subaccounts.SubaccountTransfer,
    "TargetBalanceAllocation": transfers.TargetBalanceShare,
    "Trade": trades.Trade,
    "WeatherIndexCalibration": live_data.Calibration,
    "WeatherIndexCalibrationStation": live_data.CalibrationStation,
    "WeatherIndexPoint": live_data.WeatherIndexPoint,
    "WeatherIndexStationReading": live_data.StationReading,
    # Named by the table, but without rows of its own there.
    "WeeklySchedule": exchange.WeeklySchedule,
    "Withdrawal": portfolio.Withdrawal,
}

REQUESTS: dict[str, type] = {
    "AmendOrderV2Request": requests.AmendOrder,
    "ApplySubaccountTransferRequest": requests.SubaccountTransferOrder,
    "BatchCancelOrdersV2Request": requests.BatchCancel,
    "BatchCancelOrdersV2RequestOrdersInner": requests.CancelItem,
    "BatchCreateOrdersV2Request": requests.BatchCreate,
    "CreateMarketInMultivariateEventCollectionRequest": requests.NewCombo,
    "CreateOrderGroupRequest": requests.OrderGroupLimit,
    "CreateOrderV2Request": requests.CreateOrder,
    "CreateSubaccountRequest": requests.CreateSubaccount,
    "DecreaseOrderV2Request": requests.DecreaseOrder,
    "IntraExchangeInstanceTransferRequest": requests.TransferOrder,
    "SetTargetBalanceAllocationRequest": requests.TargetAllocation,
    "TargetBalanceAllocationInput": requests.AllocationShare,
    "TickerPair": requests.ComboLeg,
    "UpdateOrderGroupLimitRequest": requests.OrderGroupLimit,
    "UpdateSubaccountNettingRequest": requests.SubaccountNettingSetting,
}

# Dollars that the table calls plain strings.
UNMARKED_DOLLARS = [("PriceRange", "start"), ("PriceRange", "end"), ("PriceRange", "step")]


def with_dollars_marked(table: Table) -> Table:
    marked = {name: dict(rows) for name, rows in table.items()}
    for struct, wire_name in UNMARKED_DOLLARS:
        row: Row = {**marked[struct][wire_name], "format": "fixed-point-dollars"}
        marked[struct][wire_name] = row
    return marked


@pytest.mark.parametrize("name", sorted(REPLIES.keys() & TABLE.keys()))
def test_a_reply_has_every_field_of_the_table(name: str) -> None:
    assert faults_of_reply(name, REPLIES[name], with_dollars_marked(TABLE), REPLIES) == []


@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_a_request_has_every_field_of_the_table(name: str) -> None:
    assert faults_of_request(name, REQUESTS[name], TABLE, REQUESTS) == []


def test_every_struct_of_the_table_is_held_against_a_type_of_ours() -> None:
    assert TABLE.keys() - REPLIES.keys() - REQUESTS.keys() == set()


class Side(OpenEnum):
    BID = "bid"
    ASK = "ask"


class Item(ReplyStruct, frozen=True, kw_only=True):
    name: str


class Right(ReplyStruct, frozen=True, kw_only=True):
    count: Decimal = msgspec.field(name="count_fp")
    at: datetime
    side: Side
    rows: list[Item]
    note: str | None = None


SELF_CHECK: Table = {
    "Right": {
        "count_fp": {"type": "string", "required": True, "format": "fixed-point-count"},
        "at": {"type": "string(date-time)", "required": True},
        "side": {"type": "Side", "required": True, "enum": ["bid", "ask"]},
        "rows": {"type": "array<Item>", "required": True},
        "note": {"type": "string", "required": False, "nullable": True},
    }
}


def faults_with(wire_name: str, annotation: object, **changes: object) -> list[str]:
    """Take ``Right``, change one field, and hold the outcome against the table of ``Right``."""
    fields = [
        (info.encode_name, info.type, msgspec.NODEFAULT if info.required else info.default)
        for info in msgspec.structs.fields(Right)
        if info.encode_name != wire_name
    ]
    if annotation is not None:
        fields.append((wire_name, annotation, changes.get("default", msgspec.NODEFAULT)))
    wrong = msgspec.defstruct("Wrong", fields, kw_only=True)
    return faults_of_reply("Right", wrong, SELF_CHECK, {"Item": Item})


def test_the_check_finds_nothing_wrong_with_a_right_struct() -> None:
    assert faults_of_reply("Right", Right, SELF_CHECK, {"Item": Item}) == []


class Closed(OpenEnum):
    BID = "bid"


@pytest.mark.parametrize(
    ("wire_name", "annotation", "fault"),
    [
        ("count_fp", None, "missing"),
        ("count_fp", str, "fixed-point-count"),
        ("count_fp", float, "fixed-point-count"),
        ("at", str, "date-time"),
        ("side", str, "enum"),
        ("side", Closed, "lacks ['ask']"),
        ("rows", Item, "list"),
        ("rows", list[str], "Item"),
        ("rows", list[Right], "Item"),
        ("note", str | None, "may be absent"),
        ("note", int | None, "is string"),
    ],
)
def test_the_check_finds_a_wrong_struct(wire_name: str, annotation: object, fault: str) -> None:
    assert any(fault in found for found in faults_with(wire_name, annotation))


def test_the_check_finds_a_reply_that_cannot_bear_null() -> None:
    assert "may be null" in faults_with("note", str, default="")[0]


def test_the_check_finds_a_request_that_may_leave_out_what_must_be_sent() -> None:
    lenient = msgspec.defstruct("Lenient", [("count", Decimal | msgspec.UnsetType, msgspec.UNSET)])
    table: Table = {"Lenient": {"count": {"type": "string", "required": True, "format": "fixed-point-count"}}}
    assert "must be sent" in faults_of_request("Lenient", lenient, table, {})[0]


def test_the_check_finds_a_request_that_may_send_null() -> None:
    nullable = msgspec.defstruct("Nullable", [("count", Decimal | None)])
    table: Table = {
        "Nullable": {"count": {"type": "string", "required": True, "format": "fixed-point-count"}}
    }
    assert "may not be null" in faults_of_request("Nullable", nullable, table, {})[0]


@pytest.mark.parametrize("value", [5, None, b"bid", ("bid",)])
def test_an_open_enum_is_open_to_words_alone(value: object) -> None:
    with pytest.raises(ValueError, match="is not a valid Side"):
        Side(value)  # type: ignore[arg-type]  # what mypy refuses as well


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_no_reply_leaves_money_to_the_json_decoder(operation: Operation[object]) -> None:
    # It would read "NaN" and "1_000" as well: every number is a FixedPoint.
    shapes = msgspec.inspect.type_info(operation.reply)
    assert "DecimalType" not in repr(shapes)
