"""Quote a ladder on both sides of a market, lean against the inventory, leave nothing behind.

Teaches: an order group as a fuse, a dead-man switch, keeping places in queues, reading one's own writes.
"""

import asyncio
from contextlib import suppress
from decimal import Decimal

from examples.venue import arguments, venue
from kalshi_async import BookSide, CreateOrder, Order, OrderBookLevels, Session, cancel_on_signals

TICK, LEAN, RUNGS = Decimal("0.01"), Decimal("0.001"), 3  # dollars; LEAN is per contract held
SIZE, MOST_HELD, FUSE = 5, 30, 150  # contracts; if more than FUSE fill within 15 s, the ladder is canceled
Rung = tuple[BookSide, Decimal]


def fair_price(book: OrderBookLevels, own: dict[Rung, Order]) -> Decimal | None:
    """Return the middle of what others show: who follows his own quotes goes in circles."""
    mine = {rung: order.remaining_count for rung, order in own.items()}
    bids = [price for price, count in book.yes or () if count > mine.get((BookSide.BID, price), 0)]
    asks = [1 - price for price, count in book.no or () if count > mine.get((BookSide.ASK, 1 - price), 0)]
    return (bids[-1] + asks[-1]) / 2 if bids and asks else None


def ladder(fair: Decimal, held: Decimal) -> set[Rung]:
    """Return the quotes to show; the side that would add to a full inventory shows none."""
    middle = ((fair - held * LEAN) / TICK).to_integral_value() * TICK
    bids = {(BookSide.BID, middle - rung * TICK) for rung in range(1, RUNGS + 1) if held < MOST_HELD}
    asks = {(BookSide.ASK, middle + rung * TICK) for rung in range(1, RUNGS + 1) if held > -MOST_HELD}
    return {(side, price) for side, price in bids | asks if 0 < price < 1}


async def requote(session: Session, ticker: str, group: str) -> int:
    """Turn what rests into the ladder; return the exchange's time of the last change, in ms."""
    book, resting, position = await asyncio.gather(
        session.markets.orderbook(ticker),
        session.orders.list(ticker=ticker, status="resting").collect(),
        session.positions.list(ticker=ticker).first(),
    )
    own = {(order.book_side, order.yes_price): order for order in resting if order.order_group_id == group}
    fair, held = fair_price(book, own), (position and position.position) or Decimal(0)
    wanted = set() if fair is None else ladder(fair, held)
    stale = [order for rung, order in own.items() if rung not in wanted]
    missing = [
        CreateOrder(ticker, side, SIZE, price, post_only=True, order_group_id=group)
        for side, price in sorted(wanted - own.keys())
    ]
    print(f"fair {fair}, holding {held}: canceling {len(stale)} quotes, placing {len(missing)}")
    changed_ms = [reply.ts_ms for reply in (await session.orders.cancel_batch(stale)).ok] if stale else []
    if missing:
        placed = await session.orders.create_batch(missing)
        if not placed.ok and not own:
            placed.raise_for_errors()  # a whole ladder refused: the fuse has blown, or worse
        changed_ms += [order.ts_ms for order in placed.ok]
    return max(changed_ms, default=0)


async def make_market(session: Session, ticker: str) -> None:
    """Quote until canceled. However this ends, nothing of the group rests afterwards."""
    group = (await session.order_groups.create(contracts_limit=FUSE)).order_group_id
    async with session.dead_man(order_group_id=group):
        while True:
            await session.settled(after_ms=await requote(session, ticker, group))
            await asyncio.sleep(0.5)


async def main() -> None:
    options = arguments(__doc__).parse_args()
    async with venue(options.environment) as (session, _):
        ticker = (await session.markets.list(tickers=options.ticker, status="open").collect(1))[0].ticker
        with suppress(TimeoutError, asyncio.CancelledError):  # the time is over, or a signal came
            async with cancel_on_signals(), asyncio.timeout(options.seconds):
                await make_market(session, ticker)
        resting = await session.orders.list(ticker=ticker, status="resting").collect()
        print(f"left {ticker} with {len(resting)} orders resting")


if __name__ == "__main__":
    asyncio.run(main())
