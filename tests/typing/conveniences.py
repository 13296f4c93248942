"""Only type-checked, never run: what a type checker must conclude of the conveniences."""

from __future__ import annotations

from typing import assert_type

from kalshi_async import CreatedOrder, Fill, NotReached, Order, Paginator, Session, rows


async def concluded(session: Session, created: CreatedOrder) -> None:
    """Rows keep the type of their list, through history and read ahead."""
    assert_type(session.fills.history(), Paginator[Fill])
    assert_type(session.orders.history(ticker="T"), Paginator[Order])
    async with session.fills.history().prefetch(2) as ahead:
        assert_type(ahead, Paginator[Fill])
    assert_type(rows(await session.fills.list().collect()), list[dict[str, object]])
    rows([created])
    rows(["fill"])  # type: ignore[list-item]  # no reply
    assert_type(await session.orders.wait(created, "executed", timeout_s=5), Order)
    await session.orders.wait("id", lambda order: order.fill_count > 2)
    await session.orders.wait("id", "filled")  # type: ignore[arg-type]  # no such word
    session.fills.history(order_id="o")  # type: ignore[call-arg]  # the archive knows no such filter
    assert_type(NotReached("late").order, Order | None)
