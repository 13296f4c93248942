"""Translate "buy or sell, yes or no" into a side and a price on the one YES book.

The exchange keeps one book per market, quoted in YES prices. There are eight ways to ask for a
trade: action, outcome, and the leg whose price is given. ``ON_THE_YES_BOOK`` has a row for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from kalshi_async.contract.fields import BookSide
from kalshi_async.errors import InvalidRequest
from kalshi_async.requests.validation import Number, checked_price, complement, shown

# (action, outcome, leg of the price given) -> (book side, leg that becomes the price).
# "no" means that 1 - price is the YES price. Source: docs order_direction, read 2026-11-22.
ON_THE_YES_BOOK: Mapping[tuple[str, str, str], tuple[BookSide, str]] = MappingProxyType(
    {
        ("buy", "yes", "yes"): (BookSide.BID, "yes"),
        ("buy", "yes", "no"): (BookSide.BID, "no"),
        ("sell", "no", "no"): (BookSide.BID, "no"),
        ("sell", "no", "yes"): (BookSide.BID, "yes"),
        ("buy", "no", "no"): (BookSide.ASK, "no"),
        ("buy", "no", "yes"): (BookSide.ASK, "yes"),
        ("sell", "yes", "yes"): (BookSide.ASK, "yes"),
        ("sell", "yes", "no"): (BookSide.ASK, "no"),
    }
)


def to_yes_book(
    action: str, outcome: str, *, yes_price: Number | None = None, no_price: Number | None = None
) -> tuple[BookSide, Decimal]:
    """Return side and YES price, in dollars, of a trade as the 2025 API expresses it.

    * ``action``: "buy" or "sell"
    * ``outcome``: "yes" or "no"
    * ``yes_price``, ``no_price``: exactly one of them, in dollars

    Raises InvalidRequest.
    """
    leg = "no" if yes_price is None else "yes"
    is_text = isinstance(action, str) and isinstance(outcome, str)  # a list, for example, is no key
    row = ON_THE_YES_BOOK.get((action, outcome, leg)) if is_text else None
    if row is None:
        raise InvalidRequest(
            f"direction must be buy or sell, yes or no, was {shown(action)} {shown(outcome)}"
        )
    if (yes_price is None) == (no_price is None):
        raise InvalidRequest("give exactly one of yes_price and no_price")
    side, price_leg = row
    if price_leg == "yes":
        return side, checked_price(yes_price, "yes_price")
    return side, complement(checked_price(no_price, "no_price"))
