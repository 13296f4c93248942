"""The flags of the examples, each refused before anything is opened if it makes no sense.

Teaches: checks where a program begins. A path that cannot be written must not be found out after trading.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence
from pathlib import Path

from kalshi_async import DEMO, PRODUCTION

LIVE = {environment.name: environment for environment in (DEMO, PRODUCTION)}


def arguments(documentation: str | None, *flags: str) -> argparse.ArgumentParser:
    """Return a parser with ``--environment``, and with those of the flags below that an example obeys.

    * ``flags``: names out of ``ticker`` (one market), ``tickers`` (several) and ``seconds``
    """
    parser = argparse.ArgumentParser(description=(documentation or "").partition("\n")[0])
    parser.add_argument("--environment", choices=("sandbox", *LIVE), default="sandbox")
    if "ticker" in flags:
        one = "the market to trade (default: an open one)"
        parser.add_argument("--ticker", nargs=1, action=_Once, help=one)
    if "tickers" in flags:
        several = "a market to trade; repeat it for several (default: open markets)"
        parser.add_argument("--ticker", action="append", help=several)
    if "seconds" in flags:
        parser.add_argument("--seconds", type=seconds, metavar="N", help="when to end (default: at Ctrl-C)")
    return parser


class _Once(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            raise argparse.ArgumentError(self, "this example trades in one market, and was given two")
        setattr(namespace, self.dest, values)


def seconds(text: str) -> float:
    """Return a time that ends: neither negative, nor without end."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number of seconds, 0 or more, was {text!r}")
    return number


def port(text: str) -> int:
    """Return the number of a port; 0 is any free one."""
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 65535, was {text!r}")
    return int(text)


def new_file(text: str) -> Path:
    """Return the path of a file that can be written."""
    path = Path(text)
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"must be a file that can be written, was {text!r}")
    return path
