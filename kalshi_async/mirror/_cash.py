"""Cash by arithmetic: what fills, payouts and transfers have moved, compared with the balance. Pure.

Theory of operation. Per subaccount all movements since the last balance that added up are kept in the order
of time. A balance is read from a replica: it holds for some moment between the replica's age before and the
arrival of the answer, each widened by 2 s. It *adds up* if it equals the sum after one of the movements that
may be the last before that moment. The first balance has nothing to be compared with: each such movement
gives a guess of the cash before, and the next balance decides between them.

It is not known whether the exchange deducts what resting orders tie up. Both readings are tried until one
alone fits; from then on it is kept.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from itertools import count
from typing import NamedTuple

from kalshi_async.contract.fields import EXACT, BookSide
from kalshi_async.contract.portfolio import Settlement
from kalshi_async.mirror.events import Filled
from kalshi_async.mirror.model import ZERO, MirroredCash, MirroredOrder
from kalshi_async.mirror.precedence import time_ms
from kalshi_async.resources.settling.proof import MARGIN_MS

ONE = Decimal(1)
CENTS = Decimal(100)


class Movement(NamedTuple):
    """Something that moves cash. Compared by its time and its number, which no two share."""

    ts_ms: int
    number: int
    ticker: str
    signed: Decimal | None
    """Contracts of YES that a fill has brought, below 0 that it took; None: the position is paid out."""
    price: Decimal
    paid: Decimal
    """Dollars besides price and contracts: fees, payouts, transfers."""


class Balanced(Enum):
    """What a balance says of the arithmetic."""

    ADDS_UP = "it adds up"
    OPEN = "it cannot be compared yet"
    DIFFERS = "it does not add up"


class Purse:
    """The cash of one subaccount. Owner of its movements."""

    def __init__(self, subaccount: int) -> None:
        self.known: MirroredCash | None = None
        self._subaccount = subaccount
        self._movements: list[Movement] = []
        self._held: dict[str, Decimal] = {}
        """Positions before the first movement."""
        self._starts: tuple[Decimal, ...] = ()
        """Guesses of the cash before the first movement."""
        self._tied_up = ZERO
        """What resting orders tied up at the last balance that added up."""
        self._reserves: bool | None = None
        self._numbers = count()
        self._ids: set[str] = set()

    def fill(self, fill: Filled) -> None:
        """Take a fill."""
        signed = fill.count if fill.book_side is BookSide.BID else EXACT.minus(fill.count)
        self._add(fill.ts_ms, fill.ticker, signed, fill.yes_price, EXACT.minus(fill.fee_cost))

    def settle(self, row: Settlement) -> None:
        """Take a payout. Its fees were paid with the fills; a residue is not paid at all."""
        revenue = EXACT.divide(Decimal(row.revenue_cents), CENTS)
        self._add(time_ms(row.settled_time), row.ticker, None, ZERO, revenue)

    def move(self, name: str, ts_ms: int, amount: Decimal) -> None:
        """Take a deposit, a withdrawal or a transfer, once by its id."""
        if name not in self._ids and (self.known is None or ts_ms >= self.known.as_of_ms - 1_000):
            self._ids.add(name)
            self._add(ts_ms, "", ZERO, ZERO, amount)

    @property
    def estimate(self) -> Decimal | None:
        """The cash after all known movements; None: not known yet."""
        if self.known is None or len(self._starts) != 1:
            return None
        return EXACT.add(self._starts[0], self._sums()[-1][1])

    def compare(self, balance: Decimal, as_of_ms: float, read_ms: int, tied_up: Decimal | None) -> Balanced:
        """Compare a balance that holds for a moment between two; ``tied_up`` None: orders change just now."""
        sums = self._sums()
        ends = _ends(sums, as_of_ms - MARGIN_MS, read_ms + MARGIN_MS)
        if not self._starts:
            self._starts = tuple({EXACT.subtract(balance, sums[end][1]) for end in ends})
            if len(ends) == 1:
                self._agree(ends[0], sums, balance, as_of_ms, read_ms, tied_up)
            return Balanced.OPEN
        if self._reserves and tied_up is None:
            return Balanced.OPEN
        whole = self._hits(ends, sums, balance)
        freed = ZERO if tied_up is None else EXACT.subtract(tied_up, self._tied_up)
        free = self._hits(ends, sums, EXACT.add(balance, freed)) if tied_up is not None else []
        hits = free if self._reserves else whole
        if self._reserves is None:
            hits = whole or free
            if freed and bool(whole) is not bool(free):
                self._reserves = bool(free)
        if not hits:
            return Balanced.DIFFERS
        self._agree(hits[-1], sums, balance, as_of_ms, read_ms, tied_up)
        return Balanced.ADDS_UP

    def begin_anew(self, from_ms: float) -> Decimal | None:
        """Forget what does not add up: the next balance is a first one; return what was thought."""
        thought, self._starts = self.estimate, ()
        self.forget(int(from_ms) - MARGIN_MS)
        return thought

    def _hits(
        self, ends: Sequence[int], sums: Sequence[tuple[float, Decimal]], balance: Decimal
    ) -> list[int]:
        return [
            end for end in ends if any(EXACT.add(start, sums[end][1]) == balance for start in self._starts)
        ]

    def _agree(
        self,
        end: int,
        sums: Sequence[tuple[float, Decimal]],
        balance: Decimal,
        as_of_ms: float,
        read_ms: int,
        tied_up: Decimal | None,
    ) -> None:
        """Begin anew after a movement: from here on its sum is known."""
        after_ms = sums[end + 1][0] - 1 if end + 1 < len(sums) else read_ms
        at_ms = int(max(sums[end][0], min(as_of_ms, after_ms)))
        self.known = MirroredCash(
            subaccount=self._subaccount, amount=balance, as_of_ms=at_ms, reserves=self._reserves
        )
        for one in self._movements[:end]:
            self._held[one.ticker] = _after(self._held.get(one.ticker, ZERO), one)
        del self._movements[:end]
        self._held = {ticker: held for ticker, held in self._held.items() if held}
        self._starts = (balance,)
        if tied_up is not None:
            self._tied_up = tied_up

    def start_with(self, held: Iterable[tuple[str, Decimal]]) -> None:
        """Take the positions that are held now, unless a balance has added up before."""
        if self._starts:
            return
        self._held = dict(held)
        for one in self._movements:
            self._held[one.ticker] = EXACT.subtract(self._held.get(one.ticker, ZERO), one.signed or ZERO)

    def forget(self, before_ms: int) -> None:
        """Without a balance, forget movements that are older than any that will be read."""
        if not self._starts:
            self._movements = [one for one in self._movements if one.ts_ms >= before_ms]

    def _add(self, ts_ms: int, ticker: str, signed: Decimal | None, price: Decimal, paid: Decimal) -> None:
        insort(self._movements, Movement(ts_ms, next(self._numbers), ticker, signed, price, paid))

    def _sums(self) -> list[tuple[float, Decimal]]:
        """Return time and sum before all movements, and after each."""
        held, total = dict(self._held), ZERO
        sums: list[tuple[float, Decimal]] = [(0.0, ZERO)]
        for one in self._movements:
            before = held.get(one.ticker, ZERO)
            after = held[one.ticker] = _after(before, one)
            amount = one.paid
            if one.signed:
                # A NO contract costs 1 - p and is worth a dollar less than nothing: the dollar moves with it.
                pledged = EXACT.subtract(min(after, ZERO), min(before, ZERO))
                amount = EXACT.add(EXACT.subtract(pledged, EXACT.multiply(one.signed, one.price)), one.paid)
            total = EXACT.add(total, amount)
            sums.append((float(one.ts_ms), total))
        return sums


def tied_up_by(orders: Iterable[MirroredOrder], held: dict[str, Decimal]) -> Decimal:
    """Return what resting orders tie up: a bid p, an ask 1 - p, less what closes a position, dearest first.

    Source: semantics 10 and 24, read 2026-11-22.
    """
    by_side: dict[tuple[str, bool], list[tuple[Decimal, Decimal]]] = {}
    for order in orders:
        is_bid = order.book_side is BookSide.BID
        unit = order.yes_price if is_bid else EXACT.subtract(ONE, order.yes_price)
        by_side.setdefault((order.ticker, is_bid), []).append((unit, order.remaining_count))
    total = ZERO
    for (ticker, is_bid), rows in by_side.items():
        position = held.get(ticker, ZERO)
        covered = max(ZERO, EXACT.minus(position) if is_bid else position)
        for unit, contracts in sorted(rows, reverse=True):
            free = min(covered, contracts)
            covered = EXACT.subtract(covered, free)
            total = EXACT.fma(unit, EXACT.subtract(contracts, free), total)
    return total


def _after(before: Decimal, one: Movement) -> Decimal:
    return ZERO if one.signed is None else EXACT.add(before, one.signed)


def _ends(sums: Sequence[tuple[float, Decimal]], from_ms: float, to_ms: float) -> list[int]:
    """Return after which movements a moment between two may lie; never within one millisecond."""
    last = len(sums) - 1
    return [
        end
        for end, (at_ms, _) in enumerate(sums)
        if at_ms <= to_ms and (end == last or (sums[end + 1][0] > from_ms and sums[end + 1][0] > at_ms))
    ]
