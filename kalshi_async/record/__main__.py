"""``python -m kalshi_async.record``: record the streams of some markets into a file.

The exchange and the key are those of the environment, see ``Session.from_env``; ``--sandbox`` records
an embedded exchange with simulated traders. Exits 0 when the time is over or at Ctrl-C, 1 if the
recording could not be kept whole, 2 if it could not begin.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from kalshi_async import KalshiError, RecordingFailed, Session, cancel_on_signals
from kalshi_async.record.channels import ACCOUNT, MARKET_DATA
from kalshi_async.record.session import Figures, Wish, record


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    chosen = tuple(options.channel or MARKET_DATA)
    if not options.ticker and any(name in MARKET_DATA for name in chosen):
        parser.error("name at least one market: --ticker KXBTC-26DEC31")
    wish = Wish(
        tuple(options.ticker),
        (*chosen, *(name for name in ACCOUNT if options.account and name not in chosen)),
        options.out,
        options.compression,
        options.rotate_bytes,
        options.rotate_daily,
    )
    shown = _Shown()
    try:
        asyncio.run(_run(wish, options, shown))
    except RecordingFailed as error:
        return shown.ended(1, error)
    except (KalshiError, OSError, ImportError) as error:
        return shown.ended(2, error)
    return shown.ended(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kalshi_async.record", description="Record streams of the exchange into a file."
    )
    add = parser.add_argument
    add("--ticker", action="append", default=[], metavar="T", help="a market; repeat it for several")
    add("--out", type=Path, required=True, metavar="FILE", help="one that exists is kept: a number is added")
    channels = (*MARKET_DATA, *ACCOUNT)
    all_of = ", ".join(MARKET_DATA)
    add("--channel", action="append", choices=channels, help=f"repeat it for several (default: {all_of})")
    add("--account", action="store_true", help="the account's orders, fills, positions and groups as well")
    add("--seconds", type=float, metavar="N", help="when to end (default: at Ctrl-C)")
    add("--compression", choices=("gzip", "zstd"), help="zstd needs Python 3.14")
    add("--rotate-bytes", type=int, metavar="N", help="begin the next file after so many bytes")
    add("--rotate-daily", action="store_true", help="begin the next file at 00:00 UTC")
    add("--sandbox", action="store_true", help="record an embedded exchange, with simulated traders")
    return parser


async def _run(wish: Wish, options: argparse.Namespace, shown: _Shown) -> None:
    async with _session(wish, is_embedded=options.sandbox) as session, cancel_on_signals():
        try:
            await record(session, wish, options.seconds, shown)
        except asyncio.CancelledError:  # Ctrl-C: the file is complete
            return


@asynccontextmanager
async def _session(wish: Wish, *, is_embedded: bool) -> AsyncIterator[Session]:
    if not is_embedded:
        async with Session.from_env() as session:
            yield session
        return
    from kalshi_async.sandbox import DEFAULT_MARKETS, Sandbox  # it needs an extra

    markets = wish.tickers or DEFAULT_MARKETS
    async with (
        Sandbox(accounts=["me"], markets=markets, traders=6) as exchange,
        Session(exchange.environment, exchange.credentials("me")) as session,
    ):
        yield session


class _Shown:
    """Prints figures: on a terminal one line that changes, else a line every ten seconds."""

    def __init__(self) -> None:
        self._figures: Figures | None = None
        self._count = 0

    def __call__(self, figures: Figures) -> None:
        self._figures = figures
        if sys.stderr.isatty():
            print(f"\r\x1b[K{self._line()}", end="", file=sys.stderr, flush=True)
        elif self._count % 10 == 0:
            print(self._line(), file=sys.stderr, flush=True)
        self._count += 1

    def _line(self) -> str:
        return "" if self._figures is None else self._figures.line(asyncio.get_running_loop().time())

    def ended(self, code: int, error: Exception | None = None) -> int:
        """Print what it came to; return the exit code."""
        figures = self._figures
        if figures is not None and sys.stderr.isatty():
            print(file=sys.stderr)
        if error is not None:
            print(f"python -m kalshi_async.record: {error}", file=sys.stderr)
        if figures is None:
            return code
        for market in figures.refused:
            print(f"{market}: the exchange refused it", file=sys.stderr)
        recording = figures.recording
        print(f"{recording.frames} frames, {figures.gaps} gaps: {recording.path}")
        return code or (1 if recording.dropped else 0)


if __name__ == "__main__":
    sys.exit(main())
