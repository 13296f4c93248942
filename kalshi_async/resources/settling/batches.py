"""Settle the items of a batch together: one scan of a list for all that are in doubt.

A ``BatchSearch`` collects what is proven, over several looks. That an item was executed stays true.
That it was not counts until the batch is sent again.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kalshi_async.calls.call import Doubt, Refused, Settled, Settlement
from kalshi_async.calls.context import Context
from kalshi_async.calls.retry import certain
from kalshi_async.contract.orders import (
    GET_ORDERS,
    CancelOrderReply,
    CreateOrderReply,
    Order,
)
from kalshi_async.errors import KalshiError
from kalshi_async.requests.orders import CancelItem, CreateOrder
from kalshi_async.requests.validation import given
from kalshi_async.resources.settling.orders import canceled, created, pending, read_order
from kalshi_async.resources.settling.proof import read_as_of_ms
from kalshi_async.resources.settling.resolve import look_for_all, shared

Found = TypeVar("Found")
Read = TypeVar("Read", covariant=True)
Reply = TypeVar("Reply")

ONE_BY_ONE = 5
"""Orders that are read one by one: five reads cost as many tokens as one page (2 each, and 10)."""

PAGE = 1_000  # rows of a page at most (OpenAPI 3.34.0, read 2026-11-22)


class Legs(Protocol[Read]):
    """Reads what became of items of one batch."""

    async def look(self, doubts: Mapping[str, Doubt]) -> Mapping[str, Settlement[Read]]:
        """Look once for all of these items; keys are those of the batch."""
        ...


@dataclass(frozen=True, slots=True)
class CreateLegs:
    """Finds the orders of a batch create, by client_order_id."""

    context: Context
    orders: Mapping[str, CreateOrder]

    async def look(self, doubts: Mapping[str, Doubt]) -> Mapping[str, Settlement[CreateOrderReply]]:
        """Look once, with one scan of the live and the historical orders."""
        wanted = [pending(self.orders[key], doubt) for key, doubt in doubts.items()]
        resolutions = await look_for_all(_settling(self.context, doubts), wanted)
        return {key: created(self.orders[key], resolutions[key], doubt) for key, doubt in doubts.items()}


@dataclass(frozen=True, slots=True)
class CancelLegs:
    """Reads the orders of a batch cancel, by order_id."""

    context: Context
    items: Mapping[str, CancelItem]

    async def look(self, doubts: Mapping[str, Doubt]) -> Mapping[str, Settlement[CancelOrderReply]]:
        """Look once: the newest page of orders, and those that it does not show one by one."""
        context = _settling(self.context, doubts)
        found: dict[str, Order | Refused | None] = {}
        if len(doubts) > ONE_BY_ONE:
            found.update(await self._page(context, doubts))
        await self._read(context, doubts, found)
        if None in found.values():  # not shown: once more, knowing how old reads are
            await self._read(context, doubts, found, await read_as_of_ms(context))
        return {
            key: canceled(order, doubts[key]) if isinstance(order, Order) else order
            for key, order in found.items()
        }

    async def _read(
        self,
        context: Context,
        doubts: Mapping[str, Doubt],
        found: dict[str, Order | Refused | None],
        as_of_ms: float = 0.0,
    ) -> None:
        """Read those that were not found, one by one."""
        missing = [key for key in doubts if found.get(key) is None]
        read = await asyncio.gather(*(read_order(context, key, doubts[key], as_of_ms) for key in missing))
        found.update(zip(missing, read, strict=True))

    async def _page(self, context: Context, keys: Collection[str]) -> dict[str, Order]:
        items = [self.items[key] for key in keys]
        query = {
            "ticker": shared([given(item.market_ticker) for item in items]),
            "subaccount": shared([given(item.subaccount) for item in items]),
            "limit": PAGE,
        }
        page = await context.fetching(GET_ORDERS, query)(None)
        return {order.order_id: order for order in page.rows if order.order_id in keys}


def _settling(context: Context, doubts: Mapping[str, Doubt]) -> Context:
    """Return the context for a look for several items: it is over when the last of them is."""
    return context.settling(max(doubts.values(), key=lambda doubt: doubt.ends_s or math.inf))


class BatchSearch(Generic[Found]):
    """What reading has proven about the items of one batch. Owned by the task that sends it."""

    def __init__(self, legs: Legs[Found], keys: Collection[str]) -> None:
        self.keys = tuple(keys)
        self.executed: dict[str, Found] = {}
        """Replies of the items that were executed, by key."""
        self._legs = legs
        self._refused: dict[str, tuple[int, KalshiError]] = {}

    def part(self, keys: Collection[str]) -> BatchSearch[Found]:
        """Return the search for some of the items; it shares what is proven with this one."""
        part = BatchSearch(self._legs, keys)
        part.executed, part._refused = self.executed, self._refused
        return part

    async def look(self, doubts: Mapping[str, Doubt]) -> bool:
        """Look once for the items that are not known yet; True when all are."""
        unknown = {key: doubt for key, doubt in doubts.items() if not self._is_known(key, doubt)}
        settlements = await self._legs.look(unknown) if unknown else {}
        for key, settlement in settlements.items():
            if isinstance(settlement, Settled):
                self.executed[key] = settlement.reply
            elif isinstance(settlement, Refused):
                met = doubts[key].refusal
                self._refused[key] = doubts[key].last_signed_ms, certain(settlement.error, met, met.sent)
        return all(self._is_known(key, doubt) for key, doubt in doubts.items())

    def refusal(self, key: str, doubt: Doubt) -> KalshiError | None:
        """Return the error of an item that was certainly not executed; None if that is not known.

        It does not count any more once another attempt was sent: that one may have executed the item.
        """
        last_signed_ms, error = self._refused.get(key, (None, None))
        return error if last_signed_ms == doubt.last_signed_ms else None

    def _is_known(self, key: str, doubt: Doubt) -> bool:
        return key in self.executed or self.refusal(key, doubt) is not None


@dataclass(frozen=True, slots=True)
class BatchSettler(Generic[Found, Reply]):
    """Settles a batch as a whole once all its items are known."""

    search: BatchSearch[Found]
    no_entries: Reply
    """The reply without entries: whoever reads it finds the items in ``search``."""

    async def look(self, doubt: Doubt) -> Settlement[Reply]:
        """Look once for all items that are not known yet."""
        is_done = await self.search.look(dict.fromkeys(self.search.keys, doubt))
        return Settled(self.no_entries) if is_done else None
