"""Print exposure and profit per event every second, and draw them into risk.png at the end.

Teaches: sums per event, positions valued at the best bids, many reads within one budget, Decimal throughout.
"""

import asyncio
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from matplotlib.figure import Figure

from examples.venue import arguments, buy_everywhere, venue
from kalshi_async import EventPosition, Session, cancel_on_signals

ZERO = Decimal(0)
Risk = tuple[datetime, Decimal, Decimal]  # time, dollars paid for open positions, total profit


async def assess(session: Session, event: EventPosition) -> Risk:
    """Return the risk of one event. It costs 20 read tokens: 10 for positions, 10 for prices."""
    held = session.positions.list(event_ticker=event.event_ticker).collect()
    listed = session.markets.list(event_ticker=event.event_ticker).collect()
    positions, markets = await asyncio.gather(held, listed)
    quotes = {market.ticker: (market.yes_bid or ZERO, market.no_bid or ZERO) for market in markets}
    profit = ZERO
    for row in positions:
        count, (yes_bid, no_bid) = row.position or ZERO, quotes[row.ticker]
        profit += max(count, ZERO) * yes_bid + max(-count, ZERO) * no_bid - (row.market_exposure or ZERO)
        profit += (row.realized_pnl or ZERO) - (row.fees_paid or ZERO)
    return datetime.now(UTC), event.event_exposure or ZERO, profit


async def watch(session: Session, history: dict[str, list[Risk]]) -> None:
    """Add a row per event to ``history`` every second, until canceled."""
    while True:
        # By ticker: an event with markets on two pages is listed twice.
        events = {event.event_ticker: event async for event in session.positions.events()}
        risks = await asyncio.gather(*(assess(session, event) for event in events.values()))
        for ticker, risk in zip(events, risks, strict=True):
            history[ticker].append(risk)
            _, exposure, profit = risk
            print(f"{ticker}: exposure {exposure:.2f}, profit {profit:+.2f}")
        await asyncio.sleep(1)


def draw(history: dict[str, list[Risk]], path: Path) -> None:
    """Draw two charts over time, exposure and profit, with a line for each event."""
    figure = Figure(figsize=(9, 6), layout="constrained")
    upper, lower = figure.subplots(2, sharex=True)
    for ticker, risks in sorted(history.items()):
        times, exposures, profits = zip(*risks, strict=True)
        upper.step(times, exposures, where="post", marker=".", label=ticker)
        lower.step(times, profits, where="post", marker=".")
    for axes, title in ((upper, "Exposure, dollars"), (lower, "Profit and loss if closed now, dollars")):
        axes.set_title(title)
        axes.grid(alpha=0.3)
    upper.set_ylim(bottom=0)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=150)


async def main() -> None:
    options = arguments(__doc__, "seconds").parse_args()
    history = defaultdict[str, list[Risk]](list)
    async with venue(options.environment) as (session, exchange), asyncio.TaskGroup() as tasks:
        if exchange:
            tasks.create_task(buy_everywhere(session))
        with suppress(TimeoutError, asyncio.CancelledError):
            async with cancel_on_signals(), asyncio.timeout(options.seconds):
                await watch(session, history)
    if history:
        draw(history, Path("risk.png"))
    print("drawn into risk.png" if history else "no positions, so nothing was drawn")


if __name__ == "__main__":
    asyncio.run(main())
