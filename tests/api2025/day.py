"""One trading day in the words of the reference, and two ways to live through it.

``act_out`` is the script. It speaks to a ``Trader``, whose twenty methods are the twenty
operations; ``OldWay`` is ``session.legacy``, ``NewWay`` is ``session.*``. What a read
shows comes back in neutral words (cents, bid or ask, places counted from one), so that
both ways can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from tests.stages.served import EVENT, OTHER_TICKER, TICKER

Action = Literal["buy", "sell"]
Outcome = Literal["yes", "no"]
Facts = object
UNKNOWN_ID = "00000000-0000-4000-a000-000000000000"


@dataclass(frozen=True)
class Wish:
    """An order in the words of 2025; ``price`` is cents of the leg that it names."""

    key: str
    action: Action
    outcome: Outcome
    count: int
    price: int
    ticker: str = TICKER


class Trader(Protocol):
    """One member; each method is the operation of the reference that it is named after."""

    async def create_order(self, wish: Wish) -> str: ...
    async def batch_create_orders(self, wishes: Sequence[Wish]) -> list[str]: ...
    async def batch_cancel_orders(self, order_ids: Sequence[str]) -> list[int]: ...
    async def cancel_order(self, order_id: str) -> int | None: ...
    async def amend_order(self, order_id: str, yes_price: int, count: int) -> None: ...
    async def decrease_order(self, order_id: str, reduce_by: int) -> int: ...
    async def get_order(self, order_id: str) -> Facts: ...
    async def get_orders(self) -> list[Facts]: ...
    async def get_order_queue_position(self, order_id: str) -> int: ...
    async def get_queue_positions(self, order_ids: Sequence[str]) -> dict[str, int]: ...
    async def create_order_group(self, name: str) -> str: ...
    async def get_order_groups(self) -> list[str]: ...
    async def get_order_group(self, order_group_id: str) -> None: ...
    async def reset_order_group(self, order_group_id: str) -> None: ...
    async def delete_order_group(self, order_group_id: str) -> None: ...
    async def get_balance(self) -> int: ...
    async def get_positions(self) -> list[Facts]: ...
    async def get_fills(self) -> list[Facts]: ...
    async def get_settlements(self) -> list[Facts]: ...
    async def get_total_resting_order_value(self) -> int: ...


async def act_out(alice: Trader, bob: Trader, settle: Callable[[str, str], None]) -> list[Facts]:
    """Live through the day; return everything that was seen."""
    seen: list[Facts] = []
    quote = await alice.create_order(Wish("a-1", "buy", "yes", 10, 44))
    await bob.create_order(Wish("b-1", "sell", "yes", 4, 44))
    offer = await alice.create_order(Wish("a-2", "sell", "yes", 2, 50))
    await bob.create_order(Wish("b-2", "sell", "no", 1, 50))
    against = await alice.create_order(Wish("a-3", "buy", "no", 5, 40))
    await alice.create_order(Wish("a-4", "sell", "no", 3, 70))
    await bob.create_order(Wish("b-3", "buy", "yes", 6, 43))
    await alice.amend_order(quote, 43, 14)
    seen.append(await alice.decrease_order(quote, 3))
    seen.append(await alice.get_order_queue_position(quote))
    seen.append(await alice.get_queue_positions([quote, against, UNKNOWN_ID]))
    await bob.create_order(Wish("b-4", "buy", "no", 8, 57))
    seen += await batches(alice)
    seen.append(await groups(alice))
    seen += await reads(alice, quote)
    seen.append([await alice.cancel_order(quote), await alice.cancel_order(UNKNOWN_ID)])
    seen.append(await alice.get_order(quote))
    settle(TICKER, "yes")
    seen += [await alice.get_settlements(), await bob.get_settlements(), await alice.cancel_order(offer)]
    return [*seen, *await reads(alice, quote), *await reads(bob, None)]


async def batches(alice: Trader) -> list[Facts]:
    """Place three, of which one cannot be, and cancel two, of which one never was."""
    placed = await alice.batch_create_orders(
        [
            Wish("a-5", "buy", "yes", 2, 10, OTHER_TICKER),
            Wish("a-6", "buy", "yes", 2, 10, "KXNOSUCH-26NOV23-T1"),
            Wish("a-7", "buy", "no", 2, 20, OTHER_TICKER),
        ]
    )
    return [placed, await alice.batch_cancel_orders([placed[0], UNKNOWN_ID])]


async def groups(alice: Trader) -> Facts:
    """Make two groups and keep one."""
    kept, dropped = [await alice.create_order_group(name) for name in ("kept", "dropped")]
    await alice.reset_order_group(kept)
    await alice.get_order_group(dropped)
    await alice.delete_order_group(dropped)
    return await alice.get_order_groups() == [kept]


async def reads(trader: Trader, offer: str | None) -> list[Facts]:
    """Look at everything that is left."""
    order = await trader.get_order(offer) if offer is not None else None
    return [
        order,
        await trader.get_orders(),
        await trader.get_fills(),
        await trader.get_positions(),
        await trader.get_balance(),
        await trader.get_total_resting_order_value(),
    ]


__all__ = ["EVENT", "Facts", "Trader", "Wish", "act_out"]
