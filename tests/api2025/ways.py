"""The trading day through ``session.legacy``, and through today's namespaces."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kalshi_async import BookSide, CreateOrder, NotFound, Session, cents
from kalshi_async.api2025 import direction, requests as legacy
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.orders import Order
from tests.api2025.day import Facts, Wish


class OldWay:
    """A member through ``session.legacy``."""

    def __init__(self, session: Session) -> None:
        self._api = session.legacy

    async def create_order(self, wish: Wish) -> str:
        return _id((await self._api.create_order(_old_order(wish))).order)

    async def batch_create_orders(self, wishes: Sequence[Wish]) -> list[str]:
        request = legacy.BatchCreateOrdersRequest(orders=[_old_order(wish) for wish in wishes])
        responses = (await self._api.batch_create_orders(request)).responses or []
        return [_id(item.order) if item.order else "refused" for item in responses]

    async def batch_cancel_orders(self, order_ids: Sequence[str]) -> list[int]:
        request = legacy.BatchCancelOrdersRequest(order_ids=order_ids)
        responses = (await self._api.batch_cancel_orders(request)).responses or []
        return [item.reduced_by or 0 for item in responses]

    async def cancel_order(self, order_id: str) -> int | None:
        try:
            return (await self._api.cancel_order(order_id)).reduced_by
        except NotFound:
            return None

    async def amend_order(self, order_id: str, yes_price: int, count: int) -> None:
        await self._api.amend_order(order_id, legacy.AmendOrderRequest(yes_price=yes_price, count=count))

    async def decrease_order(self, order_id: str, reduce_by: int) -> int:
        request = legacy.DecreaseOrderRequest(reduce_by=reduce_by)
        order = (await self._api.decrease_order(order_id, request)).order
        assert order is not None
        return order.remaining_count or 0

    async def get_order(self, order_id: str) -> Facts:
        order = (await self._api.get_order(order_id)).order
        assert order is not None
        return _old_facts(order)

    async def get_orders(self) -> list[Facts]:
        return [_old_facts(order) for order in (await self._api.get_orders()).orders or []]

    async def get_order_queue_position(self, order_id: str) -> int:
        return (await self._api.get_order_queue_position(order_id)).queue_position or 0

    async def get_queue_positions(self, order_ids: Sequence[str]) -> dict[str, int]:
        request = legacy.GetQueuePositionsRequest(order_ids=order_ids)
        return (await self._api.get_queue_positions(request)).queue_positions or {}

    async def create_order_group(self, name: str) -> str:
        request = legacy.CreateOrderGroupRequest(name=name)
        group = (await self._api.create_order_group(request)).order_group
        assert group is not None
        return group.order_group_id or ""

    async def get_order_groups(self) -> list[str]:
        return [
            group.order_group_id or "" for group in (await self._api.get_order_groups()).order_groups or []
        ]

    async def get_order_group(self, order_group_id: str) -> None:
        await self._api.get_order_group(order_group_id)

    async def reset_order_group(self, order_group_id: str) -> None:
        await self._api.reset_order_group(order_group_id)

    async def delete_order_group(self, order_group_id: str) -> None:
        await self._api.delete_order_group(order_group_id)

    async def get_balance(self) -> int:
        return int((await self._api.get_balance()).balance or 0)

    async def get_positions(self) -> list[Facts]:
        rows = (await self._api.get_positions()).positions or []
        return [(row.ticker, row.position, row.total_cost, row.realized_pnl) for row in rows if row.position]

    async def get_fills(self) -> list[Facts]:
        return [_old_fill(fill) for fill in (await self._api.get_fills()).fills or []]

    async def get_settlements(self) -> list[Facts]:
        rows = (await self._api.get_settlements()).settlements or []
        return [(row.ticker, str(row.result), row.yes_count, row.no_count, row.revenue) for row in rows]

    async def get_total_resting_order_value(self) -> int:
        return (await self._api.get_total_resting_order_value()).total_resting_order_value or 0


class NewWay:
    """The same member through the namespaces of today."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def create_order(self, wish: Wish) -> str:
        return (await self._session.orders.create(_new_order(wish))).order_id

    async def batch_create_orders(self, wishes: Sequence[Wish]) -> list[str]:
        result = await self._session.orders.create_batch([_new_order(wish) for wish in wishes])
        return [leg.reply.order_id if leg.reply else "refused" for leg in result]

    async def batch_cancel_orders(self, order_ids: Sequence[str]) -> list[int]:
        result = await self._session.orders.cancel_batch(order_ids)
        return [int(leg.reply.reduced_by or 0) if leg.reply else 0 for leg in result]

    async def cancel_order(self, order_id: str) -> int | None:
        try:
            return int((await self._session.orders.cancel(order_id)).reduced_by or 0)
        except NotFound:
            return None

    async def amend_order(self, order_id: str, yes_price: int, count: int) -> None:
        order = await self._session.orders.get(order_id)
        await self._session.orders.amend(order, price=cents(yes_price), count=count)

    async def decrease_order(self, order_id: str, reduce_by: int) -> int:
        return int((await self._session.orders.decrease(order_id, reduce_by=reduce_by)).remaining_count)

    async def get_order(self, order_id: str) -> Facts:
        return _new_facts(await self._session.orders.get(order_id))

    async def get_orders(self) -> list[Facts]:
        return [_new_facts(order) async for order in self._session.orders.list()]

    async def get_order_queue_position(self, order_id: str) -> int:
        return int(await self._session.orders.queue_position(order_id)) + 1

    async def get_queue_positions(self, order_ids: Sequence[str]) -> dict[str, int]:
        orders = [order async for order in self._session.orders.list() if order.order_id in order_ids]
        tickers = sorted({order.ticker for order in orders})
        rows = await self._session.orders.queue_positions(market_tickers=tickers)
        return {row.order_id: int(row.queue_position) + 1 for row in rows if row.order_id in order_ids}

    async def create_order_group(self, name: str) -> str:
        return (await self._session.order_groups.create(contracts_limit=1_000_000)).order_group_id

    async def get_order_groups(self) -> list[str]:
        return [group.order_group_id for group in await self._session.order_groups.list()]

    async def get_order_group(self, order_group_id: str) -> None:
        await self._session.order_groups.get(order_group_id)

    async def reset_order_group(self, order_group_id: str) -> None:
        await self._session.order_groups.reset(order_group_id)

    async def delete_order_group(self, order_group_id: str) -> None:
        await self._session.order_groups.delete(order_group_id)

    async def get_balance(self) -> int:
        return (await self._session.portfolio.balance()).balance_cents

    async def get_positions(self) -> list[Facts]:
        rows = await self._session.positions.list(count_filter="position").collect()
        return [
            (row.ticker, _whole(row.position), _cents(row.market_exposure), _cents(row.realized_pnl))
            for row in rows
        ]

    async def get_fills(self) -> list[Facts]:
        return [_new_fill(fill) async for fill in self._session.fills.list()]

    async def get_settlements(self) -> list[Facts]:
        return [
            (
                row.ticker,
                str(row.market_result),
                _whole(row.yes_count),
                _whole(row.no_count),
                row.revenue_cents,
            )
            async for row in self._session.portfolio.settlements()
        ]

    async def get_total_resting_order_value(self) -> int:
        return (await self._session.portfolio.resting_order_value()).total_resting_order_value_cents


def _old_order(wish: Wish) -> legacy.CreateOrderRequest:
    return legacy.CreateOrderRequest(
        ticker=wish.ticker,
        side=wish.outcome,
        action=wish.action,
        count=wish.count,
        type="limit",
        yes_price=wish.price if wish.outcome == "yes" else None,
        no_price=wish.price if wish.outcome == "no" else None,
        client_order_id=wish.key,
    )


def _new_order(wish: Wish) -> CreateOrder:
    makers = {
        ("buy", "yes"): CreateOrder.buy_yes,
        ("sell", "yes"): CreateOrder.sell_yes,
        ("buy", "no"): CreateOrder.buy_no,
        ("sell", "no"): CreateOrder.sell_no,
    }
    order = makers[wish.action, wish.outcome](wish.ticker, wish.count, cents(wish.price))
    return order.replace(client_order_id=wish.key)


def _old_facts(order: legacy.Order) -> Facts:
    side = direction.of_order(order).book_side
    return (order.client_order_id, side, order.yes_price, order.status, order.remaining_count)


def _new_facts(order: Order) -> Facts:
    side = direction.of_order(order).book_side
    price, resting = _cents(order.yes_price), _whole(order.remaining_count)
    return (order.client_order_id, side, price, order.status, resting)


def _old_fill(fill: legacy.Fill) -> Facts:
    side = direction.of_fill(fill).book_side
    assert fill.price is not None
    yes_price = fill.price if side is BookSide.BID else 100 - fill.price
    return (fill.order_id, side, fill.count, yes_price, fill.is_taker)


def _new_fill(fill: Fill) -> Facts:
    side = direction.of_fill(fill).book_side
    return (fill.order_id, side, _whole(fill.count), _cents(fill.yes_price), fill.is_taker)


def _id(order: legacy.Order | None) -> str:
    assert order is not None
    return order.order_id or ""


def _cents(dollars: Decimal | None) -> int:
    return int((dollars or Decimal(0)) * 100)


def _whole(count: Decimal | None) -> int:
    return int(count or 0)
