"""Combos: markets that are decided by other markets, their legs. Knows the legs and what they paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_CENTS = 100


@dataclass(frozen=True, slots=True, order=True)
class Leg:
    """A market of an event, and the side on which the leg wins."""

    market_ticker: str
    event_ticker: str
    side: Literal["yes", "no"]

    def cents(self, yes_cents: int) -> int:
        """Return what the leg pays, by what YES of its market pays."""
        return yes_cents if self.side == "yes" else _CENTS - yes_cents


def combo_cents(paid: Sequence[int | None]) -> int | None:
    """Return what YES of a combo pays, by what its legs pay; None while that is open.

    A leg that lost decides it (``settings.CHOICES``: ``combo_result``).
    """
    if 0 in paid:
        return 0
    cents = _CENTS
    for leg_cents in paid:
        if leg_cents is None:
            return None
        cents = cents * leg_cents // _CENTS
    return cents
