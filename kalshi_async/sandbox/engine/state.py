"""The records and the vocabulary of the embedded exchange, in exact integers.

Prices are ten-thousandths of a dollar (``_e4``), counts hundredths of a contract
(``_e2``), money millionths of a dollar (``_e6``): a price times a count is money,
so no amount is rounded by accident. Times are Unix microseconds (``_us``).

Orders, fills and placements are msgspec structs with ``gc=False``: they are the records that
come in great numbers, and they refer to nothing that refers back to them.

The parts of the exchange change these records; the edge and the tests only read them.
This module knows no JSON and no HTTP.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Literal

import msgspec

from kalshi_async.contract.frames.private import UpdateReason
from kalshi_async.sandbox.accounts.movements import FloorEntry, Payment, ShardTransfer, SubaccountTransfer
from kalshi_async.sandbox.engine.candles import Candles
from kalshi_async.sandbox.engine.combo import Leg
from kalshi_async.sandbox.engine.turnover import Turnover
from kalshi_async.sandbox.settings import PRICE_AT_FLOOR, SETTLEMENT_TIMER_S

# A word that never changes on its record is a Literal; a state is an enum. A type checker takes
# a Literal attribute for constant once it has been compared.
Side = Literal["bid", "ask"]
TimeInForce = Literal["good_till_canceled", "immediate_or_cancel", "fill_or_kill"]
SelfTradePrevention = Literal["taker_at_cross", "maker"]
MarginReservation = Literal["none", "max", "sum"]
SettlementBounds = Literal["default", "floor"]

ONE_DOLLAR_E4 = 10_000
ONE_CONTRACT_E2 = 100


class Rejected(Exception):
    """The exchange refuses a request. ``code`` is a key of ``sandbox.edge.rejections.REJECTIONS``.

    ``details`` is the text that the venue adds to some codes ("post only cross").
    """

    def __init__(self, code: str, details: str | None = None) -> None:
        super().__init__(code if details is None else f"{code}: {details}")
        self.code = code
        self.details = details


class MarketState(Enum):
    """Life of a market, in the venue's words."""

    INITIALIZED = "initialized"
    INACTIVE = "inactive"
    ACTIVE = "active"
    CLOSED = "closed"
    DETERMINED = "determined"
    FINALIZED = "finalized"


class OrderStatus(StrEnum):
    """Life of an order. An order that is still being matched is ``RESTING`` already."""

    RESTING = "resting"
    CANCELED = "canceled"
    EXECUTED = "executed"


class Order(msgspec.Struct, gc=False):
    """One order."""

    order_id: str
    user_id: str
    ticker: str
    side: Side
    price_e4: int
    client_order_id: str
    initial_e2: int
    remaining_e2: int
    self_trade_prevention_type: SelfTradePrevention
    subaccount: int
    exchange_index: int
    created_us: int
    updated_us: int
    order_group_id: str | None = None
    expiration_s: int | None = None
    cancel_order_on_pause: bool = False
    # api2025: from here
    spelling: tuple[str, str, str] | None = None
    """(action, outcome, type) of an order that was placed in the words of 2025."""
    # api2025: to here
    status: OrderStatus = OrderStatus.RESTING
    filled_e2: int = 0
    taker_cost_e6: int = 0
    maker_cost_e6: int = 0
    taker_fees_e6: int = 0
    maker_fees_e6: int = 0
    rounding_e6: int = 0
    last_update_reason: UpdateReason | None = None
    """None for the placing and for a member's own cancel. Streams tell it; no reply of REST does."""


class Fill(msgspec.Struct, gc=False):
    """One side of one match. ``fee_e6`` is the fee of the whole fill.

    ``floor_e4``: the settlement floor that held for the member then.
    """

    fill_id: str
    order_id: str
    user_id: str
    ticker: str
    side: Side
    price_e4: int
    count_e2: int
    is_taker: bool
    fee_e6: int
    subaccount: int
    exchange_index: int
    created_us: int
    floor_e4: int = 0


@dataclass(slots=True)
class Position:
    """Signed position of one subaccount in one market; money before fees.

    ``cost_e6`` is the cost of the open contracts, ``traded_e6`` the sum of all amounts spent.
    The four ``bought`` fields are gross: all that was bought of either leg, whether it was sold
    later or not. To sell YES is to buy NO.
    """

    ticker: str
    subaccount: int
    exchange_index: int
    position_e2: int = 0
    cost_e6: int = 0
    traded_e6: int = 0
    realized_e6: int = 0
    fees_e6: int = 0
    shares_traded_e2: int = 0
    yes_bought_e2: int = 0
    yes_bought_e6: int = 0
    no_bought_e2: int = 0
    no_bought_e6: int = 0
    updated_us: int = 0
    settled: bool = False


@dataclass(slots=True)
class Settlement:
    """The payment of one market to one subaccount; counts and costs are gross per leg."""

    ticker: str
    event_ticker: str
    subaccount: int
    exchange_index: int
    result: str
    yes_count_e2: int
    no_count_e2: int
    yes_cost_e6: int
    no_cost_e6: int
    revenue_cents: int
    fee_e6: int
    settled_us: int
    value_cents: int | None = None


@dataclass(slots=True)
class Group:
    """An order group: ``limit_e2`` contracts within 15 s; ``order_ids`` are its resting members.

    ``fills`` are the (time_us, count_e2) of the rolling window, ``window_e2`` their sum.
    """

    order_group_id: str
    user_id: str
    subaccount: int
    exchange_index: int
    limit_e2: int
    is_triggered: bool = False
    order_ids: dict[str, None] = field(default_factory=dict)
    fills: deque[tuple[int, int]] = field(default_factory=deque)
    window_e2: int = 0
    # api2025: from here
    name: str = ""
    """Only groups of the 2025 API have one."""
    # api2025: to here
    created_us: int = 0


@dataclass(slots=True)
class Account:
    """One member; its API keys are registered in ``access.signature_check``.

    ``cash_e6`` maps (subaccount, shard) to money. ``tier`` is a key of ``access.budget.TIERS``.
    ``is_fcm``: a futures commission merchant, which alone may read the total resting order value.
    ``resting`` is the part of ``orders`` that stands in a book.
    """

    name: str
    user_id: str
    tier: str = "basic"
    is_fcm: bool = False
    subaccount_count: int = 0
    cash_e6: dict[tuple[int, int], int] = field(default_factory=dict)
    cash_updated_us: dict[tuple[int, int], int] = field(default_factory=dict)
    netting: dict[int, bool] = field(default_factory=dict)
    allocations: list[tuple[int, int]] = field(default_factory=list)
    resting_margin_reservation: MarginReservation = "sum"
    orders: dict[str, Order] = field(default_factory=dict)
    resting: dict[str, Order] = field(default_factory=dict)
    client_order_ids: dict[str, str] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    positions: dict[tuple[str, int], Position] = field(default_factory=dict)
    settlements: list[Settlement] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    subaccount_transfers: list[SubaccountTransfer] = field(default_factory=list)
    shard_transfers: list[ShardTransfer] = field(default_factory=list)
    transfer_ids: set[str] = field(default_factory=set)
    deposits: list[Payment] = field(default_factory=list)
    withdrawals: list[Payment] = field(default_factory=list)
    floor_entries: list[FloorEntry] = field(default_factory=list)


@dataclass(slots=True)
class Market:
    """A market.

    ``price_ranges`` are (start, end, step) in e4; ``prices_e4`` are all prices on them.
    ``listed_us`` and ``updated_us``: when it was listed, and when its terms or its state last changed.
    ``floor_e4``: the settlement floor; 0 unless ``settlement_bounds`` is "floor".
    ``is_quoted``: whether an order has ever rested in its book.
    ``open_interest_e2``: the contracts that members hold; kept on at the settlement
    (``settings.CHOICES``: ``kept_interest``).
    ``trades``: the taker's fill of every match, oldest first.
    ``legs``, ``collection_ticker``: what a combo is made of, and where; empty and None for other markets.
    """

    ticker: str
    event_ticker: str
    series_ticker: str
    exchange_index: int
    price_level_structure: str
    price_ranges: list[tuple[int, int, int]]
    prices_e4: frozenset[int]
    open_us: int
    close_us: int
    fee_type: str = "quadratic"
    fee_multiplier_e4: int = 10_000
    settlement_timer_s: int = SETTLEMENT_TIMER_S
    market_type: str = "binary"
    state: MarketState = MarketState.ACTIVE
    last_price_e4: int | None = None
    result: str = ""
    settlement_value_cents: int | None = None
    settled_us: int | None = None
    determined_us: int | None = None
    listed_us: int = 0
    updated_us: int = 0
    settlement_bounds: SettlementBounds = "default"
    floor_e4: int = 0
    is_quoted: bool = False
    open_interest_e2: int = 0
    turnover: Turnover = field(default_factory=Turnover)
    candles: Candles = field(default_factory=Candles)
    trades: list[Fill] = field(default_factory=list)
    collection_ticker: str | None = None
    legs: tuple[Leg, ...] = ()


def refuse_price(market: Market, price_e4: int) -> None:
    """Raise ``Rejected`` unless an order may stand at this price: on the grid, above the settlement floor."""
    if price_e4 not in market.prices_e4:
        raise Rejected("invalid_price")
    if price_e4 <= market.floor_e4:
        raise Rejected(*PRICE_AT_FLOOR)


class Placement(msgspec.Struct, gc=False):
    """The immediate outcome of a create or an amend, at ``ts_ms``.

    ``fill_cost_yes_e6``: the fills of this request at their YES prices.
    ``resized``: whether an amend has changed the resting count.
    """

    order: Order
    fill_count_e2: int
    remaining_e2: int
    fill_cost_yes_e6: int
    fees_e6: int
    ts_ms: int
    resized: bool = False
