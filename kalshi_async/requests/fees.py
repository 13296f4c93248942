"""The exchange's trading fees as pure functions: what an order is charged, and the most it can be.

Theory of operation. Each fill of an order pays three parts (docs fee_rounding, 2026-09):

* trade fee: factor * count * price * (1 - price), rounded up to $0.000001. The factor is that of the
  fee type, times the multiplier of the series or event (``factor_of``).
* rounding fee: what is missing until the change of cash is a multiple of the account's precision.
* rebate: rounding fees of this order's fills so far, in multiples of the precision, at most until
  the fill is free.

So the fee depends on how the order is cut into fills. ``fees_of_fills`` computes it for one cut;
``fee_quote`` adds a bound for all cuts.

Knows no session and sends nothing. The embedded exchange has its own arithmetic for the same rules.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction
from types import MappingProxyType

from kalshi_async.contract.fields import EXACT, BookSide, FeeType
from kalshi_async.contract.markets import PriceRange
from kalshi_async.errors import FeeUnknown, InvalidRequest
from kalshi_async.requests.validation import (
    Number,
    checked_count,
    checked_items,
    checked_price,
    checked_whole,
    shown,
)

CENT = Decimal("0.01")
"""Precision of cash of members behind a broker, and of accounts that are not known to be finer."""

CENTICENT = Decimal("0.0001")
"""Precision of cash of direct members (docs fee_rounding, 2026-09)."""

MOST_FILLS = 10_000
"""Fills of one cut (ours): the arithmetic of more would hold up the event loop."""

SCANNED = 1_000
"""Sizes of a fill that the bound of a resting order looks at one by one (ours)."""

_FEE_STEP = Decimal("0.000001")
_ONE = Decimal(1)
_HALF = Decimal("0.5")
_E4, _E6 = 10**4, 10**6

# Taker and maker. The first is confirmed by fees that were charged (recorded, 2026-06; public account
# records, 2026-11-28); the others are of contract §11. ``flat`` has no published formula.
_FACTORS: Mapping[FeeType, tuple[Decimal, Decimal]] = MappingProxyType(
    {
        FeeType.QUADRATIC: (Decimal("0.07"), Decimal(0)),
        FeeType.QUADRATIC_WITH_MAKER_FEES: (Decimal("0.07"), Decimal("0.0175")),
        FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES: (Decimal("0.07"), Decimal("0.035")),
    }
)


@dataclass(frozen=True, slots=True)
class FeeQuote:
    """The fees of an order, in dollars."""

    model: Decimal
    """Fee of the formula, before any rounding."""
    charged: Decimal
    """What is charged if the order fills at its price in the cut that was given; exact."""
    most: Decimal
    """What is charged at most, however the order is cut into fills; see ``fee_quote``."""


@dataclass(frozen=True, slots=True)
class FillTerms:
    """A fill of an order, as far as its fee depends on it."""

    price: Decimal
    """YES price, in dollars."""
    count: Decimal
    """Contracts."""
    factor: Decimal
    """See ``factor_of``; an order that takes and then rests has fills of both factors."""


def factor_of(fee_type: FeeType, multiplier: Decimal, *, maker: bool) -> Decimal:
    """Return the factor of count * price * (1 - price); raise FeeUnknown if no formula is published."""
    factors = _FACTORS.get(fee_type)
    if factors is None:
        raise FeeUnknown(f"the fee type {fee_type.value!r} has no published formula", sent=False)
    if multiplier < 0:
        raise FeeUnknown(f"fee_multiplier must be 0 or more, was {multiplier}", sent=False)
    return EXACT.multiply(factors[maker], multiplier)


def fees_of_fills(side: BookSide, fills: Iterable[FillTerms], precision: Decimal) -> list[Decimal]:
    """Return what each fill of one order is charged, in the order of the fills.

    Whether a fill opens or closes a position makes no difference: what it pays then differs by whole
    cents, of which every precision is a part.
    """
    charged, rounded = [], Decimal(0)
    with localcontext(EXACT):
        for fill in fills:
            trade_fee = _model(fill.factor, fill.price, fill.count).quantize(_FEE_STEP, ROUND_CEILING)
            paid = _paid(side, fill.price) * fill.count + trade_fee
            rounding_fee = -paid % precision
            if rounding_fee < 0:  # a remainder has the sign of its dividend
                rounding_fee += precision
            rounded += rounding_fee
            net = trade_fee + rounding_fee
            rebate = min(rounded, net) // precision * precision
            rounded -= rebate
            charged.append(net - rebate)
    return charged


def fee_quote(
    side: BookSide,
    price: Decimal,
    fills: Sequence[Decimal],
    *,
    factor: Decimal,
    maker: bool,
    precision: Decimal,
    grid_e4: int = 1,
) -> FeeQuote:
    """Return the fees of an order of which each of ``fills`` contracts trade at once.

    ``charged`` is exact at ``price``. ``most`` holds for every cut, and for an order that takes also
    if it fills at better prices. An order that first takes and then rests pays no more than ``most``
    of one that takes all of it.

    * ``factor``: see ``factor_of``
    * ``grid_e4``: a divisor of all prices of the market, in $0.0001; see ``grid_divisor``
    """
    terms = [FillTerms(price, count, factor) for count in fills]
    with localcontext(EXACT):
        count = sum(fills, Decimal(0))
        charged = sum(fees_of_fills(side, terms, precision), Decimal(0))
        most_e6 = _most_e6(side, price, int(count * 100), factor, maker, int(precision * _E6), grid_e4)
        return FeeQuote(_model(factor, price, count), charged, Decimal(most_e6).scaleb(-6))


def grid_divisor(ranges: Iterable[PriceRange] | None) -> int:
    """Return the largest part of a dollar, in $0.0001, of which all prices of a market are multiples."""
    steps = [Decimal(_E4)]
    for each in ranges or ():
        steps += [EXACT.multiply(each.start, _E4), EXACT.multiply(each.step, _E4)]
    if len(steps) == 1 or any(step != int(step) for step in steps):
        return 1
    return math.gcd(*(int(step) for step in steps))


def checked_cut(count: Decimal, fills: int | Sequence[Number]) -> Sequence[Decimal]:
    """Return the counts of the fills of an order of ``count`` contracts, in their order.

    A number makes fills that are as equal as hundredths of a contract allow, the larger ones first:
    10 contracts in 3 fills are 3.34, 3.33 and 3.33. Raises InvalidRequest if counts do not add up.
    """
    units = int(EXACT.multiply(count, Decimal(100)))
    if isinstance(fills, int):
        pieces = checked_whole("fills", fills, least=1, most=min(MOST_FILLS, units))
        size, larger = divmod(units, pieces)
        return [EXACT.multiply(CENT, size + 1)] * larger + [EXACT.multiply(CENT, size)] * (pieces - larger)
    cut = [checked_count(each, "fills") for each in checked_items("fills", fills)[: MOST_FILLS + 1]]
    if len(cut) > MOST_FILLS:
        raise InvalidRequest(f"fills must be at most {MOST_FILLS}, were {len(fills)}")
    with localcontext(EXACT):
        if (total := sum(cut, Decimal(0))) != count:
            raise InvalidRequest(f"fills must add up to count, {count}, was {total}")
    return cut


def checked_precision(value: Number) -> Decimal:
    """Return a precision of cash in dollars: 0.01, or a part of it with at most 4 decimals."""
    precision = checked_price(value, "precision")
    if EXACT.remainder(CENT, precision):
        raise InvalidRequest(f"precision must be 0.01 dollars or divide it, was {shown(value)}")
    return precision


def _model(factor: Decimal, price: Decimal, count: Decimal) -> Decimal:
    # In the exact context.
    return factor * count * price * (_ONE - price)


def _paid(side: BookSide, price: Decimal) -> Decimal:
    return price if side is BookSide.BID else _ONE - price


def _most_e6(
    side: BookSide, price: Decimal, units: int, factor: Decimal, maker: bool, step: int, grid_e4: int
) -> int:
    """Return a bound of the fees of all cuts of ``units`` hundredths, in millionths of a dollar.

    Let t be the trade fee of a fill, n its trade and rounding fee, and A the rounding fees that are
    not rebated; one hundredth of a contract has the trade fee k. Then t of c hundredths is at most
    c * ceil(k). Two bounds hold:

    1. Without any rebate: the sum of n. Of c hundredths n is at most c times ``share``.
    2. The sum of t, and A at the end. After a fill either A is below a step, or the fill's net fee is,
       because the rebate takes whole steps of both. Count t and A up to the last fill of the first
       kind, and the net fees after it: these are multiples of d below a step, if d divides the step
       and every amount that is paid.
    """
    fee_price = price if maker else _dearest(side, price)
    fee = Fraction(factor) * Fraction(fee_price) * (1 - Fraction(fee_price)) * _E4
    paid_e4 = int(_paid(side, price) * _E4)
    divisor = math.gcd(paid_e4, step) if maker else math.gcd(paid_e4, grid_e4, step)
    if maker:
        share = _share(paid_e4, fee, step, units)
    else:
        share = Fraction(step - divisor + math.ceil(fee / divisor) * divisor)
    with_rebates = step - 1 + units * max(math.ceil(fee), step - divisor)
    return min(math.floor(share * units), with_rebates)


def _dearest(side: BookSide, price: Decimal) -> Decimal:
    """Return the price within the limit at which the formula's fee is highest."""
    return min(price, _HALF) if side is BookSide.BID else max(price, _HALF)


def _share(paid_e4: int, fee: Fraction, step: int, units: int) -> Fraction:
    """Return the most that a hundredth of a contract costs in a fill at one price, without rebates."""
    most = Fraction(0)
    if not fee:  # then the rounding fees of larger fills repeat those of smaller ones
        units = min(units, step // math.gcd(paid_e4, step))
    for count in range(1, units + 1):
        ceiling = fee + Fraction(step, count)  # of this fill and of every larger one
        if most >= ceiling or count > SCANNED:
            return max(most, ceiling)
        trade_fee = math.ceil(fee * count)
        most = max(most, Fraction(trade_fee + -(paid_e4 * count + trade_fee) % step, count))
    return most
