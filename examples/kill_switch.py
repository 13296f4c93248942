"""Cancel every order, trigger every order group, and verify that no order rests. Positions stay.

Teaches: a shutdown that goes on after a step has failed, and waiting for reads before trusting them.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from examples.venue import arguments, venue
from kalshi_async import ALL, Clock, CreateOrder, KalshiError, Session, SystemClock

Reply = TypeVar("Reply")
PATIENCE_S = 70  # a cancel-all also cancels orders that arrive within the next minute


async def attempt(step: str, work: Awaitable[Reply], failures: list[str]) -> Reply | None:
    print(step)
    try:
        return await work
    except KalshiError as error:
        failures.append(f"FAILED to {step}: {error}")
        return None


async def shut_down(session: Session, failures: list[str]) -> list[int]:
    """Cancel all orders, then trigger all groups, so that no new order joins one; return the subaccounts."""
    await attempt("cancel all", session.orders.cancel_all(subaccount=ALL), failures)
    balances = await attempt("find the subaccounts", session.subaccounts.balances(), failures) or []
    subaccounts = sorted({0, *(row.subaccount_number for row in balances)})
    for groups in (session.with_options(subaccount=number).order_groups for number in subaccounts):
        for group in await attempt("find the groups", groups.list(), failures) or []:
            await attempt(f"trigger group {group.order_group_id}", groups.trigger(group), failures)
    return subaccounts


async def count_resting(session: Session, clock: Clock) -> int:
    """Return how many orders rest: 0 as soon as none does, else the number after ``PATIENCE_S``."""
    ends_s = clock.monotonic() + PATIENCE_S
    await session.settled(after_ms=clock.now_ms(), timeout_s=PATIENCE_S)
    listing = session.orders.list(status="resting", limit=1000)
    while (resting := len(await listing.collect())) and clock.monotonic() < ends_s:
        print(f"{resting} orders still rest")
        await clock.sleep(1)
    return resting


async def kill(session: Session, clock: Clock) -> int:
    """Shut down, verify, print the positions; return 1 if an order rests or a step has failed, else 0."""
    failures: list[str] = []
    subaccounts = await shut_down(session, failures)
    resting = await attempt("count resting orders", count_resting(session, clock), failures)
    held: list[str] = []
    for number in subaccounts:
        listing = session.positions.list(count_filter="position", subaccount=number)
        for row in await attempt("list positions", listing.collect(), failures) or []:
            held.append(f"subaccount {number} holds {row.position} of {row.ticker}")
    verdict = "NOT FLAT" if resting or failures else "nothing rests, positions are open" if held else "flat"
    print(*held, *failures, f"{'unknown' if resting is None else resting} orders rest: {verdict}", sep="\n")
    return 1 if resting or failures else 0


async def quote_everywhere(session: Session) -> None:
    """Create in each market a group, a resting order and a position, for a run on the sandbox."""
    async for market in session.markets.list(status="open"):
        group = (await session.order_groups.create(contracts_limit=100)).order_group_id
        for price in ("0.02", "0.97"):
            await session.orders.create(CreateOrder(market.ticker, "bid", 2, price, order_group_id=group))


async def main() -> int:
    async with venue(arguments(__doc__).parse_args().environment) as (session, exchange):
        if exchange:
            await quote_everywhere(session)
        return await kill(session, SystemClock())


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
