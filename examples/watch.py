"""Show the book of a market and its trades as they happen; nothing is polled.

Teaches: a book that says when it is not true, two readers of one stream side by side. With ``pip install
".[tools]"`` a terminal shows the whole book; without it, or into a file, there is a line for each change.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from examples.venue import arguments, chosen, venue
from kalshi_async import cancel_on_signals
from kalshi_async.streams import Stream, TradeEvent
from kalshi_async.streams.books import Book

LEVELS = 5
Show = Callable[[list[str]], None]


@contextmanager
def screen() -> Iterator[Show]:
    """Yield a function that shows lines: all of them on a terminal, else the first."""
    try:
        from rich.live import Live
    except ImportError:  # the extra is not installed
        Live = None  # type: ignore[assignment, misc]
    if Live is None or not sys.stdout.isatty():
        yield lambda lines: print(lines[0], flush=True)
        return
    with Live(auto_refresh=False) as live:
        yield lambda lines: live.update("\n".join(lines), refresh=True)


def best(book: Book) -> str:
    """Return the best prices, or why there are none."""
    if not book.is_current:
        since = datetime.fromtimestamp(book.since_ms / 1000, UTC)
        return f"not current since {since:%H:%M:%S}: {book.gap.reason if book.gap else 'removed'}"
    return f"bid {book.best_bid or '-'}, ask {book.best_ask or '-'}"


def picture(book: Book, state: str, trades: deque[str]) -> list[str]:
    """Return a line with the best prices, the levels of both sides, and the newest trades."""
    lines = [f"{datetime.now(UTC):%H:%M:%S} {book.ticker} {best(book)}  {state}"]
    if book.is_current:
        lines += [f"{level.contracts:>38} {level.price}" for level in reversed(book.depth("ask", LEVELS))]
        lines += [f"{level.contracts:>22} {level.price}" for level in book.depth("bid", LEVELS)]
    return [*lines, "", *trades]


async def watch(stream: Stream, ticker: str, show: Show) -> None:
    """Show the book after each change, and each trade, until canceled."""
    newest = deque[str](maxlen=LEVELS)
    async with stream.books(ticker) as books, stream.trades(ticker) as trades, asyncio.TaskGroup() as tasks:

        async def read_trades() -> None:
            async for event in trades:
                if isinstance(event, TradeEvent):
                    newest.appendleft(f"{event.count} at {event.yes_price}, {event.taker_book_side} takes")

        tasks.create_task(read_trades())
        async for book in books:
            show(picture(book, f"{stream.state.phase.value}, {stream.latency.last_ms} ms", newest))


async def main() -> None:
    options = arguments(__doc__, "ticker", "seconds").parse_args()
    async with venue(options.environment, confirmed=True) as (session, _):  # it only reads
        (market,) = await chosen(session, options.ticker)
        with suppress(TimeoutError, asyncio.CancelledError), screen() as show:
            async with cancel_on_signals(), asyncio.timeout(options.seconds), session.stream() as stream:
                await watch(stream, market.ticker, show)


if __name__ == "__main__":
    asyncio.run(main())
