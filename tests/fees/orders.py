"""Random orders, cut into fills by random books, and what the client would have quoted for each.

    books of every price grid, fee type and multiplier
      -> an order takes, rests, or does one after the other
      -> its fills, as the embedded exchange charged them, beside the client's arithmetic

Exchange and client compute fees apart from each other: this is where they meet.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from kalshi_async.contract.fields import BookSide, FeeType, fixed_point
from kalshi_async.contract.markets import Market
from kalshi_async.requests.fee_terms import MarketTerms
from kalshi_async.requests.fees import FillTerms, factor_of, fee_quote, fees_of_fills
from kalshi_async.sandbox.edge import market_views
from kalshi_async.sandbox.engine.book import OPPOSITE
from kalshi_async.sandbox.engine.state import Account, Order, Side
from kalshi_async.sandbox.exchange import Exchange, NewOrder
from kalshi_async.sandbox.markets.grid import STRUCTURES
from tests.sandbox.venue_kit import ManualClock

FEE_TYPES = ("quadratic", "quadratic_with_maker_fees", "quadratic_with_combo_maker_fees")
MULTIPLIERS = ("0", "0.37", "0.5", "1", "1", "2.5")
COUNTS_E2 = (1, 3, 30, 100, 100, 227, 1_000, 5_000)
GRIDS = tuple(STRUCTURES)
CASH = Decimal(10) ** 11
PRECISIONS = {False: Decimal("0.0001"), True: Decimal("0.01")}


@dataclass(slots=True)
class Tally:
    """How many orders there were, of which kinds, and what was wrong with some."""

    orders: int = 0
    fills: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Bench:
    """One exchange with a market for every grid and fee type, two members and somebody else."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.exchange = Exchange(ManualClock(), seed=rng.randrange(1_000))
        self.members = [
            self.exchange.accounts.open(name, tier="off", cash=CASH, is_fcm=name == "cents")
            for name in ("direct", "cents")
        ]
        self.other = self.exchange.accounts.open("other", tier="off", cash=CASH)
        for number, structure in enumerate(GRIDS):
            for fee_type in FEE_TYPES:
                self.exchange.markets.add(
                    f"KX{number}{fee_type.upper()}-A",
                    structure=structure,
                    fee_type=fee_type,
                    fee_multiplier=Decimal(rng.choice(MULTIPLIERS)),
                )

        self.prices = {ticker: sorted(market.prices_e4) for ticker, market in self.exchange.markets.items()}

    def order(self) -> tuple[Account, Order]:
        """Play one order to its end."""
        rng, member = self.rng, self.rng.choice(self.members)
        ticker = rng.choice(list(self.exchange.markets))
        prices = self.prices[ticker]
        price_e4 = rng.choice(prices)
        side: Side = rng.choice(("bid", "ask"))
        better = [one for one in prices if (one <= price_e4 if side == "bid" else one >= price_e4)]
        count_e2 = rng.choice(COUNTS_E2) * rng.randint(1, 9)
        levels = rng.choice(((price_e4,), rng.choices(better, k=3)))
        if rng.random() < 0.6:
            self.meet(ticker, OPPOSITE[side], levels, count_e2)
        placed = self.place(member, ticker, side, price_e4, count_e2)
        while placed.remaining_e2 and rng.random() < 0.8:
            self.place(self.other, ticker, OPPOSITE[side], price_e4, self.piece(placed.remaining_e2))
        self.exchange.market(ticker).pause()
        self.exchange.market(ticker).resume()  # which cancels what still rests
        return member, placed

    def meet(self, ticker: str, side: Side, prices: tuple[int, ...] | list[int], count_e2: int) -> None:
        """Rest orders of somebody else at some prices, about as many contracts as will be asked for."""
        left_e2 = count_e2
        while left_e2 > 0 and self.rng.random() < 0.9:
            piece_e2 = self.piece(left_e2)
            self.place(self.other, ticker, side, self.rng.choice(prices), piece_e2)
            left_e2 -= piece_e2

    def piece(self, left_e2: int) -> int:
        return min(left_e2, self.rng.choice((1, left_e2, self.rng.randint(1, left_e2))))

    def place(self, member: Account, ticker: str, side: Side, price_e4: int, count_e2: int) -> Order:
        order = NewOrder(ticker, side, count_e2, price_e4, "good_till_canceled", "taker_at_cross")
        return self.exchange.orders.create(member, order).order

    def terms(self, ticker: str) -> MarketTerms:
        """Return what the client reads off the market."""
        record = self.exchange.markets[ticker]
        row = msgspec.json.encode(market_views.market(record, [], [], 0))
        return MarketTerms.of(msgspec.json.decode(row, type=Market, dec_hook=fixed_point))


def differences(bench: Bench, member: Account, order: Order) -> Iterator[str]:
    """Say where an order was charged otherwise than quoted."""
    market = bench.exchange.markets[order.ticker]
    fills = [fill for fill in member.fills if fill.order_id == order.order_id]
    factors = {
        is_taker: factor_of(
            FeeType(market.fee_type), Decimal(market.fee_multiplier_e4) / 10_000, maker=not is_taker
        )
        for is_taker in (True, False)
    }
    side, precision = BookSide(order.side), PRECISIONS[member.is_fcm]
    terms = [
        FillTerms(Decimal(fill.price_e4) / 10_000, Decimal(fill.count_e2) / 100, factors[fill.is_taker])
        for fill in fills
    ]
    charged = [Decimal(fill.fee_e6) / 1_000_000 for fill in fills]
    if charged != (expected := fees_of_fills(side, terms, precision)):
        yield f"{described(member, order)}: charged {charged}, expected {expected}"
    makes = bool(fills) and not any(fill.is_taker for fill in fills)
    counts = [fill.count for fill in terms] or [Decimal(order.initial_e2) / 100]
    quote = fee_quote(
        side,
        Decimal(order.price_e4) / 10_000,
        counts,
        factor=factors[not makes],
        maker=makes,
        precision=precision,
        grid_e4=bench.terms(order.ticker).grid_e4,
    )
    is_plain = len({(fill.price_e4, fill.is_taker) for fill in fills} | {(order.price_e4, not makes)}) == 1
    if fills and is_plain and sum(charged) != quote.charged:
        yield f"{described(member, order)}: charged {sum(charged)}, quoted {quote.charged}"
    if not max(sum(charged), quote.charged) <= quote.most:
        yield f"{described(member, order)}: charged {sum(charged)}, at most {quote.most} was quoted"


def described(member: Account, order: Order) -> str:
    return f"{member.name} {order.side} {order.initial_e2} at {order.price_e4} in {order.ticker}"


def check(count: int, seed: int) -> Tally:
    """Play so many orders and compare each with its quotes."""
    rng = random.Random(f"orders {seed}")
    tally = Tally()
    while tally.orders < count:
        bench = Bench(rng)  # with other multipliers
        for _ in range(min(250, count - tally.orders)):
            member, order = bench.order()
            roles = {fill.is_taker for fill in member.fills if fill.order_id == order.order_id}
            kind = {(): "unfilled", (False,): "maker", (True,): "taker", (False, True): "both"}
            tally.kinds[kind[tuple(sorted(roles))]] += 1
            tally.fills += len(member.fills)
            tally.wrong += differences(bench, member, order)
            member.fills.clear()  # read: the list would grow with every order
            tally.orders += 1
    return tally
