"""Reading the account by REST: every list whole, or no reading at all. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from kalshi_async.calls.context import Context
from kalshi_async.calls.polling import poll
from kalshi_async.contract.fields import EXACT, PaymentStatus
from kalshi_async.contract.fills import Fill
from kalshi_async.contract.historical import GET_HISTORICAL_ORDERS
from kalshi_async.contract.order_groups import OrderGroup
from kalshi_async.contract.order_rows import Order
from kalshi_async.contract.portfolio import Settlement
from kalshi_async.contract.positions import MarketPosition
from kalshi_async.errors import Forbidden, NotFound
from kalshi_async.mirror.model import MirroredOrder
from kalshi_async.mirror.reading import Reading, fill_ms
from kalshi_async.mirror.scope import Scope
from kalshi_async.mirror.state import AccountState
from kalshi_async.pagination.paginator import Paginator
from kalshi_async.resources.fills import Fills
from kalshi_async.resources.order_groups import OrderGroups
from kalshi_async.resources.order_reads import OrderReads
from kalshi_async.resources.portfolio import Portfolio
from kalshi_async.resources.positions import Positions
from kalshi_async.resources.settling.patience import through_failures
from kalshi_async.resources.settling.proof import MARGIN_MS, SECOND_MS, read_as_of_ms
from kalshi_async.resources.subaccounts import Subaccounts
from kalshi_async.wire.outgoing import QueryValue

Row = TypeVar("Row")

PAGE = 1_000
"""Rows of a page, at most (OpenAPI 3.34.0, read 2026-11-22)."""
NEWEST = 500
"""Deposits, withdrawals and transfers that are looked at (ours): a page of each."""
ONE_BY_ONE = 5
"""Orders that are read one by one: five reads cost as many tokens as one page (2 each, and 10)."""
LONG_GAP_MS = 86_400_000
"""After a gap of a day the archive is read too (ours): what is live reaches back two weeks at least."""
SHORTEST_S, LONGEST_S = 0.05, 5.0
"""Seconds between two looks at the replica's time (ours)."""


class AccountReads:
    """Reads of one scope, all shards. Owner of the list of its subaccounts."""

    def __init__(self, context: Context, scope: Scope) -> None:
        self._context = replace(context, exchange_index=None, subaccount=None)
        self._scope = scope
        self.numbers: tuple[int, ...] = () if scope.numbers is None else tuple(sorted(scope.numbers))
        """The subaccounts; of all of them, as they were last listed."""

    async def proven(self, state: AccountState, *, after_ms: int, since_ms: int) -> Reading:
        """Read everything once reads are valid beyond a moment: urgent, because nobody quotes meanwhile.

        Waits for the replica, through failures that pass; every list after that raises its errors.
        """
        context = self._context.urgent()
        as_of_ms = await _as_of_past(context, after_ms + MARGIN_MS)
        await self._list_subaccounts(context)
        reading = await self._lists(context, as_of_ms, since_ms)
        orders = OrderReads(context)
        since_s = max(0, since_ms // SECOND_MS)
        placed = orders.list(min_ts=since_s, limit=PAGE, subaccount=self._scope.only)
        listed = {row.order_id for row in reading.resting}
        reading.others = [row for row in await whole(placed) if row.order_id not in listed]
        await self._look_up(context, reading, state)
        return reading

    async def present(self, state: AccountState, *, since_ms: int) -> Reading:
        """Read everything as the replica shows it now: in the background."""
        as_of_ms = await read_as_of_ms(self._context)
        reading = await self._lists(self._context, as_of_ms, since_ms)
        await self._look_up(self._context, reading, state)
        return reading

    async def balance(self, subaccount: int) -> Decimal:
        """Read the cash of a subaccount."""
        return (await Portfolio(self._context).balance(subaccount=subaccount)).balance

    async def money(self) -> list[tuple[int, str, int, Decimal]]:
        """Read what moves cash without a trade, newest first: subaccount, id, time, dollars.

        Between shards of one subaccount nothing moves in all. What a key may not list is left out.
        """
        portfolio, found = Portfolio(self._context), list[tuple[int, str, int, Decimal]]()
        paid = [(1, row) for row in await _newest(portfolio.deposits(limit=NEWEST))]
        paid += [(-1, row) for row in await _newest(portfolio.withdrawals(limit=NEWEST))]
        found += [
            (
                0,
                row.id,
                (row.finalized_ts or row.created_ts) * SECOND_MS,
                EXACT.divide(Decimal(sign * row.amount_cents - row.fee_cents), Decimal(100)),
            )
            for sign, row in paid
            if row.status is PaymentStatus.APPLIED
        ]
        for move in await _newest(Subaccounts(self._context).transfers(limit=NEWEST)):
            amount = EXACT.divide(Decimal(move.amount_cents), Decimal(100))
            at_ms = move.created_ts * SECOND_MS
            found.append((move.from_subaccount, move.transfer_id, at_ms, EXACT.minus(amount)))
            found.append((move.to_subaccount, move.transfer_id, at_ms, amount))
        return found

    async def _list_subaccounts(self, context: Context) -> None:
        if self._scope.numbers is None:
            try:
                rows = await Subaccounts(context).balances()
            except Forbidden:
                rows = ()
            self.numbers = tuple(sorted({row.subaccount_number for row in rows})) or (0,)

    async def _lists(self, context: Context, as_of_ms: float, since_ms: int) -> Reading:
        only, since_s = self._scope.only, max(0, since_ms // SECOND_MS)
        fills = Fills(context)
        is_long = as_of_ms - since_ms > LONG_GAP_MS
        listed = (fills.history if is_long else fills.list)(min_ts=since_s, limit=PAGE, subaccount=only)
        reading = Reading(
            as_of_ms,
            since_ms,
            resting=await whole(OrderReads(context).list(status="resting", limit=PAGE, subaccount=only)),
            fills=sorted(await whole(listed), key=_happened),
        )
        positions: dict[int, Sequence[MarketPosition]] = {}
        settlements: list[tuple[int, Settlement]] = []
        for number in self.numbers:
            positions[number] = await whole(Positions(context).list(limit=PAGE, subaccount=number))
            rows = await whole(Portfolio(context).settlements(min_ts=since_s, limit=PAGE, subaccount=number))
            settlements += [(number, row) for row in reversed(rows)]
        reading.positions, reading.settlements = positions, settlements
        reading.groups = await self._groups(context)
        reading.read_ms = context.pipeline.skew.now_ms()
        return reading

    async def _groups(self, context: Context) -> dict[str, tuple[OrderGroup, int | None]]:
        groups = OrderGroups(context)
        if self._scope.numbers is None:
            return {row.order_group_id: (row, None) for row in await groups.list()}
        return {
            row.order_group_id: (row, number)
            for number in self.numbers
            for row in await groups.list(subaccount=number)
        }

    async def _look_up(self, context: Context, reading: Reading, state: AccountState) -> None:
        """Read the rows of orders that should rest and are in no list: their own rows alone are proof."""
        missing = {order.order_id: order for order in state.missing(reading)}
        if len(missing) > ONE_BY_ONE:
            since_s = min(order.created_ms for order in missing.values()) // SECOND_MS
            listed = OrderReads(context).list(min_ts=since_s, limit=PAGE, subaccount=self._scope.only)
            reading.others += [row for row in await whole(listed) if missing.pop(row.order_id, None)]
        gone: list[str] = []
        for order in missing.values():
            found = await _row(context, order)
            if found is None:
                gone.append(order.order_id)
            else:
                reading.others.append(found)
        reading.gone = gone


async def _newest(rows: Paginator[Row]) -> Sequence[Row]:
    """Return the first page of a list; nothing, if the key may not read it."""
    try:
        return (await anext(aiter(rows.pages()))).rows
    except Forbidden:  # of a key of one subaccount
        return ()


async def whole(rows: Paginator[Row]) -> list[Row]:
    """Return all rows of a list; RejectedRows, or any other error, if one of them cannot be had."""
    return [row async for row in rows]


async def _row(context: Context, order: MirroredOrder) -> Order | None:
    """Return the row of an order, live or archived; None if the exchange shows none."""
    try:
        return await OrderReads(context).get(order.order_id)
    except NotFound:
        query: dict[str, QueryValue] = {
            "ticker": order.ticker,
            "min_ts": order.created_ms // SECOND_MS,
            "limit": PAGE,
        }
        async for row in context.paginate(GET_HISTORICAL_ORDERS, query):
            if row.order_id == order.order_id:
                return row
    return None


async def _as_of_past(context: Context, needed_ms: int) -> float:
    """Return the replica's time once it is past a moment; looks again when it should be."""
    behind_s = 0.0

    async def look() -> float | None:
        nonlocal behind_s
        as_of_ms = await read_as_of_ms(context)
        behind_s = (needed_ms - as_of_ms) / SECOND_MS
        return as_of_ms if as_of_ms > needed_ms else None

    def wait_s(_: int) -> float:
        return min(LONGEST_S, max(SHORTEST_S, behind_s + SHORTEST_S))

    found = await poll(through_failures(look), context.pipeline.clock, wait_s=wait_s)
    assert found is not None, "without an end the polling ends with an answer alone"
    return found


def _happened(row: Fill) -> tuple[int, str]:
    return fill_ms(row), row.fill_id
