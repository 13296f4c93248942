"""``python -m kalshi_async``: a market maker on the embedded exchange, live in the terminal.

Exits 0 if its books agree with the exchange's ledger to the last decimal, 1 if they differ, and
2 if it cannot start. Ctrl-C ends it early: it still cancels its orders and prints its report.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kalshi_async import __version__
from kalshi_async.demo.canvas import Screen, is_live

if TYPE_CHECKING:
    from kalshi_async.demo.display import View
    from kalshi_async.demo.runner import DemoRunner, Report

_PLAIN_EVERY_S = 1.0
_LIVE_EVERY_S = 0.25
# The exit code of a program that Ctrl-C has ended: 128 + SIGINT.
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        # Imported here, so that --help works without the extra that the exchange needs.
        from kalshi_async.demo.runner import DemoRunner
    except ImportError as error:
        if not isinstance(error.__cause__, ModuleNotFoundError):
            raise
        print(f"python -m kalshi_async: {error}", file=sys.stderr)
        return 2
    try:
        demo = DemoRunner(seed=options.seed, tier=options.tier)
    except ValueError as error:
        parser.error(str(error))
    try:
        report = asyncio.run(_run(demo, options))
    except KeyboardInterrupt:
        return _INTERRUPTED
    _print("\n".join(report.lines()))
    return report.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kalshi_async",
        description="Watch a market maker trade on an exchange in this process, without a network.",
    )
    add = parser.add_argument
    add("--seconds", type=_positive, default=15.0, metavar="N", help="how long to trade (default: 15)")
    add("--seed", type=int, default=0, metavar="N", help="seed of the simulated traders (default: 0)")
    add("--tier", default="basic", metavar="TIER", help="rate limits: basic (default), advanced, ... off")
    add("--plain", action="store_true", help="print one line a second instead of the live view")
    add("--version", action="version", version=f"kalshi_async {__version__}")
    return parser


async def _run(demo: DemoRunner, options: argparse.Namespace) -> Report:
    from kalshi_async.demo.display import frame, plain_line

    stop = asyncio.Event()

    async def run(show: Callable[[View], None], every_s: float) -> Report:
        return await demo.run(options.seconds, stop, show, show_every_s=every_s)

    with _stopped_by_signals(stop):
        if options.plain or not is_live(sys.stdout):
            return await run(lambda view: _print(plain_line(view)), _PLAIN_EVERY_S)
        with Screen(sys.stdout) as screen:
            return await run(lambda view: screen.draw(frame(view, screen.width)), _LIVE_EVERY_S)


def _print(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # The reader of the pipe (head, a pager) has ended. Trade on to the end, so that all orders
        # are canceled, and discard the output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _stopped_by_signals(stop: asyncio.Event) -> Iterator[None]:
    """Set ``stop`` on the first Ctrl-C or SIGTERM; the second one has its usual effect."""
    loop = asyncio.get_running_loop()

    def set_stop(number: int, _: object) -> None:
        loop.call_soon_threadsafe(stop.set)
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, set_stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _positive(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a positive number, was {text!r}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
