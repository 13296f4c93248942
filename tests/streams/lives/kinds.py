"""What readers of a life may read, and how a life's readers are drawn."""

from __future__ import annotations

import random

from tests.streams.lives.reading import Kind, Plan

MARKETS = ("KXHIGHNY-26NOV23-B52.5", "KXHIGHNY-26NOV23-B54.5", "KXHIGHNY-26NOV23-B56.5")
A, B, C = MARKETS
NOWHERE = "KXNOWHERE-1"


def _of(*names: str) -> frozenset[str]:
    return frozenset(names)


KINDS = (
    Kind("user_orders", lambda s: s.orders()),
    Kind("user_orders", lambda s: s.orders([A, B]), _of(A, B)),
    Kind("user_orders", lambda s: s.orders(subaccount=1), None, 1),
    Kind("fill", lambda s: s.fills()),
    Kind("fill", lambda s: s.fills(B), _of(B)),
    Kind("fill", lambda s: s.fills(subaccount=0), None, 0),
    Kind("fill", lambda s: s.fills([A, C], subaccount=1), _of(A, C), 1),
    Kind("market_positions", lambda s: s.positions()),
    Kind("market_positions", lambda s: s.positions([A], subaccount=1), _of(A), 1),
    Kind("order_group_updates", lambda s: s.order_groups()),
    Kind("trade", lambda s: s.trades()),
    Kind("trade", lambda s: s.trades(A), _of(A)),
    Kind("trade", lambda s: s.trades([B, C]), _of(B, C)),
    Kind("trade", lambda s: s.trades([A, NOWHERE]), _of(A, NOWHERE), None, _of(NOWHERE)),
    Kind("trade", lambda s: s.trades(NOWHERE), _of(NOWHERE), None, _of(NOWHERE)),
    Kind("ticker", lambda s: s.tickers()),
    Kind("ticker", lambda s: s.tickers([A, B]), _of(A, B)),
    Kind("ticker", lambda s: s.tickers(C), _of(C)),
    Kind("orderbook_delta", lambda s: s.book_updates(MARKETS), _of(*MARKETS)),
    Kind("orderbook_delta", lambda s: s.book_updates(A), _of(A)),
    Kind("orderbook_delta", lambda s: s.book_updates([B, C]), _of(B, C)),
    Kind("orderbook_delta", lambda s: s.book_updates([C, NOWHERE]), _of(C, NOWHERE), None, _of(NOWHERE)),
    Kind("market_lifecycle_v2", lambda s: s.lifecycle()),
    Kind("multivariate_market_lifecycle", lambda s: s.events("multivariate_market_lifecycle")),
    Kind("communications", lambda s: s.events("communications")),
    Kind("cfbenchmarks_value", lambda s: s.events("cfbenchmarks_value", "BRTI"), _of("BRTI")),
    Kind(
        "cfbenchmarks_value",
        lambda s: s.events("cfbenchmarks_value", ["BRTI", "ETHUSD_RTI"]),
        _of("BRTI", "ETHUSD_RTI"),
    ),
    Kind("pyth_value", lambda s: s.events("pyth_value", "Metal.XAU/USD"), _of("Metal.XAU/USD")),
)

OF_SUBACCOUNT = (
    Kind("user_orders", lambda s: s.orders(), None, 1),
    Kind("fill", lambda s: s.fills(), None, 1),
    Kind("fill", lambda s: s.fills([A, B]), _of(A, B), 1),
    Kind("market_positions", lambda s: s.positions(), None, 1),
    Kind("trade", lambda s: s.trades(B), _of(B)),
    Kind("fill", lambda s: s.fills(subaccount=0), None, 0),
)
"""The same on the stream of a view of subaccount 1."""


def drawn(
    dice: random.Random, kinds: tuple[Kind, ...], count: int, lasts_s: float
) -> list[tuple[Kind, Plan]]:
    """Return readers and their plans: half of them stay to the end, and a third is slow."""
    return [(kind, _plan(dice, lasts_s)) for kind in dice.choices(kinds, k=count)]


def _plan(dice: random.Random, lasts_s: float) -> Plan:
    enters_s = dice.choice((0.0, 0.0, dice.uniform(0, lasts_s * 0.8)))
    leaves_s = dice.choice((None, dice.uniform(enters_s, lasts_s)))
    slow_s = dice.choice((0.0, 0.0, dice.choice((0.05, 0.5, 5.0))))
    is_bounded = slow_s >= 0.5 and dice.random() < 0.5
    return Plan(enters_s, leaves_s, slow_s, *((20_000, 20) if is_bounded else (None, None)))
