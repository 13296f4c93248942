"""Quote several levels on both sides of a market, skewed against the inventory.

Teaches: a fill limit by order group, a dead-man switch, keeping queue positions, reading one's own writes.
"""

import asyncio
from contextlib import suppress
from decimal import Decimal
from functools import partial

from examples.venue import arguments, chosen, venue
from kalshi_async import BookSide, CreateOrder, Order, OrderBookLevels, Session, cancel_on_signals

TICK, SKEW, LEVELS = Decimal("0.01"), Decimal("0.001"), 3  # dollars; dollars per contract held; per side
SIZE, MOST_HELD, GROUP_LIMIT = 5, 30, 150  # contracts: per quote; held at most; filled in 15 s at most
Level = tuple[BookSide, Decimal]


def fair_price(book: OrderBookLevels, own: dict[Level, Order]) -> Decimal | None:
    """Return the middle of the book without ``own`` quotes: with them, it would follow itself."""
    mine = {level: order.remaining_count for level, order in own.items()}
    bids = [price for price, count in book.yes or () if count > mine.get((BookSide.BID, price), 0)]
    asks = [1 - price for price, count in book.no or () if count > mine.get((BookSide.ASK, 1 - price), 0)]
    return (bids[-1] + asks[-1]) / 2 if bids and asks else None


def target_levels(fair: Decimal, held: Decimal) -> set[Level]:
    """Return the quotes to have. With a full inventory, only the side that reduces it is quoted."""
    middle = ((fair - held * SKEW) / TICK).to_integral_value() * TICK
    bids = {(BookSide.BID, middle - step * TICK) for step in range(1, LEVELS + 1) if held < MOST_HELD}
    asks = {(BookSide.ASK, middle + step * TICK) for step in range(1, LEVELS + 1) if held > -MOST_HELD}
    return {(side, price) for side, price in bids | asks if 0 < price < 1}


async def requote(session: Session, ticker: str, group: str) -> int:
    """Cancel wrong quotes and place missing ones; return the time of the last change, in ms."""
    book, resting, position = await asyncio.gather(
        session.markets.orderbook(ticker),
        session.orders.list(ticker=ticker, status="resting").collect(),
        session.positions.list(ticker=ticker).first(),
    )
    own = {(order.book_side, order.yes_price): order for order in resting if order.order_group_id == group}
    fair, held = fair_price(book, own), (position and position.position) or Decimal(0)
    wanted = set() if fair is None else target_levels(fair, held)
    stale = [order for level, order in own.items() if level not in wanted]  # the others keep their place
    quote = partial(CreateOrder, ticker, post_only=True, order_group_id=group)
    missing = [quote(side, SIZE, price) for side, price in sorted(wanted - own.keys())]
    print(f"fair {fair}, holding {held}: canceling {len(stale)} quotes, placing {len(missing)}")
    changed_ms = [reply.ts_ms for reply in (await session.orders.cancel_batch(stale)).ok] if stale else []
    if missing:
        placed = await session.orders.create_batch(missing)
        if not placed.ok and not own:
            placed.raise_for_errors()  # every quote was refused: the group has triggered, or worse
        changed_ms += [order.ts_ms for order in placed.ok]
    return max(changed_ms, default=0)


async def make_market(session: Session, ticker: str) -> None:
    """Quote until canceled. However this ends, no order of the group rests afterwards."""
    group = (await session.order_groups.create(contracts_limit=GROUP_LIMIT)).order_group_id
    async with session.dead_man(order_group_id=group):
        while True:
            await session.settled(after_ms=await requote(session, ticker, group))  # or it would quote twice
            await asyncio.sleep(0.5)


async def main() -> None:
    options = arguments(__doc__, "ticker", "seconds").parse_args()
    async with venue(options.environment) as (session, _):
        ticker = (await chosen(session, options.ticker))[0].ticker
        with suppress(TimeoutError, asyncio.CancelledError):  # ended by --seconds, or by a signal
            async with cancel_on_signals(), asyncio.timeout(options.seconds):
                await make_market(session, ticker)
        await session.settled(after_ms=session.clock.now_ms())  # reads lag behind the switch
        resting = await session.orders.list(ticker=ticker, status="resting").collect()
        print(f"left {ticker} with {len(resting)} orders resting")


if __name__ == "__main__":
    asyncio.run(main())
