"""session.orders: place, change and cancel orders; ``OrderReads`` reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Literal

from msgspec import UNSET

from kalshi_async.calls.call import Call
from kalshi_async.calls.context import Context
from kalshi_async.contract import orders as contract
from kalshi_async.contract.fields import BookSide
from kalshi_async.contract.orders import AmendOrderReply, CancelOrderReply, DecreaseOrderReply
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.orders import AmendOrder, CancelItem, CreateOrder, DecreaseOrder
from kalshi_async.requests.validation import (
    SUBACCOUNTS,
    Number,
    checked_items,
    checked_request,
    checked_whole,
    given,
)
from kalshi_async.resources._batches import cancel_items, create_items
from kalshi_async.resources._routing import Target, about_another, targeted
from kalshi_async.resources.order_reads import OrderReads
from kalshi_async.resources.plans import PlannedChunk, plan_items
from kalshi_async.resources.results import (
    AmendableOrder,
    BatchResult,
    CreatedOrder,
    OrderReference,
    about,
    under_another_key,
)
from kalshi_async.resources.settling.orders import (
    AmendSettler,
    CancelSettler,
    CreateSettler,
    DecreaseSettler,
)


class AllSubaccounts(Enum):
    """Type of ``ALL``: the scope of all subaccounts."""

    ALL = "all"


ALL = AllSubaccounts.ALL
"""Every subaccount: ``cancel_all`` and ``dead_man`` accept it in the place of a number."""


class Orders(OrderReads):
    """Orders of one account. Source of all methods: OpenAPI 3.34.0, read 2026-11-22."""

    __slots__ = ()

    async def create(self, order: CreateOrder) -> CreatedOrder:
        """Place one order; return its id, the contracts filled at once and those that rest.

        Raises Conflict when another order has the client_order_id or a fill_or_kill could not fill,
        BadRequest when the exchange refuses the order (off the price grid, post only cross,
        insufficient_balance). When the answer is lost, the same request is sent again with the same
        key, and the order is looked up; OutcomeUnknown is raised when that does not settle it. An order
        is looked up as well when the exchange says that the key is taken: an order of the same shape,
        no older than this request, is this order, which a proxy on the way has delivered twice.
        POST /portfolio/events/orders, 10 write tokens.
        """
        scoped = self._scoped(order)
        reply = await self._context.call(
            contract.CREATE_ORDER,
            body=scoped,
            settler=CreateSettler(self._context, scoped),
            flaw=partial(under_another_key, scoped.client_order_id),
            **about(scoped),
        )
        return CreatedOrder.of(scoped, reply)

    async def create_batch(self, orders: Sequence[CreateOrder]) -> BatchResult[CreateOrder, CreatedOrder]:
        """Place many orders; the result has one leg per order, in the order of ``orders``.

        Nothing is atomic. The orders are split into as many requests as the capacity of the write
        bucket demands, sent one after the other. A ``deadline_s`` of the view bounds all of them
        together: the legs that were not sent in time fail with DeadlineExceeded, ``sent`` False. By
        default each request has 5 s of its own.
        POST /portfolio/events/orders/batched, 10 write tokens per order.
        """
        return await create_items(
            self._context, [self._scoped(order) for order in checked_items("orders", orders)]
        )

    def plan_batch(self, orders: Sequence[CreateOrder]) -> Sequence[PlannedChunk]:
        """Return the requests into which ``create_batch`` would split these orders, with their waits.

        Sends nothing. The waits hold if no other request asks for tokens in between.
        """
        return plan_items(self._context, checked_items("orders", orders))

    async def cancel(
        self, order: OrderReference | str, *, ticker: str | None = None, subaccount: int | None = None
    ) -> CancelOrderReply:
        """Cancel the resting contracts of an order; ``reduced_by`` is their number.

        * ``order``: an order, the result of ``create``, or an id, best with its ``ticker``. A bare id that
          is not found is looked up once and canceled where it is, all within one deadline.

        ``reduced_by`` is None when the answer was lost and the order then read canceled. NotFound does
        not prove that the order was canceled: it may have been filled. A late copy of a cancel undoes
        nothing: a canceled order stays canceled, and an order_id is never used again.
        DELETE /portfolio/events/orders/{order_id}, 2 write tokens.
        """

        def prepare(context: Context, target: Target) -> Call[CancelOrderReply]:
            return context.call(
                contract.CANCEL_ORDER,
                path={"order_id": target.order_id},
                query={
                    "subaccount": target.subaccount,
                    "exchange_index": target.exchange_index,
                    "market_ticker": target.ticker,
                },
                settler=CancelSettler(context, target.order_id),
                flaw=about_another(target.order_id),
                shard=target.exchange_index,
            )

        return await targeted(self._context, self._target(order, ticker, subaccount), prepare)

    async def cancel_batch(
        self, orders: Sequence[OrderReference | CancelItem | str]
    ) -> BatchResult[CancelItem, CancelOrderReply]:
        """Cancel many orders; the result has one leg per order, in the order of ``orders``.

        * ``orders``: bare ids are addressed on shard 0 and in the view's subaccount.

        A view's ``deadline_s`` bounds the whole; without one, reading what is in doubt may take 5 s more.
        DELETE /portfolio/events/orders/batched, 2 write tokens per order.
        """
        return await cancel_items(
            self._context, [self._item(order) for order in checked_items("orders", orders)]
        )

    async def cancel_all(self, *, subaccount: int | Literal[AllSubaccounts.ALL]) -> None:
        """Cancel every resting order of a subaccount, or of ``ALL`` subaccounts, on every shard.

        Asynchronous: orders that are placed during the following minute may be canceled too. Goes
        ahead of every other request that waits, cancels included.

        A request that was delayed on its way is accepted for about 30 s: a late copy cancels what was
        placed since, and what is placed in the minute after it. To begin again at once, quote in a
        subaccount that this one does not name; otherwise wait for 90 s after the last attempt.
        DELETE /portfolio/events/orders, 2 write tokens.
        """
        scope = None
        if not isinstance(subaccount, AllSubaccounts):  # no subaccount means all of them
            scope = checked_whole("subaccount", subaccount, least=0, most=SUBACCOUNTS)
        await self._context.call(contract.CANCEL_ALL_ORDERS, query={"subaccount": scope})

    async def amend(
        self,
        order: AmendableOrder | str,
        *,
        price: Number | None = None,
        count: Number | None = None,
        ticker: str | None = None,
        side: BookSide | Literal["bid", "ask"] | None = None,
        client_order_id: str | None = None,
        updated_client_order_id: str | None = None,
        expiration_time: datetime | int | None = None,
        subaccount: int | None = None,
    ) -> AmendOrderReply:
        """Change price, total count or expiry of a resting order.

        * ``order``: an order or the result of ``create``, which may be older than the order is now: a
          price or count that is not given is taken from it, so give ``count`` if the order was
          decreased since. A bare id needs ticker, side, price and count.
        * ``price``: the new YES price in dollars.
        * ``count``: the new total in contracts, those that are filled already included. A smaller count
          at the same price keeps the place in the queue.
        * ``expiration_time``: Unix seconds or an aware datetime; 0 removes an expiry, None keeps it.
        * ``client_order_id``, ``updated_client_order_id``: the key that the order must still have, and a
          new one.

        BadRequest (amend_order_no_op) says that it is so already, perhaps by a proxy that delivers twice.

        An amend whose answer is lost is sent again. A first copy that was only delayed may be accepted
        for as long as its timestamp is (about 30 s), and after a newer amend it would undo that one.
        Give both keys where you amend again so soon: the exchange refuses a copy whose
        ``client_order_id`` is not the order's any more (BadRequest; changelog 2026-01-26). Raises
        InvalidRequest for a bare id without those four.
        POST /portfolio/events/orders/{order_id}/amend, 10 write tokens.
        """
        self._target(order, ticker, subaccount)  # refuses other kinds of objects before their fields are read
        known = None if isinstance(order, str) else order
        price = known.yes_price if price is None and known else price
        count = known.total_count if count is None and known else count
        ticker = ticker or (known.ticker if known else None)
        side = side or (known.book_side if known else None)
        if price is None or count is None or ticker is None or side is None:
            raise InvalidRequest("amending a bare order id needs ticker, side, price and count")
        target = self._target(order, ticker, subaccount)
        body = AmendOrder(
            ticker,
            side,
            price=price,
            count=count,
            client_order_id=client_order_id,
            updated_client_order_id=updated_client_order_id,
            expiration_time=expiration_time,
            exchange_index=target.exchange_index,
        )
        return await self._context.call(
            contract.AMEND_ORDER,
            path={"order_id": target.order_id},
            query={"subaccount": target.subaccount},
            body=body,
            settler=AmendSettler(self._context, target.order_id, body),
            flaw=about_another(target.order_id),
            ticker=ticker,
            subaccount=target.subaccount,
            order_group_ids=_groups(known),
            shard=target.exchange_index,
        )

    async def decrease(
        self,
        order: OrderReference | str,
        *,
        reduce_by: Number | None = None,
        reduce_to: Number | None = None,
        ticker: str | None = None,
        subaccount: int | None = None,
    ) -> DecreaseOrderReply:
        """Take contracts off a resting order; it keeps its place in the queue.

        * ``reduce_by``: contracts to take off. Not repeated when the answer is lost: OutcomeUnknown.
        * ``reduce_to``: contracts that shall rest. Prefer it: it is sent again when the answer is lost.

        A first copy that was only delayed may be accepted for as long as its timestamp is (about 30 s).
        It never adds contracts, but after an amend to more of them it takes those off again. What fences
        it off is a new order: cancel and create instead of amending up within 30 s of a lost answer.
        POST /portfolio/events/orders/{order_id}/decrease, 10 write tokens.
        """
        operation = contract.DECREASE_ORDER_BY if reduce_to is None else contract.DECREASE_ORDER_TO

        def prepare(context: Context, target: Target) -> Call[DecreaseOrderReply]:
            body = DecreaseOrder(
                reduce_by=reduce_by,
                reduce_to=reduce_to,
                exchange_index=target.exchange_index,
                market_ticker=target.ticker,
            )
            floor = given(body.reduce_to)
            return context.call(
                operation,
                path={"order_id": target.order_id},
                query={"subaccount": target.subaccount},
                body=body,
                settler=None if floor is None else DecreaseSettler(context, target.order_id, floor),
                flaw=about_another(target.order_id),
                shard=target.exchange_index,
            )

        return await targeted(self._context, self._target(order, ticker, subaccount), prepare)

    def _scoped(self, order: CreateOrder) -> CreateOrder:
        """Give an order the view's scope where it names none of its own."""
        if type(order) is not CreateOrder:  # nearly never: no further check
            checked_request("order", order, CreateOrder)
        context = self._context
        changes: dict[str, int] = {}
        if order.subaccount is UNSET and context.subaccount is not None:
            changes["subaccount"] = context.subaccount
        if order.exchange_index is UNSET and context.exchange_index is not None:
            changes["exchange_index"] = context.exchange_index
        return order.replace(**changes) if changes else order

    def _target(self, order: OrderReference | str, ticker: str | None, subaccount: int | None) -> Target:
        return Target.of(self._context, order, ticker, subaccount)

    def _item(self, order: OrderReference | CancelItem | str) -> CancelItem:
        if isinstance(order, CancelItem):
            return order
        target = self._target(order, None, None)
        return CancelItem(
            target.order_id,
            subaccount=target.subaccount,
            exchange_index=target.exchange_index,
            market_ticker=target.ticker,
        )


def _groups(order: object) -> tuple[str, ...]:
    group = getattr(order, "order_group_id", None)
    return (group,) if group else ()
