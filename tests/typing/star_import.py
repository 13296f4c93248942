"""Only type-checked, never run: ``from kalshi_async import *`` gives the public names, and no others."""

from __future__ import annotations

from typing import assert_type

from kalshi_async import *  # noqa: F403  # what is checked here

# ruff: noqa: F405  # the names below come from the star


async def concluded(session: Session, order: Order, error: KalshiError) -> None:
    """Classes, constants and functions are what they are when imported by name."""
    assert_type(await session.orders.create(CreateOrder("TICKER", "bid", 10, "0.44")), CreatedOrder)
    assert_type(DEMO, Environment)
    assert_type(order.status, OrderStatus)
    assert_type(rows([order]), list[dict[str, object]])
    assert_type(error.sent, bool | None)
    signing  # type: ignore[name-defined]  # noqa: B018  # a submodule, which is no public name
    types  # type: ignore[name-defined]  # noqa: B018  # what the package itself imports
