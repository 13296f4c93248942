"""Export every fill of an account to a CSV file, the archive included; interrupted, run it again.

Teaches: one list over the live and the historical tier, pages with a cursor to go on from, and a
file that is right after a crash at any point. The cursor waits beside the file until the end.
"""

import asyncio
import csv
import os
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from examples.venue import arguments, buy_everywhere, venue
from kalshi_async import Fill, Paginator, cancel_on_signals, rows

COLUMNS = Fill.__struct_fields__


def prepare(path: Path, bookmark: Path) -> set[str]:
    """Begin a file, or cut off a row that a crash has torn; return the ids of the fills in it."""
    if not (bookmark.exists() and path.exists()):  # a new export, also where a finished one lies
        path.write_text(",".join(COLUMNS) + "\n")
        bookmark.write_text("")
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    os.truncate(path, len(whole))
    return {row["fill_id"] for row in csv.DictReader(whole.decode().splitlines())}


async def export(fills: Paginator[Fill], path: Path) -> AsyncGenerator[tuple[int, Fill], None]:
    """Append page after page, newest first; after each, yield how many fills there are and the last."""
    bookmark, fresh = (path.with_name(path.name + end) for end in (".cursor", ".cursor-new"))
    known = prepare(path, bookmark)
    with path.open("a", newline="") as file:
        async for page in fills.resume(bookmark.read_text() or None).pages():
            new = [fill for fill in page.rows if fill.fill_id not in known]
            csv.DictWriter(file, COLUMNS, lineterminator="\n").writerows(rows(new))
            file.flush()
            os.fsync(file.fileno())
            known.update(fill.fill_id for fill in new)
            if page.cursor:  # after its rows: a crash in between brings the page again, and all are known
                fresh.write_text(page.cursor)
                fresh.replace(bookmark)
            if new:
                yield len(known), new[-1]
    bookmark.unlink()


def progress_bar(share: float, count: int) -> str:
    """Return a line that takes the place of the one before."""
    return f"\r[{'#' * round(40 * min(share, 1)):<40}] {count} fills"


async def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("path", nargs="?", type=Path, default=Path("fills.csv"))
    options = parser.parse_args()
    try:
        async with venue(options.environment) as (session, exchange), cancel_on_signals():
            if exchange:
                await buy_everywhere(session)
                exchange.exchange.historical_cutoff_us = exchange.clock.now_ms() * 1_000  # archives those
                await buy_everywhere(session)
            paid_in = [deposit.created_ts async for deposit in session.portfolio.deposits()]
            now_s = time.time()
            whole_s = now_s - min(paid_in, default=0)  # no fill is older than the first deposit
            async with asyncio.timeout(options.seconds):
                async for count, fill in export(session.fills.history(limit=1000), options.path):
                    reached_s = fill.created_time.timestamp() if fill.created_time else now_s
                    print(progress_bar((now_s - reached_s) / whole_s, count), end="", file=sys.stderr)
        print(f"\n{options.path} is complete: every fill before it was begun")
    except (TimeoutError, asyncio.CancelledError):
        print(f"\n{options.path} is not complete: run this again to go on")


if __name__ == "__main__":
    asyncio.run(main())
