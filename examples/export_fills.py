"""Export every fill of an account to a CSV file, archived fills included.

Teaches: one list over the live and the historical tier, resuming from a cursor, and a file that is
right after a crash at any point. If an export is interrupted, run it again: the cursor of the last
page is kept in a file beside the CSV file until the export is complete.
"""

import asyncio
import csv
import os
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from examples.venue import arguments, buy_everywhere, new_file, venue
from kalshi_async import Fill, Paginator, cancel_on_signals, rows

COLUMNS = Fill.__struct_fields__


def prepare(path: Path, cursor_file: Path) -> set[str]:
    """Begin a new file, or cut off an incomplete last row; return the ids of the fills in it."""
    if not (cursor_file.exists() and path.exists()):  # no export is under way: begin a new one
        path.write_text(",".join(COLUMNS) + "\n")
        cursor_file.write_text("")
    text = path.read_bytes()
    complete = text[: text.rfind(b"\n") + 1]
    os.truncate(path, len(complete))
    return {row["fill_id"] for row in csv.DictReader(complete.decode().splitlines())}


async def export(fills: Paginator[Fill], path: Path) -> AsyncGenerator[tuple[int, Fill], None]:
    """Append page after page, newest fills first; after each, yield the count and the oldest fill."""
    cursor_file, new_cursor_file = (path.with_name(path.name + end) for end in (".cursor", ".cursor-new"))
    known = prepare(path, cursor_file)
    with path.open("a", newline="") as file:
        async for page in fills.resume(cursor_file.read_text() or None).pages():
            new = [fill for fill in page.rows if fill.fill_id not in known]
            csv.DictWriter(file, COLUMNS, lineterminator="\n").writerows(rows(new))
            file.flush()
            os.fsync(file.fileno())
            known.update(fill.fill_id for fill in new)
            if page.cursor:  # after the rows: a crash in between repeats the page, and ``known`` drops it
                new_cursor_file.write_text(page.cursor)
                new_cursor_file.replace(cursor_file)
            if new:
                yield len(known), new[-1]
    cursor_file.unlink()


def progress_bar(share: float, count: int) -> str:
    """Return a line that overwrites the one before it on a terminal."""
    return f"\r[{'#' * round(40 * min(share, 1)):<40}] {count} fills"


async def main() -> None:
    parser = arguments(__doc__, "seconds")
    parser.add_argument("path", nargs="?", type=new_file, default="fills.csv")
    options = parser.parse_args()
    try:
        async with venue(options.environment) as (session, exchange), cancel_on_signals():
            if exchange:
                await buy_everywhere(session)
                exchange.exchange.historical_cutoff_us = exchange.clock.now_ms() * 1_000  # archive these
                await buy_everywhere(session)
            deposited_s = [deposit.created_ts async for deposit in session.portfolio.deposits()]
            now_s = time.time()
            span_s = now_s - min(deposited_s, default=0)  # no fill is older than the first deposit
            async with asyncio.timeout(options.seconds):
                async for count, fill in export(session.fills.history(limit=1000), options.path):
                    reached_s = fill.created_time.timestamp() if fill.created_time else now_s
                    print(progress_bar((now_s - reached_s) / span_s, count), end="", file=sys.stderr)
        print(f"\n{options.path} is complete: it has every fill up to the start of the export")
    except (TimeoutError, asyncio.CancelledError):
        print(f"\n{options.path} is not complete: run this again to continue")


if __name__ == "__main__":
    asyncio.run(main())
