"""Watch exposure and profit per event, print them, and draw them into risk.png.

Teaches: positions as the exchange sums them, marking them at what closing them now would bring,
many reads at once within one read budget, Decimal up to the last pixel.
"""

import asyncio
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from examples.venue import arguments, venue
from kalshi_async import CreateOrder, EventPosition, Session, cancel_on_signals

ZERO = Decimal(0)


class Risk(NamedTuple):
    """One event at one moment: dollars paid for what is open, and dollars made all in all."""

    time: datetime
    exposure: Decimal
    profit: Decimal


async def assess(session: Session, event: EventPosition) -> Risk:
    """Return what is at stake in one event: 10 read tokens for its positions, 10 for its prices."""
    held = session.positions.list(event_ticker=event.event_ticker).collect()
    listed = session.markets.list(event_ticker=event.event_ticker).collect()
    positions, markets = await asyncio.gather(held, listed)
    quotes = {market.ticker: (market.yes_bid or ZERO, market.no_bid or ZERO) for market in markets}
    profit = ZERO
    for row in positions:
        count, (yes_bid, no_bid) = row.position or ZERO, quotes[row.ticker]
        profit += max(count, ZERO) * yes_bid + max(-count, ZERO) * no_bid - (row.market_exposure or ZERO)
        profit += (row.realized_pnl or ZERO) - (row.fees_paid or ZERO)
    return Risk(datetime.now(UTC), event.event_exposure or ZERO, profit)


async def watch(session: Session, history: dict[str, list[Risk]]) -> None:
    """Add a row per event to ``history`` every second, until canceled."""
    while True:
        # By ticker, because an event whose markets lie on two pages comes twice.
        events = {event.event_ticker: event async for event in session.positions.events()}
        risks = await asyncio.gather(*(assess(session, event) for event in events.values()))
        for ticker, risk in zip(events, risks, strict=True):
            history[ticker].append(risk)
            print(f"{ticker}: exposure {risk.exposure:.2f}, profit {risk.profit:+.2f}")
        await asyncio.sleep(1)


def draw(history: dict[str, list[Risk]], path: Path) -> None:
    """Draw exposure above profit over time, a line for each event."""
    figure = Figure(figsize=(9, 6), layout="constrained")
    upper, lower = figure.subplots(2, sharex=True)
    for ticker, risks in sorted(history.items()):
        times = [risk.time for risk in risks]
        upper.step(times, [float(risk.exposure) for risk in risks], where="post", label=ticker)
        lower.step(times, [float(risk.profit) for risk in risks], where="post")
    upper.set(title="Exposure, dollars", ylim=(0, None))
    lower.set(title="Profit and loss if closed now, dollars", xlabel="UTC")
    lower.axhline(0, color="0.5", linewidth=1)
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=150)


async def hold_something(session: Session) -> None:
    """Give the watch something to see: buy in one market after the other."""
    async for market in session.markets.list(status="open"):
        for _ in range(2):
            await session.orders.create(
                CreateOrder(market.ticker, "bid", 10, "0.97", time_in_force="immediate_or_cancel")
            )
            await asyncio.sleep(0.5)


async def main() -> None:
    options = arguments(__doc__).parse_args()
    history = defaultdict[str, list[Risk]](list)
    async with venue(options.environment) as (session, exchange), asyncio.TaskGroup() as tasks:
        if exchange:
            tasks.create_task(hold_something(session))
        with suppress(TimeoutError, asyncio.CancelledError):
            async with cancel_on_signals(), asyncio.timeout(options.seconds):
                await watch(session, history)
    draw(history, Path("risk.png"))


if __name__ == "__main__":
    asyncio.run(main())
