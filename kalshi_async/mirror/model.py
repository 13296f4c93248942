"""What a mirror shows: orders, positions, groups, and orders in doubt. Values, replaced and never changed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from kalshi_async.contract.fields import EXACT, BookSide, OrderStatus
from kalshi_async.contract.frames.private import UpdateReason

ZERO = Decimal(0)


class MirroredOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An order as the mirror knows it. Accepted wherever a method of ``session.orders`` takes an order."""

    order_id: str
    """The exchange's id of the order."""
    ticker: str
    """Ticker of the market."""
    book_side: BookSide
    """Direction on the YES book: a bid buys YES, an ask sells it."""
    yes_price: Decimal
    """Limit price on the YES leg, in dollars."""
    initial_count: Decimal
    """Contracts that were ordered, after amends the new total."""
    fill_count: Decimal
    """Contracts that were filled."""
    remaining_count: Decimal
    """Contracts that rest; 0 once it is over."""
    status: OrderStatus
    """Where the order stands."""
    client_order_id: str = ""
    """The caller's id of the order; may be empty."""
    subaccount: int = 0
    """Subaccount of the order."""
    exchange_index: int | None = None
    """Shard of the order; None: not told, which routes by ticker."""
    order_group_id: str | None = None
    """Group of the order; None without one."""
    created_ms: int = 0
    """When it was placed, in Unix milliseconds of the exchange."""
    updated_ms: int = 0
    """When it last changed, as far as the mirror knows."""
    expiration_ms: int | None = None
    """When it ends by itself; None without an expiry."""
    reason: UpdateReason | None = None
    """Why it last changed, where a frame told it; None for a member's own cancel, and of what was read."""
    is_external: bool = False
    """Whether it is not the caller's own: see ``owner`` of ``session.mirror``."""

    @property
    def is_over(self) -> bool:
        """Whether it was canceled or executed: it changes no more."""
        return self.status is OrderStatus.CANCELED or self.status is OrderStatus.EXECUTED

    @property
    def total_count(self) -> Decimal:
        """Contracts filled plus resting: the ``count`` of an amend."""
        return EXACT.add(self.fill_count, self.remaining_count)


class MirroredPosition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A position of one subaccount in one market."""

    ticker: str
    """Ticker of the market."""
    subaccount: int
    """Subaccount that holds it."""
    position: Decimal
    """Contracts held: above 0 is YES, below 0 is NO."""
    updated_ms: int
    """Up to when it is known, in Unix milliseconds of the exchange: the newest fill, or the newest read."""
    cost: Decimal | None = None
    """Dollars that the open position cost, when a frame or a read last told; None: never told."""
    realized_pnl: Decimal | None = None
    """Dollars that closed positions have made, before fees, when last told."""
    fees_paid: Decimal | None = None
    """Dollars of fees paid in the market, when last told."""


class MirroredGroup(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An order group."""

    order_group_id: str
    """Id of the group."""
    contracts_limit: Decimal | None = None
    """Contracts that it may fill within 15 s; None: not told yet."""
    is_triggered: bool | None = None
    """Whether it refuses orders until it is reset; None: not known, because reads do not tell."""
    subaccount: int | None = None
    """Subaccount of its orders; None: not known, because frames and rows do not tell."""
    exchange_index: int | None = None
    """Shard of its orders; None: not told."""


class UnresolvedOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A create that may have placed an order: it occupies its place and its exposure until it is resolved."""

    client_order_id: str
    """The caller's id of the order."""
    ticker: str
    """Ticker of the market."""
    book_side: BookSide
    """Direction on the YES book."""
    yes_price: Decimal
    """Limit price on the YES leg, in dollars."""
    count: Decimal
    """Contracts that were ordered."""
    subaccount: int = 0
    """Subaccount of the order."""
    order_group_id: str | None = None
    """Group of the order."""
    is_under_way: bool = True
    """Whether its call has not ended yet; False: the call ended without certainty."""
    first_sent_ms: int | None = None
    """The earliest timestamp that was signed for it, in Unix milliseconds of the exchange."""
    last_signed_ms: int | None = None
    """The latest one."""


class MirroredCash(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The cash of a subaccount, as of a moment at which arithmetic and the exchange agreed."""

    subaccount: int
    """The subaccount."""
    amount: Decimal
    """Dollars, as ``portfolio.balance`` says them, on all shards."""
    as_of_ms: int
    """The moment, in Unix milliseconds of the exchange."""
    reserves: bool | None = None
    """Whether the exchange deducts what resting orders tie up; None: not known yet."""
    estimate: Decimal | None = None
    """The amount after all that moved cash since, as far as it is known; None: not known."""


class RestingOrders:
    """The orders that rest, by the exchange's id; a live view of the mirror."""

    __slots__ = ("_by_client_id", "_by_id")

    def __init__(self, by_id: dict[str, MirroredOrder], by_client_id: dict[str, str]) -> None:
        self._by_id = by_id
        self._by_client_id = by_client_id

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[MirroredOrder]:
        """Iterate over the orders as they are now, oldest first."""
        return iter(tuple(self._by_id.values()))

    def __contains__(self, order_id: object) -> bool:
        return order_id in self._by_id

    def __getitem__(self, order_id: str) -> MirroredOrder:
        """Return a resting order; raises KeyError if no such order rests."""
        return self._by_id[order_id]

    def get(self, order_id: str) -> MirroredOrder | None:
        """Return a resting order by the exchange's id, or None."""
        return self._by_id.get(order_id)

    def by_client_id(self, client_order_id: str) -> MirroredOrder | None:
        """Return a resting order by the caller's id, or None."""
        return self._by_id.get(self._by_client_id.get(client_order_id, ""))

    def of(
        self, ticker: str, side: BookSide | str | None = None, *, subaccount: int | None = None
    ) -> list[MirroredOrder]:
        """Return the resting orders of a market, of one side or of both."""
        return [
            order
            for order in self._by_id.values()
            if order.ticker == ticker
            and side in (None, order.book_side)
            and subaccount in (None, order.subaccount)
        ]


class HeldPositions:
    """The positions that are not flat, by (ticker, subaccount); a live view of the mirror."""

    __slots__ = ("_known",)

    def __init__(self, known: dict[tuple[str, int], MirroredPosition]) -> None:
        self._known = known

    def __len__(self) -> int:
        return sum(1 for one in self._known.values() if one.position)

    def __iter__(self) -> Iterator[MirroredPosition]:
        return iter([one for one in self._known.values() if one.position])

    def get(self, ticker: str, subaccount: int = 0) -> MirroredPosition | None:
        """Return what is known of a position, also of one that is flat by now; None: nothing is."""
        return self._known.get((ticker, subaccount))

    def count(self, ticker: str, subaccount: int = 0) -> Decimal:
        """Return the contracts that are held: above 0 is YES, below 0 is NO, 0 for none."""
        known = self._known.get((ticker, subaccount))
        return ZERO if known is None else known.position
