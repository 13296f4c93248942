"""Only type-checked, never run: what a caller must not take for certain."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_type

from kalshi_async import CreatedOrder, KalshiError, Session


async def concluded(session: Session, order: CreatedOrder) -> None:
    """A number that went with a lost answer, and rows before an error."""
    assert_type((await session.orders.cancel(order)).reduced_by, Decimal | None)
    try:
        await session.fills.list().collect()
    except KalshiError as error:
        assert_type(error.collected, tuple[object, ...])
