"""Only type-checked, never run: what a type checker must conclude of the 2025 API."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_type

from kalshi_async import Session
from kalshi_async.api2025 import direction, requests as legacy
from kalshi_async.contract import LEGACY_OPERATIONS, Operation
from kalshi_async.contract.fields import Action, BookSide, OutcomeSide

assert_type(LEGACY_OPERATIONS, tuple[Operation[object], ...])


async def concluded(session: Session) -> None:
    """Every reply has the type that the reference names."""
    request = legacy.CreateOrderRequest(
        ticker="T", side="yes", action="buy", count=1, type="limit", yes_price="44"
    )
    created = await session.legacy.create_order(request)
    assert_type(created, legacy.CreateOrderResponse)
    assert_type(created.order, legacy.Order | None)
    assert_type(await session.legacy.reset_order_group("id"), None)
    assert_type((await session.legacy.get_positions(count_down=1)).positions, list[legacy.Position] | None)
    assert_type((await session.legacy.get_balance()).balance, Decimal | None)
    assert_type(
        (await session.legacy.get_queue_positions(legacy.GetQueuePositionsRequest(order_ids=["o"]))),
        legacy.GetQueuePositionsResponse,
    )
    legacy.CreateOrderRequest(  # type: ignore[call-arg]  # a misspelt field is refused
        ticker="T", side="yes", action="buy", count=1, type="limit", yes_prise=44
    )
    legacy.AmendOrderRequest(yes_price=0.44)  # type: ignore[arg-type]  # a float is no price


assert_type(direction.of_order(legacy.Order()).book_side, BookSide)
assert_type(direction.of_fill(legacy.Fill()).opening, tuple[Action, OutcomeSide])
